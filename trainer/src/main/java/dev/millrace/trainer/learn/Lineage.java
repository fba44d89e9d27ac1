package dev.millrace.trainer.learn;

import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.OffsetRange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Which samples the weights have seen: offset range per source partition, count, newest arrival. Owned by the learner. */
final class Lineage {
    private final String sourceTopic;
    private final TreeMap<Integer, long[]> ranges = new TreeMap<>(); // partition -> {first, last}
    private long samples;
    private Instant newest = Instant.EPOCH;

    Lineage(String sourceTopic) {
        this.sourceTopic = sourceTopic;
    }

    void add(AcceptedSample sample) {
        long offset = sample.getSourceOffset();
        long[] range = ranges.computeIfAbsent(sample.getSourcePartition(), p -> new long[] {offset, offset});
        range[0] = Math.min(range[0], offset);
        range[1] = Math.max(range[1], offset);
        samples++;
        if (sample.getReceivedAt().isAfter(newest)) {
            newest = sample.getReceivedAt();
        }
    }

    void restore(long samples, Instant newest, List<OffsetRange> stored) {
        this.samples = samples;
        this.newest = newest;
        stored.forEach(range -> ranges.put(range.getPartition(), new long[] {range.getFirst(), range.getLast()}));
    }

    long samples() {
        return samples;
    }

    Instant newest() {
        return newest;
    }

    List<OffsetRange> ranges() {
        List<OffsetRange> result = new ArrayList<>();
        ranges.forEach((partition, range) -> result.add(new OffsetRange(sourceTopic, partition, range[0], range[1])));
        return result;
    }
}
