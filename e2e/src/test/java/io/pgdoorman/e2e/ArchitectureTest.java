package io.pgdoorman.e2e;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

/// These tests know images, manifests and protocols, and no class of the product.
class ArchitectureTest {

    @Test
    void testsAreBlackBox() {
        // given
        var classes = new ClassFileImporter().importPackages("io.pgdoorman.e2e");

        // when
        var rule = noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.pgdoorman.config..", "io.pgdoorman.pooler..", "io.pgdoorman.operator..");

        // then
        rule.check(classes);
    }
}
