/**
 * A file of labelled rows comes in (TSV, CSV or JSON Lines, columns by name); records of the {@code samples} topic go
 * out.
 *
 * <p>The id of a sample that brings none is a pure function of its line and its content, so producing the same file
 * twice gives the same ids and the second pass is dropped as duplicates. A row that cannot be read is a value with its
 * line number, never an exception.
 *
 * <p>Reading belongs to the calling thread; acknowledgements are counted by the Kafka producer's thread.
 */
@NullMarked
package dev.millrace.standalone.produce;

import org.jspecify.annotations.NullMarked;
