package dev.millrace.trainer.grpo;

import dev.millrace.trainer.grpo.AdvantageConfig.Scale;
import dev.millrace.trainer.grpo.RewardConfig.Uniformity;
import dev.millrace.trainer.grpo.SurrogateConfig.Kind;
import dev.millrace.trainer.grpo.SurrogateConfig.Reduction;

/**
 * Named objectives. The name goes into every manifest. All but the last are GRPO-RM as reconstructed here; details are
 * not confirmed by the paper.
 */
public enum Preset {
    /** The default: each sample pushes with the same strength until its label is nearly certain, then fades. */
    STABLE(Uniformity.NEG_PROB_ALL, Scale.GROUP_STD, 0.1, Reduction.MEAN),
    /** Our literal reading of the paper. Experimental: the push never ends and squeezes the classes. */
    FAITHFUL(Uniformity.NEG_PROB_WRONG, Scale.GROUP_STD, 0, Reduction.MEAN),
    /** No uniformity reward. Experimental, for ablations. */
    ACCURACY_ONLY(Uniformity.NONE, Scale.GROUP_STD, 0, Reduction.MEAN),
    /** The group form of cross-entropy: equal gradient by another road. */
    CE_EQUIVALENT(Uniformity.NEG_PROB_ALL, Scale.NONE, 0, Reduction.SUM),
    /** The baseline: plain softmax cross-entropy without groups. Of the configuration it reads the temperature only. */
    CROSS_ENTROPY(Uniformity.NONE, Scale.NONE, 0, Reduction.SUM);

    private final Uniformity uniformity;
    private final Scale scale;
    private final double sigmaFloor;
    private final Reduction reduction;

    Preset(Uniformity uniformity, Scale scale, double sigmaFloor, Reduction reduction) {
        this.uniformity = uniformity;
        this.scale = scale;
        this.sigmaFloor = sigmaFloor;
        this.reduction = reduction;
    }

    /** This preset with one inner step, temperature 1 and no confidence filter. */
    public GrpoConfig config() {
        return new GrpoConfig(
                this,
                new RewardConfig(1, uniformity, 1, 0, 2),
                new AdvantageConfig(scale, false, sigmaFloor),
                new SurrogateConfig(Kind.PPO_CLIP, 0.2, 0.2, reduction),
                new GroupConfig(512, 64, 64, GroupConfig.Softmax.FULL),
                1,
                1,
                0.05,
                1);
    }
}
