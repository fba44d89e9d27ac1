package dev.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.contract.FileSnapshotStore;
import dev.millrace.inference.encoder.InputKind;
import dev.millrace.inference.encoder.TinyEncoder;
import dev.millrace.inference.listen.Wanted;
import dev.millrace.inference.load.BaseModel;
import dev.millrace.inference.load.SnapshotLoader;
import dev.millrace.inference.load.TinySnapshot;
import dev.millrace.inference.swap.Lease;
import dev.millrace.inference.swap.ModelSlot;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.schemas.SwapOutcome;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotFollowerTest {
    private record Attempt(long wanted, SwapOutcome outcome, Optional<Long> serving) {}

    private final ModelSlot slot = new ModelSlot(Runnable::run);
    private final BlockingQueue<Attempt> attempts = new LinkedBlockingQueue<>();

    @TempDir
    Path directory;

    private FileSnapshotStore store;
    private SnapshotFollower follower;

    @BeforeEach
    void start() throws Exception {
        Path file = Files.write(
                directory.resolve("tiny.onnx"), TinyEncoder.model(13).build().toByteArray());
        Path tokenizer = Files.write(directory.resolve("tokenizer.json"), TinyEncoder.tokenizerJson());
        store = new FileSnapshotStore(directory.resolve("store"));
        follower = new SnapshotFollower(
                new BaseModel(TinyEncoder.config(file, tokenizer)),
                new SnapshotLoader(store, InputKind.TEXT),
                slot,
                (wanted, outcome, detail, serving, took) -> attempts.add(new Attempt(wanted, outcome, serving)));
        follower.start();
    }

    @AfterEach
    void stop() {
        follower.close();
        slot.close();
    }

    @Test
    void servesBaseThenSnapshotsThenAnOlderOne() throws Exception {
        follower.want(new Wanted(0, Optional.empty()));
        assertThat(next()).isEqualTo(new Attempt(0, SwapOutcome.SERVING, Optional.of(0L)));

        SnapshotManifest ten = TinySnapshot.store(store, 10, "cat");
        SnapshotManifest twenty = TinySnapshot.store(store, 20, "cat", "dog");
        follower.want(new Wanted(10, Optional.of(ten)));
        assertThat(next()).isEqualTo(new Attempt(10, SwapOutcome.SERVING, Optional.of(10L)));
        follower.want(new Wanted(20, Optional.of(twenty)));
        assertThat(next()).isEqualTo(new Attempt(20, SwapOutcome.SERVING, Optional.of(20L)));
        follower.want(new Wanted(10, Optional.of(ten)));
        assertThat(next()).isEqualTo(new Attempt(10, SwapOutcome.SERVING, Optional.of(10L)));

        assertThat(served()).isEqualTo(10);
        assertThat(follower.refusal()).isEmpty();
    }

    @Test
    void aRefusedVersionLeavesTheOneBeforeServing() throws Exception {
        SnapshotManifest good = TinySnapshot.store(store, 10, "cat");
        SnapshotManifest bad = TinySnapshot.store(store, 20, "cat");
        bad.setEmbeddingDimension(7);
        follower.want(new Wanted(10, Optional.of(good)));
        assertThat(next().outcome()).isEqualTo(SwapOutcome.SERVING);

        follower.want(new Wanted(20, Optional.of(bad)));

        assertThat(next()).isEqualTo(new Attempt(20, SwapOutcome.UNSUPPORTED_GRAPH, Optional.of(10L)));
        assertThat(served()).isEqualTo(10);
        assertThat(follower.refusal())
                .hasValueSatisfying(refused -> assertThat(refused.detail()).contains("7"));
    }

    @Test
    void aMissingManifestIsAnAnswerToo() throws Exception {
        follower.want(new Wanted(30, Optional.empty()));

        assertThat(next()).isEqualTo(new Attempt(30, SwapOutcome.MANIFEST_MISSING, Optional.empty()));
        assertThat(slot.lease()).isEmpty();
    }

    @Test
    void missingBlobsAreAskedForAgain() throws Exception {
        SnapshotManifest manifest = TinySnapshot.store(store, 10, "cat");
        Path blob = file(manifest.getGraphSha256());
        byte[] graph = Files.readAllBytes(blob);
        Files.delete(blob);
        follower.want(new Wanted(10, Optional.of(manifest)));
        assertThat(next().outcome()).isEqualTo(SwapOutcome.BLOB_MISSING);

        store.put(ByteBuffer.wrap(graph));

        await().atMost(Duration.ofSeconds(20))
                .until(() -> attempts.contains(new Attempt(10, SwapOutcome.SERVING, Optional.of(10L))));
        assertThat(follower.refusal()).isEmpty();
    }

    @Test
    void aLaterPromotionEndsTheWaitForBlobs() throws Exception {
        SnapshotManifest lost = TinySnapshot.store(store, 10, "cat");
        SnapshotManifest next = TinySnapshot.store(store, 20, "dog", "eel");
        Files.delete(file(lost.getGraphSha256()));
        follower.want(new Wanted(10, Optional.of(lost)));
        assertThat(next().outcome()).isEqualTo(SwapOutcome.BLOB_MISSING);

        follower.want(new Wanted(20, Optional.of(next)));

        await().atMost(Duration.ofSeconds(20))
                .until(() -> attempts.contains(new Attempt(20, SwapOutcome.SERVING, Optional.of(20L))));
    }

    private Attempt next() throws InterruptedException {
        Attempt attempt = attempts.poll(30, TimeUnit.SECONDS);
        assertThat(attempt).isNotNull();
        return attempt;
    }

    private long served() {
        try (Lease lease = slot.lease().orElseThrow()) {
            return lease.model().version();
        }
    }

    private Path file(String address) {
        return directory.resolve("store/blobs").resolve(address.substring(0, 2)).resolve(address);
    }
}
