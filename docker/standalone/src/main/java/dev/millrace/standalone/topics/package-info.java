/**
 * Topic names come in; their whole content as decoded records, and the word whether broker and registry can be reached,
 * go out.
 *
 * <p>Nothing here joins a consumer group or commits an offset, so looking never disturbs anyone.
 *
 * <p>Everything belongs to the calling thread.
 */
@NullMarked
package dev.millrace.standalone.topics;

import org.jspecify.annotations.NullMarked;
