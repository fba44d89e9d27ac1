package dev.millrace.trainer.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import dev.millrace.trainer.onnx.operator.OperatorRegistry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Replaces chains of nodes by the one operator they spell out: layer normalisation (9 nodes), GELU (5), linear layer (2 or 1).
 * The result is the same up to rounding, in half the native calls and with less kept for the backward pass. A chain is
 * left alone if any value inside it is read from outside. Stateless.
 */
final class Fusion {
    private static final double SQRT_2 = Math.sqrt(2);

    private final GraphIndex index;

    private Fusion(GraphIndex index) {
        this.index = index;
    }

    /** Nodes that go, the last of them first, and the node that takes its place. */
    private record Match(List<NodeProto> nodes, NodeProto replacement) {}

    /** Returns the graph's nodes with every chain replaced, in the same order. */
    static List<NodeProto> apply(GraphProto graph, GraphIndex index) {
        Fusion fusion = new Fusion(index);
        Set<NodeProto> gone = Collections.newSetFromMap(new IdentityHashMap<>());
        List<NodeProto> backwards = new ArrayList<>();
        for (int i = graph.getNodeCount() - 1; i >= 0; i--) {
            NodeProto node = graph.getNode(i);
            if (gone.contains(node)) {
                continue;
            }
            Optional<Match> match = fusion.match(node);
            match.ifPresent(found -> gone.addAll(found.nodes()));
            backwards.add(match.map(Match::replacement).orElse(node));
        }
        Collections.reverse(backwards);
        return backwards;
    }

    private Optional<Match> match(NodeProto last) {
        Optional<Match> found = switch (last.getOpType()) {
            case "Add" -> linear(last).or(() -> layerNorm(last));
            case "MatMul" -> bareLinear(last);
            case "Mul" -> gelu(last);
            default -> Optional.empty();
        };
        return found.filter(match -> index.isPrivate(match.nodes(), last));
    }

    /** {@code x W + b} with a matrix and a vector of the graph. */
    private Optional<Match> linear(NodeProto add) {
        for (int i = 0; i < 2; i++) {
            String bias = add.getInput(1 - i);
            Optional<NodeProto> product = index.producer(add.getInput(i), "MatMul");
            if (product.isEmpty() || !index.isVector(bias)) {
                continue;
            }
            String matrix = product.get().getInput(1);
            long[] shape = index.weightShape(matrix).orElse(new long[0]);
            long width = index.weightShape(bias).orElseThrow()[0];
            if (shape.length == 2 && shape[1] == width) {
                NodeProto fused = fused(add, OperatorRegistry.LINEAR)
                        .addInput(product.get().getInput(0))
                        .addInput(matrix)
                        .addInput(bias)
                        .build();
                return Optional.of(new Match(List.of(add, product.get()), fused));
            }
        }
        return Optional.empty();
    }

    /** {@code x W} with a matrix of the graph. */
    private Optional<Match> bareLinear(NodeProto product) {
        return index.weightShape(product.getInput(1))
                .filter(shape -> shape.length == 2)
                .map(shape -> new Match(
                        List.of(product),
                        fused(product, OperatorRegistry.LINEAR)
                                .addAllInput(product.getInputList())
                                .build()));
    }

    /** {@code 0.5 x (1 + erf(x / sqrt 2))}, the three factors in any order. */
    private Optional<Match> gelu(NodeProto last) {
        for (int i = 0; i < 2; i++) {
            Optional<NodeProto> inner = index.producer(last.getInput(i), "Mul");
            if (inner.isEmpty()) {
                continue;
            }
            List<String> factors =
                    new ArrayList<>(List.of(inner.get().getInput(0), inner.get().getInput(1), last.getInput(1 - i)));
            factors.removeIf(factor -> index.isNumber(factor, 0.5));
            if (factors.size() != 2) {
                continue;
            }
            for (int x = 0; x < 2; x++) {
                List<NodeProto> gate = erfGate(factors.get(1 - x), factors.get(x));
                if (!gate.isEmpty()) {
                    List<NodeProto> nodes = new ArrayList<>(List.of(last, inner.get()));
                    nodes.addAll(gate);
                    NodeProto fused =
                            fused(last, "Gelu").addInput(factors.get(x)).build();
                    return Optional.of(new Match(nodes, fused));
                }
            }
        }
        return Optional.empty();
    }

    /** Returns the nodes of {@code 1 + erf(x / sqrt 2)}, or none if the value is something else. */
    private List<NodeProto> erfGate(String value, String x) {
        NodeProto add = index.producer(value, "Add").orElse(null);
        if (add == null) {
            return List.of();
        }
        int one = index.isNumber(add.getInput(0), 1) ? 0 : 1;
        NodeProto erf = index.producer(add.getInput(1 - one), "Erf").orElse(null);
        if (erf == null || !index.isNumber(add.getInput(one), 1)) {
            return List.of();
        }
        Optional<NodeProto> divided = index.producer(erf.getInput(0), "Div")
                .filter(div -> div.getInput(0).equals(x) && index.isNumber(div.getInput(1), SQRT_2));
        Optional<NodeProto> scaled =
                index.producer(erf.getInput(0), "Mul").filter(mul -> isProduct(mul, x, 1 / SQRT_2));
        return divided.or(() -> scaled).map(scale -> List.of(add, erf, scale)).orElse(List.of());
    }

    private boolean isProduct(NodeProto mul, String x, double number) {
        int at = mul.getInput(0).equals(x) ? 1 : 0;
        return mul.getInput(1 - at).equals(x) && index.isNumber(mul.getInput(at), number);
    }

    /** {@code (x - mean) / sqrt(mean((x - mean)^2) + epsilon) * scale + shift} over the last axis. */
    private Optional<Match> layerNorm(NodeProto last) {
        for (int i = 0; i < 4; i++) {
            String shift = last.getInput(1 - i % 2);
            NodeProto mul = index.producer(last.getInput(i % 2), "Mul").orElse(null);
            if (mul == null) {
                continue;
            }
            String scale = mul.getInput(1 - i / 2);
            NodeProto div = index.producer(mul.getInput(i / 2), "Div").orElse(null);
            if (div != null && index.isVector(scale) && index.isVector(shift)) {
                return standardised(div).map(inner -> {
                    List<NodeProto> nodes = new ArrayList<>(List.of(last, mul));
                    nodes.addAll(inner.nodes());
                    NodeProto.Builder fused = inner.replacement().toBuilder()
                            .setName(last.getName())
                            .addInput(scale)
                            .addInput(shift)
                            .addOutput(last.getOutput(0));
                    return new Match(nodes, fused.build());
                });
            }
        }
        return Optional.empty();
    }

    /** {@code (x - mean) / sqrt(mean((x - mean)^2) + epsilon)}; the replacement still lacks scale, shift and output. */
    private Optional<Match> standardised(NodeProto div) {
        NodeProto sqrt = index.producer(div.getInput(1), "Sqrt").orElse(null);
        NodeProto add =
                sqrt == null ? null : index.producer(sqrt.getInput(0), "Add").orElse(null);
        if (sqrt == null || add == null) {
            return Optional.empty();
        }
        int epsilonAt = index.scalars().containsKey(add.getInput(1)) ? 1 : 0;
        Float epsilon = index.scalars().get(add.getInput(epsilonAt));
        Optional<Match> variance = variance(add.getInput(1 - epsilonAt), div.getInput(0));
        if (epsilon == null) {
            return Optional.empty();
        }
        return variance.map(inner -> {
            List<NodeProto> nodes = new ArrayList<>(List.of(div, sqrt, add));
            nodes.addAll(inner.nodes());
            NodeProto.Builder fused = inner.replacement().toBuilder();
            fused.addAttribute(AttributeProto.newBuilder()
                    .setName("epsilon")
                    .setType(AttributeProto.AttributeType.FLOAT)
                    .setF(epsilon));
            return new Match(nodes, fused.build());
        });
    }

    /** {@code mean((x - mean(x))^2)}, where the difference may be computed twice; the replacement reads x. */
    private Optional<Match> variance(String value, String centred) {
        NodeProto mean = index.producer(value, "ReduceMean")
                .filter(index::isLastAxisMean)
                .orElse(null);
        NodeProto square = mean == null ? null : square(mean.getInput(0));
        NodeProto outer = index.producer(centred, "Sub").orElse(null);
        NodeProto inner = square == null
                ? null
                : index.producer(square.getInput(0), "Sub").orElse(null);
        if (mean == null || square == null || outer == null || inner == null) {
            return Optional.empty();
        }
        NodeProto average = index.producer(outer.getInput(1), "ReduceMean")
                .filter(index::isLastAxisMean)
                .orElse(null);
        boolean same =
                inner.getInput(0).equals(outer.getInput(0)) && inner.getInput(1).equals(outer.getInput(1));
        if (average == null || !same || !average.getInput(0).equals(outer.getInput(0))) {
            return Optional.empty();
        }
        NodeProto fused = NodeProto.newBuilder()
                .setOpType("LayerNormalization")
                .addInput(outer.getInput(0))
                .build();
        return Optional.of(new Match(List.of(mean, square, inner, outer, average), fused));
    }

    /** Returns the node that squares, {@code Pow(a, 2)} or {@code Mul(a, a)}, or null. */
    private @Nullable NodeProto square(String value) {
        return index.producer(value, "Pow")
                .filter(pow -> index.isNumber(pow.getInput(1), 2))
                .or(() -> index.producer(value, "Mul")
                        .filter(mul -> mul.getInput(0).equals(mul.getInput(1))))
                .orElse(null);
    }

    private static NodeProto.Builder fused(NodeProto last, String operator) {
        return NodeProto.newBuilder()
                .setName(last.getName())
                .setOpType(operator)
                .addOutput(last.getOutput(0));
    }
}
