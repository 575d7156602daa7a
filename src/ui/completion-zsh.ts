/** The completion script for zsh. */
import type { CompletedVerb } from './completion-model.js';
import { completionTables, repositoryNamePattern } from './completion-tables.js';

/** Returns the script: a file `_oxen` in `fpath`, or to be sourced after `compinit`. */
export function zshCompletion(verbs: readonly CompletedVerb[]): string {
  return `#compdef oxen
# Completion of oxen for zsh, made by \`oxen completion zsh\`.

${completionTables(verbs, true)}
# Offers what comes from the source $1.
_oxen_offer() {
  case "$1" in
    'choices '*) compadd -- \${=1#choices } ;;
    ${repositoryNamePattern}) compadd -- \${(f)"$(oxen __complete "$1" "$PREFIX" 2>/dev/null)"} ;;
    file) _files ;;
    directory) _files -/ ;;
  esac
}

_oxen() {
  local verb='' place=0 source='' word i
  local -a known
  for ((i = 2; i < CURRENT; i++)); do
    word=\${words[i]}
    known=(\${(f)"$(_oxen_next "$verb")"})
    if [[ -n $source ]]; then
      source=''
    elif [[ $word == -* ]]; then
      source=$(_oxen_flag_value "$verb" "$word")
    elif [[ $place == 0 && -n \${known[(r)\${(b)word}:*]} ]]; then
      verb="\${verb:+$verb }$word"
    else
      place=$((place + 1))
    fi
  done
  if [[ -n $source ]]; then
    _oxen_offer "$source"
  elif [[ $PREFIX == -* ]]; then
    known=(\${(f)"$(_oxen_flags "$verb")"})
    _describe -o flag known
  else
    known=(\${(f)"$(_oxen_next "$verb")"})
    [[ $place == 0 && \${#known} -gt 0 ]] && _describe command known
    _oxen_offer "$(_oxen_argument "$verb" "$place")"
  fi
}

if [[ \${funcstack[1]} == _oxen ]]; then
  _oxen "$@"
else
  compdef _oxen oxen
fi
`;
}
