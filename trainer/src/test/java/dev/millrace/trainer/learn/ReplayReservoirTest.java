package dev.millrace.trainer.learn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.trainer.policy.SeededRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReplayReservoirTest {

    @Test
    void keepsEverythingWhileThereIsRoom() {
        ReplayReservoir<Integer> reservoir = new ReplayReservoir<>(10, new SeededRandom(1));
        for (int i = 0; i < 10; i++) {
            reservoir.offer(i < 8 ? "common" : "rare", i);
        }

        assertThat(reservoir.size()).isEqualTo(10);
        assertThat(counts(reservoir)).isEqualTo(Map.of("common", 8, "rare", 2));
    }

    @Test
    void balancesALongTailAndKeepsAllOfTheRareClasses() {
        ReplayReservoir<Integer> reservoir = new ReplayReservoir<>(100, new SeededRandom(2));
        SplittableRandom stream = new SplittableRandom(3);
        for (int i = 0; i < 5_000; i++) {
            int rank = stream.nextInt(100);
            String label = rank < 70 ? "a" : rank < 90 ? "b" : rank < 99 ? "c" : "d";
            reservoir.offer(label, i);
        }
        Map<String, Integer> counts = counts(reservoir);

        assertThat(reservoir.size()).isEqualTo(100);
        assertThat(counts.values()).allSatisfy(count -> assertThat(count).isBetween(23, 27));
    }

    @Test
    void blocksOfClassesDoNotPushEachOtherOut() {
        ReplayReservoir<Integer> reservoir = new ReplayReservoir<>(60, new SeededRandom(4));
        for (int block = 0; block < 6; block++) {
            for (int i = 0; i < 500; i++) {
                reservoir.offer("class " + block, i);
            }
        }

        assertThat(counts(reservoir))
                .hasSize(6)
                .values()
                .allSatisfy(count -> assertThat(count).isBetween(8, 12));
    }

    @Test
    void withinAFullClassEarlyAndLateSamplesAreKeptAlike() {
        long early = 0;
        int runs = 400;
        for (int seed = 0; seed < runs; seed++) {
            ReplayReservoir<Integer> reservoir = new ReplayReservoir<>(20, new SeededRandom(seed));
            for (int i = 0; i < 200; i++) {
                reservoir.offer("only", i);
            }
            early += reservoir.state().classes().get(0).samples().stream()
                    .filter(i -> i < 100)
                    .count();
        }

        // Half of 8,000 kept samples, standard deviation below 45.
        assertThat(early).isBetween(3_800L, 4_200L);
    }

    @Test
    void drawsClassesEvenlyWhateverTheirSize() {
        ReplayReservoir<String> reservoir = new ReplayReservoir<>(100, new SeededRandom(5));
        for (int i = 0; i < 95; i++) {
            reservoir.offer("common", "common");
        }
        reservoir.offer("rare", "rare");

        List<String> drawn = reservoir.draw(10_000);

        assertThat(drawn).hasSize(10_000);
        assertThat(drawn.stream().filter("rare"::equals).count()).isBetween(4_800L, 5_200L);
        assertThat(new ReplayReservoir<String>(3, new SeededRandom(1)).draw(5)).isEmpty();
    }

    @Test
    void classesBeyondTheCapacityStillComeAndGo() {
        ReplayReservoir<Integer> reservoir = new ReplayReservoir<>(5, new SeededRandom(6));
        for (int i = 0; i < 2_000; i++) {
            reservoir.offer("class " + i % 20, i);
        }

        assertThat(reservoir.size()).isEqualTo(5);
        assertThat(reservoir.draw(200)).allSatisfy(i -> assertThat(i).isGreaterThan(1_000));
    }

    @Test
    void restoredReservoirContinuesWithoutADifference() {
        ReplayReservoir<Integer> whole = new ReplayReservoir<>(50, new SeededRandom(7));
        ReplayReservoir<Integer> first = new ReplayReservoir<>(50, new SeededRandom(7));
        SplittableRandom stream = new SplittableRandom(8);
        int[] labels = stream.ints(1_000, 0, 9).map(x -> x * x / 9).toArray();
        for (int i = 0; i < 400; i++) {
            whole.offer("c" + labels[i], i);
            first.offer("c" + labels[i], i);
        }
        ReplayReservoir<Integer> second = ReplayReservoir.restored(first.state());
        for (int i = 400; i < 1_000; i++) {
            whole.offer("c" + labels[i], i);
            second.offer("c" + labels[i], i);
            assertThat(second.draw(3)).isEqualTo(whole.draw(3));
        }

        assertThat(second.state()).isEqualTo(whole.state());
    }

    @Test
    void impossibleSizesAreRefused() {
        assertThatThrownBy(() -> new ReplayReservoir<String>(0, new SeededRandom(1)))
                .hasMessageContaining("replay.capacity must be at least 1, was 0");
        var tooMuch = new ReplayReservoir.State<>(
                1, 0, List.of(new ReplayReservoir.ClassState<>("a", 2, false, List.of("x", "y"))));
        assertThatThrownBy(() -> ReplayReservoir.restored(tooMuch)).hasMessageContaining("capacity 1 cannot hold 2");
    }

    private static Map<String, Integer> counts(ReplayReservoir<?> reservoir) {
        Map<String, Integer> counts = new HashMap<>();
        reservoir
                .state()
                .classes()
                .forEach(one -> counts.put(one.label(), one.samples().size()));
        return counts;
    }
}
