/**
 * Records of the {@code promotions} and {@code snapshots} topics come in; the wanted version with its manifest goes out.
 *
 * <p>What stays true: nothing is told before the topics have been read to their ends, so an old promotion is never acted
 * on; a promotion is told together with its manifest, where there is one; a broker or registry that is away means waiting
 * with back-off and a state that says so.
 *
 * <p>Everything here belongs to the thread of {@link dev.millrace.inference.listen.PromotionListener}; its state may be
 * read by any.
 */
@NullMarked
package dev.millrace.inference.listen;

import org.jspecify.annotations.NullMarked;
