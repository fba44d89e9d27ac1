/**
 * The published versions of a model and an operator's wish come in; a promotion record goes out.
 *
 * <p>A promotion only moves a pointer: nothing is deleted, and every version that was published can be served again.
 *
 * <p>Everything here is immutable.
 */
@NullMarked
package dev.millrace.standalone.promote;

import org.jspecify.annotations.NullMarked;
