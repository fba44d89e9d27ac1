package dev.millrace.trainer.gate;

import java.util.List;

/** What the gate decided, with every rule. Immutable. */
public sealed interface Verdict {

    /** Outcome of every rule, in a fixed order. */
    List<RuleOutcome> rules();

    /** The challenger may be served. */
    record Promote(List<RuleOutcome> rules) implements Verdict {
        public Promote {
            rules = List.copyOf(rules);
        }
    }

    /** The served version stays. */
    record Hold(List<RuleOutcome> rules) implements Verdict {
        public Hold {
            rules = List.copyOf(rules);
        }
    }
}
