/**
 * In come manifests, verdicts and promotions; out go committed records on {@code snapshots}, {@code evaluations} and
 * {@code promotions}, from which the catalog of this model's versions is read back.
 *
 * <p>A manifest is announced only after every blob it names is stored. A trainer that was replaced by a newer one of the
 * same model can announce nothing. Owned by the publishing thread.
 */
@NullMarked
package dev.millrace.trainer.announce;

import org.jspecify.annotations.NullMarked;
