#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Includes go downward only (docs/layers.txt), and each foreign library has its one folder.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1

allowed() { # FOLDER TARGET
  [[ $1 == "$2" ]] || grep -qE "^$1( .*)? ($2|\*)( |$)" <(sed 's/#.*//; s/  */ /g' docs/layers.txt)
}
bad=""
while IFS=: read -r file include; do
  folder=$(dirname "$file")
  target=$(dirname "$(sed 's/.*"\(.*\)".*/\1/' <<<"$include")")
  # a generated header ("renew.h") has no folder
  [[ $target == . ]] || allowed "$folder" "$target" || bad+="$file includes $target"$'\n'
done < <(grep -rHoE '^ *# *include "[^"]+"' compiler runtime --include='*.c' --include='*.h')
is "$bad" "" "includes follow docs/layers.txt"

only() { # LIBRARY-PREFIX FOLDERS-REGEX
  is "$(grep -rlE "# *include <$1" compiler runtime | grep -vE "^($2)")" "" "<$1...> is included in $2 only"
}
only openssl/ 'runtime/crypto/|compiler/pki/|compiler/base/digest\.c'
only curl/ 'runtime/net/'
only sqlite3 'runtime/store/'
only event2/ 'runtime/engine/|runtime/providers/command'
is "$(grep -rnw dry_run runtime/engine)" "" "the engine knows no dry run"
is "$(grep -rnE '\b(exit|printf|puts)\(' compiler runtime --include='*.c' | grep -v '^runtime/cli/')" "" \
  "only runtime/cli prints or ends the process"
done_testing
