/**
 * What the trainer and the inference service must agree on, and nothing else: topic names, wire format, tensor store,
 * configuration loading.
 *
 * <p>Everything here is immutable or thread-safe unless its Javadoc says otherwise.
 */
@NullMarked
package dev.millrace.contract;

import org.jspecify.annotations.NullMarked;
