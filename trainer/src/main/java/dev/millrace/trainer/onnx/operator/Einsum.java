package dev.millrace.trainer.onnx.operator;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/** The operator Einsum as sums, transpositions and batched matrix products, operands from left to right. Stateless. */
final class Einsum {
    private Einsum() {}

    static void register(Map<String, Operator.Factory> registry) {
        registry.put("Einsum", Einsum::einsum);
    }

    private static Operator einsum(NodeView node) throws UnsupportedNodeException {
        String equation = node.text("equation", "").replace(" ", "");
        if (!equation.matches("[A-Za-z]*(,[A-Za-z]*)*(->[A-Za-z]*)?")) {
            throw new UnsupportedNodeException(
                    "equation \"" + equation + "\" is not supported: only letters, no ellipsis");
        }
        String[] sides = equation.split("->", -1);
        String[] terms = sides[0].split(",", -1);
        String result = sides.length > 1 ? sides[1] : implicit(sides[0]);
        for (String term : terms) {
            if (term.chars().distinct().count() != term.length()) {
                throw new UnsupportedNodeException(
                        "equation \"" + equation + "\" is not supported: a letter twice in one term (a diagonal)");
            }
        }
        if (terms.length != node.proto().getInputCount()) {
            throw new UnsupportedNodeException("equation \"" + equation + "\" has " + terms.length + " terms, the node "
                    + node.proto().getInputCount() + " inputs");
        }
        return Operator.single(in -> run(in, terms, result));
    }

    /** Without an arrow the result has the letters that stand once, in alphabetical order. */
    private static String implicit(String left) {
        return left.chars()
                .filter(c -> c != ',' && left.indexOf(c) == left.lastIndexOf(c))
                .sorted()
                .mapToObj(c -> String.valueOf((char) c))
                .collect(Collectors.joining());
    }

    /** An array and the letter of each of its axes. Closed by whoever made it. */
    private record Term(NDArray array, String letters) implements AutoCloseable {
        @Override
        public void close() {
            array.close();
        }

        long extent(int letter) {
            return array.getShape().get(letters.indexOf(letter));
        }

        /** Returns the term with its axes in another order. */
        Term ordered(String order) {
            int[] axes = order.chars().map(letters::indexOf).toArray();
            return new Term(axes.length == 0 ? array.reshape(array.getShape()) : array.transpose(axes), order);
        }

        /** Returns the term summed over the letters that are not kept. */
        Term summed(IntPredicate kept) {
            int[] gone = letters.chars()
                    .filter(c -> !kept.test(c))
                    .map(letters::indexOf)
                    .toArray();
            NDArray sum = gone.length == 0 ? array.reshape(array.getShape()) : array.sum(gone);
            return new Term(sum, filter(letters, kept));
        }
    }

    private static String filter(String letters, IntPredicate kept) {
        return letters.chars()
                .filter(kept)
                .mapToObj(c -> String.valueOf((char) c))
                .collect(Collectors.joining());
    }

    private static Value run(Operands in, String[] terms, String result) {
        for (int i = 0; i < terms.length; i++) {
            if (in.shape(i).length != terms[i].length()) {
                throw new IllegalArgumentException(
                        "term \"" + terms[i] + "\" does not fit input " + i + ", " + Arrays.toString(in.shape(i)));
            }
        }
        NDArray first = in.array(0);
        Term product = new Term(first.reshape(first.getShape()), terms[0]);
        for (int i = 1; i < terms.length; i++) {
            String later = result + String.join("", Arrays.copyOfRange(terms, i + 1, terms.length));
            try (Term left = product) {
                product = product(left, new Term(in.array(i), terms[i]), later);
            }
        }
        try (Term last = product;
                Term sum = last.summed(c -> result.indexOf(c) >= 0)) {
            return new Tensor(sum.ordered(result).array());
        }
    }

    /** Multiplies, summing over the letters that nobody needs later. */
    private static Term product(Term a, Term b, String later) {
        try (Term left = a.summed(c -> later.indexOf(c) >= 0 || b.letters().indexOf(c) >= 0);
                Term right = b.summed(c -> later.indexOf(c) >= 0 || a.letters().indexOf(c) >= 0)) {
            String shared = filter(left.letters(), c -> right.letters().indexOf(c) >= 0);
            String batch = filter(shared, c -> later.indexOf(c) >= 0);
            String inner = filter(shared, c -> later.indexOf(c) < 0);
            String rows = filter(left.letters(), c -> shared.indexOf(c) < 0);
            String columns = filter(right.letters(), c -> shared.indexOf(c) < 0);
            Map<Integer, Long> extents = new HashMap<>();
            right.letters().chars().forEach(c -> extents.put(c, right.extent(c)));
            left.letters().chars().forEach(c -> extents.put(c, left.extent(c)));
            long[] sizes = {size(batch, extents), size(rows, extents), size(inner, extents), size(columns, extents)};
            try (Term x = left.ordered(batch + rows + inner);
                    Term y = right.ordered(batch + inner + columns);
                    NDArray matrices = x.array().reshape(sizes[0], sizes[1], sizes[2]);
                    NDArray others = y.array().reshape(sizes[0], sizes[2], sizes[3]);
                    NDArray products = matrices.matMul(others)) {
                String letters = batch + rows + columns;
                long[] shape = letters.chars()
                        .mapToLong(c -> extents.getOrDefault(c, 1L))
                        .toArray();
                return new Term(products.reshape(new Shape(shape)), letters);
            }
        }
    }

    private static long size(String letters, Map<Integer, Long> extents) {
        return letters.chars().mapToLong(c -> extents.getOrDefault(c, 1L)).reduce(1, (a, b) -> a * b);
    }
}
