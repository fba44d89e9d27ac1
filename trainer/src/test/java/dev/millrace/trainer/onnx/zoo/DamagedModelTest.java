package dev.millrace.trainer.onnx.zoo;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.onnx.proto.OnnxMl.ModelProto;
import dev.millrace.contract.StartupException;
import dev.millrace.inference.encoder.EncoderGraph;
import dev.millrace.inference.encoder.Pooling;
import dev.millrace.inference.encoder.RefusedModelException;
import dev.millrace.trainer.onnx.GraphExecutor;
import dev.millrace.trainer.onnx.ParameterStore;
import dev.millrace.trainer.onnx.TrainSelector;
import dev.millrace.trainer.onnx.TrialRun;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Whatever is done to a file, it ends in a refusal or in a network that runs; {@code -Dmillrace.seed=N} replays one. */
class DamagedModelTest {
    private static final int MUTATIONS = 2000;

    private enum End {
        REFUSED_WHEN_READ,
        REFUSED_WHEN_COMPILED,
        RUNS
    }

    @Test
    void endsInARefusalOrARun() {
        Mutations mutations = new Mutations(TinyBert.model(13, 7));
        Long only = Long.getLong("millrace.seed");
        Map<End, Integer> ends = new EnumMap<>(End.class);
        for (long seed = only == null ? 0 : only; seed < (only == null ? MUTATIONS : only + 1); seed++) {
            ends.merge(end(seed, mutations.damaged(seed)), 1, Integer::sum);
        }

        assertThat(only == null ? ends.keySet() : Set.of(End.values())).containsExactlyInAnyOrder(End.values());
    }

    private static End end(long seed, byte[] file) {
        try {
            ModelProto model = EncoderGraph.parse(file, "damaged")
                    .withPooling(Pooling.MEAN)
                    .withCosineHead(1, 16)
                    .proto();
            Set<String> trained = TrainSelector.select(model, List.of("**"), List.of());
            try (ParameterStore parameters = ParameterStore.of(model, trained, Device.cpu());
                    GraphExecutor executor = GraphExecutor.compile(model, parameters)) {
                TrialRun.check(model, executor, parameters);
                return End.RUNS;
            }
        } catch (RefusedModelException | StartupException e) {
            return End.REFUSED_WHEN_READ;
        } catch (UnsupportedGraphException e) {
            return End.REFUSED_WHEN_COMPILED;
        } catch (RuntimeException | Error e) {
            throw new AssertionError("seed " + seed + " ends in neither, but in " + e, e);
        }
    }
}
