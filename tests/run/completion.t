#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Completion: what the program offers for each place of a command line, and that bash, zsh and fish make
# words of it: real shells at a terminal, keys typed.
. "$(dirname "$0")/../tap/lib.sh"
export TERM=dumb COLUMNS=200
mkdir -p "$TMP/repo/plans/org" "$TMP/bin" && cd "$TMP/repo" || exit 1
cp "$ROOT"/plans/overlap.renew "$ROOT"/plans/downtime.renew plans/ && cp "$ROOT"/plans/org/*.renew plans/org/
touch renew.conf
ln -s "$RENEW" "$TMP/bin/renew"
export PATH=$TMP/bin:$PATH
offers() { "$RENEW" __complete -- "$@" 2>"$TMP/.err" | cut -f1 | tr '\n' ' '; }

# ---- the program's part ----
is "$(offers '')" "$(sed -n 's/^COMMAND("\([a-z]*\)".*/\1/p' "$ROOT/runtime/cli/commands.def" | tr '\n' ' ')" "every verb, in the order of the help"
is "$(offers jo)" "journal " "a verb begun"
is "$(offers show renew-)" "renew-client-downtime renew-client-overlap :files " "plans, or a file"
is "$(offers show --role '')" "tenant-admin integration-dev receiver-admin security-officer " "roles"
is "$(offers show --as '')" "text md json " "the values of an option"
is "$(offers show --as=j)" "--as=json " "behind ="
like " $(offers show --)" ' --as .* --json|--json .* --as ' "options of all verbs and of this one"
unlike " $(offers show --)" ' --evidence ' "but not of another"
is "$(offers --store nowhere show renew-client-d)" "renew-client-downtime :files " "options before the verb"
is "$(offers completion '')" "bash zsh fish " "words"
is "$(offers explain E0305)" "E0305 " "codes"
is "$(offers explain kind keys)" "keystore " "words of the language"
is "$(offers check --deny warnings,E030)" "$(for i in 1 2 3 4 5 6 7 8 9; do printf 'warnings,E030%s ' "$i"; done)" "the last one of a list"
is "$(offers plan --set '')" "$("$RENEW" __complete -- plan --set '' | cut -f1 | tr '\n' ' ')" "parameters"
is "$(offers -C plans/org show '')" "renew-client-downtime renew-client-overlap :files " "-C counts"
is "$(offers help gr)" "graph " "help takes a verb"
is "$(offers nonsense '')" "" "after an unknown verb: nothing"
is "$(offers show --role x --nonsense '')$(<"$TMP/.err")" "renew-client-downtime renew-client-overlap :files " "an unknown option disturbs nobody"
printf '\xff\xfe{{{' >plans/broken.renew
like "$(offers show '')" '^renew-client' "a file that is no text disturbs nobody"
rm plans/broken.renew
like "$("$RENEW" __complete -- show renew-client-o)" $'\tRenewal of the tenant client certificate' "with what it is"
run "$RENEW" run plans/overlap.renew --profile demo --at 2027-03-01T12:00
name=$("$RENEW" __complete -- status demo- | head -1 | cut -f1)
like "$name" '^demo-' "runs: $name"
like "$("$RENEW" __complete -- resume demo-)" $'\trenew-client-overlap, open' "with plan and state"
label=$(offers sign "$name" '')
ok $([[ -n $label && $(wc -w <<<"$label") -lt 5 ]]; echo $?) "sign offers the steps that wait for somebody: $label"
like "$(offers skip "$name" restart)" 'restart\[worker-1\] ' "skip offers what is not done"
is "$(offers retry "$name" '')" "" "retry offers what failed: nothing"
run "$RENEW" completion tcsh
exits 2 "another shell: exit 2"
like "$err" 'bash, zsh and fish' "which there are"

# ---- the shells ----
cat >"$TMP/keys.py" <<'PYTHON'
"""keys.py READY KEYS COMMAND...: starts the shell on a terminal, waits for its prompt, types KEYS, and prints what the
terminal showed behind the prompt until nothing more comes."""
import os, pty, re, select, signal, sys, time
ready, keys, command = sys.argv[1], sys.argv[2].encode().decode("unicode_escape").encode(), sys.argv[3:]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
def read(until, patience):
    got, end = b"", time.monotonic() + patience
    while time.monotonic() < end and not (until and until in got):
        if select.select([fd], [], [], 0.1)[0]:
            try:
                piece = os.read(fd, 4096)
            except OSError:
                break
            got += piece
            end = end if until else time.monotonic() + patience
    return got
read(ready.encode(), 20)
os.write(fd, keys)
shown = read(b"", 2.5)
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
print(re.sub(r"\x00|\x1b\[[0-9;?]*[a-zA-Z]|\x07|\r", "", shown.decode(errors="replace")))
PYTHON
"$RENEW" completion bash >"$TMP/renew.bash"
{ echo "PS1='READY> '"; echo "bind 'set enable-bracketed-paste off' 2>/dev/null"; cat "$TMP/renew.bash"; } >"$TMP/bashrc"
types() { timeout 60 python3 "$TMP/keys.py" 'READY> ' "$1" bash --noprofile --rcfile "$TMP/bashrc" -i; }
bash -n "$TMP/renew.bash"
ok $? "bash reads the script"
like "$(types 'renew jour\t')" 'renew journal ' "bash: a verb"
like "$(types 'renew show renew-client-o\t')" 'show renew-client-overlap ' "bash: a plan"
like "$(types 'renew show --as=j\t')" 'show --as=json ' "bash: behind ="
like "$(types 'renew show plans/over\t')" 'show plans/overlap.renew ' "bash: a file"
like "$(types "renew skip $name restart.check[worker-1\\t")" 'restart.check.*\\\[worker-1\\\] ' "bash: a label with brackets is quoted"
like "$(types "renew skip $name 'restart.check[worker-1\\t")" "'restart.check\[worker-1\]'" "bash: or stays in its quotes"
like "$(types 'renew s\t\t')" 'show  \(the numbered procedure\)' "bash: a second TAB says what they are"
if command -v zsh >/dev/null; then
  "$RENEW" completion zsh >"$TMP/_renew"
  mkdir "$TMP/zdot" && { echo "PS1='READY> '"; echo "autoload -Uz compinit; compinit -u -D"; echo "source $TMP/_renew"; } >"$TMP/zdot/.zshrc"
  ztypes() { TERM=vt100 ZDOTDIR=$TMP/zdot timeout 60 python3 "$TMP/keys.py" 'READY> ' "$1" zsh -d -i; }
  zsh -n "$TMP/_renew"
  ok $? "zsh reads the script"
  like "$(ztypes 'renew jour\t')" 'renew jour.*nal ' "zsh: a verb"
  like "$(ztypes 'renew show renew-client-o\t')" 'renew-client-o.*verlap ' "zsh: a plan"
  like "$(ztypes 'renew s\t')" 'show .*-- the numbered procedure' "zsh: with what it is"
else
  echo "# zsh is not installed: its script was not tried"
fi
if command -v fish >/dev/null; then
  "$RENEW" completion fish >"$TMP/renew.fish"
  asks() { HOME=$TMP/home fish --no-config -c "source $TMP/renew.fish; complete -C '$1'" 2>&1; }
  like "$(asks 'renew jour')" $'^journal\t' "fish: a verb, with what it is"
  like "$(asks 'renew show renew-client-o')" 'renew-client-overlap' "fish: a plan"
  like "$(asks 'renew show --as ')" 'json' "fish: a value"
  like "$(asks 'renew show plans/over')" 'plans/overlap.renew' "fish: a file"
else
  echo "# fish is not installed: its script was not tried"
fi
cd "$TMP" || exit 1
done_testing
