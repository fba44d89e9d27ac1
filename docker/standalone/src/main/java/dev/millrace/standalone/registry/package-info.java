/**
 * HTTP requests in the manner of Confluent's schema registry come in; schemas, ids and verdicts on compatibility go out.
 *
 * <p>The compacted topic {@code _schemas} holds everything, in records like those of Confluent's own; memory holds a copy.
 * An id names one schema for ever, and a version of a subject never changes. Avro only. What is not offered is answered
 * with an error that says so: deleting, references, contexts, other schema types, import of ids.
 *
 * <p>Threads: a small pool answers requests; writes go one after the other.
 */
@NullMarked
package dev.millrace.standalone.registry;

import org.jspecify.annotations.NullMarked;
