package dev.millrace.verify;

import dev.millrace.inference.encoder.InputKind;
import dev.millrace.schemas.RejectReason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Everything that can be wrong with a record, and the cause it must be refused with. */
enum BadInput {
    TOMBSTONE(RejectReason.EMPTY_RECORD),
    NO_BYTES(RejectReason.EMPTY_RECORD),
    JSON_TEXT(RejectReason.NO_MAGIC_BYTE),
    RANDOM_GIANT(RejectReason.NO_MAGIC_BYTE),
    HALF_A_SCHEMA_ID(RejectReason.MALFORMED_AVRO),
    UNKNOWN_SCHEMA_ID(RejectReason.UNKNOWN_SCHEMA),
    ANOTHER_RECORD(RejectReason.WRONG_SCHEMA),
    CUT_SHORT(RejectReason.MALFORMED_AVRO),
    BYTES_LEFT_OVER(RejectReason.MALFORMED_AVRO),
    CLAIMS_TWO_GIGABYTES(RejectReason.MALFORMED_AVRO),
    LATIN1_TEXT(RejectReason.MALFORMED_AVRO),
    BLANK_ID(RejectReason.MISSING_ID),
    LONG_ID(RejectReason.ID_TOO_LONG),
    NULL_LABEL(RejectReason.MISSING_LABEL),
    BLANK_LABEL(RejectReason.MISSING_LABEL),
    LONG_LABEL(RejectReason.LABEL_TOO_LONG),
    LABEL_OUTSIDE_THE_CLOSED_SET(RejectReason.UNKNOWN_LABEL),
    NO_INPUT(RejectReason.MISSING_INPUT),
    BLANK_TEXT(RejectReason.EMPTY_TEXT),
    LONG_TEXT(RejectReason.TEXT_TOO_LONG),
    GIANT_TEXT(RejectReason.TEXT_TOO_LONG),
    NAN_FEATURE(RejectReason.NON_FINITE_FEATURE),
    INFINITE_FEATURE(RejectReason.NON_FINITE_FEATURE),
    ZERO_VECTOR(RejectReason.ZERO_VECTOR),
    EMPTY_VECTOR(RejectReason.WRONG_DIMENSION),
    SHORT_VECTOR(RejectReason.WRONG_DIMENSION),
    LONG_VECTOR(RejectReason.WRONG_DIMENSION),
    HALF_A_FLOAT(RejectReason.WRONG_DIMENSION);

    private final RejectReason cause;

    BadInput(RejectReason cause) {
        this.cause = cause;
    }

    RejectReason cause() {
        return cause;
    }

    /** Those that a stream for this kind of input can have, what is special to it first. */
    static List<BadInput> of(InputKind input) {
        List<BadInput> texts = List.of(BLANK_TEXT, LONG_TEXT, GIANT_TEXT);
        List<BadInput> vectors = List.of(
                NAN_FEATURE, INFINITE_FEATURE, ZERO_VECTOR, EMPTY_VECTOR, SHORT_VECTOR, LONG_VECTOR, HALF_A_FLOAT);
        List<BadInput> kinds = new ArrayList<>(input == InputKind.TEXT ? texts : vectors);
        Arrays.stream(values())
                .filter(kind -> !texts.contains(kind) && !vectors.contains(kind))
                .forEach(kinds::add);
        return kinds;
    }
}
