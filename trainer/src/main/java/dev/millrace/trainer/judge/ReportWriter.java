package dev.millrace.trainer.judge;

import dev.millrace.schemas.EncoderScores;
import dev.millrace.schemas.EvaluationReport;
import dev.millrace.schemas.GateRule;
import dev.millrace.schemas.GateVerdict;
import dev.millrace.schemas.PromotedBy;
import dev.millrace.schemas.Promotion;
import dev.millrace.schemas.RuleResult;
import dev.millrace.schemas.ScoredSubject;
import dev.millrace.schemas.SnapshotManifest;
import dev.millrace.trainer.evaluate.EncoderEvaluation;
import dev.millrace.trainer.gate.Challenge;
import dev.millrace.trainer.gate.RuleOutcome;
import dev.millrace.trainer.gate.Verdict;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Writes verdicts as records. Immutable. */
record ReportWriter(InstantSource clock) {

    Judgement judged(Judge.Candidate candidate, long served, Challenge challenge, Verdict verdict) {
        boolean promote = verdict instanceof Verdict.Promote;
        long version = candidate.manifest().getVersion();
        EvaluationReport report = report(candidate, served, promote)
                .setRules(verdict.rules().stream().map(ReportWriter::rule).toList())
                .setScores(List.of(
                        scores(ScoredSubject.FROZEN, 0, challenge.frozen()),
                        scores(ScoredSubject.CHAMPION, served, challenge.champion()),
                        scores(ScoredSubject.CHALLENGER, version, challenge.challenger())))
                .setHoldoutSamples(challenge.challenger().holdoutSamples())
                .setGallerySamples(challenge.challenger().gallerySamples())
                .build();
        return new Judgement(
                report, promote ? Optional.of(promotion(candidate.manifest(), served, challenge)) : Optional.empty());
    }

    /** A version that was not even announced: parity or a number that is not finite speaks against it. */
    Judgement refused(Judge.Candidate candidate, long served, double parityLimit) {
        double difference = candidate.proof().difference();
        boolean finite = candidate.proof().finite();
        EvaluationReport report = report(candidate, served, false)
                .setRules(List.of(
                        new RuleResult(
                                GateRule.PARITY,
                                difference <= parityLimit,
                                difference,
                                parityLimit,
                                "largest difference between training and serving runtime on the probe"),
                        new RuleResult(
                                GateRule.FINITE,
                                finite,
                                finite ? 1.0 : 0.0,
                                1.0,
                                finite ? "all values are finite" : "a weight or an embedding is NaN or infinite")))
                .setScores(List.of())
                .setHoldoutSamples(0)
                .setGallerySamples(0)
                .build();
        return new Judgement(report, Optional.empty());
    }

    private EvaluationReport.Builder report(Judge.Candidate candidate, long served, boolean promote) {
        SnapshotManifest manifest = candidate.manifest();
        return EvaluationReport.newBuilder()
                .setModel(manifest.getModel())
                .setVersion(manifest.getVersion())
                .setChampion(served)
                .setAt(clock.instant())
                .setVerdict(promote ? GateVerdict.PROMOTE : GateVerdict.HOLD)
                .setParity(candidate.proof().difference())
                .setMetrics(manifest.getMetrics());
    }

    private Promotion promotion(SnapshotManifest manifest, long served, Challenge challenge) {
        Instant now = clock.instant();
        String reason = String.format(
                Locale.ROOT,
                "kNN %.4f, served before %.4f, frozen %.4f, on %d holdout samples",
                challenge.challenger().knn(),
                challenge.champion().knn(),
                challenge.frozen().knn(),
                challenge.challenger().holdoutSamples());
        return new Promotion(manifest.getModel(), manifest.getVersion(), served, PromotedBy.GATE, false, reason, now);
    }

    private static RuleResult rule(RuleOutcome outcome) {
        return new RuleResult(outcome.rule(), outcome.passed(), outcome.value(), outcome.limit(), outcome.detail());
    }

    private static EncoderScores scores(ScoredSubject subject, long version, EncoderEvaluation evaluation) {
        return new EncoderScores(
                subject,
                version,
                evaluation.knn(),
                evaluation.nearestMean(),
                evaluation.crossEntropyHead(),
                evaluation.headAndKnn(),
                evaluation.servedHead(),
                evaluation.health().meanCosine(),
                evaluation.health().effectiveRank());
    }
}
