/** The completion script for bash. */
import type { CompletedVerb } from './completion-model.js';
import { completionTables, repositoryNamePattern } from './completion-tables.js';

/** Returns the script; it is to be sourced. */
export function bashCompletion(verbs: readonly CompletedVerb[]): string {
  return `# Completion of oxen for bash, made by \`oxen completion bash\`.

${completionTables(verbs, false)}
# Offers what comes from the source $1 and begins with $2.
_oxen_offer() {
  case "$1" in
    'choices '*) COMPREPLY=($(compgen -W "\${1#choices }" -- "$2")) ;;
    ${repositoryNamePattern}) mapfile -t COMPREPLY < <(oxen __complete "$1" "$2" 2>/dev/null) ;;
    file) compopt -o default ;;
    directory) compopt -o dirnames ;;
  esac
}

_oxen() {
  local cur=\${COMP_WORDS[COMP_CWORD]} verb='' place=0 source='' word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $source ]]; then
      source=''
    elif [[ $word == -* ]]; then
      source=$(_oxen_flag_value "$verb" "$word")
    elif [[ $place == 0 && " $(_oxen_next "$verb") " == *" $word "* ]]; then
      verb="\${verb:+$verb }$word"
    else
      place=$((place + 1))
    fi
  done
  if [[ -n $source ]]; then
    _oxen_offer "$source" "$cur"
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(_oxen_flags "$verb")" -- "$cur"))
  else
    [[ $place == 0 ]] && COMPREPLY=($(compgen -W "$(_oxen_next "$verb")" -- "$cur"))
    [[ \${#COMPREPLY[@]} == 0 ]] && _oxen_offer "$(_oxen_argument "$verb" "$place")" "$cur"
  fi
  return 0
}

complete -F _oxen oxen
`;
}
