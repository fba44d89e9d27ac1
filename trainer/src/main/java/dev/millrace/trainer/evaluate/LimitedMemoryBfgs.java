package dev.millrace.trainer.evaluate;

import java.util.ArrayList;
import java.util.List;

/**
 * Minimises a smooth, strictly convex function: L-BFGS with backtracking. Stateless.
 *
 * <p>Source: Nocedal and Wright, "Numerical Optimization", second edition, algorithms 3.1 and 7.4.
 */
final class LimitedMemoryBfgs {
    private static final int MEMORY = 10;
    private static final double SUFFICIENT_DECREASE = 1e-4;
    private static final int MAX_HALVINGS = 20;

    private LimitedMemoryBfgs() {}

    /** A point with the function's value and gradient there. */
    record Point(double[] x, double value, double[] gradient) {}

    /** The function to minimise. */
    interface Function {
        /** Value and gradient at {@code x}, in new arrays; {@code x} becomes part of the result and is not modified. */
        Point at(double[] x);
    }

    /** A pair of differences between two successive points. */
    private record Move(double[] s, double[] y, double sy) {}

    /**
     * Runs until the relative decrease of the value falls below {@code tolerance}, or no step decreases it.
     *
     * @param firstStep length factor on the first, steepest-descent step
     */
    static double[] minimise(Function function, double[] start, double firstStep, Stop stop) {
        Point point = function.at(start);
        List<Move> moves = new ArrayList<>();
        for (int iteration = 0; iteration < stop.maxIterations(); iteration++) {
            double[] direction = direction(point.gradient(), moves, firstStep);
            Point next = search(function, point, direction);
            double decrease = point.value() - next.value();
            remember(moves, point, next);
            point = next;
            if (decrease <= stop.tolerance() * Math.abs(point.value())) {
                break;
            }
        }
        return point.x();
    }

    /**
     * When to stop.
     *
     * @param maxIterations most steps
     * @param tolerance relative decrease of a step that ends the search
     */
    record Stop(int maxIterations, double tolerance) {}

    private static double[] direction(double[] gradient, List<Move> moves, double firstStep) {
        double[] q = scaled(gradient, -1);
        double[] alpha = new double[moves.size()];
        for (int i = moves.size() - 1; i >= 0; i--) {
            Move move = moves.get(i);
            alpha[i] = dot(move.s(), q) / move.sy();
            add(q, -alpha[i], move.y());
        }
        double scale = firstStep;
        if (!moves.isEmpty()) {
            Move last = moves.get(moves.size() - 1);
            scale = last.sy() / dot(last.y(), last.y());
        }
        double[] direction = scaled(q, scale);
        for (int i = 0; i < moves.size(); i++) {
            Move move = moves.get(i);
            add(direction, alpha[i] - dot(move.y(), direction) / move.sy(), move.s());
        }
        return direction;
    }

    /** Halves the step until it decreases enough; the old point if none does. */
    private static Point search(Function function, Point from, double[] direction) {
        double slope = dot(from.gradient(), direction);
        double step = 1;
        for (int halvings = 0; halvings < MAX_HALVINGS; halvings++) {
            double[] x = from.x().clone();
            add(x, step, direction);
            Point next = function.at(x);
            if (next.value() <= from.value() + SUFFICIENT_DECREASE * step * slope) {
                return next;
            }
            step /= 2;
        }
        return from;
    }

    private static void remember(List<Move> moves, Point from, Point to) {
        double[] s = difference(to.x(), from.x());
        double[] y = difference(to.gradient(), from.gradient());
        double sy = dot(s, y);
        if (sy > 0) {
            moves.add(new Move(s, y, sy));
        }
        if (moves.size() > MEMORY) {
            moves.remove(0);
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static void add(double[] to, double factor, double[] vector) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * vector[i];
        }
    }

    private static double[] scaled(double[] vector, double factor) {
        double[] result = new double[vector.length];
        add(result, factor, vector);
        return result;
    }

    private static double[] difference(double[] a, double[] b) {
        double[] result = a.clone();
        add(result, -1, b);
        return result;
    }
}
