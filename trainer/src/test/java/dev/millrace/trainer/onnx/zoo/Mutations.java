package dev.millrace.trainer.onnx.zoo;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.millrace.trainer.onnx.operator.OperatorRegistry;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages a model file, in its bytes or in its meaning; the same seed damages it the same way. */
final class Mutations {
    private static final long[] ODD = {-1, 0, 1, 2, 3, 5, 63, 1L << 31, 1L << 40, Long.MIN_VALUE, Long.MAX_VALUE};

    private final ModelProto model;
    private final byte[] bytes;
    /** The nodes come first in a file; most damage goes there, since weights are most of the rest. */
    private final int nodeBytes;

    Mutations(ModelProto model) {
        this.model = model;
        this.bytes = model.toByteArray();
        this.nodeBytes = bytes.length
                - model.getGraph().getInitializerList().stream()
                        .mapToInt(TensorProto::getSerializedSize)
                        .sum();
    }

    byte[] damaged(long seed) {
        Random random = new Random(seed);
        return random.nextBoolean() ? bytes(random) : meaning(random);
    }

    private byte[] bytes(Random random) {
        byte[] copy = bytes.clone();
        int at = random.nextInt(random.nextInt(4) > 0 ? nodeBytes : bytes.length);
        int length = 1 + random.nextInt(1 << random.nextInt(10));
        int end = Math.min(bytes.length, at + length);
        ByteArrayOutputStream changed = new ByteArrayOutputStream();
        switch (random.nextInt(5)) {
            case 0 -> {
                return Arrays.copyOf(copy, at);
            }
            case 1 -> {
                changed.write(copy, 0, at);
                changed.write(copy, end, copy.length - end);
            }
            case 2 -> {
                changed.write(copy, 0, end);
                changed.write(copy, at, copy.length - at);
            }
            case 3 -> {
                for (int i = at; i < Math.min(end, at + 9); i++) {
                    copy[i] = (byte) 0xff;
                }
                return copy;
            }
            default -> {
                for (int i = 0; i <= random.nextInt(3); i++) {
                    copy[random.nextInt(nodeBytes)] ^= (byte) (1 << random.nextInt(8));
                }
                return copy;
            }
        }
        return changed.toByteArray();
    }

    private byte[] meaning(Random random) {
        ModelProto.Builder changed = model.toBuilder();
        GraphProto.Builder graph = changed.getGraphBuilder();
        for (int i = 0; i <= random.nextInt(3); i++) {
            switch (random.nextInt(9)) {
                case 0 -> node(graph, random).setOpType(one(random, List.copyOf(OperatorRegistry.names())));
                case 1 -> graph.removeNode(random.nextInt(graph.getNodeCount()));
                case 2 -> graph.addNode(graph.getNode(random.nextInt(graph.getNodeCount())));
                case 3 -> exchangeInput(graph, random);
                case 4 -> node(graph, random).clearInput();
                case 5 -> oddNumber(graph, random);
                case 6 -> oddShape(graph, random);
                case 7 -> weight(graph, random).setDataType(random.nextInt(24));
                default ->
                    graph.getInputBuilder(random.nextInt(graph.getInputCount()))
                            .getTypeBuilder()
                            .getTensorTypeBuilder()
                            .setElemType(random.nextInt(24));
            }
        }
        return changed.build().toByteArray();
    }

    private static NodeProto.Builder node(GraphProto.Builder graph, Random random) {
        return graph.getNodeBuilder(random.nextInt(graph.getNodeCount()));
    }

    private static TensorProto.Builder weight(GraphProto.Builder graph, Random random) {
        return graph.getInitializerBuilder(random.nextInt(graph.getInitializerCount()));
    }

    private static <T> T one(Random random, List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }

    private static void exchangeInput(GraphProto.Builder graph, Random random) {
        NodeProto.Builder node = node(graph, random);
        NodeProto other = one(random, graph.getNodeList());
        if (node.getInputCount() > 0 && other.getOutputCount() > 0) {
            node.setInput(random.nextInt(node.getInputCount()), other.getOutput(0));
        }
    }

    private static void oddNumber(GraphProto.Builder graph, Random random) {
        NodeProto.Builder node = node(graph, random);
        long odd = ODD[random.nextInt(ODD.length)];
        for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
            if (attribute.getIntsCount() > 0) {
                attribute.setInts(random.nextInt(attribute.getIntsCount()), odd);
            } else if (attribute.hasT() && attribute.getT().getDataType() == TensorProto.DataType.INT64_VALUE) {
                attribute.getTBuilder().clearRawData().clearInt64Data();
                long count = attribute.getT().getDimsList().stream().reduce(1L, (a, b) -> a * b);
                for (long i = 0; i < count; i++) {
                    attribute.getTBuilder().addInt64Data(odd);
                }
            } else {
                attribute.setI(odd);
            }
        }
    }

    private static void oddShape(GraphProto.Builder graph, Random random) {
        TensorProto.Builder tensor = weight(graph, random);
        if (tensor.getDimsCount() > 0) {
            tensor.setDims(random.nextInt(tensor.getDimsCount()), ODD[random.nextInt(ODD.length)]);
        }
    }
}
