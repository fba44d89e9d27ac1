package dev.millrace.standalone.cli;

import dev.millrace.contract.StartupException;
import dev.millrace.contract.UnreadableFile;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.trainer.TrainerMain;
import dev.millrace.trainer.onnx.inspect.ModelInspection;
import dev.millrace.trainer.onnx.inspect.ModelReport;
import dev.millrace.trainer.policy.PolicyConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace inspect}: whether a model file can be trained, what would train, and what that needs. */
@Command(
        name = "inspect",
        description = "Says whether a model file can be trained.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:it can be trained", "1:it cannot, for the reasons listed", "2:it is no readable ONNX file"})
final class InspectCommand implements Callable<Integer> {
    private static final int CANNOT_BE_TRAINED = 1;

    @Mixin
    private final Console console = new Console();

    @Parameters(paramLabel = "MODEL.onnx", arity = "0..1", description = "A plain float32 ONNX file.")
    private @Nullable Path model;

    @Option(
            names = "--train",
            paramLabel = "PATTERN",
            description =
                    "Weights to train, by node path or name; may be repeated (default: policy.train of trainer.yaml).")
    private List<String> train = List.of();

    @Option(
            names = "--freeze",
            paramLabel = "PATTERN",
            description = {
                "Weights not to train; may be repeated (default: policy.freeze of trainer.yaml, the word embeddings).",
                "'' freezes nothing."
            })
    private @Nullable List<String> freeze;

    @Option(names = "--operators", description = "Lists every operator that can be trained, instead.")
    private boolean operators;

    @Override
    public Integer call() {
        if (operators) {
            OperatorTable.print(console.out());
            return 0;
        }
        if (model == null) {
            throw new StartupException("name a model file, or ask for --operators");
        }
        try {
            ModelReport report = inspection().inspect(model);
            new ReportPrinter(console.out()).print(model, report);
            return report.trainable() ? 0 : CANNOT_BE_TRAINED;
        } catch (RefusedModelException e) {
            throw new StartupException(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new StartupException(UnreadableFile.words(model, e), e);
        }
    }

    /** What a trainer would train that is told nothing else. */
    private ModelInspection inspection() {
        PolicyConfig shipped = TrainerMain.load(Optional.empty(), Map.of()).policy();
        List<String> chosen = train.isEmpty() ? shipped.train() : train;
        return freeze == null
                ? ModelInspection.freezingWhatThereIs(chosen, shipped.freeze())
                : new ModelInspection(
                        chosen,
                        freeze.stream().filter(pattern -> !pattern.isBlank()).toList());
    }
}
