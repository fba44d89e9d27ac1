package dev.millrace.trainer.judge;

import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.GateRule;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.RuleResult;
import java.util.List;
import java.util.Optional;

/**
 * A verdict with what follows from it.
 *
 * @param report every rule and figure
 * @param promotion present when the version is to be served
 */
public record Judgement(EvaluationReport report, Optional<Promotion> promotion) {
    /** Rules that spoke against the version. */
    public List<GateRule> failedRules() {
        return report.getRules().stream()
                .filter(rule -> !rule.getPassed())
                .map(RuleResult::getRule)
                .toList();
    }
}
