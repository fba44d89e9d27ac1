/**
 * A directory and a configuration come in; Kafka, schema registry, trainer and inference service in one process go out.
 *
 * <p>Each part is the one that also runs by itself, told where the others are. Parts start in the order of the flow's
 * dependencies and stop in the opposite order; a part that cannot start stops those before it.
 *
 * <p>Start and close belong to the calling thread; the accessors may be called by any.
 */
@NullMarked
package dev.millrace.standalone;

import org.jspecify.annotations.NullMarked;
