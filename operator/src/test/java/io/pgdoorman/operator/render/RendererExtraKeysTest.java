package io.pgdoorman.operator.render;

import static io.pgdoorman.operator.render.RenderStage.MANIFEST;
import static io.pgdoorman.operator.render.RenderStage.POD;
import static io.pgdoorman.operator.render.RenderStage.SECRETS;
import static io.pgdoorman.operator.render.RenderStage.render;
import static io.pgdoorman.operator.render.RenderStage.spec;
import static org.assertj.core.api.Assertions.assertThat;

import io.pgdoorman.operator.api.v1alpha1.Manifest;
import org.junit.jupiter.api.Test;

/// Keys of the pooler's file that a spec gives as they are.
class RendererExtraKeysTest {
    @Test
    void extraKeysAreLaidOverLast() {
        // given
        var manifest = MANIFEST + """
              extraConfig:
                general: {server_lifetime: 9m, server_round_robin: true}
                pools: {shop: {pin_on: [listen]}}
            """;

        // when
        var text = render(manifest).text();

        // then
        assertThat(text)
                .contains("server_lifetime: \"9m\"")
                .contains("server_round_robin: true")
                .contains("pin_on:\n    - \"listen\"");
    }

    @Test
    void extraKeysThatAreOursOrNeedANewProcessAreRefused() {
        // given
        var manifest = MANIFEST + """
              extraConfig:
                web: {enabled: false}
                general: {port: 1, pg_hba: x, tls_private_key: /x, no_such_key: 1}
                pools: {shop: {reserve_pool_size: 5, server_tls_mode: disable}, other: {}}
            """;

        // when
        var read = Manifest.readAll(manifest).getFirst();

        // then
        assertThat(read)
                .isInstanceOfSatisfying(
                        Manifest.Read.Invalid.class,
                        invalid -> assertThat(invalid.problems())
                                .extracting(Object::toString)
                                .containsExactly(
                                        "spec.extraConfig.web: is not to be set here, expected general or pools",
                                        "spec.extraConfig.general.port: is not to be set here: a running pooler cannot"
                                                + " take it",
                                        "spec.extraConfig.general.pg_hba: is the operator's own: the spec has a field"
                                                + " for it",
                                        "spec.extraConfig.general.tls_private_key: is the operator's own: the spec has"
                                                + " a field for it",
                                        "spec.extraConfig.general.no_such_key: is no key of the pooler's configuration",
                                        "spec.extraConfig.pools.shop.reserve_pool_size: is the operator's own: the"
                                                + " spec has a field for it",
                                        "spec.extraConfig.pools.shop.server_tls_mode: is the operator's own: the spec"
                                                + " has a field for it",
                                        "spec.extraConfig.pools.other: is none of databases[]"));
    }

    @Test
    void extraKeysWithWrongValuesAreRefusedInThePoolersWords() {
        // given
        var manifest = MANIFEST + "  extraConfig: {general: {server_lifetime: soon}}\n";

        // when
        var rendered = Renderer.render(spec(manifest), SECRETS, POD);

        // then
        assertThat(rendered)
                .isInstanceOfSatisfying(
                        Rendered.Invalid.class,
                        invalid -> assertThat(invalid.problems())
                                .singleElement()
                                .asString()
                                .startsWith("pgdoorman.yaml general.server_lifetime:"));
    }
}
