#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/CI.md and .pre-commit-hooks.yaml: their lines are run as they stand, in a repository with a change
# that is well and then with one that is not.
. "$(dirname "$0")/../tap/lib.sh"

block() { # LANGUAGE NUMBER: the block of docs/CI.md
  awk -v lang="\`\`\`$1" -v n="$2" '$0 == "```" { on = 0 } on { print } $0 == lang { on = ++seen == n }' "$ROOT/docs/CI.md"
}
hook() { # ID KEY: of .pre-commit-hooks.yaml
  awk -v id="$1" -v key="$2:" '$1 == "-" { here = $3 == id } here && $1 == key { sub(/^ *[a-z_]+: */, ""); print }' "$ROOT/.pre-commit-hooks.yaml"
}

mkdir "$TMP/bin" "$TMP/repo" && ln -s "$RENEW" "$TMP/bin/renew" && PATH=$TMP/bin:$PATH && cd "$TMP/repo" || exit 1
git init -q -b main . && git config user.name a && git config user.email a@example.org
touch renew.conf && cp -r "$ROOT/plans/org" "$ROOT/plans/overlap.renew" "$ROOT/plans/overlap.test.renew" . || exit 1
git add . && git commit -qm base
sed -i 's/within 15m/within 20m/' overlap.renew

export BASE=main PLAN=overlap.renew
block sh 1 >"$TMP/job"
is "$(wc -l <"$TMP/job")" 5 "the job is five lines"
run bash -e "$TMP/job"
exits 0 "the job passes where all is well"
like "$(cat review.md)" 'within 15m.*within 20m' "the review says what changed"
like "$(cat review.md)" 'Verdict: safe' "and the verdict"
ok "$([[ -s renew.sarif && -s renew.xml ]]; echo $?)" "the reports are there"
block sh 2 >"$TMP/commit-hook"
run bash "$TMP/commit-hook"
exits 0 "the hook without the tool passes"
block yaml 1 | sed -n 's/^    - //p' >"$TMP/gitlab"
is "$(wc -l <"$TMP/gitlab")" 2 "GitLab's job is two lines"
run bash -e "$TMP/gitlab"
exits 0 "and passes"

for id in renew-fmt renew-check; do
  like "$(block yaml 2)" "- id: $id" "docs/CI.md names $id"
  is "$(hook "$id" language)" system "$id runs the installed program"
  files=()
  [[ $(hook "$id" pass_filenames) == false ]] ||
    mapfile -t files < <(git ls-files | grep -E "$(hook "$id" files | tr -d "'")")
  run bash -c "$(hook "$id" entry) \"\$@\"" hook "${files[@]}"
  exits 0 "$id passes"
done
is "$(git status --porcelain overlap.test.renew org)" "" "renew-fmt leaves alone what has the layout"

printf 'role  lonely "Nobody" {\n  reach by console\n}\n' >>overlap.renew
run bash -c "$(hook renew-fmt entry) overlap.renew"
like "$(tail -3 overlap.renew)" '^role lonely' "renew-fmt writes the layout"
run bash -c "$(hook renew-check entry)"
exits 1 "renew-check stops at a warning"
for job in job gitlab commit-hook; do
  run bash -e "$TMP/$job"
  exits 1 "$job stops at a warning"
done
if python3 -c 'import yaml' 2>/dev/null; then
  run python3 -c 'import sys, yaml
print(" ".join(h["id"] + ("" if {"id", "name", "entry", "language"} <= set(h) else "?") for h in yaml.safe_load(open(sys.argv[1]))))' "$ROOT/.pre-commit-hooks.yaml"
  is "$out" "renew-fmt renew-check" "the hooks are YAML with the keys that pre-commit demands"
else
  echo "# no python3-yaml: the file's syntax was not asked for"
fi
done_testing
