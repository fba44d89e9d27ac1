/**
 * The dead-letters topic comes in; what is in it, in words, goes out, and letters whose cause is gone go back to the
 * samples topic.
 *
 * <p>A replayed record keeps key, value and partition, so its id is the same and lands where it would have landed. It
 * carries a header that names the letter's place, and that header is what makes a second replay change nothing, however
 * long after the first: see {@link dev.millrace.standalone.deadletters.Replay}.
 *
 * <p>Everything belongs to the calling thread. No consumer group is joined and no offset committed.
 */
@NullMarked
package dev.millrace.standalone.deadletters;

import org.jspecify.annotations.NullMarked;
