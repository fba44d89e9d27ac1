package dev.millrace.trainer.batch;

/** How the instances of a batch former share the partitions among themselves. */
public enum GroupProtocol {
    /** The instances decide; any broker. A killed instance that starts again on its state directory resumes at once. */
    CLASSIC,
    /** The broker decides (KIP-1071); Kafka 4.2 or later. A killed instance is missed for the broker's session timeout. */
    STREAMS
}
