package dev.millrace.inference.listen;

import dev.millrace.schemas.SnapshotManifest;
import java.util.Optional;

/**
 * The version that is to be served. Immutable.
 *
 * @param version 0 is the base model
 * @param manifest empty for the base model, and for a version whose manifest is not in the topic
 */
public record Wanted(long version, Optional<SnapshotManifest> manifest) {}
