package dev.millrace.trainer.batch;

import dev.millrace.trainer.ingest.InputRule;

/**
 * The model whose training log is written. Immutable.
 *
 * @param name letters, digits, dot, dash and underscore
 * @param input what its samples must hold
 */
public record FormedModel(String name, InputRule input) {}
