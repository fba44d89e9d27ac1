package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.longs;
import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.randomLongs;
import static dev.millrace.trainer.onnx.HostArray.spaced;
import static dev.millrace.trainer.onnx.HostArray.vector;

import ai.djl.ndarray.types.DataType;
import dev.millrace.trainer.onnx.HostArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ReductionsTest {
    private static final long SEED = 3;
    private static final List<String> REDUCTIONS =
            List.of("ReduceSum", "ReduceMean", "ReduceL2", "ReduceMax", "ReduceMin");

    static Stream<OneNode> smooth() {
        Random random = new Random(SEED);
        List<OneNode> nodes = new ArrayList<>();
        HostArray x = spaced(random, 0.15, 2, 3, 4);
        for (String name : REDUCTIONS) {
            for (long[] axes : new long[][] {{-1}, {1}, {0, 2}, {-2, -1}}) {
                nodes.add(OneNode.of(name, 11, x).with("axes", axes));
                nodes.add(OneNode.of(name, 18, x, vector(axes)).with("keepdims", 0));
            }
            nodes.add(OneNode.of(name, 11, x).with("keepdims", 0));
            nodes.add(OneNode.of(name, 13, x));
            nodes.add(OneNode.of(name, 18, x).with("noop_with_empty_axes", 1));
            nodes.add(OneNode.of(name, 18, x, vector()));
        }
        nodes.add(OneNode.of("ReduceSum", 13, x, vector(1)));
        HostArray axis = longs(new long[] {}, -1);
        nodes.add(OneNode.of("CumSum", 14, x, axis));
        nodes.add(OneNode.of("CumSum", 11, x, longs(new long[] {}, 0)).with("exclusive", 1));
        nodes.add(OneNode.of("CumSum", 14, x, axis).with("reverse", 1));
        nodes.add(OneNode.of("CumSum", 14, x, axis).with("reverse", 1).with("exclusive", 1));
        HostArray factors = random(random, 0.5, 1.5, 2, 3, 4);
        nodes.add(OneNode.of("ReduceProd", 13, factors).with("axes", new long[] {-1}));
        nodes.add(OneNode.of("ReduceProd", 18, factors, vector(0, 2)).with("keepdims", 0));
        return nodes.stream();
    }

    static Stream<OneNode> everything() {
        Random random = new Random(SEED + 1);
        List<OneNode> nodes = new ArrayList<>(smooth().toList());
        HostArray ints = randomLongs(random, -5, 5, 3, 4);
        nodes.add(OneNode.of("ReduceProd", 18, ints, vector(1)));
        HostArray twice = longs(new long[] {2, 4}, 3, 7, 7, 1, 5, 5, 0, 5);
        for (String name : List.of("ArgMax", "ArgMin")) {
            nodes.add(OneNode.of(name, 13, spaced(random, 0.15, 2, 3, 4)).with("axis", 1));
            nodes.add(OneNode.of(name, 11, twice).with("axis", -1).with("keepdims", 0));
            nodes.add(OneNode.of(name, 13, twice.as(DataType.INT32)).with("axis", -1));
            nodes.add(OneNode.of(name, 13, twice.as(DataType.FLOAT32)));
        }
        for (DataType type : new DataType[] {DataType.INT64, DataType.INT32}) {
            nodes.add(OneNode.of("ReduceSum", 13, ints.as(type), vector(1)));
            nodes.add(OneNode.of("ReduceMax", 18, ints.as(type), vector(0)));
            nodes.add(OneNode.of("CumSum", 14, ints.as(type), longs(new long[] {}, 1)));
            HostArray positive = randomLongs(random, 1, 9, 3, 4).as(type);
            for (String name :
                    List.of("ReduceProd", "ReduceLogSum", "ReduceLogSumExp", "ReduceL1", "ReduceSumSquare")) {
                nodes.add(OneNode.of(name, 18, positive, vector(1)));
            }
        }
        return nodes.stream();
    }

    static Stream<OneNode> overNothing() {
        List<OneNode> nodes = new ArrayList<>();
        List<String> all = new ArrayList<>(REDUCTIONS);
        all.addAll(List.of("ReduceProd", "ReduceL1", "ReduceSumSquare", "ReduceLogSum", "ReduceLogSumExp"));
        for (String name : all) {
            for (DataType type : List.of(DataType.FLOAT32, DataType.INT64, DataType.INT32)) {
                HostArray none = longs(new long[] {2, 0, 3}).as(type);
                nodes.add(OneNode.of(name, 18, none, vector(1)));
                nodes.add(OneNode.of(name, 18, none, vector(1, 2)).with("keepdims", 0));
                nodes.add(OneNode.of(name, 18, none));
            }
            nodes.add(OneNode.of(name, 18, longs(new long[] {2, 0, 3}).as(DataType.FLOAT32), vector(2)));
        }
        return nodes.stream();
    }

    @ParameterizedTest
    @MethodSource({"everything", "overNothing"})
    void agreesWithOnnxRuntime(OneNode node) throws Exception {
        OperatorCheck.assertParity(node);
    }

    @ParameterizedTest
    @MethodSource("smooth")
    void hasTheGradientOfItsSlope(OneNode node) throws Exception {
        OperatorCheck.assertGradient(node, SEED);
    }
}
