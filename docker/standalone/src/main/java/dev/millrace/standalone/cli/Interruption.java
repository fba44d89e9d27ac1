package dev.millrace.standalone.cli;

/** Says how far the work came when the process is ended before it is done. Owned by one thread, which closes it. */
final class Interruption implements AutoCloseable {
    private final Thread hook;

    /** @param say told on a thread of its own while the process ends */
    Interruption(Runnable say) {
        this.hook = new Thread(say, "millrace-interruption");
    }

    /** From now on the end of the process is an interruption. */
    void arm() {
        Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public void close() {
        try {
            boolean unused = Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The process ends already, and the hook tells.
        }
    }
}
