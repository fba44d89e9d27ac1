package dev.millrace.trainer.policy;

/**
 * How fast one weight moves.
 *
 * @param rate base learning rate, 0 or more
 * @param decay weight decay, 0 or more
 */
record Pace(double rate, double decay) {}
