package dev.millrace.standalone.cli;

import dev.millrace.schemas.Promotion;
import dev.millrace.standalone.promote.ModelVersions;
import dev.millrace.standalone.promote.PromotionDesk;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code millrace rollback}: an operator goes back to an older version. */
@Command(
        name = "rollback",
        description = {
            "Goes back to the newest older version that was served before, or to the version named.",
            "The gate promotes nothing over it until 'millrace promote'."
        })
final class RollbackCommand implements Callable<Integer> {
    @Mixin
    private final Console console = new Console();

    @Mixin
    private final ConnectionOptions connection = new ConnectionOptions();

    @Option(names = "--model", paramLabel = "NAME", description = "The model (default: the only one there is).")
    private @Nullable String model;

    @Option(names = "--to", paramLabel = "VERSION", description = "A version that 'millrace versions' lists.")
    private @Nullable Long version;

    @Override
    public Integer call() throws InterruptedException {
        var desk = new PromotionDesk(connection.kafka(), connection.timeout());
        ModelVersions versions =
                connection.platform(console.liveLine()).ask(() -> desk.versions(Optional.ofNullable(model)));
        Promotion promotion =
                version == null ? versions.rollBack(Instant.now()) : versions.rollBackTo(version, Instant.now());
        desk.write(promotion);
        console.out()
                .printf(
                        "model %s: %d -> %d, pinned%n",
                        promotion.getModel(), promotion.getPrevious(), promotion.getVersion());
        return 0;
    }
}
