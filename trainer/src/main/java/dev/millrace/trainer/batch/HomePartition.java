package dev.millrace.trainer.batch;

import org.apache.kafka.common.utils.Utils;

/**
 * On which partition an id is judged: where Kafka's default partitioner puts a record whose key is the id in UTF-8.
 * Immutable.
 *
 * @param partitions of the samples topic
 */
record HomePartition(int partitions) {
    /** The partition of an id in UTF-8. */
    int of(byte[] id) {
        return Utils.toPositive(Utils.murmur2(id)) % partitions;
    }
}
