package dev.millrace.trainer;

import dev.millrace.contract.StartupException;
import dev.millrace.trainer.learn.CheckpointDirectory;
import dev.millrace.trainer.learn.CheckpointFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where rebuilding a version begins. Immutable.
 *
 * @param position first log entry to apply
 * @param words the same for people
 */
record RebuildStart(long position, String words) {

    /**
     * The base model where the log still has its first entry; otherwise the oldest checkpoint from which the log leads to
     * the version, which is copied into the scratch directory for the learner to find.
     *
     * @param differences takes the checkpoints that cannot be read
     * @throws StartupException when the beginning of the log is gone and no checkpoint can stand in for it
     */
    static RebuildStart choose(Search search, List<String> differences) throws IOException {
        if (search.logBegin() == 0) {
            return new RebuildStart(0, "the base model, at the beginning of the training log");
        }
        TreeMap<Long, Path> checkpoints = new TreeMap<>(CheckpointDirectory.list(search.checkpoints()));
        for (Map.Entry<Long, Path> each : checkpoints
                .subMap(search.logBegin(), true, search.version(), false)
                .entrySet()) {
            try {
                CheckpointFile.read(each.getValue());
                Files.copy(
                        each.getValue(),
                        search.scratch().resolve(each.getValue().getFileName()));
                return new RebuildStart(
                        each.getKey(),
                        "checkpoint " + each.getValue().getFileName() + ", since retention has cut the training log"
                                + " before offset " + search.logBegin());
            } catch (CheckpointFile.DamagedCheckpointException e) {
                differences.add("checkpoint " + e.getMessage());
            }
        }
        throw new StartupException(
                "version " + search.version() + " cannot be rebuilt: the training log begins at offset "
                        + search.logBegin() + ", so a checkpoint of a position from " + search.logBegin() + " to "
                        + (search.version() - 1) + " is needed, and " + search.checkpoints() + " has "
                        + (checkpoints.isEmpty() ? "none" : "those of " + checkpoints.keySet())
                        + (differences.isEmpty() ? "" : "; " + String.join("; ", differences))
                        + ". Name a directory that has one by --checkpoint-directory");
    }

    /**
     * What to look for and where.
     *
     * @param version to be reached
     * @param logBegin oldest offset that the training log still has
     * @param checkpoints directory of a trainer, only read
     * @param scratch directory of the rebuilding learner
     */
    record Search(long version, long logBegin, Path checkpoints, Path scratch) {}
}
