#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# setup.sh [TARGET...]: installs the packages of docs/packages.txt that are missing (nothing, where
# none is), then runs `make TARGET...`. The way in where make itself is missing. Needs root or sudo
# only to install. Where apt-get is not the package manager it prints the list and goes on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing=()
while read -r package _; do
  [[ -z $package || $package == \#* ]] && continue
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
    missing+=("$package")
done <docs/packages.txt

if ((${#missing[@]})); then
  if ! command -v apt-get >/dev/null; then
    echo "setup.sh: this is not a Debian system. renew needs what these Debian packages hold:"
    sed '/^#/d' docs/packages.txt
  else
    as_root=()
    if ((EUID != 0)); then
      command -v sudo >/dev/null || {
        echo "setup.sh: missing: ${missing[*]}. Install them as root: apt-get install ${missing[*]}" >&2
        exit 3
      }
      as_root=(sudo)
    fi
    apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
    # A server that a test starts itself must not come up as a service of this machine.
    policy=/usr/sbin/policy-rc.d
    if [[ ! -e $policy ]]; then
      trap '"${as_root[@]}" rm -f "$policy"' EXIT
      printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
      "${as_root[@]}" chmod 755 "$policy"
    fi
    echo "setup.sh: installing ${missing[*]}"
    log=$(mktemp)
    if ! { "${apt[@]}" update && "${apt[@]}" install -y --no-install-recommends "${missing[@]}"; } \
      >"$log" 2>&1; then
      tail -n 20 "$log" >&2
      echo "setup.sh: apt-get failed; the whole output is in $log" >&2
      exit 3
    fi
    rm -f "$log"
  fi
fi

if (($#)); then make "$@"; fi
