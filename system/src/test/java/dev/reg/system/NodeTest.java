package dev.reg.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Node.js as its users know it, and npm. */
class NodeTest {
  @SuppressWarnings("NullAway.Init")
  private static Reg reg;

  @BeforeAll
  static void engine() throws IOException {
    reg = Fixture.shared("nodejs");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "months | new Intl.DateTimeFormat('de', {month: 'long'}).format(new Date(2026, 2, 1)) | März",
        "numbers | new Intl.NumberFormat('hi-IN-u-nu-deva').format(1234.5) | १,२३४.५",
        "collation | ['z', 'ä', 'a'].sort(new Intl.Collator('sv').compare).join('') | azä",
        "zones | new Date('2026-07-01T00:00Z').toLocaleTimeString('en-GB', {timeZone: 'Asia/Tokyo'}) | 09:00:00",
        "encodings | new TextDecoder('shift_jis').decode(Buffer.from([0x82, 0xa0])) | あ",
        "authorities | require('tls').rootCertificates.length > 100 | true",
        "digests | require('crypto').getHashes().every(h => { try { return require('crypto').createHash(h) } catch (e) { return /unsupported/.test(e) } }) | true",
        "keys | require('crypto').generateKeyPairSync('ed25519').publicKey.asymmetricKeyType | ed25519",
        "passwords | require('crypto').scryptSync('a', 'b', 8).length | 8",
        "compression | ['gzip', 'deflate', 'brotliCompress'].map(c => require('zlib')[c + 'Sync']('x').length > 0).join() | true,true,true",
        "child | require('child_process').execFileSync(process.execPath, ['-p', '6*7']).toString().trim() | 42",
        "user | require('os').userInfo().username | root",
        "services | typeof fetch + typeof structuredClone + typeof WebAssembly | functionfunctionobject",
        "file names | (require('fs').writeFileSync('/tmp/ü☃', ''), require('fs').readdirSync('/tmp').join()) | ü☃",
      })
  void whatItsUsersTakeForGranted(String what, String expression, String printed) {
    Reg.Result result =
        reg.run("run", "--rm", "--no-project", "-t", "nodejs", "--", "node", "-p", expression);
    assertThat(result.err()).as(what).isEmpty();
    assertThat(result.out()).isEqualTo(printed + "\n");
  }

  /** Without a zone of its own ICU would look for it in every file of zones. */
  @Test
  void nothingOfItsPackagesIsOpenedThatItLacks() {
    String program = "require('tls'); console.log(new Intl.DateTimeFormat('de').format(0))";
    Reg.Result result =
        reg.run("trace", "--strict", "-tnodejs", "--no-project", "node", "-e", program);
    assertThat(result.succeeded().err())
        .containsPattern("trace: opened [0-9]{1,2} of [0-9]+ files of nodejs@[0-9.]+, 0 outside\n");
  }

  @Test
  void allThatHappensLaterHappens() throws IOException {
    Path project = Fixture.project();
    Files.writeString(project.resolve("old.cjs"), "exports.one = 41;\n");
    Files.writeString(
        project.resolve("main.mjs"),
        """
        import { watch, writeFileSync } from 'node:fs';
        import { lookup } from 'node:dns/promises';
        import { setTimeout } from 'node:timers/promises';
        import { Worker } from 'node:worker_threads';
        import { one } from './old.cjs';

        const said = (who, event) => new Promise(done => who.once(event, (...all) => done(all)));
        console.log('imported', one + 1);
        console.log('required', (await import('./old.cjs')).default.one);
        const work = "const { parentPort: p } = require('worker_threads'); p.on('message', m => { p.postMessage(m * 2); p.close() })";
        const worker = new Worker(work, { eval: true });
        worker.postMessage(21);
        console.log('worker', ...await said(worker, 'message'));
        const watcher = watch('/tmp');
        const change = said(watcher, 'change');
        writeFileSync('/tmp/new', 'x');
        console.log('watched', (await change)[1]);
        watcher.close();
        console.log('found', (await lookup('localhost')).address);
        const endless = new Worker('for (;;);', { eval: true });
        await said(endless, 'online');
        console.log('terminated', await endless.terminate());
        await setTimeout(1);
        """);
    Reg.Result result = reg.in(project).run("run", "--rm", "-tnodejs", "--", "node", "main.mjs");
    assertThat(result.succeeded().lines())
        .containsExactly(
            "imported 42",
            "required 41",
            "worker 42",
            "watched new",
            "found 127.0.0.1",
            "terminated 1");
  }

  @Test
  void tlsVerifiesItsPeer() throws Exception {
    Path project = Fixture.project();
    Certificate.write(project);
    Files.writeString(
        project.resolve("tls.js"),
        """
        const fs = require('fs'), https = require('https');
        const cert = fs.readFileSync('cert.pem');
        const server = https.createServer({ cert, key: fs.readFileSync('key.pem') },
            (request, response) => response.end(request.url));
        server.listen(0, 'localhost', async () => {
          const url = `https://localhost:${server.address().port}/hello`;
          for (const ca of [undefined, cert]) {
            await new Promise(done => https.get(url, { ca, agent: false }, response =>
                response.on('data', text => console.log(`${text}`, response.socket.getProtocol())).on('end', done))
              .on('error', e => done(console.log(e.code))));
          }
          await fetch(url).catch(e => console.log(e.cause.code));
          server.close();
        });
        """);
    Reg.Result result = reg.in(project).run("run", "--rm", "-tnodejs", "-c", "node tls.js");
    assertThat(result.succeeded().lines())
        .containsExactly(
            "DEPTH_ZERO_SELF_SIGNED_CERT", "/hello TLSv1.3", "DEPTH_ZERO_SELF_SIGNED_CERT");
  }

  @Test
  void withoutACommandItReadsItsInput() {
    assertThat(
            reg.runWithInput("console.log(6 * 7)\n", "run", "--rm", "-tnodejs").succeeded().out())
        .isEqualTo("42\n");
    String session =
        reg.runWithInput("1+2\nawait 5\n.exit\n", "run", "--rm", "-tnodejs", "--", "node", "-i")
            .succeeded()
            .out();
    assertThat(session).startsWith("Welcome to Node.js").contains("> 3\n", "> 5\n");
  }

  @Test
  void npmIsOnlyThereWhenAskedFor() throws IOException {
    assertThat(reg.run("run", "--rm", "-tnodejs", "--", "npm", "--version").code()).isEqualTo(127);
    Fixture.shared("nodejs-npm");
    Path project = Fixture.project();
    Files.writeString(
        project.resolve("all.sh"),
        """
        set -e
        mkdir lib app
        cd lib
        npm init -y >&2
        echo 'module.exports = 42' >index.js
        npm pack
        cd ../app
        npm init -y >&2
        npm install ../lib/lib-1.0.0.tgz >&2
        node -p 'require("lib")'
        npm pkg set scripts.hello='echo run by $npm_lifecycle_event'
        npm run -s hello
        npx -c 'echo by npx'
        npm ls --parseable
        """);
    Reg.Result result = reg.in(project).run("run", "--rm", "-tnodejs-npm", "-c", "sh all.sh");
    assertThat(result.succeeded().lines())
        .containsExactly(
            "lib-1.0.0.tgz",
            "42",
            "run by hello",
            "by npx",
            "/app/app",
            "/app/app/node_modules/lib");
  }

  /** Its scripts are run by env, that looks for node: others have both. */
  @Test
  void npmHasNothingOfItsOwnThatNodeBrings() throws IOException {
    Fixture.shared("nodejs-npm");
    String files = reg.run("template", "show", "nodejs-npm").succeeded().out();
    assertThat(files)
        .contains("/usr/share/nodejs/npm/bin/npm-cli.js")
        .doesNotContain("/usr/bin/node,", "/usr/bin/env,", "libnode", "libs:");
    assertThat(bytes("nodejs-npm")).isLessThan(bytes("nodejs") / 4);
    assertThat(reg.run("template", "why", "nodejs-npm", "/usr/bin/node").succeeded().out())
        .startsWith("nodejs@")
        .contains("  /usr/bin/node ")
        .doesNotContain("nodejs-npm");
    assertThat(reg.run("template", "why", "nodejs-npm", "/usr/bin/env").succeeded().out())
        .startsWith("coreutils@");
    assertThat(reg.run("template", "verify", "nodejs-npm").succeeded().out())
        .contains(": complete (loader; declared loader)");
    String bill = reg.run("template", "sbom", "nodejs-npm").succeeded().out();
    JsonNode packages = new JsonMapper().readTree(bill).get("packages");
    assertThat(packages.valueStream().map(each -> each.get("name").asString()))
        .contains("npm")
        .filteredOn(name -> name.startsWith("libnode"))
        .as("what it requires is in the bill, too, and once")
        .hasSize(1);
  }

  private static long bytes(String template) throws IOException {
    String json = reg.run("template", "show", "--format", "json", template).succeeded().out();
    return new JsonMapper().readTree(json).get("bytes").asLong();
  }

  /** Each command's module needs some of the many that npm comes with. */
  @Test
  void npmHasAllModulesOfItsCommands() throws IOException {
    Fixture.shared("nodejs-npm");
    String program =
        """
        const fs = require('fs'), top = '/usr/share/nodejs/npm/lib/';
        for (const folder of ['commands/', 'utils/', ''])
          for (const name of fs.readdirSync(top + folder).filter(n => n.endsWith('.js') && n !== 'cli.js'))
            try { require(top + folder + name) } catch (e) { console.log(name, e.message.split('\\n')[0]) }
        console.log('all');
        """;
    Reg.Result result = reg.run("run", "--rm", "-tnodejs-npm", "--", "node", "-e", program);
    // npm notices that it was not used, and says so with the exit code.
    assertThat(result.out()).isEqualTo("all\n");
  }
}
