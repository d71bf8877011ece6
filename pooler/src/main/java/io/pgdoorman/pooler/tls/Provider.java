package io.pgdoorman.pooler.tls;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslProvider;
import java.util.function.Supplier;

/// Who does the cryptography of TLS: BoringSSL where its library loads, else the JDK. the system property
/// `pooler.tls.provider` chooses: `native`, `jdk` or nothing.
public enum Provider {
    NATIVE(SslProvider.OPENSSL),
    JDK(SslProvider.JDK);

    private final SslProvider netty;

    Provider(SslProvider netty) {
        this.netty = netty;
    }

    SslProvider netty() {
        return netty;
    }

    /// Without a wish the library is looked for when TLS is, as it takes a tenth of a start and two megabytes.
    ///
    /// @throws IllegalArgumentException when the word is another or the library was asked for and does not load
    public static Supplier<Provider> choose(String wish) {
        return switch (wish) {
            case "" -> () -> OpenSsl.isAvailable() ? NATIVE : JDK;
            case "jdk" -> () -> JDK;
            case "native" -> {
                if (!OpenSsl.isAvailable()) {
                    throw new IllegalArgumentException("pooler.tls.provider is native, but the library does not load: "
                            + OpenSsl.unavailabilityCause());
                }
                yield () -> NATIVE;
            }
            default ->
                throw new IllegalArgumentException("pooler.tls.provider is " + wish + ": expected native or jdk");
        };
    }
}
