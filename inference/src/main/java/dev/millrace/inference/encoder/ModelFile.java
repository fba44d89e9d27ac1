package dev.millrace.inference.encoder;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnsafeByteOperations;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An ONNX file as bytes and as the message in them, before anything in it is judged. Stateless. */
public final class ModelFile {
    /** First and last version of ONNX's own operator set that a model may import. */
    public static final int OLDEST_OPERATOR_SET = 11;

    public static final int NEWEST_OPERATOR_SET = 21;

    private ModelFile() {}

    /**
     * Reads a file whole.
     *
     * @throws RefusedModelException when it is larger than the format allows
     * @throws IOException when it cannot be read
     */
    public static byte[] bytes(Path file) throws RefusedModelException, IOException {
        long size = Files.size(file);
        if (size > Integer.MAX_VALUE - Long.BYTES) {
            throw new RefusedModelException(
                    file.toString(),
                    List.of("has " + size + " bytes; an ONNX file ends at 2 GB, use a smaller encoder"));
        }
        byte[] bytes = new byte[(int) size];
        // Not Files.readAllBytes: it leaves a direct buffer of the file's size behind for the thread's life.
        try (FileInputStream in = new FileInputStream(file.toFile())) {
            int read = in.readNBytes(bytes, 0, bytes.length);
            if (read < bytes.length) {
                throw new IOException(file + " shrank from " + size + " to " + read + " bytes while it was read");
            }
        }
        return bytes;
    }

    /**
     * Parses the message. Its weights stay where they are instead of being copied, so the array is handed over.
     *
     * @param origin where the bytes came from, for messages
     * @throws RefusedModelException when the bytes are no ONNX message, or were cut short
     */
    public static ModelProto parse(byte[] bytes, String origin) throws RefusedModelException {
        try {
            CodedInputStream in = UnsafeByteOperations.unsafeWrap(bytes).newCodedInput();
            in.enableAliasing(true);
            return ModelProto.parseFrom(in);
        } catch (InvalidProtocolBufferException e) {
            throw new RefusedModelException(
                    origin, List.of("no ONNX model, or cut short after " + bytes.length + " bytes: " + e.getMessage()));
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory cannot fail", e);
        }
    }
}
