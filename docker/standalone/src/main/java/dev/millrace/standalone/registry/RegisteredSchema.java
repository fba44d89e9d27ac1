package dev.millrace.standalone.registry;

import io.confluent.kafka.schemaregistry.avro.AvroSchema;

/**
 * A version of a subject. Immutable.
 *
 * @param version 1, 2, 3 ... within the subject
 * @param id names the schema in the whole registry; equal schemas of different subjects have the same
 */
record RegisteredSchema(String subject, int version, int id, AvroSchema schema) {
    String text() {
        return schema.canonicalString();
    }
}
