/**
 * Benchmarks: a number of samples comes in, one line of JSON goes out. Each is a main of its own, starts what it needs in
 * this process on a temporary directory and leaves nothing behind. Figures depend on the machine and on what else it does;
 * compare only figures of one run.
 *
 * <p>Threads: the main thread measures, the parts under test bring their own.
 */
@NullMarked
package dev.millrace.bench;

import org.jspecify.annotations.NullMarked;
