package dev.millrace.trainer.onnx.zoo;

import ai.onnx.proto.OnnxMl.ModelProto;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.Pooling;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** One of each kind of generated network, at the opset that its exporter uses by default. Images have 32 x 32 pixels. */
public enum Zoo {
    VIT(InputKind.IMAGE, Pooling.CLS, 17, VisionTransformers::vit),
    DINO(InputKind.IMAGE, Pooling.NONE, 18, VisionTransformers::dino),
    RES_NET(InputKind.IMAGE, Pooling.NONE, 14, ConvolutionalNetworks::resNet),
    CONV_NEXT(InputKind.IMAGE, Pooling.NONE, 17, ConvolutionalNetworks::convNext),
    CLIP_VISION(InputKind.IMAGE, Pooling.NONE, 14, VisionTransformers::clip),
    CLIP_TEXT(InputKind.TEXT, Pooling.NONE, 14, ClipText::model),
    BERT(InputKind.TEXT, Pooling.MEAN, 20, TinyBert::model);

    /** Tokens that the text networks have places for. */
    public static final int LONGEST_TEXT = ClipText.LONGEST;

    private static final long SEED = 31;
    private static final List<String> WORDS = List.of(
            "a", "cat", "dog", "horse", "sparrow", "salmon", "wolf", "whale", "ant", "hammer", "saw", "wrench", "drill",
            "chisel", "ladder", "file", "plane", "number", "seen", "near", "the", "old", "barn");

    private final InputKind input;
    private final Pooling pooling;
    private final int opset;

    @SuppressWarnings("ImmutableEnumChecker") // a function without state
    private final Network network;

    @FunctionalInterface
    private interface Network {
        ModelProto at(int opset, long seed);
    }

    Zoo(InputKind input, Pooling pooling, int opset, Network network) {
        this.input = input;
        this.pooling = pooling;
        this.opset = opset;
        this.network = network;
    }

    public ModelProto model() {
        return network.at(opset, SEED);
    }

    public InputKind input() {
        return input;
    }

    public Pooling pooling() {
        return pooling;
    }

    /** A tokenizer of whole words; as CLIP's, it ends a text with the token of the largest id. */
    public static String tokenizerJson() {
        int end = ClipText.VOCABULARY - 1;
        String words = IntStream.range(0, WORDS.size())
                .mapToObj(i -> "\"" + WORDS.get(i) + "\":" + (i + 2))
                .collect(Collectors.joining(","));
        return """
                {"version":"1.0","truncation":null,"padding":null,"added_tokens":[],
                 "normalizer":null,"pre_tokenizer":{"type":"Whitespace"},
                 "post_processor":{"type":"TemplateProcessing",
                  "single":[{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[END]","type_id":0}}],
                  "pair":[{"Sequence":{"id":"A","type_id":0}},{"Sequence":{"id":"B","type_id":1}}],
                  "special_tokens":{"[END]":{"id":"[END]","ids":[%d],"tokens":["[END]"]}}},
                 "decoder":null,
                 "model":{"type":"WordLevel","vocab":{"[PAD]":0,"[UNK]":1,%s,"[END]":%d},"unk_token":"[UNK]"}}
                """.formatted(end, words, end);
    }
}
