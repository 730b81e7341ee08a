package dev.reg.engine.completion;

import java.util.List;
import java.util.stream.Collectors;

/** For bash 4 and later, with or without the package bash-completion. */
final class BashScript {
  private static final String WALK =
      """
      # At the end of a value's '=', of which bash makes words of their own, only the value is completed.
      _reg_offer() {
          local cur=$1
          shift
          case $1 in
              words)
                  shift
                  COMPREPLY=($(compgen -W "$*" -- "$head$cur"))
                  COMPREPLY=("${COMPREPLY[@]#"$head"}")
                  [[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace
                  ;;
              containers | templates)
                  COMPREPLY=($(compgen -W "$(command "${program[@]}" __complete "$1" </dev/null 2>/dev/null)" -- "$cur"))
                  if [ "$1" = templates ] && [[ $cur == [./]* ]]; then
                      compopt -o filenames
                      COMPREPLY=($(compgen -f -- "$cur"))
                  fi
                  ;;
              places)
                  # What is in a container is not known here. Readline would quote a colon of filenames.
                  [[ $cur != : && ${COMP_WORDS[COMP_CWORD - 1]} != : ]] || return
                  [[ $cur == [./]* ]] ||
                      COMPREPLY=($(compgen -W "$(command "${program[@]}" __complete containers </dev/null 2>/dev/null)" -S : -- "$cur"))
                  if [ ${#COMPREPLY[@]} -gt 0 ]; then
                      compopt -o nospace
                  else
                      compopt -o filenames
                  fi
                  local IFS=$'\\n'
                  COMPREPLY+=($(compgen -f -- "$cur"))
                  ;;
              directories)
                  compopt -o filenames
                  local IFS=$'\\n'
                  COMPREPLY=($(compgen -d -- "$cur"))
                  ;;
              files)
                  compopt -o filenames
                  local IFS=$'\\n'
                  COMPREPLY=($(compgen -f -- "$cur"))
                  ;;
          esac
      }

      _reg() {
          local IFS=$' \\t\\n' path= last= i word commands options operand rest stops kind cur=${COMP_WORDS[COMP_CWORD]}
          local -a program=("${COMP_WORDS[0]}")
          local literal= head=
          COMPREPLY=()
          [ "$cur" != = ] || cur=
          _reg_table ''
          for ((i = 1; i < COMP_CWORD; i++)); do
              word=${COMP_WORDS[i]}
              if [ -n "$last" ]; then
                  # The value of the option before, or the '=' in front of it.
                  [ "$word" = = ] && continue
                  [ "$last" = --root ] && [ -z "$path" ] && program+=(--root "$word")
                  # A word of a list that has '=' in it goes on behind that.
                  _reg_kind "$path" "$last"
                  if [[ $kind == *=* ]] && [ $((i + 1)) -le "$COMP_CWORD" ] && [ "${COMP_WORDS[i + 1]}" = = ]; then
                      head=$word=
                      i=$((i + 1))
                  else
                      last= head=
                  fi
              elif [ -n "$literal" ]; then
                  operand=$rest
              elif [ "$word" = -- ]; then
                  literal=yes
              elif [[ $word == -* ]]; then
                  _reg_kind "$path" "$word"
                  [ "$kind" = none ] || last=$word
              elif [[ " $commands " == *" $word "* ]]; then
                  path=${path:+$path }$word
                  _reg_table "$path"
              else
                  operand=$rest literal=$stops
              fi
          done
          if [ -n "$last" ]; then
              _reg_kind "$path" "$last"
              _reg_offer "$cur" $kind
          elif [ -z "$literal" ] && [[ $cur == -* ]]; then
              COMPREPLY=($(compgen -W "$options" -- "$cur"))
          elif [ -n "$commands" ]; then
              COMPREPLY=($(compgen -W "$commands" -- "$cur"))
          else
              _reg_offer "$cur" $operand
          fi
      }

      complete -F _reg reg
      """;

  private BashScript() {}

  static String of(List<Verb> verbs) {
    StringBuilder text =
        new StringBuilder("# bash completion for reg, made by 'reg completion bash'\n\n");
    text.append(
        "_reg_table() {\n    commands= options= operand=none rest=none stops=\n    case $1 in\n");
    for (Verb verb : verbs) {
      text.append("        ").append(Completion.pattern(verb.paths())).append(")\n");
      text.append("            commands=").append(commands(verb)).append('\n');
      text.append("            options=").append(options(verb)).append('\n');
      Completion.appendOperands(text, verb);
      text.append("            ;;\n");
    }
    text.append("    esac\n}\n\n");
    Completion.appendKinds(text, verbs, "");
    return text.append(WALK).toString();
  }

  private static String commands(Verb verb) {
    return Completion.quoted(
        verb.commands().stream().map(Verb.Word::name).collect(Collectors.joining(" ")));
  }

  private static String options(Verb verb) {
    String root = verb.paths().contains("") ? " --root" : "";
    return Completion.quoted(
        verb.options().stream()
                .flatMap(option -> option.names().stream())
                .collect(Collectors.joining(" "))
            + root);
  }
}
