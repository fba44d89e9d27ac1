/**
 * A manifest comes in; a model that has proved itself goes out, or a refusal with its cause.
 *
 * <p>What stays true: nothing is served that is not verified. Every blob has its hash, the graph holds no weights and no
 * foreign operators, names, shapes and sizes are those of the manifest, and the golden probe gives the embeddings that
 * the trainer saw.
 *
 * <p>Loading belongs to one thread, of low priority; a loaded model may be used by any.
 */
@NullMarked
package dev.millrace.inference.load;

import org.jspecify.annotations.NullMarked;
