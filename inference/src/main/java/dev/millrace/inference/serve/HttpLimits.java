package dev.millrace.inference.serve;

import java.time.Duration;

/**
 * Where and how the service listens. Immutable.
 *
 * @param host address of the interface
 * @param port 0 = any free port
 * @param stopTimeout how long a stop waits for requests in flight
 */
public record HttpLimits(String host, int port, Duration stopTimeout) {}
