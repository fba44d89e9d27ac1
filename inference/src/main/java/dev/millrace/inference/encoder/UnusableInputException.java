package dev.millrace.inference.encoder;

/** An input that cannot be embedded: its producer or client can mend it. */
public final class UnusableInputException extends RuntimeException {
    /** Why; the words are those of dead letters too. */
    public enum Cause {
        /** Neither PNG nor JPEG. */
        NOT_AN_IMAGE,
        /** Begins like an image and cannot be decoded: cut short, damaged, or of a kind that is not read. */
        BROKEN_IMAGE,
        /** More pixels than are ever decoded. */
        TOO_MANY_PIXELS,
        /** Not of the one size that the model takes, where its preprocessing does not resize. */
        WRONG_IMAGE_SIZE,
        /** Not as many numbers as the model takes. */
        WRONG_DIMENSION,
        /** A number that is infinite or none. */
        NON_FINITE_FEATURE,
        /** Of another kind than the model takes. */
        WRONG_KIND
    }

    private final Cause cause;
    private final int place;

    /** @param message what was seen and what is allowed, for people */
    UnusableInputException(Cause cause, String message) {
        this(cause, message, 0);
    }

    private UnusableInputException(Cause cause, String message, int place) {
        super(message, null, false, false); // an expected outcome, so no stack trace
        this.cause = cause;
        this.place = place;
    }

    /** The same of one of several inputs. */
    UnusableInputException at(int placeInList) {
        return new UnusableInputException(cause, String.valueOf(getMessage()), placeInList);
    }

    /** Place in the list of inputs, from 0. */
    public int place() {
        return place;
    }

    /** The cause in one word. */
    public Cause reason() {
        return cause;
    }
}
