package dev.reg.engine.completion;

import java.util.List;

/** For zsh with its completion system; a file named {@code _reg} in a directory of fpath. */
final class ZshScript {
  private static final String WALK =
      """
      _reg_offer() {
          case $1 in
              words) shift; compadd -- ${@:#*=}; compadd -S '' -- ${(M)@:#*=} ;;
              containers | templates)
                  local -a names
                  names=(${(f)"$(command $program __complete $1 </dev/null 2>/dev/null)"})
                  compadd -- $names
                  [[ $1 != templates || $PREFIX != [./]* ]] || _files
                  ;;
              places)
                  if [[ $PREFIX != *:* && $PREFIX != [./]* ]]; then
                      local -a names
                      names=(${(f)"$(command $program __complete containers </dev/null 2>/dev/null)"})
                      compadd -S : -- $names
                  fi
                  [[ $PREFIX == *:* && $PREFIX != [./]* ]] || _files
                  ;;
              directories) _files -/ ;;
              files) _files ;;
          esac
      }

      _reg() {
          local pos= last= literal= word kind operand rest stops i
          local -a commands options program
          program=($words[1])
          _reg_table ''
          for ((i = 2; i < CURRENT; i++)); do
              word=$words[i]
              if [[ -n $last ]]; then
                  [[ $last == --root && -z $pos ]] && program+=(--root $word)
                  last=
              elif [[ -n $literal ]]; then
                  operand=$rest
              elif [[ $word == -- ]]; then
                  literal=yes
              elif [[ $word == --*=* ]]; then
                  :
              elif [[ $word == -* ]]; then
                  _reg_kind "$pos" "$word"
                  [[ $kind == none ]] || last=$word
              elif (( ${commands[(I)$word:*]} )); then
                  pos=${pos:+$pos }$word
                  _reg_table "$pos"
              else
                  operand=$rest literal=$stops
              fi
          done
          if [[ -n $last ]]; then
              _reg_kind "$pos" "$last"
              _reg_offer ${=kind}
          elif [[ -z $literal && $PREFIX == --*=* ]]; then
              _reg_kind "$pos" "${PREFIX%%=*}"
              compset -P 1 '*='
              _reg_offer ${=kind}
          elif [[ -z $literal && $PREFIX == -* ]]; then
              _describe option options
          elif (( $#commands )); then
              _describe command commands
          else
              _reg_offer ${=operand}
          fi
      }

      if [[ $funcstack[1] == _reg ]]; then
          _reg "$@"
      else
          compdef _reg reg
      fi
      """;

  private ZshScript() {}

  static String of(List<Verb> verbs) {
    StringBuilder text =
        new StringBuilder(
            "#compdef reg\n# zsh completion for reg, made by 'reg completion zsh'\n\n");
    text.append(
        "_reg_table() {\n    commands=() options=() operand=none rest=none stops=\n    case $1 in\n");
    for (Verb verb : verbs) {
      text.append("        (").append(Completion.pattern(verb.paths())).append(")\n");
      text.append("            commands=(");
      verb.commands().forEach(word -> described(text, word.name(), word.description()));
      text.append(")\n            options=(");
      for (Verb.Option option : verb.options()) {
        option.names().forEach(name -> described(text, name, option.description()));
      }
      if (verb.paths().contains("")) {
        described(text, "--root", "Keep everything under a directory.");
      }
      text.append(")\n");
      Completion.appendOperands(text, verb);
      text.append("            ;;\n");
    }
    text.append("    esac\n}\n\n");
    Completion.appendKinds(text, verbs, "(");
    return text.append(WALK).toString();
  }

  /** A colon ends the word. */
  private static void described(StringBuilder text, String word, String description) {
    text.append("\n                ");
    text.append(Completion.quoted(word.replace(":", "\\:") + ":" + description));
  }
}
