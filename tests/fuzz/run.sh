#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs every fuzz target tests/fuzz/fuzz_*.c for SECONDS (default 60) under ASan and UBSan, from the
# seeds in tests/fuzz/corpus-NAME. Prints one line a target; the first finding ends it with its file.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
make -s BUILD=build/fuzz CC=clang CFLAGS='-O1 -g' \
  FLAVOUR='-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all' build/fuzz/librenew.a
for source in ${ONLY_TARGET:-tests/fuzz/fuzz_*.c}; do
  name=$(basename "$source" .c)
  clang -std=c17 -D_GNU_SOURCE -I. -Ibuild/fuzz/gen -O1 -g -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=all "$source" build/fuzz/librenew.a \
    $(pkg-config --libs libcurl openssl sqlite3 libevent libevent_pthreads yajl jansson libutf8proc libical libxml-2.0 libzip) \
    -lpthread -o "build/fuzz/$name"
  mkdir -p "build/fuzz/corpus-$name" build/fuzz/findings
  corpus=tests/fuzz/corpus-${name#fuzz_}
  if [[ $name == fuzz_scan ]]; then # its seeds are made: archives are no text to review
    corpus=build/fuzz/seeds-scan
    python3 -B tests/golden/make_flows.py "$corpus" seeds
  fi
  [[ $name == fuzz_format ]] && corpus=tests/fuzz/corpus-parse # the same language
  "build/fuzz/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -max_len=65536 \
    -artifact_prefix=build/fuzz/findings/ "build/fuzz/corpus-$name" $( [[ -d $corpus ]] && echo "$corpus" ) \
    >"build/fuzz/$name.log" 2>&1 || { tail -40 "build/fuzz/$name.log"; echo "fuzz $name: a finding"; exit 1; }
  echo "fuzz $name seconds=$seconds runs=$(sed -n 's/^stat::number_of_executed_units: *//p;s/^Done \([0-9]*\) runs.*/\1/p' "build/fuzz/$name.log" | tail -1) findings=0"
done
