package dev.millrace.trainer.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.junit.jupiter.api.Test;

/** Where an id belongs must be the same in every release, or it is trained twice, or trained and held out. */
final class PlacementTest {
    private static byte[] id(int number) {
        return ("sample-" + number).getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void judgesAnIdWhereTheDefaultPartitionerPutsIt() {
        for (int partitions : new int[] {1, 2, 6, 97}) {
            HomePartition home = new HomePartition(partitions);

            assertThat(IntStream.range(0, 1000))
                    .allSatisfy(number -> assertThat(home.of(id(number)))
                            .isEqualTo(BuiltInPartitioner.partitionForKey(id(number), partitions)));
        }
    }

    @Test
    void holdsOutTheSameIdsForEver() {
        HoldoutSplit tenth = new HoldoutSplit(0.1);

        List<Integer> heldOut = IntStream.range(0, 60)
                .filter(number -> tenth.isHeldOut(FormerFixture.hash("sample-" + number)))
                .boxed()
                .toList();

        // Those whose `printf sample-N | sha256sum` starts with less than 0x199999999999999a.
        assertThat(heldOut).containsExactly(1, 19, 25, 26, 32, 39, 54, 55);
    }

    @Test
    void holdsOutTheFractionAskedFor() {
        for (double fraction : new double[] {0, 0.1, 0.5, 0.9}) {
            HoldoutSplit split = new HoldoutSplit(fraction);

            long heldOut = IntStream.range(0, 20_000)
                    .filter(number -> split.isHeldOut(FormerFixture.hash("sample-" + number)))
                    .count();

            assertThat(heldOut / 20_000.0).isCloseTo(fraction, within(0.015)); // four standard deviations
        }
    }

    @Test
    void keepsAnIdHeldOutWhenTheFractionGrows() {
        HoldoutSplit smaller = new HoldoutSplit(0.1);
        HoldoutSplit larger = new HoldoutSplit(0.2);

        assertThat(IntStream.range(0, 2_000)
                        .filter(number -> smaller.isHeldOut(FormerFixture.hash("sample-" + number))))
                .allMatch(number -> larger.isHeldOut(FormerFixture.hash("sample-" + number)));
    }
}
