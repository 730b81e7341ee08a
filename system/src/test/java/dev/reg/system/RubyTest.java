package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ruby as its users know it. */
class RubyTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared("ruby");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "yaml | require 'yaml'; puts YAML.load(\"a: [1, ~]\").inspect | {\"a\"=>[1, nil]}",
        "json | require 'json'; puts JSON.generate(JSON.parse('{\"a\":[1.5]}')) | {\"a\":[1.5]}",
        "encodings | puts \"\\x82\\xa0\".dup.force_encoding('Shift_JIS').encode('UTF-8'), Encoding.list.size > 90, Encoding.default_external | あ\\ntrue\\nUTF-8",
        "normal forms | puts 'ü'.unicode_normalize(:nfd).size | 2",
        "digests | require 'digest'; puts Digest::SHA256.hexdigest('')[0, 8] | e3b0c442",
        "compression | require 'zlib'; puts Zlib.gunzip(Zlib.gzip('text')) | text",
        "numbers | require 'bigdecimal'; puts BigDecimal('0.1') + BigDecimal('0.2') == BigDecimal('0.3'), 2**100 | true\\n1267650600228229401496703205376",
        "foreign | require 'fiddle'; puts Fiddle::Function.new(Fiddle.dlopen(nil)['abs'], [Fiddle::TYPE_INT], Fiddle::TYPE_INT).call(-3) | 3",
        "threads | q = Queue.new; t = Thread.new { q.pop * 6 }; q << 7; puts t.value | 42",
        "ractors | $VERBOSE = nil; puts Ractor.new { Ractor.receive * 6 }.send(7).take | 42",
        "time | require 'time'; ENV['TZ'] = 'Asia/Tokyo'; puts Time.at(0).iso8601 | 1970-01-01T09:00:00+09:00",
        "child | puts IO.popen(['ruby', '-e', 'puts 6*7']).read | 42",
        "hosts and services | require 'socket'; puts Addrinfo.tcp('localhost', 'https').ip_port | 443",
        "authorities | require 'openssl'; s = OpenSSL::X509::Store.new; s.set_default_paths; puts s.verify(OpenSSL::X509::Certificate.new(File.read('/etc/ssl/certs/ca-certificates.crt'))) | true",
        "templates | require 'erb'; puts ERB.new('<%= 6 * 7 %>').result | 42",
      })
  void whatItsUsersTakeForGranted(String what, String program, String printed) {
    Reg.Result result =
        reg.run("run", "--rm", "--no-project", "-truby", "--", "ruby", "-e", program);
    assertThat(result.err()).as(what).isEmpty();
    assertThat(result.out()).isEqualTo(printed.replace("\\n", "\n") + "\n");
  }

  @Test
  void everyLibraryOfTheStandardLibraryLoads() throws IOException {
    Path project = Fixture.project();
    Files.writeString(
        project.resolve("all.rb"),
        """
        $VERBOSE = nil
        folders = [RbConfig::CONFIG['rubylibdir'], RbConfig::CONFIG['rubyarchdir']]
        names = folders.flat_map { |folder| Dir.children(folder) }
                       .filter_map { |name| name[/\\A(.*)\\.(rb|so)\\z/, 1] }.uniq.sort
        # Of Windows, of a debugger, of what is built, or made to end the program that loads it.
        names -= %w[win32ole debug mkmf un bundled_gems rbconfig]
        names.each do |name|
          pid = fork do
            $stderr.reopen('/dev/null')
            begin
              require name
            rescue LoadError => e
              puts "#{name}: #{e.message}"
            end
            exit! 0
          end
          Process.wait(pid)
        end
        puts names.size > 60 ? 'all' : names.size
        """);
    assertThat(
            reg.in(project).run("run", "--rm", "-truby", "--", "ruby", "all.rb").succeeded().out())
        .isEqualTo("all\n");
  }

  @Test
  void gemsOfTheProjectAreBuiltInstalledAndUsed() throws IOException {
    Path project = Fixture.project();
    Files.createDirectory(project.resolve("lib"));
    Files.writeString(project.resolve("lib/shop.rb"), "module Shop; PRICE = 42; end\n");
    Files.writeString(
        project.resolve("shop.gemspec"),
        """
        Gem::Specification.new do |s|
          s.name = 'shop'; s.version = '1.0'; s.summary = 's'; s.authors = ['a']; s.files = ['lib/shop.rb']
        end
        """);
    Files.writeString(
        project.resolve("main.rb"),
        """
        system('gem', 'build', '--silent', 'shop.gemspec', exception: true, err: '/dev/null')
        system('gem', 'install', '--silent', '--local', 'shop-1.0.gem', exception: true)
        puts IO.popen(['ruby', '-rshop', '-e', 'puts Shop::PRICE']).read
        File.write('Gemfile', "gem 'shop'\\n")
        puts IO.popen(['bundle', 'exec', 'ruby', '-e', 'require "shop"; puts Shop::PRICE + 1']).read
        """);
    assertThat(
            reg.in(project).run("run", "--rm", "-truby", "--", "ruby", "main.rb").succeeded().out())
        .endsWith("42\n43\n");
  }

  @Test
  void aWebServerAnswersOverTls() throws Exception {
    Path project = Fixture.project();
    int port = Server.freePort();
    Certificate.write(project);
    Files.writeString(
        project.resolve("web.rb"),
        """
        require 'webrick/https'
        server = WEBrick::HTTPServer.new(
          BindAddress: '127.0.0.1', Port: Integer(ENV['PORT']), SSLEnable: true,
          SSLCertificate: OpenSSL::X509::Certificate.new(File.read('cert.pem')),
          SSLPrivateKey: OpenSSL::PKey.read(File.read('key.pem')))
        server.mount_proc('/') { |request, response| response.body = "ü #{request.path}" }
        trap('TERM') { server.shutdown }
        server.start
        """);
    try (Server web =
        Server.start(
            reg.in(project), "web", "-truby", "-e", "PORT=" + port, "--", "ruby", "web.rb")) {
      assertThat(web.trusting(project.resolve("cert.pem")).get("https://localhost:" + port + "/x"))
          .isEqualTo("ü /x");
    }
  }
}
