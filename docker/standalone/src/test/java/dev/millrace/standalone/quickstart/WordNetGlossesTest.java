package dev.millrace.standalone.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class WordNetGlossesTest {
    private static final long SEED = 7;

    @Test
    void readsEveryNounAndVerbGlossInFortyClasses() {
        List<Gloss> glosses = WordNetGlosses.shuffled(SEED);

        assertThat(glosses).hasSizeBetween(95_800, 95_930);
        assertThat(glosses.stream().map(Gloss::id)).doesNotHaveDuplicates();
        assertThat(glosses.stream().map(Gloss::label).collect(Collectors.toSet()))
                .hasSize(40)
                .contains("noun.animal", "verb.motion", "verb.weather")
                .doesNotContain("noun.Tops");
        assertThat(glosses.stream().map(Gloss::text))
                .allSatisfy(text -> assertThat(text).isNotBlank().doesNotStartWith("\""));
    }

    @Test
    void ordersBySeedOnly() {
        List<Gloss> first = WordNetGlosses.shuffled(SEED);

        assertThat(WordNetGlosses.shuffled(SEED)).isEqualTo(first);
        assertThat(WordNetGlosses.shuffled(SEED + 1).subList(0, 100)).isNotEqualTo(first.subList(0, 100));
    }

    @Test
    void mixesTheClassesFromTheStart() {
        List<Gloss> first = WordNetGlosses.shuffled(SEED).subList(0, 1_000);

        assertThat(first.stream().map(Gloss::label).distinct().count()).isGreaterThan(30);
    }

    @Test
    void takesLabelIdAndDefinitionFromTheLine() {
        String line =
                "00003993 05 n 01 congener 0 001 @ 00003553 n 0000 | a whole (a thing or person) of the same kind;"
                        + " \"lard was also used, though its congener, butter, was more frequent\"; \"a; b\"- Author; or category  ";

        assertThat(WordNetGlosses.parse(line))
                .contains(new Gloss(
                        "wn31-n-00003993", "noun.animal", "a whole (a thing or person) of the same kind; or category"));
    }

    @Test
    void leavesOutLicenceLinesAndRoots() {
        assertThat(WordNetGlosses.parse("  1 This software and database is being provided | to you"))
                .isEmpty();
        assertThat(WordNetGlosses.parse("00001740 03 n 01 entity 0 000 | that which is perceived"))
                .isEmpty();
    }

    @Test
    void keepsAnUnclosedQuoteOutOfTheDefinition() {
        assertThat(WordNetGlosses.withoutExamples("give way; \"he never closes it"))
                .isEqualTo("give way");
    }
}
