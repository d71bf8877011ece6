package io.pgdoorman.local;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.pgdoorman.local");

    @Test
    void ofTheOperatorOnlyTheLocalEdgeIsUsed() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.pgdoorman.pooler..",
                        "io.pgdoorman.config..",
                        "io.pgdoorman.operator.api..",
                        "io.pgdoorman.operator.render..",
                        "io.pgdoorman.operator.reconcile..",
                        "io.pgdoorman.operator.app..")
                .check(classes);
    }

    @Test
    void onlyTheDoorIsPublic() {
        classes()
                .that()
                .arePublic()
                .and()
                .areTopLevelClasses()
                .should()
                .haveSimpleName("Quickstart")
                .check(classes);
    }
}
