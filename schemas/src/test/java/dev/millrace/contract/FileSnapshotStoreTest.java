package dev.millrace.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileSnapshotStoreTest {
    private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 127, 128 * 1024, 1_000_003})
    void givesBackWhatWasStored(int length) throws Exception {
        FileSnapshotStore store = new FileSnapshotStore(directory);
        byte[] bytes = random(length);
        ByteBuffer heap = ByteBuffer.wrap(bytes);

        String address = store.put(heap);

        assertThat(heap.position()).isZero();
        assertThat(address).isEqualTo(Sha256.of(bytes));
        assertThat(store.contains(address)).isTrue();
        ByteBuffer read = store.get(address).orElseThrow();
        assertThat(read).isEqualTo(ByteBuffer.wrap(bytes));
        assertThat(read.isDirect()).isTrue();
        assertThat(read.isReadOnly()).isTrue();
        assertThat(read.order()).isEqualTo(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void storesOnlyWhatLiesBetweenPositionAndLimit() throws Exception {
        FileSnapshotStore store = new FileSnapshotStore(directory);
        ByteBuffer direct = ByteBuffer.allocateDirect(10).put("0123456789".getBytes(StandardCharsets.UTF_8));
        direct.position(2).limit(5);

        String address = store.put(direct);

        assertThat(address).isEqualTo(Sha256.of("234"));
        assertThat(direct.position()).isEqualTo(2);
        assertThat(direct.limit()).isEqualTo(5);
    }

    @Test
    void knowsNothingOfABlobThatWasNeverStored() throws Exception {
        FileSnapshotStore store = new FileSnapshotStore(directory);

        assertThat(store.contains(Sha256.of("none"))).isFalse();
        assertThat(store.get(Sha256.of("none"))).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ab",
                "../../../../etc/passwd",
                "AB01AB01AB01AB01AB01AB01AB01AB01AB01AB01AB01AB01AB01AB01AB01AB01"
            })
    void refusesWhatIsNoAddress(String address) {
        FileSnapshotStore store = new FileSnapshotStore(directory);

        assertThatThrownBy(() -> store.get(address)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.contains(address)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesABlobThatWasCutOrChanged() throws Exception {
        FileSnapshotStore store = new FileSnapshotStore(directory);
        byte[] bytes = random(5000);
        String address = store.put(ByteBuffer.wrap(bytes));
        for (int cut : new int[] {0, 1, 4096, 4999}) {
            Files.write(file(address), java.util.Arrays.copyOf(bytes, cut));

            assertThatThrownBy(() -> store.get(address))
                    .isInstanceOf(SnapshotStore.CorruptBlobException.class)
                    .hasMessageContaining(address)
                    .hasMessageContaining(cut + " bytes");
        }
        byte[] flipped = bytes.clone();
        flipped[2500] ^= 1;
        Files.write(file(address), flipped);

        assertThatThrownBy(() -> store.get(address)).isInstanceOf(SnapshotStore.CorruptBlobException.class);
    }

    @Test
    void readsIntoTheCallersMemory() throws Exception {
        FileSnapshotStore store = new FileSnapshotStore(directory);
        byte[] bytes = random(100);
        String address = store.put(ByteBuffer.wrap(bytes));
        ByteBuffer memory = ByteBuffer.allocateDirect(300).position(50).limit(150);

        assertThat(store.read(address, memory)).isTrue();
        assertThat(memory).isEqualTo(ByteBuffer.wrap(bytes));
        assertThat(store.read(Sha256.of("none"), memory)).isFalse();
        assertThatThrownBy(() -> store.read(address, memory.slice(0, 99)))
                .isInstanceOf(SnapshotStore.CorruptBlobException.class)
                .hasMessageContaining("100 bytes where 99 are expected");
        Files.write(file(address), random(101), java.nio.file.StandardOpenOption.TRUNCATE_EXISTING);
        assertThatThrownBy(() -> store.read(address, memory)).isInstanceOf(SnapshotStore.CorruptBlobException.class);
    }

    @Test
    void storingAgainRepairsABlobThatWasCut() throws Exception {
        FileSnapshotStore store = new FileSnapshotStore(directory);
        ByteBuffer bytes = ByteBuffer.wrap(random(5000));
        String address = store.put(bytes);
        Files.write(file(address), new byte[100]);

        store.put(bytes);

        assertThat(store.get(address)).contains(bytes);
    }

    @Test
    void anotherProcessRepairsABlobThatWasChanged() throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(random(5000));
        String address = new FileSnapshotStore(directory).put(bytes);
        Files.write(file(address), new byte[5000]);

        FileSnapshotStore next = new FileSnapshotStore(directory);
        next.put(bytes);

        assertThat(next.get(address)).contains(bytes);
    }

    @Test
    void manyWritersOfOneBlobLeaveOneWholeFile() throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(random(300_000));
        ExecutorService writers = Executors.newFixedThreadPool(8);
        try {
            CyclicBarrier start = new CyclicBarrier(8);
            List<Future<String>> addresses = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                FileSnapshotStore store = new FileSnapshotStore(directory);
                addresses.add(writers.submit(() -> {
                    start.await();
                    return store.put(bytes.duplicate());
                }));
            }
            for (Future<String> address : addresses) {
                assertThat(new FileSnapshotStore(directory).get(address.get())).contains(bytes);
            }
        } finally {
            writers.shutdownNow();
        }

        assertThat(files()).containsExactly(file(Sha256.of(bytes)));
    }

    @Test
    void deletesOldBlobsThatNobodyWants() throws Exception {
        FileSnapshotStore store = new FileSnapshotStore(directory, () -> NOW);
        String wanted = stored(store, "wanted", NOW.minusSeconds(60));
        String old = stored(store, "old", NOW.minusSeconds(60));
        String young = stored(store, "young", NOW);
        Path left = Files.write(file(old).resolveSibling(old + ".x.tmp"), new byte[3]);
        Files.setLastModifiedTime(left, FileTime.from(NOW.minusSeconds(60)));

        int deleted = store.retainOnly(Set.of(wanted), NOW.minusSeconds(1).toEpochMilli());

        assertThat(deleted).isEqualTo(2);
        assertThat(files()).containsExactlyInAnyOrder(file(wanted), file(young));
    }

    @Test
    void storingAgainMakesABlobYoung() throws Exception {
        FileSnapshotStore store = new FileSnapshotStore(directory, () -> NOW);
        String address = stored(store, "again", NOW.minusSeconds(60));

        store.put(ByteBuffer.wrap("again".getBytes(StandardCharsets.UTF_8)));

        assertThat(store.retainOnly(Set.of(), NOW.minusSeconds(1).toEpochMilli()))
                .isZero();
        assertThat(store.contains(address)).isTrue();
    }

    @Test
    void aPlaceThatCannotHoldADirectoryIsAStartFailure() throws Exception {
        Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> new FileSnapshotStore(file))
                .isInstanceOf(StartupException.class)
                .hasMessageContaining(file.toString());
    }

    @Test
    void aWritableDirectoryIsLeftEmptyByTheProof() throws Exception {
        new FileSnapshotStore(directory).requireWritable();

        assertThat(files()).isEmpty();
    }

    @Test
    void aDirectoryThatIsGoneIsNotWritable() throws Exception {
        FileSnapshotStore store = new FileSnapshotStore(directory);
        Files.delete(directory.resolve("blobs"));

        assertThatThrownBy(store::requireWritable)
                .isInstanceOf(StartupException.class)
                .hasMessageContaining("cannot write");
    }

    private String stored(FileSnapshotStore store, String text, Instant at) throws IOException {
        String address = store.put(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        Files.setLastModifiedTime(file(address), FileTime.from(at));
        return address;
    }

    private Path file(String address) {
        return directory.resolve("blobs").resolve(address.substring(0, 2)).resolve(address);
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }
}
