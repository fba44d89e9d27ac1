/**
 * Bytes of the samples topic come in; a validated sample or a worded rejection goes out.
 *
 * <p>Every record gets exactly one outcome, and every rejection has its own {@link dev.millrace.schemas.RejectReason}. Only
 * the record itself can cause a rejection: while the schema registry cannot answer, decoding waits
 * ({@link dev.millrace.trainer.ingest.RegistryPatience}) and nothing is judged.
 *
 * <p>A {@link dev.millrace.trainer.ingest.SampleDecoder} belongs to one stream thread; all else is immutable or
 * thread-safe.
 */
@NullMarked
package dev.millrace.trainer.ingest;

import org.jspecify.annotations.NullMarked;
