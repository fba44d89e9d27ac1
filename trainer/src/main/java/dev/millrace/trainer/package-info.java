/**
 * The trainer process: in come samples, out go promoted versions. This package knows all rooms; a room knows only earlier
 * ones: {@code ingest}, {@code batch} | {@code onnx}, {@code grpo}, {@code policy}, {@code learn}, {@code evaluate},
 * {@code gate}, {@code snapshot}, {@code judge}, {@code announce}.
 *
 * <p>Threads: Kafka Streams' own for batch forming; one trainer thread that owns model and learner; one publishing thread.
 */
@NullMarked
package dev.millrace.trainer;

import org.jspecify.annotations.NullMarked;
