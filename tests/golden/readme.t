#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The commands of README.md's first ten minutes, typed as they stand there, in a copy of the plans below
# the folders that a clone has: each of them ends with 0.
. "$(dirname "$0")/../tap/lib.sh"
mkdir "$TMP/clone" "$TMP/clone/.git" "$TMP/clone/build" && cd "$TMP/clone" || exit 1
cp -r "$ROOT/plans" "$ROOT/grammar" . && ln -s "$RENEW" build/renew || exit 1
count=0
while IFS= read -r line; do
  command=${line%%  #*}
  case $command in
  *--live*) # reads the systems of the sample, which do not exist
    echo "# not typed, it needs a network: $command"
    continue
    ;;
  esac
  run bash -c "$command"
  exits 0 "$command"
  count=$((count + 1))
done < <(sed -n '/^## The first ten minutes/,/^## /p' "$ROOT/README.md" | grep '^build/renew')
[[ $count -ge 8 ]]
ok $? "README.md has commands to type ($count)"
done_testing
