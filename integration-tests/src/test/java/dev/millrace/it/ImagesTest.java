package dev.millrace.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.verify.ImagesVerify;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form of {@code verify images}: fewer images through the same loop. */
final class ImagesTest {
    private static final int IMAGES = 1_200;

    @Test
    void heldOutImagesAreToldApartBetterByWhatIsServedThanByTheFrozenEncoder(@TempDir Path directory) throws Exception {
        assumeTrue(ImagesVerify.isPossible(), "no Fashion-MNIST in shared/data beside the project");

        ImagesVerify.Figures figures = ImagesVerify.run(directory, IMAGES);

        assertThat(figures).matches(ImagesVerify.Figures::isProven);
        assertThat(figures.samples()).isEqualTo(IMAGES);
    }
}
