package dev.millrace.verify;

/**
 * What became of a trainer that another one of the same model has taken over.
 *
 * @param exitCode of the earlier trainer; -1 when it did not end
 * @param saidWhy whether it said that it was taken over
 * @param announcedAfterwards versions it published, promoted or held after the takeover
 * @param lost acknowledged records that are nowhere
 * @param doubled records that are somewhere twice
 */
public record FencingReport(int exitCode, boolean saidWhy, long announcedAfterwards, long lost, long doubled) {
    /** Whether the claim holds. */
    public boolean holds() {
        return exitCode == 1 && saidWhy && announcedAfterwards == 0 && lost == 0 && doubled == 0;
    }

    /** The report on one line. */
    public String json() {
        return "{\"exitCode\": " + exitCode + ", \"saidWhy\": " + saidWhy + ", \"announcedAfterwards\": "
                + announcedAfterwards + ", \"lost\": " + lost + ", \"doubled\": " + doubled + "}";
    }
}
