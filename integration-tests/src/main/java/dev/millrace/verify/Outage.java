package dev.millrace.verify;

/** Something outside that goes away, and comes back. */
interface Outage {
    /** In the report. */
    String name();

    /** A part of what {@code /readyz} must say; empty when the trainer need not become red. */
    String cause();

    void begin() throws Exception;

    void end() throws Exception;

    /**
     * An outage of two actions.
     *
     * @param cause as in {@link #cause}
     */
    static Outage of(String name, String cause, Action begin, Action end) {
        return new Outage() {
            @Override
            public String name() {
                return name;
            }

            @Override
            public String cause() {
                return cause;
            }

            @Override
            public void begin() throws Exception {
                begin.run();
            }

            @Override
            public void end() throws Exception {
                end.run();
            }
        };
    }

    /** May fail in any way, which ends the scenario. */
    @FunctionalInterface
    interface Action {
        void run() throws Exception;
    }
}
