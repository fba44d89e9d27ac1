package dev.millrace.verify;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Tells within a millisecond or so that an unfinished file has appeared. Owned by one thread. */
final class FileAppearance implements AutoCloseable {
    private static final String UNFINISHED = ".tmp";

    private final WatchService watch;
    private final List<Path> directories;

    private FileAppearance(WatchService watch, List<Path> directories) {
        this.watch = watch;
        this.directories = directories;
    }

    /** Watches the directories, making those that are missing; not what lies deeper. */
    static FileAppearance in(List<Path> directories) throws IOException {
        WatchService watch = directories.get(0).getFileSystem().newWatchService();
        for (Path directory : directories) {
            Files.createDirectories(directory);
            directory.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
        }
        return new FileAppearance(watch, List.copyOf(directories));
    }

    /** Returns as soon as an unfinished file appears from now on; false when none does within the limit. */
    boolean await(Duration limit) throws InterruptedException {
        drain();
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            WatchKey key = watch.poll(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            if (key == null) {
                return false;
            }
            boolean isThere = key.pollEvents().stream().anyMatch(FileAppearance::isUnfinished);
            key.reset();
            if (isThere) {
                return true;
            }
        }
    }

    /** Whether an unfinished file lies there at this moment. */
    boolean isAnyLeft() throws IOException {
        for (Path directory : directories) {
            try (Stream<Path> files = Files.list(directory)) {
                if (files.anyMatch(file -> file.toString().endsWith(UNFINISHED))) {
                    return true;
                }
            }
        }
        return false;
    }

    private void drain() {
        for (WatchKey key = watch.poll(); key != null; key = watch.poll()) {
            key.pollEvents();
            key.reset();
        }
    }

    private static boolean isUnfinished(WatchEvent<?> event) {
        return String.valueOf(event.context()).endsWith(UNFINISHED);
    }

    @Override
    public void close() throws IOException {
        watch.close();
    }
}
