package io.pgdoorman.operator.api.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ChangeClassTest {

    @Test
    void everyFieldOfTheSpecHasAClass() {
        // given
        var fields = DoormanPoolSpec.class.getRecordComponents();

        // when
        var unclassified = Arrays.stream(fields)
                .filter(field -> field.getAnnotation(Change.class) == null)
                .map(field -> field.getName())
                .toList();

        // then
        assertThat(unclassified).as("fields of the spec without @Change").isEmpty();
    }
}
