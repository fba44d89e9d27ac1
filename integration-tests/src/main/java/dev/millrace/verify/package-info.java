/**
 * Claims of the project, proven on running processes: a size and a seed come in, one line of JSON and an exit code go out,
 * 1 when the claim does not hold. Progress is told on standard error.
 *
 * <p>Each program starts what it needs on a temporary directory and leaves no process behind; the directory stays when the
 * claim fails, and is named. The same runs, shorter, are tests of this module.
 *
 * <p>Threads: the main thread directs; feeding and watching have threads of their own.
 */
@NullMarked
package dev.millrace.verify;

import org.jspecify.annotations.NullMarked;
