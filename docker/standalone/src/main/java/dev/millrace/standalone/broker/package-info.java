/**
 * A directory comes in, a running Kafka goes out: one node, broker and controller in this process, on loopback addresses.
 *
 * <p>A directory keeps data, ports and cluster id over restarts, and serves one process at a time. Kafka's server classes,
 * which may change with any release, are used here and nowhere else.
 *
 * <p>Threads: Kafka's own. Start and close may be called from any thread.
 */
@NullMarked
package dev.millrace.standalone.broker;

import org.jspecify.annotations.NullMarked;
