package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Perl as its users know it. */
class PerlTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared("perl");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "properties of characters | use utf8; print join q(), grep { /\\p{Han}/ } split //, q(a漢b字); print charnames::viacode(0x263a) | 漢字WHITE SMILING FACE",
        "encodings | use Encode; print decode(q(shiftjis), qq(\\x82\\xa0)), decode(q(koi8-r), qq(\\xc1)) | あа",
        "collation | use utf8; use Unicode::Collate; print Unicode::Collate->new->sort(split //, q(bäa)) | aäb",
        "normal forms | use utf8; use Unicode::Normalize; print length NFD q(ü) | 2",
        "threads | use threads; use Thread::Queue; my $q = Thread::Queue->new; my $t = threads->create(sub { $q->enqueue(6 * $_[0]); 1 }, 7); print $t->join, $q->dequeue | 142",
        "json | use JSON::PP; print JSON::PP->new->canonical->encode(decode_json q({\"b\":[1],\"a\":null})) | {\"a\":null,\"b\":[1]}",
        "digests | use Digest::SHA; print Digest::SHA::sha1_hex(q()) | da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "archives | use IO::Compress::Gzip qw(gzip); use IO::Uncompress::Gunzip qw(gunzip); gzip \\q(text) => \\my $z; gunzip \\$z => \\my $t; print $t | text",
        "databases | use DB_File; tie my %h, q(DB_File), q(/tmp/db); $h{a} = 5; untie %h; tie %h, q(DB_File), q(/tmp/db); print $h{a} | 5",
        "numbers | use bigint; print 2 ** 80 | 1208925819614629174706176",
        "time | use POSIX; $ENV{TZ} = q(Asia/Tokyo); tzset; print strftime(q(%H %Z), localtime 0), setlocale(LC_ALL, q()) | 09 JSTC.UTF-8",
        "hosts and services | use Socket qw(getaddrinfo); print scalar(getservbyname(q(https), q(tcp))), (getaddrinfo(q(localhost)))[0] | 443",
        "diagnostics | use diagnostics; print length(q(x)) | 1",
        "child | system($^X, q(-le), q(print 6*7)) == 0 or die | 42",
      })
  void whatItsUsersTakeForGranted(String what, String program, String printed) {
    Reg.Result result =
        reg.run(
            "run",
            "--rm",
            "--no-project",
            "-tperl",
            "--",
            "perl",
            "-CSA",
            "-Mcharnames=:full",
            "-e",
            program);
    assertThat(result.err()).as(what).isEmpty();
    assertThat(result.out().strip()).isEqualTo(printed);
  }

  @Test
  void everyCoreModuleLoads() throws IOException {
    Path project = Fixture.project();
    Files.writeString(
        project.resolve("all.pl"),
        """
        use Module::CoreList;
        my %apart = map { $_ => 1 } # names in the list that are no modules, or need what perl itself does not have
            qw(ExtUtils::MakeMaker::version::regex ExtUtils::XSSymSet Pod::Functions::Functions Pod::Perldoc::ToTk
               Unicode XS::APItest XS::Typemap);
        my $other = qr/Win32|VMS|VMESA|OS2|MM_|Amiga|Epoc|mac|os390|QNX|cygwin|dos|aix|BeOS|UWIN|^unicore/i;
        my $tried = 0;
        for my $name (sort keys %{$Module::CoreList::version{$]}}) {
          next if $name =~ $other || $apart{$name} || $name =~ /^(Net::FTP::|if$|open$|sort$|filetest$)/;
          $tried++;
          (my $file = "$name.pm") =~ s{::}{/}g;
          defined(my $child = fork) or die;
          unless ($child) {
            open STDERR, '>', '/dev/null';
            exit(eval { local $SIG{__WARN__} = sub { }; require $file } ? 0 : print("$name: $@") && 1);
          }
          waitpid $child, 0;
        }
        print $tried > 500 ? "all\\n" : "only $tried\\n";
        """);
    assertThat(
            reg.in(project).run("run", "--rm", "-tperl", "--", "perl", "all.pl").succeeded().out())
        .isEqualTo("all\n");
  }

  @Test
  void tlsVerifiesItsPeer() throws Exception {
    Path project = Fixture.project();
    Certificate.write(project);
    Files.writeString(
        project.resolve("tls.pl"),
        """
        use strict;
        use IO::Socket::SSL;
        my $server = IO::Socket::SSL->new(
            LocalAddr => '127.0.0.1', Listen => 5, SSL_cert_file => 'cert.pem', SSL_key_file => 'key.pem')
            or die IO::Socket::SSL::errstr();
        my $port = $server->sockport;
        defined(my $child = fork) or die;
        unless ($child) {
          for (1, 2) {
            my $peer = $server->accept or next;
            print $peer uc <$peer>;
            close $peer;
          }
          exit;
        }
        for my $authorities (undef, 'cert.pem') {
          my $client = IO::Socket::SSL->new(
              PeerAddr => '127.0.0.1', PeerPort => $port, SSL_verifycn_name => 'localhost', SSL_hostname => 'localhost',
              $authorities ? (SSL_ca_file => $authorities) : ());
          if ($client) {
            print $client "hello\\n";
            print scalar(<$client>), $client->get_sslversion, "\\n";
          } else {
            print IO::Socket::SSL::errstr() =~ /verify failed/ ? "refused\\n" : "error\\n";
          }
        }
        waitpid $child, 0;
        """);
    assertThat(
            reg.in(project).run("run", "--rm", "-tperl", "--", "perl", "tls.pl").succeeded().out())
        .isEqualTo("refused\nHELLO\nTLSv1_3\n");
  }
}
