package dev.millrace.trainer.learn;

import dev.millrace.contract.AvroSerdes;
import dev.millrace.contract.Sha256;
import dev.millrace.schemas.CheckpointHeader;
import dev.millrace.schemas.CheckpointTensor;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.file.SeekableByteArrayInput;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;

/**
 * The file format of a checkpoint: eight magic bytes, the length of the header, the header as an Avro container (so that a
 * later release reads it by schema evolution), then values, first and second moment of each tensor as little-endian float32
 * (and the sum of its gathered gradients, if any are), then the SHA-256 of all that. Stateless.
 */
public final class CheckpointFile {
    private static final byte[] MAGIC = "MRCKPT01".getBytes(StandardCharsets.US_ASCII);
    private static final int HASH_BYTES = 32;
    private static final int PIECE_BYTES = 1 << 20;

    static {
        AvroSerdes.trustGeneratedRecords();
    }

    private CheckpointFile() {}

    /** Writes to a temporary name, forces it to disk and renames it, so that the file is there whole or not at all. */
    public static void write(Path file, Checkpoint checkpoint) throws IOException {
        Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent(), "a file lies in a directory");
        Path temporary = Files.createTempFile(directory, "checkpoint-", ".tmp");
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                MessageDigest digest = Sha256.newDigest();
                byte[] header = headerBytes(checkpoint.header());
                put(channel, digest, ByteBuffer.wrap(MAGIC));
                put(channel, digest, ByteBuffer.allocate(Integer.BYTES).putInt(0, header.length));
                put(channel, digest, ByteBuffer.wrap(header));
                for (Checkpoint.TensorState tensor : checkpoint.tensors()) {
                    put(channel, digest, tensor.values());
                    put(channel, digest, tensor.first());
                    put(channel, digest, tensor.second());
                    if (tensor.gathered() != null) {
                        put(channel, digest, tensor.gathered());
                    }
                }
                writeFully(channel, ByteBuffer.wrap(digest.digest()));
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            force(directory);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    /**
     * Verifies a checkpoint, then reads it: no length that the file tells is believed before.
     *
     * @throws DamagedCheckpointException when the file is cut short, altered or of another kind
     */
    public static Checkpoint read(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            verify(file, channel);
            channel.position(MAGIC.length);
            int headerLength =
                    readFully(channel, ByteBuffer.allocate(Integer.BYTES)).getInt(0);
            CheckpointHeader header =
                    header(readFully(channel, ByteBuffer.allocate(headerLength)).array());
            List<Checkpoint.TensorState> tensors = new ArrayList<>();
            for (CheckpointTensor tensor : header.getTensors()) {
                int bytes = bytes(tensor);
                tensors.add(new Checkpoint.TensorState(
                        direct(channel, bytes),
                        direct(channel, bytes),
                        direct(channel, bytes),
                        header.getGathered() > 0 ? direct(channel, bytes) : null));
            }
            return new Checkpoint(header, tensors);
        } catch (AvroRuntimeException e) {
            throw new DamagedCheckpointException(
                    file + " is whole, but this release cannot read it: " + e.getMessage());
        }
    }

    private static void verify(Path file, FileChannel channel) throws IOException {
        long hashed = channel.size() - HASH_BYTES;
        if (hashed < MAGIC.length + Integer.BYTES) {
            throw new DamagedCheckpointException(file + " is cut short at " + channel.size() + " bytes");
        }
        ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
        readFully(channel, piece.limit(MAGIC.length));
        if (!piece.equals(ByteBuffer.wrap(MAGIC))) {
            throw new DamagedCheckpointException(file + " is no checkpoint of this release");
        }
        MessageDigest digest = Sha256.newDigest();
        digest.update(piece);
        while (channel.position() < hashed) {
            piece.clear().limit((int) Math.min(PIECE_BYTES, hashed - channel.position()));
            digest.update(readFully(channel, piece));
        }
        byte[] stored = readFully(channel, ByteBuffer.allocate(HASH_BYTES)).array();
        if (!Arrays.equals(digest.digest(), stored)) {
            throw new DamagedCheckpointException(
                    file + " is damaged or cut short at " + channel.size() + " bytes: its SHA-256 differs");
        }
    }

    private static int bytes(CheckpointTensor tensor) {
        long elements = 1;
        for (long dimension : tensor.getShape()) {
            elements = Math.multiplyExact(elements, dimension);
        }
        return Math.toIntExact(Math.multiplyExact(elements, (long) Float.BYTES));
    }

    private static byte[] headerBytes(CheckpointHeader header) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataFileWriter<CheckpointHeader> writer =
                new DataFileWriter<>(new SpecificDatumWriter<>(CheckpointHeader.class))) {
            writer.create(header.getSchema(), bytes);
            writer.append(header);
        }
        return bytes.toByteArray();
    }

    private static CheckpointHeader header(byte[] bytes) throws IOException {
        try (DataFileReader<CheckpointHeader> reader = new DataFileReader<>(
                new SeekableByteArrayInput(bytes), new SpecificDatumReader<>(CheckpointHeader.class))) {
            return reader.next();
        }
    }

    private static void put(FileChannel channel, MessageDigest digest, ByteBuffer bytes) throws IOException {
        digest.update(bytes.duplicate());
        writeFully(channel, bytes.duplicate());
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static ByteBuffer direct(FileChannel channel, int length) throws IOException {
        return readFully(channel, ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN));
    }

    private static ByteBuffer readFully(FileChannel channel, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new EOFException();
            }
        }
        return into.flip();
    }

    private static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** A checkpoint file that cannot be used. */
    public static final class DamagedCheckpointException extends IOException {
        public DamagedCheckpointException(String message) {
            super(message);
        }
    }
}
