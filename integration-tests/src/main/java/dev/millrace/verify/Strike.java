package dev.millrace.verify;

import java.util.Random;

/** Who is killed, and when. */
enum Strike {
    /** The trainer, at any moment, also while it starts. */
    ANY_MOMENT,
    /** The trainer, just after a file of a checkpoint has appeared under its temporary name. */
    CHECKPOINT_WRITE,
    /** The trainer, just after a blob has appeared in the snapshot store under its temporary name. */
    SNAPSHOT_UPLOAD,
    /** The trainer, just after it has announced a version. */
    AFTER_ANNOUNCEMENT,
    /** The trainer, just after it has promoted a version. */
    AFTER_PROMOTION,
    /** Broker and registry. */
    PLATFORM,
    /** The inference service. */
    INFERENCE;

    private static final Strike[] OF_TRAINER = {
        ANY_MOMENT, CHECKPOINT_WRITE, SNAPSHOT_UPLOAD, AFTER_ANNOUNCEMENT, AFTER_PROMOTION
    };
    private static final double PLATFORM_SHARE = 0.12;
    private static final double INFERENCE_SHARE = 0.08;

    static Strike draw(Random random) {
        double who = random.nextDouble();
        if (who < PLATFORM_SHARE) {
            return PLATFORM;
        }
        return who < PLATFORM_SHARE + INFERENCE_SHARE ? INFERENCE : OF_TRAINER[random.nextInt(OF_TRAINER.length)];
    }
}
