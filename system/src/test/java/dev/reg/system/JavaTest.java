package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A Java runtime as its users know it, and Tomcat on it. */
class JavaTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared("tomcat");
  }

  private static Reg.Result java(Path project, String... arguments) {
    String[] command = new String[arguments.length + 5];
    System.arraycopy(new String[] {"run", "--rm", "-topenjdk", "--", "java"}, 0, command, 0, 5);
    System.arraycopy(arguments, 0, command, 5, arguments.length);
    return reg.in(project).run(command);
  }

  /** Compiled for the runtime's release. */
  private static void compile(Path project, String name, String source) throws IOException {
    Path file = project.resolve(name + ".java");
    Files.writeString(file, source);
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(
                    null, null, null, "--release", "17", "-d", project.toString(), file.toString()))
        .isZero();
    Files.delete(file);
  }

  private static void zip(OutputStream to, Map<String, byte[]> files) throws IOException {
    try (JarOutputStream jar = new JarOutputStream(to)) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        jar.putNextEntry(new JarEntry(file.getKey()));
        jar.write(file.getValue());
      }
    }
  }

  @Test
  void aClassAJarAndASourceFileRun() throws IOException {
    Path project = Fixture.project();
    compile(
        project,
        "Hello",
        "class Hello { public static void main(String[] a) { System.out.println(\"hello \" + a[0]); } }");
    assertThat(java(project, "Hello", "class").succeeded().out()).isEqualTo("hello class\n");
    byte[] code = Files.readAllBytes(project.resolve("Hello.class"));
    Files.delete(project.resolve("Hello.class"));
    try (OutputStream out = Files.newOutputStream(project.resolve("hello.jar"))) {
      zip(
          out,
          Map.of(
              "META-INF/MANIFEST.MF",
              "Manifest-Version: 1.0\nMain-Class: Hello\n\n".getBytes(StandardCharsets.UTF_8),
              "Hello.class",
              code));
    }
    assertThat(java(project, "-jar", "hello.jar", "jar").succeeded().out())
        .isEqualTo("hello jar\n");
    Files.writeString(
        project.resolve("Source.java"),
        "class Source { public static void main(String[] a) { System.out.println(\"hello \" + a[0]); } }");
    assertThat(java(project, "Source.java", "source").succeeded().out())
        .isEqualTo("hello source\n");
  }

  @Test
  void itsClassesComeFromTheArchiveAndAllModulesAreThere() throws IOException {
    Path project = Fixture.project();
    assertThat(java(project, "-Xshare:on", "-version").succeeded().err())
        .contains("mixed mode, sharing");
    assertThat(java(project, "--list-modules").succeeded().out())
        .contains(
            "java.base@",
            "java.desktop@",
            "java.se@",
            "jdk.compiler@",
            "jdk.jfr@",
            "jdk.localedata@");
    assertThat(java(project, "--validate-modules").succeeded().err()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "encoding | System.getProperty(\"file.encoding\") + Charset.forName(\"Shift_JIS\") | UTF-8Shift_JIS",
        "locales | String.format(Locale.GERMANY, \"%,.2f\", 1234.5) + DayOfWeek.MONDAY.getDisplayName(TextStyle.FULL, Locale.JAPAN) | 1.234,50月曜日",
        "zones | ZonedDateTime.parse(\"2026-07-01T00:00+02:00[Europe/Berlin]\").getOffset() | +02:00",
        "child | new String(new ProcessBuilder(\"java\", \"-version\").redirectErrorStream(true).start().getInputStream().readAllBytes()).contains(\"sharing\") | true",
        "user | System.getProperty(\"user.name\") + System.getProperty(\"user.home\") | root/root",
        "hosts | java.net.InetAddress.getByName(\"localhost\").isLoopbackAddress() | true",
        "scripts of ciphers | javax.crypto.Cipher.getMaxAllowedKeyLength(\"AES\") | 2147483647",
        "curves | java.security.KeyPairGenerator.getInstance(\"X25519\").generateKeyPair().getPublic().getAlgorithm() | XDH",
        "text in images | text() | true",
      })
  void whatItsUsersTakeForGranted(String what, String expression, String printed)
      throws IOException {
    Path project = Fixture.project();
    Files.writeString(
        project.resolve("T.java"),
        """
        import java.nio.charset.Charset;
        import java.time.*;
        import java.time.format.TextStyle;
        import java.util.*;

        class T {
          /** Whether something was drawn, and comes back as a picture. */
          static boolean text() throws Exception {
            var image = new java.awt.image.BufferedImage(64, 32, java.awt.image.BufferedImage.TYPE_INT_RGB);
            image.createGraphics().drawString("Reg", 4, 24);
            var bytes = new java.io.ByteArrayOutputStream();
            javax.imageio.ImageIO.write(image, "jpeg", bytes);
            var read = javax.imageio.ImageIO.read(new java.io.ByteArrayInputStream(bytes.toByteArray()));
            return Arrays.stream(read.getRGB(0, 0, 64, 32, null, 0, 64)).anyMatch(p -> (p & 255) > 200);
          }

          public static void main(String[] a) throws Exception {
            System.out.println(%s);
          }
        }
        """
            .formatted(expression));
    Reg.Result result = java(project, "T.java");
    assertThat(result.err()).as(what).isEmpty();
    assertThat(result.out()).isEqualTo(printed + "\n");
  }

  @Test
  void tlsVerifiesItsPeer() throws Exception {
    Path project = Fixture.project();
    Certificate.write(project); // leaves store.p12, too
    Files.writeString(
        project.resolve("Tls.java"),
        """
        import java.io.*;
        import java.security.KeyStore;
        import javax.net.ssl.*;

        class Tls {
          public static void main(String[] a) throws Exception {
            char[] password = "changeit".toCharArray();
            KeyStore store = KeyStore.getInstance(new File("store.p12"), password);
            var keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(store, password);
            var trusted = TrustManagerFactory.getInstance("PKIX");
            trusted.init((KeyStore) null);
            System.out.println(((X509TrustManager) trusted.getTrustManagers()[0]).getAcceptedIssuers().length > 100);
            var known = TrustManagerFactory.getInstance("PKIX");
            KeyStore alone = KeyStore.getInstance("PKCS12");
            alone.load(null);
            alone.setCertificateEntry("it", store.getCertificate("s"));
            known.init(alone);
            SSLContext server = SSLContext.getInstance("TLS");
            server.init(keys.getKeyManagers(), null, null);
            var listener = server.getServerSocketFactory().createServerSocket(0);
            var thread = new Thread(() -> {
              for (int i = 0; i < 2; i++) {
                try (var peer = (SSLSocket) listener.accept()) {
                  peer.getOutputStream().write(peer.getInputStream().readNBytes(5));
                } catch (IOException e) {
                  // the client does not trust us
                }
              }
            });
            thread.start();
            for (var factory : new TrustManagerFactory[] {trusted, known}) {
              SSLContext client = SSLContext.getInstance("TLS");
              client.init(null, factory.getTrustManagers(), null);
              try (var socket = (SSLSocket) client.getSocketFactory().createSocket("localhost", listener.getLocalPort())) {
                socket.getOutputStream().write("hello".getBytes());
                System.out.println(new String(socket.getInputStream().readNBytes(5)) + " " + socket.getSession().getProtocol());
              } catch (SSLHandshakeException e) {
                System.out.println(e.getMessage().contains("unable to find valid certification path"));
              }
            }
            thread.join();
          }
        }
        """);
    assertThat(java(project, "Tls.java").succeeded().lines())
        .containsExactly("true", "true", "hello TLSv1.3");
  }

  @Test
  void tomcatDeploysAWarAndAnswers() throws Exception {
    int port = Server.freePort();
    Path project = Fixture.project();
    var war = new ByteArrayOutputStream();
    zip(
        war,
        Map.of(
            "WEB-INF/web.xml",
            """
            <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
              <context-param><param-name>greeting</param-name><param-value>ü</param-value></context-param>
            </web-app>
            """
                .getBytes(StandardCharsets.UTF_8),
            "page.jsp",
            """
            <%@ page contentType="text/plain; charset=UTF-8" %>\
            ${initParam.greeting} <%= request.getParameter("n").length() * 6 %>"""
                .getBytes(StandardCharsets.UTF_8),
            "plain.txt",
            "plain".getBytes(StandardCharsets.UTF_8)));
    Path file = Files.write(project.resolve("shop.war"), war.toByteArray());
    Path conf = project.resolve("server.xml");
    Files.writeString(
        conf,
        """
        <Server port="-1">
          <Service name="Catalina">
            <Connector port="%d" address="127.0.0.1" protocol="HTTP/1.1"/>
            <Engine name="Catalina" defaultHost="localhost">
              <Host name="localhost" appBase="webapps"/>
            </Engine>
          </Service>
        </Server>
        """
            .formatted(port));
    try (Server tomcat =
        Server.start(
            reg.in(project),
            "tomcat",
            "--no-project",
            "-v",
            file + ":/var/lib/tomcat10/webapps/shop.war:ro",
            "-v",
            conf + ":/etc/tomcat10/server.xml:ro",
            "-e",
            "JDK_JAVA_OPTIONS=-Xmx256m",
            "-ttomcat")) {
      assertThat(tomcat.get("http://127.0.0.1:" + port + "/shop/plain.txt")).isEqualTo("plain");
      assertThat(tomcat.get("http://127.0.0.1:" + port + "/shop/page.jsp?n=1234567"))
          .isEqualTo("ü 42");
      reg.run("stop", "tomcat").succeeded();
      assertThat(tomcat.log())
          .contains("Deploying web application archive", "-Xmx256m", "Stopping service");
    }
  }
}
