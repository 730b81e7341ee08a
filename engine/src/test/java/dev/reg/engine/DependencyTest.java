package dev.reg.engine;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Who may use whom, as ARCHITECTURE.md has it: the modules, and the packages of the engine. */
class DependencyTest {
  private static final JavaClasses REG =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.reg");

  /** A module may use those before it. */
  private static final List<String> MODULES =
      List.of("error", "linux", "store", "template", "build", "engine");

  /** What each package of the engine uses of the others. */
  private static final Map<String, Set<String>> PACKAGES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("lifecycle", Set.of()),
              Map.entry("plan", Set.of()),
              Map.entry("environment", Set.of()),
              Map.entry("access", Set.of()),
              Map.entry("configuration", Set.of()),
              Map.entry("protocol", Set.of("access")),
              Map.entry("limit", Set.of()),
              Map.entry("log", Set.of()),
              Map.entry("tracing", Set.of()),
              Map.entry("building", Set.of("configuration")),
              Map.entry("doctor", Set.of()),
              Map.entry("completion", Set.of()),
              Map.entry("project", Set.of("limit")),
              Map.entry("launcher", Set.of("protocol")),
              Map.entry("daemon", Set.of("access", "launcher", "protocol")),
              Map.entry("training", Set.of("daemon", "protocol")),
              Map.entry(
                  "container",
                  Set.of(
                      "access",
                      "environment",
                      "launcher",
                      "lifecycle",
                      "limit",
                      "plan",
                      "protocol")),
              Map.entry(
                  "command",
                  Set.of(
                      "access",
                      "building",
                      "completion",
                      "configuration",
                      "container",
                      "daemon",
                      "doctor",
                      "environment",
                      "launcher",
                      "lifecycle",
                      "limit",
                      "project",
                      "protocol",
                      "tracing"))));

  @Test
  void aModuleUsesOnlyTheOnesBeforeIt() {
    for (int i = 0; i < MODULES.size(); i++) {
      List<String> later = new ArrayList<>();
      MODULES.subList(i + 1, MODULES.size()).forEach(name -> later.add("dev.reg." + name + ".."));
      String module = "dev.reg." + MODULES.get(i) + "..";
      assertThat(REG.that(resideInAPackage(module))).as(module).isNotEmpty();
      if (!later.isEmpty()) {
        noClasses()
            .that()
            .resideInAPackage(module)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(later.toArray(String[]::new))
            .check(REG);
      }
    }
  }

  @Test
  void aPackageOfTheEngineUsesOnlyTheOnesItMay() {
    Set<String> found = new TreeSet<>();
    for (JavaClass each : REG.that(resideInAPackage("dev.reg.engine.*.."))) {
      found.add(each.getPackageName().substring("dev.reg.engine.".length()));
    }
    assertThat(PACKAGES.keySet()).containsExactlyElementsOf(found);
    PACKAGES.forEach(
        (name, used) -> {
          List<String> allowed = new ArrayList<>(List.of("dev.reg.engine." + name + ".."));
          used.forEach(other -> allowed.add("dev.reg.engine." + other + ".."));
          DescribedPredicate<JavaClass> others =
              resideInAPackage("dev.reg.engine..")
                  .and(resideOutsideOfPackages(allowed.toArray(String[]::new)));
          noClasses()
              .that()
              .resideInAPackage("dev.reg.engine." + name + "..")
              .should()
              .dependOnClassesThat(others)
              .check(REG);
        });
  }

  @Test
  void nothingGoesInCircles() {
    slices().matching("dev.reg.(**)").should().beFreeOfCycles().check(REG);
  }

  @Test
  void oneModuleKnowsTheKernel() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.reg.linux..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(REG);
  }

  @Test
  void onlyTheHelpersOfTheEngineAreStartedAsProcesses() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName("dev.reg.build.Subprocess")
        .and()
        .doNotHaveFullyQualifiedName("dev.reg.engine.building.BuilderProcess")
        .and()
        .doNotHaveFullyQualifiedName("dev.reg.engine.launcher.LauncherProgram")
        .and()
        .doNotHaveFullyQualifiedName("dev.reg.engine.limit.RepositoryGroup")
        .should()
        .dependOnClassesThat()
        .belongToAnyOf(ProcessBuilder.class)
        .check(REG);
  }
}
