package dev.millrace.trainer.evaluate;

/**
 * How encoders are scored. Immutable.
 *
 * @param neighbours neighbours asked, 1 or more; default 20
 * @param voteTemperature sharpness of their votes, above 0; default 0.07
 * @param probeL2 regularisation of the softmax regression, above 0; default 3e-5
 */
public record EvaluationConfig(int neighbours, double voteTemperature, double probeL2) {
    public EvaluationConfig {
        new NearestNeighbours(neighbours, voteTemperature);
        if (!(probeL2 > 0)) {
            throw new IllegalArgumentException("evaluation.probeL2 must be above 0, was " + probeL2);
        }
    }

    NearestNeighbours nearestNeighbours() {
        return new NearestNeighbours(neighbours, voteTemperature);
    }
}
