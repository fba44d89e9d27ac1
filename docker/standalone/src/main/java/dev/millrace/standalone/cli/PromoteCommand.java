package dev.millrace.standalone.cli;

import dev.millrace.schemas.Promotion;
import dev.millrace.standalone.promote.PromotionDesk;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace promote}: an operator chooses the version to be served. */
@Command(
        name = "promote",
        description = "Makes a published version the one to be served, and lets the gate go on from it.")
final class PromoteCommand implements Callable<Integer> {
    @Mixin
    private final Console console = new Console();

    @Mixin
    private final ConnectionOptions connection = new ConnectionOptions();

    @Option(names = "--model", paramLabel = "NAME", description = "The model (default: the only one there is).")
    private @Nullable String model;

    @Parameters(paramLabel = "VERSION", description = "A version that 'millrace versions' lists; 0 is the base model.")
    private long version;

    @Override
    public Integer call() throws InterruptedException {
        var desk = new PromotionDesk(connection.kafka(), connection.timeout());
        Promotion promotion = connection
                .platform(console.liveLine())
                .ask(() -> desk.versions(Optional.ofNullable(model)))
                .promote(version, Instant.now());
        desk.write(promotion);
        console.out()
                .printf("model %s: %d -> %d%n", promotion.getModel(), promotion.getPrevious(), promotion.getVersion());
        return 0;
    }
}
