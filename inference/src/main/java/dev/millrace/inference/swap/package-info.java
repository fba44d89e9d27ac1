/**
 * A loaded model comes in and becomes the one that answers; leases on it go out.
 *
 * <p>What stays true: there is one reference to the serving model; a model is closed exactly once, after its last lease
 * is returned, never while one is out; whoever took a lease on a version gets the same or a later swap's version next.
 *
 * <p>Models are put in by the loading thread; leases are taken by any.
 */
@NullMarked
package dev.millrace.inference.swap;

import org.jspecify.annotations.NullMarked;
