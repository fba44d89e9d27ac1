/**
 * Command-line arguments come in; an exit code goes out: 0 done, 1 failed, 2 a mistake in the arguments, the
 * configuration or a file.
 *
 * <p>Results are written to standard output, everything for watching to standard error. A mistake of the user is one
 * line without a stack trace.
 *
 * <p>Commands run on the main thread.
 */
@NullMarked
package dev.millrace.standalone.cli;

import org.jspecify.annotations.NullMarked;
