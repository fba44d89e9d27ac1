/**
 * The inference service as a process or as a part of one: configuration comes in, a running service goes out.
 *
 * <p>What stays true: only this package knows more than one room; it alone reads the environment and asks for the time.
 *
 * <p>Threads: {@code promotion-listener} tells what is wanted, {@code snapshot-loader} loads it and swaps, {@code
 * model-closer} closes what nobody holds any more, {@code encoder-n} encode, {@code http} reads and writes.
 */
@NullMarked
package dev.millrace.inference;

import org.jspecify.annotations.NullMarked;
