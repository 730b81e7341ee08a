package dev.reg.engine.completion;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** For fish 3 and later. */
final class FishScript {
  private static final String WALK =
      """
      # Whether this command was typed so far; and whether its options may follow, or its first operand, or another one.
      function __reg_at
          set -l path
          set -l skip
          set -l literal
          set -l operand first
          for word in (commandline -opc)[2..-1]
              if test -n "$skip"
                  set skip
              else if test -n "$literal"
                  set operand rest
              else if test "$word" = --
                  set literal yes
              else if string match -qr -- '^-' "$word"
                  if contains -- "$path:$word" $__reg_valued
                      set skip yes
                  end
              else if contains -- (string trim "$path $word") $__reg_paths
                  set path (string trim "$path $word")
              else
                  set operand rest
                  if contains -- "$path" $__reg_stops
                      set literal yes
                  end
              end
          end
          test "$path" = "$argv[1]"; or return
          switch "$argv[2]"
              case option
                  test -z "$literal"
              case first rest
                  test "$operand" = "$argv[2]"
          end
      end

      function __reg_names
          set -l words (commandline -opc)
          set -l program $words[1]
          if test "$words[2]" = --root; and set -q words[3]
              set program $program --root $words[3]
          end
          command $program __complete $argv[1] </dev/null 2>/dev/null
      end

      # Containers, each with the colon that a path follows, and files: fish itself would look for them behind the colon, too.
      function __reg_places
          set -l word (commandline -ct)
          if string match -q -- '*:*' "$word"; and not string match -qr -- '^[./]' "$word"
              return
          end
          __reg_names containers | string replace -r '$' ':'
          __fish_complete_path "$word"
      end

      complete -c reg -f
      complete -c reg -n '__reg_at "" option' -l root -x -a '(__fish_complete_directories)' -d 'Keep everything under a directory.'
      """;

  private FishScript() {}

  static String of(List<Verb> verbs) {
    StringBuilder text =
        new StringBuilder("# fish completion for reg, made by 'reg completion fish'\n\n");
    text.append("set -g __reg_paths");
    verbs.forEach(verb -> verb.paths().forEach(path -> text.append(' ').append(quoted(path))));
    text.append("\nset -g __reg_valued ':--root'");
    for (Verb verb : verbs) {
      for (Verb.Option option : verb.options()) {
        for (String path : option.takesValue() ? verb.paths() : List.<String>of()) {
          option.names().forEach(name -> text.append(' ').append(quoted(path + ":" + name)));
        }
      }
    }
    text.append("\nset -g __reg_stops");
    verbs.stream()
        .filter(Verb::stops)
        .forEach(verb -> verb.paths().forEach(path -> text.append(' ').append(quoted(path))));
    text.append("\n\n").append(WALK).append('\n');
    for (Verb verb : verbs) {
      for (String path : verb.paths()) {
        lines(text, verb, path);
      }
    }
    return text.toString();
  }

  private static void lines(StringBuilder text, Verb verb, String path) {
    for (Verb.Word command : verb.commands()) {
      text.append(at(path, "first")).append(" -a ").append(quoted(command.name()));
      text.append(" -d ").append(quoted(command.description())).append('\n');
    }
    for (Verb.Option option : verb.options()) {
      text.append(at(path, "option"));
      for (String name : option.names()) {
        text.append(
            name.startsWith("--") ? " -l " + name.substring(2) : " -s " + name.substring(1));
      }
      if (option.takesValue()) {
        boolean files = option.values().kind().equals(Values.FILES);
        text.append(files ? " -r" : " -x").append(offer(option.values()));
      }
      text.append(" -d ").append(quoted(option.description())).append('\n');
    }
    operand(text, at(path, "first"), verb.operand());
    operand(text, at(path, "rest"), verb.rest());
  }

  private static void operand(StringBuilder text, String start, Values values) {
    String offer = offer(values);
    if (!offer.isEmpty()) {
      text.append(start).append(offer).append('\n');
    }
  }

  private static String at(String path, String what) {
    return "complete -c reg -n " + quoted("__reg_at \"" + path + "\" " + what);
  }

  private static String offer(Values values) {
    List<String> what = new ArrayList<>();
    switch (values.kind()) {
      case Values.CONTAINERS, Values.TEMPLATES -> what.add("(__reg_names " + values.kind() + ")");
      case Values.DIRECTORIES -> what.add("(__fish_complete_directories)");
      case Values.WORDS -> what.addAll(values.words());
      case Values.PLACES -> {
        return " -a '(__reg_places)'";
      }
      case Values.FILES -> {
        return " -F";
      }
      default -> {
        return "";
      }
    }
    return " -a " + what.stream().collect(Collectors.joining(" ", "'", "'"));
  }

  /** Within single quotes fish knows the backslash. */
  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
