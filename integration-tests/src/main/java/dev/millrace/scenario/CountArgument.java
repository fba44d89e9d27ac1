package dev.millrace.scenario;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/** The one whole number that some programs may be given. Owned by one thread. */
@Command
public final class CountArgument {
    private static final int MISTAKE = 2;

    @Parameters(arity = "0..1", paramLabel = "N")
    private long number;

    private CountArgument(long usual) {
        this.number = usual;
    }

    /**
     * The number, 1 or more; what is usual where there is none. Anything else is told in one line on standard error, and
     * ends the process with exit code 2.
     *
     * @param program as a person calls it, for example {@code verify images}
     */
    public static int of(String program, String[] arguments, int usual) {
        CountArgument argument = new CountArgument(usual);
        CommandLine line = new CommandLine(argument);
        try {
            line.parseArgs(arguments);
            if (argument.number >= 1 && argument.number <= Integer.MAX_VALUE) {
                return (int) argument.number;
            }
            throw new ParameterException(line, "N must be from 1 to " + Integer.MAX_VALUE + ", was " + argument.number);
        } catch (ParameterException e) {
            System.err.println(program + ": " + e.getMessage());
            System.exit(MISTAKE);
            throw e; // never reached
        }
    }
}
