/**
 * Millrace in processes of its own: what to start and what to send comes in; running children, the account of what was
 * acknowledged and what they say over HTTP go out. Shared by the programs of {@code verify} and {@code bench} and by tests.
 *
 * <p>Children are started from this process's own class path and run the product as it is, without any hook for tests:
 * what happens inside is seen from outside, by log lines, files, topics and HTTP.
 *
 * <p>Everything belongs to the calling thread, except where a class says otherwise.
 */
@NullMarked
package dev.millrace.scenario;

import org.jspecify.annotations.NullMarked;
