package dev.millrace.standalone.broker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

class LoopbackPortTest {
    /** Of a network that is kept for documents (RFC 5737), so that no machine has it. */
    private static final InetSocketAddress ELSEWHERE = new InetSocketAddress("192.0.2.1", 0);

    @Test
    void aPortWithAServerIsInUseAndFreeAfterwards() throws IOException {
        int port;
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = server.getLocalPort();

            assertThat(LoopbackPort.refusal(port))
                    .hasValueSatisfying(why -> assertThat(why.inUse()).isTrue());
        }
        assertThat(LoopbackPort.refusal(port)).isEmpty();
    }

    @Test
    void whatElseTheSystemRefusesIsToldInItsWords() {
        assertThat(LoopbackPort.refusal(ELSEWHERE)).hasValueSatisfying(why -> {
            assertThat(why.inUse()).isFalse();
            assertThat(why.words()).isNotBlank();
        });
    }
}
