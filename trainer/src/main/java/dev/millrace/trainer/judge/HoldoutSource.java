package dev.millrace.trainer.judge;

import dev.millrace.schemas.AcceptedSample;
import java.util.List;

/** The newest samples that were never trained on. Owned by the publishing thread. */
public interface HoldoutSource extends AutoCloseable {
    /** Newest samples, oldest first; as many as there are, up to the configured number. */
    List<AcceptedSample> newest();

    @Override
    void close();
}
