package dev.millrace.standalone.cli;

import dev.millrace.trainer.onnx.operator.OperatorRegistry;
import java.io.PrintWriter;

/** The table of operators, made from the registry that training uses. Stateless. */
final class OperatorTable {
    private static final String ROW = "%-24s %-8s %s%n";

    private OperatorTable() {}

    static void print(PrintWriter out) {
        out.printf(ROW, "operator", "opsets", "gradient");
        for (String name : OperatorRegistry.names()) {
            boolean gradient = OperatorRegistry.hasGradient(name);
            out.printf(
                    ROW,
                    name,
                    OperatorRegistry.since(name) + "-" + OperatorRegistry.MAX_OPSET,
                    gradient ? "yes" : "none: the result is whole numbers, truth values or steps");
        }
        OperatorRegistry.refused().forEach((name, reason) -> out.printf(ROW, name, "-", "refused: " + reason));
        out.printf(
                "%d operators run, %d are known and refused%n",
                OperatorRegistry.names().size(), OperatorRegistry.refused().size());
    }
}
