#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A PEM pair is replaced as one thing: kill -9 at every system call of the replacement (but those for
# memory and random bytes, between which no file changes), and at every point the keystore holds the
# whole old pair or the whole new one, which openssl and nginx load. Two loose files cannot be replaced
# together: there the next attempt completes what was cut off.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
cd "$TMP" || exit 1
tool=$(dirname "$RENEW")/tests/pem_pair
[[ -x $tool ]] || { echo "Bail out! make unit builds $tool"; exit 1; }
strace -o /dev/null true 2>/dev/null || skip_all "strace may not trace here"
make_ca ca "Some CA"
make_pair ca old
make_pair ca new
mkdir nginx

begin() { # FORM: a keystore with the old pair
  rm -rf store
  mkdir -p store
  case $1 in
  file) cp old.pem store/pair.pem ;;
  folder)
    mkdir store/gen-1 && cp old.crt store/gen-1/cert.pem && cp old.key store/gen-1/key.pem
    ln -s gen-1 store/current
    ;;
  loose) cp old.crt store/cert.pem && cp old.key store/key.pem ;;
  esac
}
replace() { # FORM [WRAPPER...]
  local form=$1
  shift
  case $form in
  file) "$@" "$tool" file store/pair.pem new.pem ;;
  folder) "$@" "$tool" folder store new.pem ;;
  loose) "$@" "$tool" loose store/cert.pem store/key.pem new.pem ;;
  esac
}
files() { # FORM: the certificate's and the key's file
  case $1 in
  file) echo "store/pair.pem store/pair.pem" ;;
  folder) echo "store/current/cert.pem store/current/key.pem" ;;
  loose) echo "store/cert.pem store/key.pem" ;;
  esac
}
declare -A judged
judge() { # FORM: $state is old, new or "broken ..."; the same bytes are judged once
  local cert key sum which
  read -r cert key <<<"$(files "$1")"
  sum=$1$(cat "$cert" "$key" 2>/dev/null | sha256sum)
  if [[ -z ${judged[$sum]:-} ]]; then
    which="broken: another certificate"
    cmp -s <(openssl x509 -in "$cert" 2>/dev/null) <(openssl x509 -in old.crt) && which=old
    cmp -s <(openssl x509 -in "$cert" 2>/dev/null) <(openssl x509 -in new.crt) && which=new
    [[ "$(openssl x509 -in "$cert" -noout -pubkey 2>&1)" == "$(openssl pkey -in "$key" -pubout 2>/dev/null)" ]] ||
      which="broken: key and certificate differ"
    echo "pid $TMP/nginx/pid; error_log stderr; events {} http { access_log off; server {
      listen 127.0.0.1:1 ssl; ssl_certificate $TMP/$cert; ssl_certificate_key $TMP/$key; } }" >nginx/conf
    [[ $which == broken* ]] || "$nginx_program" -t -q -p "$TMP/nginx" -c "$TMP/nginx/conf" 2>/dev/null ||
      which="broken: nginx does not load it"
    judged[$sum]=$which
  fi
  state=${judged[$sum]}
}
points() { # FORM: the system calls of the replacement, as NAME NTH
  begin "$1"
  replace "$1" strace -o trace 2>/dev/null
  awk -F'(' '/^[a-z_0-9]+\(/ { count[$1]++; if (begun && $1 !~ /^(mmap|munmap|mprotect|mlock|madvise|brk|getrandom|futex|sysinfo)$/) print $1, count[$1]; if (/pem-pair-begins/) begun = 1 }' trace
}
for form in file folder loose; do
  bad="" kills=0 olds=0 news=0 between=0
  while read -r name nth; do
    begin "$form"
    replace "$form" strace -o /dev/null -e trace="$name" -e inject="$name:signal=KILL:when=$nth" >/dev/null 2>&1
    [[ $? == 137 ]] && kills=$((kills + 1))
    judge "$form"
    case $state in
    old) olds=$((olds + 1)) ;;
    new) news=$((news + 1)) ;;
    "broken: key and certificate differ") between=$((between + 1)) ;;
    esac
    [[ $state == broken* && $form != loose ]] && bad+="$name $nth: $state"$'\n'
    replace "$form" >/dev/null 2>&1
    judge "$form"
    [[ $state == new ]] || bad+="$name $nth: after the next attempt: $state"$'\n'
    find store -name '*renew-new*' -o -name 'new-r' | grep -q . && bad+="$name $nth: something was left"$'\n'
  done < <(points "$form")
  is "$bad" "" "$form: the pair loads at every point, and the next attempt ends with the new one"
  [[ $kills -ge 20 && $olds -gt 0 && $news -gt 0 ]]
  ok $? "$form: killed at $kills points: $olds old, $news new, $between between"
done
[[ $between -gt 0 ]]
ok $? "loose: the test does see the state between two renames"
done_testing
