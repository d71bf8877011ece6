package io.pgdoorman.config.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import org.junit.jupiter.api.Test;

class CanonicalTest {
    /// Hashes of what runs were made of texts by Jackson's mapper.
    @Test
    void writesEachKindOfNodeAsJacksonsMapper() throws JsonProcessingException {
        // given
        var tree = JsonNodeFactory.instance.objectNode();
        tree.put("z", 1)
                .put("a", Long.MIN_VALUE)
                .put("é\u0000\u2028\"\\/\ud83d\ude00", "é\u0007\u2028\"\\/\ud83d\ude00\n");
        tree.put("B", 0.1).put("f", 1.5f).put("yes", true).putNull("none");
        tree.put("huge", BigInteger.TEN.pow(40)).put("exact", new BigDecimal("1.500E+3"));
        tree.putObject("empty");
        tree.putArray("list")
                .add(2)
                .add("x")
                .addNull()
                .addObject()
                .put("b", false)
                .put("a", "");

        // when
        var written = Canonical.written(tree);

        // then
        assertThat(written)
                .isEqualTo(JsonMapper.builder()
                        .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
                        .build()
                        .writeValueAsString(tree));
    }
}
