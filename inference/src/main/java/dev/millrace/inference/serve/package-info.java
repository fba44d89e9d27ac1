/**
 * HTTP requests come in; embeddings and classes go out, each reply with the version that made it.
 *
 * <p>What stays true: one request is answered by one version; a request that is accepted is answered, also through swaps
 * and an orderly stop; what is not accepted gets a worded error at once, and nothing waits in an unbounded queue.
 *
 * <p>Requests are read and replies written on the server's threads; encoding belongs to the encoder threads of {@link
 * dev.millrace.inference.serve.MicroBatcher}.
 */
@NullMarked
package dev.millrace.inference.serve;

import org.jspecify.annotations.NullMarked;
