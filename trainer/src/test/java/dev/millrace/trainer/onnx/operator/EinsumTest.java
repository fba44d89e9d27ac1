package dev.millrace.trainer.onnx.operator;

import static dev.millrace.trainer.onnx.HostArray.floats;
import static dev.millrace.trainer.onnx.HostArray.random;
import static dev.millrace.trainer.onnx.HostArray.vector;
import static dev.millrace.trainer.onnx.operator.OperatorCheck.assertRefused;

import dev.millrace.trainer.onnx.HostArray;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EinsumTest {
    private static final long SEED = 17;

    private static OneNode of(String equation, HostArray... inputs) {
        return OneNode.of("Einsum", 12, inputs).with("equation", equation);
    }

    static Stream<OneNode> everything() {
        Random random = new Random(SEED);
        HostArray heads = random(random, -1, 1, 2, 3, 4, 5);
        HostArray cube = random(random, -1, 1, 2, 3, 4);
        HostArray matrix = random(random, -1, 1, 4, 3);
        HostArray rows = random(random, -1, 1, 2, 3);
        HostArray vector = random(random, -1, 1, 4);
        return Stream.of(
                of("bhid,bhjd->bhij", heads, random(random, -1, 1, 2, 3, 2, 5)),
                of("bhij,bhjd->bhid", heads, random(random, -1, 1, 2, 3, 5, 2)),
                of("bhid, bhjd -> bihj", heads, random(random, -1, 1, 2, 3, 6, 5)),
                of("bchw,bkc->bkhw", heads, random(random, -1, 1, 2, 4, 3)),
                of("bid,bid->b", cube, random(random, -1, 1, 2, 3, 4)),
                of("bij,kj->bik", cube, random(random, -1, 1, 3, 4)),
                of("ij,jk", rows, random(random, -1, 1, 3, 2)),
                of("ba", rows),
                of("bij->bji", cube),
                of("bij->bi", cube),
                of("bij->", cube),
                of("i,j->ij", vector, random(random, -1, 1, 3)),
                of("i,i->", vector, random(random, -1, 1, 4)),
                of("ij,ik->k", matrix, random(random, -1, 1, 4, 2)),
                of("bi,bij,jk->bk", rows, cube, matrix));
    }

    @ParameterizedTest
    @MethodSource("everything")
    void agreesWithOnnxRuntime(OneNode node) throws Exception {
        OperatorCheck.assertParity(node);
    }

    @ParameterizedTest
    @MethodSource("everything")
    void hasTheGradientOfItsSlope(OneNode node) throws Exception {
        OperatorCheck.assertGradient(node, SEED);
    }

    @Test
    void refusesEquationsByName() {
        HostArray x = floats(new long[] {1, 1}, 1);
        assertRefused(of("...i->...", x), "equation \"...i->...\" is not supported: only letters, no ellipsis");
        assertRefused(of("ii->i", x), "equation \"ii->i\" is not supported: a letter twice in one term (a diagonal)");
        assertRefused(of("ij,jk->ik", x), "equation \"ij,jk->ik\" has 2 terms, the node 1 inputs");
    }
}
