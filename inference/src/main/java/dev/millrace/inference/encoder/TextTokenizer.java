package dev.millrace.inference.encoder;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.millrace.contract.StartupException;
import dev.millrace.contract.UnreadableFile;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Texts to token ids, as a Hugging Face {@code tokenizer.json} says, special tokens included. The file's own cutting and
 * padding are left aside: texts are cut to {@code maxTokens} and padded to the longest of a batch. Thread-safe; closed by
 * whoever read it.
 */
public final class TextTokenizer implements Preprocessing {
    private final HuggingFaceTokenizer tokenizer;
    private final TokenizerFile file;
    private final int maxTokens;
    private final String prefix;

    private TextTokenizer(HuggingFaceTokenizer tokenizer, TokenizerFile file, int maxTokens, String prefix) {
        this.tokenizer = tokenizer;
        this.file = file;
        this.maxTokens = maxTokens;
        this.prefix = prefix;
    }

    /** As {@link #read(Path, int, String)}, without a prefix. */
    public static TextTokenizer read(Path tokenizerJson, int maxTokens) {
        return read(tokenizerJson, maxTokens, "");
    }

    /**
     * Reads a tokenizer file.
     *
     * @param maxTokens longest row, special tokens included, at least 3; longer texts are cut
     * @param prefix is put before each text, such as "query: "
     * @throws StartupException when the file cannot be read or is no tokenizer
     */
    public static TextTokenizer read(Path tokenizerJson, int maxTokens, String prefix) {
        try {
            return parse(Files.readAllBytes(tokenizerJson), maxTokens, prefix, tokenizerJson.toString());
        } catch (IOException e) {
            throw new StartupException(
                    UnreadableFile.words(tokenizerJson, e) + "; give the model's tokenizer.json as model.tokenizer", e);
        } catch (IllegalArgumentException e) {
            throw new StartupException(String.valueOf(e.getMessage()), e);
        }
    }

    /** As {@link #parse(byte[], int, String, String)}, without a prefix. */
    public static TextTokenizer parse(byte[] json, int maxTokens, String origin) {
        return parse(json, maxTokens, "", origin);
    }

    /**
     * As {@link #read(Path, int, String)}, from memory.
     *
     * @param origin where the bytes came from, for messages
     * @throws IllegalArgumentException when this is no tokenizer
     */
    public static TextTokenizer parse(byte[] json, int maxTokens, String prefix, String origin) {
        if (maxTokens < 3) {
            throw new IllegalArgumentException(
                    "maxTokens must be at least 3 (a text has two special tokens), was " + maxTokens);
        }
        Map<String, String> options = Map.of(
                "addSpecialTokens", "true",
                "padding", "false",
                "truncation", "true",
                "maxLength", Integer.toString(maxTokens),
                "modelMaxLength", Integer.toString(maxTokens));
        try {
            TokenizerFile file = TokenizerFile.of(json, origin);
            HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(json), options);
            return new TextTokenizer(tokenizer, file, maxTokens, prefix);
        } catch (IOException | RuntimeException e) {
            throw new IllegalArgumentException(
                    origin + " is no tokenizer.json of the Hugging Face format: " + e.getMessage(), e);
        }
    }

    @Override
    public InputKind kind() {
        return InputKind.TEXT;
    }

    @Override
    public List<PreparedInput> prepare(List<EncoderInput> inputs) {
        return List.copyOf(tokenize(inputs.stream()
                .map(input -> input.as(EncoderInput.Text.class).text())
                .toList()));
    }

    @Override
    public EncoderInput usualInput() {
        return new EncoderInput.Text("a channel carrying water to a mill wheel");
    }

    @Override
    public EncoderInput largestInput() {
        return new EncoderInput.Text("water ".repeat(maxTokens));
    }

    /** Tokens of the texts, padded to the longest. */
    public TokenBatch encode(List<String> texts) {
        return TokenBatch.of(tokenize(texts));
    }

    /** Tokens of one text, special tokens included, after cutting. */
    public int count(String text) {
        return tokenize(List.of(text)).get(0).length();
    }

    private List<PreparedInput.Tokens> tokenize(List<String> texts) {
        List<String> prefixed =
                prefix.isEmpty() ? texts : texts.stream().map(prefix::concat).toList();
        return Arrays.stream(tokenizer.batchEncode(prefixed, true, false))
                .map(encoding -> new PreparedInput.Tokens(encoding.getIds(), file.paddingId()))
                .toList();
    }

    /** Refuses a graph whose word embedding has no row for some of the ids. */
    public void requireFit(EncoderGraph graph) throws RefusedModelException {
        OptionalLong rows = graph.vocabularyRows();
        if (rows.isPresent() && largestTokenId() >= rows.getAsLong()) {
            throw new RefusedModelException(
                    file.origin(),
                    List.of("makes token ids up to " + largestTokenId() + ", but the model's word embedding has "
                            + rows.getAsLong() + " rows; use the tokenizer that belongs to the model"));
        }
    }

    /** Is put before each text. */
    public String prefix() {
        return prefix;
    }

    /** The bytes of the {@code tokenizer.json}; not to be written to. */
    public byte[] json() {
        return file.json();
    }

    public int maxTokens() {
        return maxTokens;
    }

    /** Largest id that can come out. */
    public long largestTokenId() {
        return file.largestId();
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
