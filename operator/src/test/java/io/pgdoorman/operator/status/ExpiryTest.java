package io.pgdoorman.operator.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.api.v1alpha1.DoormanPoolSpec;
import io.pgdoorman.operator.api.v1alpha1.Manifest;
import io.pgdoorman.operator.api.v1alpha1.SecretRef;
import io.pgdoorman.operator.observe.Observation.References;
import io.pgdoorman.operator.render.SecretValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ExpiryTest {

    /// As the certificate says.
    private static final Instant END = Instant.parse("2046-11-24T03:11:25Z");

    private static DoormanPoolSpec spec() throws IOException {
        var text = Files.readString(Path.of("src/test/resources/manifests/valid-tls.yaml"));
        return ((Manifest.Read.Valid) Manifest.readAll(text).getFirst()).pool().getSpec();
    }

    private static References references() throws IOException {
        var certificate = Files.readString(Path.of("src/test/resources/tls/shop.pem"));
        return new References(
                Map.of(new SecretRef("shop-tls", "tls.crt"), new SecretValue("1", certificate)), List.of());
    }

    @Test
    void saysNothingOfACertificateThatLastsLongEnough() throws Exception {
        // given
        var now = END.minus(Duration.ofDays(15));

        // when
        var text = Expiry.text(spec(), references(), now);

        // then
        assertThat(text).isEmpty();
    }

    @Test
    void warnsTwoWeeksBefore() throws Exception {
        // given
        var now = END.minus(Duration.ofDays(13));

        // when
        var text = Expiry.text(spec(), references(), now);

        // then
        assertThat(text).contains("tls.client: the certificate in Secret shop-tls ends at 2046-11-24T03:11:25Z");
    }

    @Test
    void saysWhenItHasEnded() throws Exception {
        // given
        var now = END.plusSeconds(1);

        // when
        var text = Expiry.text(spec(), references(), now);

        // then
        assertThat(text).contains("tls.client: the certificate in Secret shop-tls ended at 2046-11-24T03:11:25Z");
    }
}
