/**
 * Logits, old log-probabilities and labels of a batch come in; the gradient of the loss with respect to the logits goes
 * out. The method's arithmetic and nothing else, on plain {@code double} arrays.
 *
 * <p>GRPO-RM (arXiv 2511.15256) puts the class set in the place of sampled answers: the output group of one sample is
 * its candidate classes, each with a reward, and the update follows the advantages relative to that group. Only part of
 * the paper was at hand, so this is a reconstruction whose open points are options; details are not confirmed by the
 * paper.
 *
 * <p>Invariants: inputs are never modified and never kept; rewards come from the old policy and are constants of the
 * differentiation; a sample with a NaN or an infinity, or without a usable label, is skipped, counted, and has a zero
 * gradient row; sums are taken in a fixed order, so equal input gives equal bits.
 *
 * <p>Owned by the trainer thread.
 */
@NullMarked
package dev.millrace.trainer.grpo;

import org.jspecify.annotations.NullMarked;
