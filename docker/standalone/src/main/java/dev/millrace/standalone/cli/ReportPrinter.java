package dev.millrace.standalone.cli;

import dev.millrace.trainer.onnx.inspect.MemoryNeed;
import dev.millrace.trainer.onnx.inspect.ModelReport;
import dev.millrace.trainer.onnx.inspect.OperatorUse;
import dev.millrace.trainer.onnx.inspect.TrainedGroup;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Writes a report for people: facts first, the verdict last. */
final class ReportPrinter {
    private static final double MEGABYTE = 1e6;

    private final PrintWriter out;

    ReportPrinter(PrintWriter out) {
        this.out = out;
    }

    void print(Path file, ModelReport report) {
        line("model      %s, %.1f MB", file.getFileName(), report.memory().fileBytes() / MEGABYTE);
        String opset = report.header().opset().isPresent()
                ? Long.toString(report.header().opset().getAsLong())
                : "none";
        String producer = report.header().producer();
        line("opset      %s, made by %s", opset, producer.isEmpty() ? "(it does not say)" : producer);
        report.inputs().forEach(input -> line("input      %s", input));
        report.outputs().forEach(output -> line("output     %s", output));
        line("operators  %d nodes", report.header().nodes());
        for (OperatorUse use : report.operators()) {
            line("  %-26s %6d  %s", use.name(), use.count(), use.coverage());
        }
        if (report.trainable()) {
            weights(report);
            memory(report.memory());
        }
        verdict(report);
        out.flush();
    }

    private void weights(ModelReport report) {
        MemoryNeed need = report.memory();
        line(
                "selectors  train %s; freeze %s",
                patterns(report.selectors().train()),
                patterns(report.selectors().freeze()));
        if (!report.selectors().missed().isEmpty()) {
            line(
                    "  nothing here is called %s, which trainer.yaml freezes: set policy.freeze to %s, or the start is refused",
                    patterns(report.selectors().missed()), report.selectors().freeze());
        }
        line("weights    %,d values, of which %,d train", need.parameters(), need.trained());
        for (TrainedGroup group : report.groups()) {
            line(
                    "  %-34s %,13d train in %d tensors, %,d frozen",
                    group.path(), group.values(), group.tensors(), group.frozen());
        }
        if (!report.unreached().isEmpty()) {
            line("  no gradient reaches: %s", String.join(", ", report.unreached()));
        }
    }

    private static String patterns(List<String> patterns) {
        return patterns.isEmpty() ? "nothing" : String.join(", ", patterns);
    }

    private void memory(MemoryNeed need) {
        line("memory     %.0f MB, reckoned, and the activations of a batch on top", need.total() / MEGABYTE);
        need.parts().forEach((what, bytes) -> line("  %-48s %8.1f MB", what, bytes / MEGABYTE));
    }

    private void verdict(ModelReport report) {
        List<String> problems = report.problems();
        if (report.trainable()) {
            line("verdict    it can be trained");
            return;
        }
        line("verdict    it cannot be trained, %d problem(s):", problems.size());
        problems.forEach(problem -> line("  %s", problem));
    }

    private void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }
}
