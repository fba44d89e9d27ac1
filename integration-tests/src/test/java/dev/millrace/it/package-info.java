/**
 * Millrace as a whole, on a real broker and a real schema registry in this process, with what goes wrong in the world.
 *
 * <p>Tests own what they start and share nothing but a {@link dev.millrace.it.LiveKafka}, each under topics of its own.
 */
@NullMarked
package dev.millrace.it;

import org.jspecify.annotations.NullMarked;
