package dev.millrace.standalone.promote;

import dev.millrace.schemas.GoldenProbe;
import dev.millrace.schemas.SnapshotInput;
import dev.millrace.schemas.SnapshotManifest;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/** Manifests of versions without tensors. */
public final class Manifests {
    private Manifests() {}

    public static SnapshotManifest of(String model, long version, Instant at) {
        return SnapshotManifest.newBuilder()
                .setInput(SnapshotInput.TEXT)
                .setModel(model)
                .setVersion(version)
                .setParent(0)
                .setCreatedAt(at)
                .setBaseSha256("")
                .setGraphSha256("")
                .setMaxTokens(128)
                .setTensors(List.of())
                .setEmbeddingDimension(2)
                .setOutputSet(List.of())
                .setPreset("STABLE")
                .setConfigSha256("")
                .setThreads(1)
                .setCpu("")
                .setSteps(version)
                .setSamples(version)
                .setNewestReceivedAt(at)
                .setSourceRanges(List.of())
                .setMetrics(Map.of("knn", 0.75))
                .setProbe(new GoldenProbe(List.of(), List.of(), List.of(), ByteBuffer.allocate(0)))
                .build();
    }
}
