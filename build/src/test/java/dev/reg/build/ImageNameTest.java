package dev.reg.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.RegException;
import dev.reg.store.Digest;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

final class ImageNameTest {
  private static final Digest ID = Digest.of(new byte[0]);
  private static final String DIGITS = ID.hex().substring(0, 12);

  private static ImageManifest image(String tag, @Nullable String label) {
    String config =
        "{\"config\": {\"Labels\": {\"org.opencontainers.image.version\": \"%s\"}}}"
            .formatted(label == null ? "" : label);
    return new ImageManifest(ID, new JsonMapper().readTree(config), List.of(), tag);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "nginx:1.25.3 | | nginx@1.25.3",
        "docker.io/library/nginx:1.25-alpine | 9 | nginx@1.25-alpine",
        "localhost:5000/team/My_App:v2 | | my_app@v2",
        "nginx:latest | 1.25.3 | nginx@1.25.3",
        "nginx:latest | | nginx@ID",
        "nginx:latest | 1..2 (beta) | nginx@1.2--beta-",
      })
  void isThatOfTheTag(String tag, @Nullable String label, String expected) throws Exception {
    ImageName name = ImageName.of(image(tag, label), null, null);
    assertThat(name.name() + "@" + name.version()).isEqualTo(expected.replace("ID", DIGITS));
  }

  @Test
  void isWhatTheCallerSays() throws Exception {
    assertThat(ImageName.of(image("nginx:1", "2"), "web", "3"))
        .isEqualTo(new ImageName("web", "3"));
    assertThat(ImageName.of(image("1.4", ""), "web", null)).isEqualTo(new ImageName("web", "1.4"));
  }

  @ParameterizedTest
  @CsvSource({"1.4", "latest", "a/b/", "-x:1", "x y:1"})
  void isAskedForWhereTheImageHasNone(String tag) {
    assertThatThrownBy(() -> ImageName.of(image(tag, ""), null, null))
        .isInstanceOf(RegException.class)
        .hasMessageContaining("say it with --name");
  }
}
