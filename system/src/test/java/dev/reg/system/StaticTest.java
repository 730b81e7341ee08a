package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Static programs in the template that has nearly nothing. */
class StaticTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared("static");
  }

  /** A program of the project's, compiled without any library to load. */
  private static Path compiled(String compiler, String source) throws IOException {
    Path project = Fixture.project();
    Path file = project.resolve("p.c");
    Files.writeString(file, source);
    Fixture.execute(
        compiler, "-static", "-O1", "-o", project.resolve("p").toString(), file.toString());
    return project;
  }

  @Test
  void aStaticProgramFindsZonesServicesAccountsAndAuthorities() throws IOException {
    Path project =
        compiled(
            "musl-gcc",
            """
            #include <netdb.h>
            #include <pthread.h>
            #include <pwd.h>
            #include <stdio.h>
            #include <string.h>
            #include <time.h>
            #include <unistd.h>

            static void *work(void *six) { return (void *) ((long) six * 7); }

            int main(void) {
              pthread_t thread;
              void *result;
              time_t epoch = 0;
              char line[256];
              struct addrinfo *found;
              if (pthread_create(&thread, 0, work, (void *) 6) || pthread_join(thread, &result)) return 1;
              printf("%ld %d %s", (long) result, localtime(&epoch)->tm_hour, getpwuid(getuid())->pw_name);
              printf(" %d %d", access("/etc/services", R_OK), getaddrinfo("localhost", "443", 0, &found));
              FILE *authorities = fopen("/etc/ssl/certs/ca-certificates.crt", "r");
              while (authorities && fgets(line, sizeof line, authorities)) result = strstr(line, "BEGIN") ? line : result;
              printf(" %d %d\\n", result == line, access("/bin/sh", F_OK));
              return 0;
            }
            """);
    assertThat(
            reg.in(project)
                .run("run", "--rm", "-tstatic", "-e", "TZ=Asia/Tokyo", "--", "./p")
                .succeeded()
                .out())
        .isEqualTo("42 9 root 0 0 1 -1\n");
  }

  /** As Go makes them: no C library at all, its own threads and calls to the kernel. */
  @Test
  void aProgramWithoutAnyLibraryRuns() throws IOException {
    Path project = Fixture.project();
    Path file = project.resolve("bare.c");
    Files.writeString(
        file,
        """
        #if defined __aarch64__
        #define WRITE 64
        #define EXIT 94
        #else
        #define WRITE 1
        #define EXIT 231
        #endif
        static long call(long number, long a, const void *b, long c) {
          long result;
        #if defined __aarch64__
          register long x8 __asm__("x8") = number;
          register long x0 __asm__("x0") = a;
          register const void *x1 __asm__("x1") = b;
          register long x2 __asm__("x2") = c;
          __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
          result = x0;
        #else
          __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
        #endif
          return result;
        }

        void _start(void) { call(EXIT, call(WRITE, 1, "bare\\n", 5) == 5 ? 7 : 1, 0, 0); }
        """);
    Fixture.execute(
        "gcc",
        "-static",
        "-nostdlib",
        "-ffreestanding",
        "-fno-stack-protector",
        "-O1",
        "-o",
        project.resolve("bare").toString(),
        file.toString());
    Reg.Result result = reg.in(project).run("run", "--rm", "-tstatic", "--", "./bare");
    assertThat(result.out()).isEqualTo("bare\n");
    assertThat(result.code()).isEqualTo(7);
  }
}
