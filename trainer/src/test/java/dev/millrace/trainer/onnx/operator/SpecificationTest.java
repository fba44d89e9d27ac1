package dev.millrace.trainer.onnx.operator;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.millrace.trainer.onnx.OnnxRuntimeReference;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What ONNX says of a node beside its attributes' values: what stands for those left out, how many inputs and outputs. */
class SpecificationTest {
    @Test
    void whatIsLeftOutIsWhatOnnxRuntimeTakesForIt() throws Exception {
        Set<String> agreed = new TreeSet<>();
        Set<String> optional = new TreeSet<>();
        for (var draw : DrawnOperatorsTest.draws().toList()) {
            OneNode node = (OneNode) draw.get()[0];
            if (node.operator().equals("Constant")) {
                continue; // has one of several
            }
            for (Signature.Attribute attribute : signature(node.operator()).attributes()) {
                String name = node.operator() + " " + attribute.name();
                OneNode without = node.without(attribute.name());
                if (attribute.isRequired() || !attribute.isIn(node.opset())) {
                    continue;
                }
                optional.add(name);
                if (!agreed.contains(name) && runs(without)) {
                    OperatorCheck.assertParity(without);
                    agreed.add(name);
                }
            }
        }

        assertThat(agreed).isEqualTo(optional);
    }

    /** Not every drawn node is whole without: a weight of two groups needs the number of groups. */
    private static boolean runs(OneNode node) {
        try (OnnxRuntimeReference reference =
                new OnnxRuntimeReference(node.fed().toByteArray())) {
            reference.run(node.inputs());
            return true;
        } catch (OrtException e) {
            return false;
        }
    }

    private static Signature signature(String operator) {
        return requireNonNull(Signature.of(operator));
    }

    @Test
    void refusesMoreOutputsThanThereAre() {
        for (String operator : OperatorRegistry.names()) {
            int most = signature(operator).maxOutputs();
            if (most < Integer.MAX_VALUE) {
                OneNode node = DrawnOperatorsTest.drawn(operator, OperatorRegistry.MAX_OPSET);

                OperatorCheck.assertRefusedBecause(node.outputs(most + 1), "it makes at most " + most + " outputs");
            }
        }
    }

    /** Numbers of inputs that another opset has. */
    @ParameterizedTest
    @CsvSource({
        "Dropout, 11, 2, 1",
        "Pad, 17, 4, 2 to 3",
        "ReduceMean, 17, 2, 1",
        "ReduceSum, 12, 2, 1",
        "Resize, 12, 2, 3 to 4",
        "Split, 12, 2, 1",
        "Squeeze, 12, 2, 1",
        "Unsqueeze, 12, 2, 1",
        "Unsqueeze, 13, 1, 2"
    })
    void refusesInputsOfAnotherOpset(String operator, int opset, int inputs, String needed) {
        OneNode node = OneNode.of(operator, opset);
        for (int i = 0; i < inputs; i++) {
            node = node.input(new Draw(i).floats(1, 2));
        }

        OperatorCheck.assertRefusedBecause(node, "it needs " + needed + " inputs and has [in0");
    }
}
