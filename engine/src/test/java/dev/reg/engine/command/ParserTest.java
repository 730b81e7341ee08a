package dev.reg.engine.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import dev.reg.template.Words;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParserTest {
  private final Parser parser = new Parser();

  private Arguments parse(String line) throws Exception {
    return parser.parse(Words.split(line));
  }

  /** {@code command {--option=[values]} [operands]}. */
  private static String shown(Arguments arguments) {
    Map<String, List<String>> options = new TreeMap<>(arguments.options());
    return arguments.command() + " " + options + " " + arguments.operands();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      quoteCharacter = '¤',
      value = {
        // The contract, option by option: short, long, with = and without.
        "run -t a --template b -t=c --template=d -te → run {--template=[a, b, c, d, e]} []",
        "run -c 'a b' → run {--command=[a b]} []",
        "run --command='a b' → run {--command=[a b]} []",
        "run -d → run {--detach=[]} []",
        "run --detach --rm → run {--detach=[], --rm=[]} []",
        "run --name n → run {--name=[n]} []",
        "run -e K=V -eL=W --env=M=X --env N= -e O → run {--env=[K=V, L=W, M=X, N=, O]} []",
        "run -v ./a:/b:ro --volume /c:/d → run {--volume=[./a:/b:ro, /c:/d]} []",
        "run -w /x → run {--workdir=[/x]} []",
        "run -u 1:2 → run {--user=[1:2]} []",
        "run -i --interactive → run {--interactive=[]} []",
        "run --hostname h --read-only → run {--hostname=[h], --read-only=[]} []",
        "run --tmpfs /t --tmpfs /u → run {--tmpfs=[/t, /u]} []",
        "run --project . --project-mode copy → run {--project=[.], --project-mode=[copy]} []",
        "run --no-project --no-init → run {--no-init=[], --no-project=[]} []",
        "run --stop-signal INT → run {--stop-signal=[INT]} []",
        "generate -t a --name n x → generate {--name=[n], --template=[a]} [x]",
        "create -t a x → generate {--template=[a]} [x]",
        "start a b → start {} [a, b]",
        "stop -t 3 a → stop {--time=[3]} [a]",
        "stop a --time=3 → stop {--time=[3]} [a]",
        "kill -s INT a → kill {--signal=[INT]} [a]",
        "kill --signal=2 a → kill {--signal=[2]} [a]",
        "remove -f --purge a → remove {--force=[], --purge=[]} [a]",
        "rm --force a → remove {--force=[]} [a]",
        "ps → ps {} []",
        "ps -aq → ps {--all=[], --quiet=[]} []",
        "ps --all --quiet --format json → ps {--all=[], --format=[json], --quiet=[]} []",
        "inspect --verify a --format=json → inspect {--format=[json], --verify=[]} [a]",
        "logs -f -n 5 a → logs {--follow=[], --tail=[5]} [a]",
        "logs a --follow --tail=5 → logs {--follow=[], --tail=[5]} [a]",
        "wait a b → wait {} [a, b]",
        "template ls -q --format json → template ls {--format=[json], --quiet=[]} []",
        "template show a@1 → template show {} [a@1]",
        "template build ./f.yaml → template build {} [./f.yaml]",
        "template remove a b → template remove {} [a, b]",
        "template rm a → template remove {} [a]",
        "info --format json → info {--format=[json]} []",
        "version → version {} []",
        "engine run → engine run {} []",
        "engine start → engine start {} []",
        "engine stop → engine stop {} []",
        "engine status → engine status {} []",
        // Flags together, the last one with a value.
        "run -dit a x → run {--detach=[], --interactive=[], --template=[a]} [x]",
        "run -dta x → run {--detach=[], --template=[a]} [x]",
        // From the command on, all words are the command's.
        "run -t a x -t b --rm → run {--template=[a]} [x, -t, b, --rm]",
        "run -t a x -- -c y → run {--template=[a]} [x, --, -c, y]",
        "run -t a -- -x -- y → run {--template=[a]} [-x, --, y]",
        "run -t a -- → run {--template=[a]} []",
        "run -- --help → run {} [--help]",
        "run ls --help → run {} [ls, --help]",
        "run x '' ' ' → run {} [x, ,  ]",
        "run - → run {} [-]",
        // A value is a value, whatever it looks like.
        "run -c --rm → run {--command=[--rm]} []",
        "run -e -x=1 → run {--env=[-x=1]} []",
        "run --name='' → run {--name=[]} []",
        "run -c '\"a b\"' → run {--command=[\"a b\"]} []",
        "run -c '${sys:user.home} @/etc/passwd' → "
            + "run {--command=[${sys:user.home} @/etc/passwd]} []",
        "run @/etc/passwd '${env:HOME}' \"'q'\" → run {} [@/etc/passwd, ${env:HOME}, 'q']",
        "ps --format '' → ps {--format=[]} []",
        "remove -- -odd → remove {} [-odd]",
        // Said twice, it is meant once: people put flags into aliases.
        "run --rm -d --rm -dd x → run {--detach=[], --rm=[]} [x]",
        "run --name a --name b x → run {--name=[a, b]} [x]",
      })
  void wordsBecomeArguments(String line, String arguments) throws Exception {
    Arguments parsed = parse(line);
    assertThat(shown(parsed)).isEqualTo(arguments);
    assertThat(parsed.help()).isNull();
    assertThat(parse(line)).as("from memory").isEqualTo(parsed);
  }

  @Test
  void anEmptyValueIsAValue() throws Exception {
    assertThat(parse("run --name= x").one(Grammar.NAME)).isEmpty();
    assertThat(parse("run -c '' ").one(Grammar.COMMAND)).isEmpty();
  }

  @Test
  void whatEveryProgramIsAskedIsAnswered() throws Exception {
    assertThat(shown(parse("--version"))).isEqualTo("version {} []");
    assertThat(parse("help").help()).isEqualTo(parse("--help").help());
    assertThat(parse("help run").help()).startsWith("Usage: reg run ");
    assertThat(parse("help template build").help()).startsWith("Usage: reg template build ");
  }

  @Test
  void theLastOfSeveralValuesCounts() throws Exception {
    Arguments parsed = parse("run --name a --name b x");
    assertThat(parsed.one(Grammar.NAME)).isEqualTo("b");
    assertThat(parsed.all(Grammar.NAME)).containsExactly("a", "b");
    assertThat(parsed.one(Grammar.USER)).isNull();
    assertThat(parsed.one(Grammar.USER, "0:0")).isEqualTo("0:0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '→',
      value = {
        "rnu → unknown command 'rnu'; did you mean run or rm?; see reg --help",
        "removee x → unknown command 'removee'; did you mean remove?; see reg --help",
        "frobnicate → unknown command 'frobnicate'; see reg --help",
        "--nonsense → unknown option '--nonsense'; see reg --help",
        "template → ",
        "template lst → template: unknown command 'lst'; did you mean ls?; see reg template --help",
        "engine restart → engine: unknown command 'restart'; did you mean start?; "
            + "see reg engine --help",
        "run --detatch x → run: unknown option '--detatch'; did you mean --detach?; "
            + "see reg run --help",
        "run -x → run: unknown option '-x'; see reg run --help",
        "run -dx → run: unknown option '-x'; see reg run --help",
        "run --det x → run: unknown option '--det'; did you mean --detach?; see reg run --help",
        "run --detach=yes x → run: option '--detach' should be specified without 'yes' parameter; "
            + "see reg run --help",
        "run -c -- x → run: --command wants LINE; see reg run --help",
        "run -it -- sh → run: --template wants NAME[@VERSION]; a terminal the program has by"
            + " itself, --tty gives one by hand; see reg run --help",
        "run -t → run: --template wants NAME[@VERSION]; a terminal the program has by itself,"
            + " --tty gives one by hand; see reg run --help",
        "run -it -t a → run: --template wants NAME[@VERSION], not '-t'; a terminal the program has"
            + " by itself, --tty gives one by hand",
        "images → unknown command 'images': reg template ls lists templates; see reg --help",
        "run -p 80:80 a → run: unknown option '-p': containers use the host's network: what"
            + " listens is there; see reg run --help",
        "run --network=host a → run: unknown option '--network=host': containers use the host's"
            + " network: what listens is there; see reg run --help",
        "ps x → ps: one word too many: 'x'; see reg ps --help",
        "diff --time 3 → diff: unknown option '--time'; see reg diff --help",
        "stop → stop: Missing required parameter: 'CONTAINER'; see reg stop --help",
        "logs → logs: Missing required parameter: 'CONTAINER'; see reg logs --help",
        "logs a b → logs: one word too many: 'b'; see reg logs --help",
        "template show → template show: Missing required parameter: 'NAME[@VERSION]'; "
            + "see reg template show --help",
        "template build → template build: Missing required parameter: 'RECIPE|FILE|PACKAGE'; "
            + "see reg template build --help",
      })
  void aMistakeIsOneLine(String line, String message) throws Exception {
    if (message == null) {
      assertThat(parse(line).help()).startsWith("Usage: reg " + line);
      return;
    }
    assertThatThrownBy(() -> parse(line))
        .isInstanceOfSatisfying(
            RegException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "--help",
        "-h",
        "run --help",
        "run -d -h",
        "run --bogus --help",
        "template",
        "template ls -h",
        "stop --help",
        "engine"
      })
  void helpIsAskedForInManyWays(String line) throws Exception {
    assertThat(parse(line).help()).startsWith("Usage: reg");
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "10, 10", "3600, 3600"})
  void numbersAreRead(String text, int number) throws Exception {
    assertThat(parse("stop -t " + text + " x").number(Grammar.TIME, 0, 3600, 10)).isEqualTo(number);
  }

  @ParameterizedTest
  @ValueSource(strings = {"''", "-1", "3601", "1.5", "ten", "0x10", "99999999999"})
  void numbersOutOfRangeAreSaidWithTheRange(String text) throws Exception {
    Arguments arguments = parse("stop -t " + text + " x");
    assertThatThrownBy(() -> arguments.number(Grammar.TIME, 0, 3600, 10))
        .isInstanceOf(RegException.class)
        .hasMessage(
            "stop: --time wants a number from 0 to 3600, not '" + text.replace("'", "") + "'");
  }

  @Test
  void severalThreadsParseDifferentLinesAtOnce() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      List<Future<String>> parsed =
          IntStream.range(0, 400)
              .mapToObj(i -> threads.submit(() -> shown(parse("run -e N=" + i + " -d c" + i))))
              .toList();
      for (int i = 0; i < parsed.size(); i++) {
        assertThat(parsed.get(i).get())
            .isEqualTo("run {--detach=[], --env=[N=" + i + "]} [c" + i + "]");
      }
    }
  }
}
