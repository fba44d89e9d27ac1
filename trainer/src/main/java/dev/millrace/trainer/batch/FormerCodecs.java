package dev.millrace.trainer.batch;

import dev.millrace.contract.Topics;
import dev.millrace.schemas.AcceptedSample;
import dev.millrace.schemas.DeadLetter;
import dev.millrace.schemas.TrainingBatch;
import dev.millrace.trainer.ingest.RecordCodec;
import dev.millrace.trainer.ingest.RegistryAccess;

/** The codecs of everything that the topology writes; shared by its threads. Thread-safe. */
record FormerCodecs(
        RegistryAccess registry,
        RecordCodec<AcceptedSample> samples,
        RecordCodec<TrainingBatch> batches,
        RecordCodec<DeadLetter> deadLetters) {

    static FormerCodecs of(RegistryAccess registry, Topics topics) {
        return new FormerCodecs(
                registry,
                registry.codec(AcceptedSample.class, topics.holdout()),
                registry.codec(TrainingBatch.class, topics.batches()),
                registry.codec(DeadLetter.class, topics.deadLetters()));
    }
}
