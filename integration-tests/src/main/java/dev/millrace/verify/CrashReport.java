package dev.millrace.verify;

/**
 * What became of the samples.
 *
 * @param kills processes killed
 * @param produced records that the broker acknowledged
 * @param lost acknowledged records that are nowhere
 * @param doubled records that are somewhere twice, or that nobody sent
 * @param weightsIdentical whether weights, optimizer state, output set and lineage equal those of an undisturbed run
 * @param danglingManifests announced versions with a blob that was missing or damaged
 */
public record CrashReport(
        int kills, long produced, long lost, long doubled, boolean weightsIdentical, long danglingManifests) {
    /** Whether the claim holds. */
    public boolean holds() {
        return lost == 0 && doubled == 0 && weightsIdentical && danglingManifests == 0;
    }

    /** The report on one line. */
    public String json() {
        return "{\"kills\": " + kills + ", \"produced\": " + produced + ", \"lost\": " + lost + ", \"doubled\": "
                + doubled + ", \"weightsIdentical\": " + weightsIdentical + ", \"danglingManifests\": "
                + danglingManifests + "}";
    }
}
