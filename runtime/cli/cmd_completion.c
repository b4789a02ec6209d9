/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_completion: the scripts of the shells. They know nothing of renew: each asks
 * `renew __complete -- WORD...` (complete.c), which reads the program's own tables, so that no script
 * is ever older than the program.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/cli/cli.h"

/* What __complete prints: "word<TAB>description" lines, and :files or :folders. */
static const char bash_script[] =
    "# bash completion of renew; written by `renew completion bash`\n"
    "_renew() {\n"
    "  local words=() found=() said=() count=0 glued= paths= line word i cur cut= strip=\n"
    "  local raw=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]/#\\~/$HOME}\n"
    "  for ((i = 1; i <= COMP_CWORD; i++)); do\n"
    "    word=${COMP_WORDS[i]}\n"
    "    # bash takes --as=md apart\n"
    "    if [[ $word == = && $count -gt 0 && ${words[count-1]} == -* ]]; then\n"
    "      words[count-1]+==\n"
    "      glued=1\n"
    "      continue\n"
    "    fi\n"
    "    word=${word//[\\\\\\'\\\"]/}\n"
    "    if [[ -n $glued ]]; then\n"
    "      words[count-1]+=$word\n"
    "      glued=\n"
    "    else\n"
    "      words[count++]=$word\n"
    "    fi\n"
    "  done\n"
    "  cur=${words[count-1]}\n"
    "  while IFS= read -r line; do\n"
    "    case $line in\n"
    "      :files) paths=-f ;;\n"
    "      :folders) paths=-d ;;\n"
    "      *) found+=(\"${line%%$'\\t'*}\") said+=(\"${line#*$'\\t'}\") ;;\n"
    "    esac\n"
    "  done < <(\"$program\" __complete -- \"${words[@]}\" 2>/dev/null)\n"
    "  COMPREPLY=()\n"
    "  if [[ $cur == -*=* && $COMP_WORDBREAKS == *=* ]]; then\n"
    "    strip=${cur%%=*}=\n"
    "    cur=${cur#*=}\n"
    "  fi\n"
    "  if [[ -n $paths ]]; then\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    while IFS= read -r line; do COMPREPLY+=(\"$line\"); done < <(compgen $paths -- \"$cur\")\n"
    "  fi\n"
    "  for ((i = 0; i < ${#found[@]}; i++)); do\n"
    "    word=${found[i]#\"$strip\"}\n"
    "    # the second TAB lists: then what each one is stands beside it\n"
    "    if [[ $COMP_TYPE == 63 && ${#found[@]} -gt 1 && -z $paths ]]; then\n"
    "      line=\"$word  (${said[i]})\"\n"
    "      COMPREPLY+=(\"${line:0:${COLUMNS:-80}-2}\")\n"
    "    elif [[ $raw == [\\'\\\"]* || -n $paths ]]; then\n"
    "      COMPREPLY+=(\"$word\")\n"
    "    else\n"
    "      printf -v word %q \"$word\"\n"
    "      COMPREPLY+=(\"$word\")\n"
    "    fi\n"
    "  done\n"
    "  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null\n"
    "  return 0\n"
    "}\n"
    "complete -F _renew renew\n";

static const char zsh_script[] =
    "#compdef renew\n"
    "# zsh completion of renew; written by `renew completion zsh`\n"
    "_renew() {\n"
    "  local line word\n"
    "  local -a found lines\n"
    "  lines=(\"${(@f)$(${(Q)words[1]} __complete -- \"${(@Q)words[2,CURRENT-1]}\" "
    "\"${(Q)PREFIX}\" "
    "2>/dev/null)}\")\n"
    "  for line in $lines; do\n"
    "    case $line in\n"
    "      :files) _files ;;\n"
    "      :folders) _files -/ ;;\n"
    "      *) word=${line%%$'\\t'*}\n"
    "         found+=(\"${word//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
    "    esac\n"
    "  done\n"
    "  (( $#found )) && _describe -t renew renew found\n"
    "}\n"
    "if [[ $funcstack[1] == _renew ]]; then _renew; else compdef _renew renew; fi\n";

static const char fish_script[] =
    "# fish completion of renew; written by `renew completion fish`\n"
    "function __renew_complete\n"
    "  set -l words (commandline -opc)\n"
    "  set -l current (commandline -ct)\n"
    "  for line in ($words[1] __complete -- $words[2..-1] \"$current\" 2>/dev/null)\n"
    "    switch $line\n"
    "      case ':files'\n"
    "        __fish_complete_path \"$current\"\n"
    "      case ':folders'\n"
    "        __fish_complete_directories \"$current\"\n"
    "      case '*'\n"
    "        echo $line\n"
    "    end\n"
    "  end\n"
    "end\n"
    "complete -c renew -f -a '(__renew_complete)'\n";

int cmd_completion(struct cli *cli)
{
  if (!cli_arguments(cli, 1, 1))
    return EXIT_USAGE;
  const char *shell = cli->argv[0];
  const char *script = strcmp(shell, "bash") == 0   ? bash_script
                       : strcmp(shell, "zsh") == 0  ? zsh_script
                       : strcmp(shell, "fish") == 0 ? fish_script
                                                    : NULL;
  if (script == NULL)
    return cli_usage(cli, "there is a completion for bash, zsh and fish, not for `%s`", shell);
  fputs(script, stdout);
  return EXIT_OK;
}
