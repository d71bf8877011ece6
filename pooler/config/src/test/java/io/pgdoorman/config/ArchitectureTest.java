package io.pgdoorman.config;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import org.junit.jupiter.api.Test;

/// The arrows between the packages of this module go one way.
class ArchitectureTest {

    private static final String ROOT = "io.pgdoorman.config";

    @Test
    void arrowsGoOneWay() {
        // given
        var classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages(ROOT);

        // when
        var layers = layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("records")
                .definedBy(ROOT)
                .layer("tree")
                .definedBy(ROOT + ".tree")
                .layer("catalogue")
                .definedBy(ROOT + ".catalogue")
                .layer("read")
                .definedBy(ROOT + ".read")
                .layer("change")
                .definedBy(ROOT + ".change")
                .whereLayer("records")
                .mayNotAccessAnyLayer()
                .whereLayer("tree")
                .mayNotAccessAnyLayer()
                .whereLayer("catalogue")
                .mayOnlyAccessLayers("records", "tree")
                .whereLayer("read")
                .mayOnlyAccessLayers("records", "tree", "catalogue")
                .whereLayer("change")
                .mayOnlyAccessLayers("records", "catalogue");
        var libraries = ArchRuleDefinition.classes()
                .that()
                .resideInAPackage(ROOT + "..")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        "java..",
                        "io.pgdoorman.config..",
                        "com.fasterxml.jackson..",
                        "org.yaml.snakeyaml..",
                        "org.jspecify..");

        // then
        layers.check(classes);
        libraries.check(classes);
        slices().matching(ROOT + ".(*)..").should().beFreeOfCycles().check(classes);
    }
}
