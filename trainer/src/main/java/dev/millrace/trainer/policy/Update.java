package dev.millrace.trainer.policy;

/**
 * What became of one optimizer update.
 *
 * @param applied false when a gradient was not finite: no weight and no moment was changed
 * @param gradientNorm global L2 norm before clipping; not finite when refused
 */
public record Update(boolean applied, double gradientNorm) {}
