package dev.millrace.bench;

import dev.millrace.trainer.learn.Learner;
import dev.millrace.trainer.learn.PreparedBatch;
import dev.millrace.trainer.onnx.UnsupportedGraphException;
import dev.millrace.trainer.policy.EncoderPolicy;

/** A network and what teaches it: one of those whose steps are measured in turns. Owned by one thread, which closes it. */
record Trainee(EncoderPolicy policy, Learner learner) implements AutoCloseable {
    static Trainee of(BenchEncoder encoder) throws UnsupportedGraphException {
        EncoderPolicy policy = encoder.openPolicy();
        return new Trainee(policy, encoder.learner(policy));
    }

    /** One step, in seconds. */
    double step(PreparedBatch batch) {
        policy.enterThread(); // whoever had the turn before may have set other threads
        return StepRounds.seconds(() -> learner.apply(batch));
    }

    @Override
    public void close() {
        policy.close();
    }
}
