package dev.millrace.inference.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtSession;
import dev.millrace.contract.Sha256;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Reading, cutting apart and putting together, on the real encoders. */
class EncoderGraphTest {
    private static final String TEXT = "a channel carrying water to a mill wheel";

    @ParameterizedTest
    @EnumSource(RealEncoder.class)
    void embeddingIsThePooledHiddenState(RealEncoder real) throws Exception {
        EncoderGraph plain = real.graph();
        EncoderGraph graph = plain.withPooling(real.pooling);
        try (TextTokenizer tokenizer = real.tokenizer();
                OrtEncoder encoder = RealEncoder.open(graph, tokenizer, 1)) {
            TokenBatch batch = tokenizer.encode(List.of(TEXT, "short"));
            float[][][] hidden = (float[][][]) run(Files.readAllBytes(real.file()), batch, "last_hidden_state");
            float[][] embeddings = encoder.encode(batch).embeddings();

            for (int row = 0; row < batch.rows(); row++) {
                assertThat(embeddings[row])
                        .containsExactly(pooled(hidden[row], batch, row, real.pooling), within(1e-6f));
            }
            assertThat(graph.embeddingDimension()).isEqualTo(embeddings[0].length);
        }
    }

    @ParameterizedTest
    @EnumSource(RealEncoder.class)
    void skeletonWithWeightsGivesTheBitsOfTheWholeFile(RealEncoder real) throws Exception {
        EncoderGraph graph = real.graph().withPooling(real.pooling).withCosineHead(5, 20);
        Map<String, ByteBuffer> weights = RealEncoder.weights(graph);
        weights.put(EncoderGraph.HEAD_WEIGHT, random(5 * graph.embeddingDimension()));
        byte[] whole = graph.withWeights(weights);
        byte[] skeleton = graph.skeleton();
        try (TextTokenizer tokenizer = real.tokenizer();
                OrtEncoder encoder = OrtEncoder.open(skeleton, weights, graph.floatInitializers(), tokenizer, 1)) {
            TokenBatch batch = tokenizer.encode(List.of(TEXT));
            Encoded encoded = encoder.encode(batch);

            assertThat(((float[][]) run(whole, batch, EncoderGraph.EMBEDDING))[0])
                    .containsExactly(encoded.embeddings()[0], within(1e-6f));
            assertThat(((float[][]) run(whole, batch, EncoderGraph.LOGITS))[0])
                    .containsExactly(encoded.logits()[0], within(2e-5f));
            assertThat(skeleton.length).isLessThan(512 * 1024);
            assertThat(EncoderGraph.parse(whole, "whole").weight(EncoderGraph.HEAD_WEIGHT))
                    .isEqualTo(weights.get(EncoderGraph.HEAD_WEIGHT));
            assertThat(EncoderGraph.parseSkeleton(skeleton, "skeleton").embeddingDimension())
                    .isEqualTo(graph.embeddingDimension());
        }
    }

    @ParameterizedTest
    @EnumSource(RealEncoder.class)
    void namesEveryFloatWeightAndKeepsTheFilesHash(RealEncoder real) throws Exception {
        EncoderGraph plain = real.graph();

        assertThat(plain.withPooling(real.pooling).floatInitializers().keySet())
                .containsExactlyElementsOf(plain.floatInitializers().keySet());
        assertThat(plain.floatInitializers()).hasSize(real == RealEncoder.MINI_LM ? 101 : 197);
        assertThat(plain.withPooling(real.pooling).sha256()).isEqualTo(Sha256.of(Files.readAllBytes(real.file())));
        assertThat(plain.inputNames()).containsExactlyInAnyOrder("input_ids", "attention_mask", "token_type_ids");
        assertThat(plain.vocabularyRows()).hasValue(30522);
    }

    @Test
    void cutsAwayWhatTheEmbeddingDoesNotNeed() throws Exception {
        ModelProto.Builder model = TinyEncoder.model(13);
        model.getGraphBuilder()
                .addInitializer(Tensors.zeros("pooler", TinyEncoder.DIMENSION, TinyEncoder.DIMENSION))
                .addNode(NodeProto.newBuilder()
                        .setOpType("MatMul")
                        .addInput("last_hidden_state")
                        .addInput("pooler")
                        .addOutput("pooled"))
                .addOutput(GraphValue.of("pooled", 1, "batch", 3));

        EncoderGraph graph =
                EncoderGraph.parse(model.build().toByteArray(), "tiny").withPooling(Pooling.MEAN);

        assertThat(graph.floatInitializers()).containsOnlyKeys("words", "bias");
        assertThat(graph.proto().getGraph().getOutputList()).hasSize(1);
    }

    @Test
    void refusesWeightsThatDoNotFit() throws Exception {
        EncoderGraph graph = TinyEncoder.graph(13);

        assertThatThrownBy(() -> graph.withWeights(Map.of("bias", random(3)))).hasMessageContaining("bias");
        assertThatThrownBy(() -> graph.withWeights(Map.of("no such", random(3))))
                .hasMessageContaining("no such");
        assertThatThrownBy(() -> graph.weight("no such")).hasMessageContaining("no such");
    }

    @Test
    void weightsListedAsInputsAreNotAskedOfTheCaller() throws Exception {
        ModelProto.Builder model = TinyEncoder.model(11).setIrVersion(3);
        model.getGraphBuilder().addInput(GraphValue.of("bias", 1, TinyEncoder.DIMENSION));

        EncoderGraph graph = EncoderGraph.parse(model.build().toByteArray(), "old");

        assertThat(graph.inputNames()).containsExactly("input_ids", "attention_mask");
        assertThat(graph.proto().getIrVersion()).isEqualTo(4);
    }

    @Test
    void refusesATokenizerWithMoreWordsThanTheModel() throws Exception {
        ModelProto.Builder model = TinyEncoder.model(13);
        model.getGraphBuilder().setInitializer(0, Tensors.zeros("words", TinyEncoder.WORDS - 1, TinyEncoder.DIMENSION));
        EncoderGraph graph = EncoderGraph.parse(model.build().toByteArray(), "tiny");
        try (TextTokenizer tokenizer = TinyEncoder.tokenizer()) {
            tokenizer.requireFit(TinyEncoder.graph(13));

            assertThatThrownBy(() -> tokenizer.requireFit(graph))
                    .isInstanceOf(RefusedModelException.class)
                    .hasMessageContaining("token ids up to 15")
                    .hasMessageContaining("15 rows");
        }
    }

    private static Object run(byte[] model, TokenBatch batch, String output) throws Exception {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> inputs = new HashMap<>();
        try (OrtSession session = environment.createSession(model)) {
            inputs.put("input_ids", OnnxTensor.createTensor(environment, square(batch, batch.inputIds())));
            inputs.put("attention_mask", OnnxTensor.createTensor(environment, square(batch, batch.attentionMask())));
            inputs.put("token_type_ids", OnnxTensor.createTensor(environment, square(batch, batch.tokenTypeIds())));
            try (OrtSession.Result result = session.run(inputs)) {
                return result.get(output).orElseThrow().getValue();
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static long[][] square(TokenBatch batch, long[] values) {
        long[][] square = new long[batch.rows()][batch.columns()];
        for (int row = 0; row < batch.rows(); row++) {
            System.arraycopy(values, row * batch.columns(), square[row], 0, batch.columns());
        }
        return square;
    }

    private static float[] pooled(float[][] tokens, TokenBatch batch, int row, Pooling pooling) {
        double[] sum = new double[tokens[0].length];
        for (int t = 0; t < (pooling == Pooling.CLS ? 1 : tokens.length); t++) {
            for (int d = 0; d < sum.length; d++) {
                sum[d] += batch.attentionMask()[row * batch.columns() + t] * tokens[t][d];
            }
        }
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        float[] normalised = new float[sum.length];
        for (int d = 0; d < sum.length; d++) {
            normalised[d] = (float) (sum[d] / Math.sqrt(squares));
        }
        return normalised;
    }

    private static ByteBuffer random(int values) {
        Random random = new Random(3);
        ByteBuffer buffer = ByteBuffer.allocateDirect(Float.BYTES * values).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < values; i++) {
            buffer.putFloat((float) random.nextGaussian());
        }
        return buffer.flip();
    }
}
