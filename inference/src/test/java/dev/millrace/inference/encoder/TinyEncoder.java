package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;

/** The smallest encoder there is: a word embedding and one addition. Word vectors are seeded random numbers. */
public final class TinyEncoder {
    public static final int WORDS = 16;
    public static final int DIMENSION = 4;

    private TinyEncoder() {}

    /** A model file. */
    public static ModelProto.Builder model(long operatorSet) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("tiny")
                .addInput(GraphValue.of("input_ids", TensorProto.DataType.INT64_VALUE, "batch", "seq"))
                .addInput(GraphValue.of("attention_mask", TensorProto.DataType.INT64_VALUE, "batch", "seq"))
                .addInitializer(floats("words", new Random(5), WORDS, DIMENSION))
                .addInitializer(floats("bias", new Random(6), DIMENSION))
                .addNode(NodeProto.newBuilder()
                        .setName("/words/Gather")
                        .setOpType("Gather")
                        .addInput("words")
                        .addInput("input_ids")
                        .addOutput("looked_up"))
                .addNode(NodeProto.newBuilder()
                        .setName("/words/Add")
                        .setOpType("Add")
                        .addInput("looked_up")
                        .addInput("bias")
                        .addOutput("last_hidden_state"))
                .addOutput(GraphValue.of(
                        "last_hidden_state", TensorProto.DataType.FLOAT_VALUE, "batch", "seq", DIMENSION));
        return ModelProto.newBuilder()
                .setIrVersion(7)
                .setProducerName("test")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(operatorSet))
                .setGraph(graph);
    }

    public static EncoderGraph graph(long operatorSet) throws RefusedModelException {
        return EncoderGraph.parse(model(operatorSet).build().toByteArray(), "tiny");
    }

    /** A tokenizer that knows w0 .. w12; ids 0, 1, 2 are padding, start and end. */
    public static byte[] tokenizerJson() {
        StringBuilder words = new StringBuilder("\"[PAD]\":0,\"[CLS]\":1,\"[SEP]\":2,\"[UNK]\":3");
        for (int id = 4; id < WORDS; id++) {
            words.append(",\"w").append(id - 4).append("\":").append(id);
        }
        return """
                {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],
                 "normalizer":null,"pre_tokenizer":{"type":"Whitespace"},
                 "post_processor":{"type":"TemplateProcessing",
                  "single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},{"Sequence":{"id":"A","type_id":0}},
                            {"SpecialToken":{"id":"[SEP]","type_id":0}}],
                  "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
                  "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[1],"tokens":["[CLS]"]},
                                    "[SEP]":{"id":"[SEP]","ids":[2],"tokens":["[SEP]"]}}},
                 "decoder":null,
                 "model":{"type":"WordLevel","vocab":{%s},"unk_token":"[UNK]"}}
                """.formatted(words).getBytes(StandardCharsets.UTF_8);
    }

    /** Says where a text encoder lies. */
    public static ModelConfig config(Path file, Path tokenizer) {
        return new ModelConfig("tiny", InputKind.TEXT, file, tokenizer, 32, "", tokenizer, Pooling.MEAN, "");
    }

    public static TextTokenizer tokenizer() {
        return TextTokenizer.parse(tokenizerJson(), 32, "tiny tokenizer");
    }

    private static TensorProto floats(String name, Random random, long... shape) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT_VALUE);
        for (long dimension : shape) {
            tensor.addDims(dimension);
        }
        for (long i = 0; i < Tensors.count(shape); i++) {
            tensor.addFloatData((float) random.nextGaussian());
        }
        return tensor.build();
    }
}
