#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make.sh: the certificates that the examples and the rejected plans name, valid from 2020 to 2120
# (but `expired`). Their private keys are thrown away; run it again only to change what they are.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: >"$work/index"
cat >"$work/conf" <<CONF
[ca]
default_ca = d
[d]
database = $work/index
new_certs_dir = $work
rand_serial = yes
unique_subject = no
policy = p
default_md = sha256
[p]
commonName = supplied
organizationName = optional
countryName = optional
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[client]
basicConstraints = CA:FALSE
keyUsage = digitalSignature
extendedKeyUsage = clientAuth
[server]
basicConstraints = CA:FALSE
keyUsage = digitalSignature
extendedKeyUsage = serverAuth
CONF

ec="ec -pkeyopt ec_paramgen_curve:P-256"
issue() { # NAME SUBJECT KEY EXTENSIONS ISSUER [DIGEST] [END]
  # shellcheck disable=SC2086
  openssl req -new -newkey $3 -nodes -keyout "$work/$1.key" -out "$work/$1.csr" -subj "$2" 2>/dev/null
  local by=(-cert "$work/$5.pem" -keyfile "$work/$5.key")
  [[ $5 == self ]] && by=(-selfsign -keyfile "$work/$1.key")
  openssl ca -batch -preserveDN -notext -config "$work/conf" -extensions "$4" "${by[@]}" -md "${6:-sha256}" \
    -startdate 20200101000000Z -enddate "${7:-21200101000000Z}" -in "$work/$1.csr" -out "$work/$1.pem" 2>/dev/null
}
issue root "/O=Example/CN=Example Root" "$ec" root self
issue other "/O=Shop/CN=Private Root" "$ec" root self
issue inter "/O=Example/CN=Example Issuer" "$ec" root root
issue shop "/C=DE/O=Partner/CN=shop" "$ec" client inter
issue again "/C=DE/O=Partner/CN=shop" "$ec" client inter
issue second "/C=DE/O=Partner/CN=warehouse" "$ec" client inter
issue private "/C=DE/O=Partner/CN=shop" "$ec" client other
issue server "/CN=shop.partner.example" "$ec" server root
issue expired "/C=DE/O=Partner/CN=shop" "$ec" client root sha256 20210101000000Z
issue sha1 "/C=DE/O=Partner/CN=shop" "$ec" client root sha1
issue rsa1024 "/C=DE/O=Partner/CN=shop" rsa:1024 client root
issue rsa2048 "/C=DE/O=Partner/CN=shop" rsa:2048 client root

cp "$work/root.pem" roots.pem
cat "$work/shop.pem" "$work/inter.pem" >shop.pem
cat "$work/again.pem" "$work/inter.pem" >shop-again.pem
cat "$work/second.pem" "$work/inter.pem" >warehouse.pem
cat "$work/shop.pem" "$work/second.pem" >two.pem
cat "$work/shop.pem" "$work/inter.pem" "$work/shop.pem" >twice.pem
cp "$work/shop.pem" shop-alone.pem
cat "$work/private.pem" "$work/other.pem" >shop-private.pem
cp "$work/other.pem" private-root.pem
for name in server expired sha1 rsa1024 rsa2048; do cp "$work/$name.pem" "$name.pem"; done
sed ':a;N;$!ba;s/\n/\\n/g' shop.pem >literal.pem
sed '/-----/d' shop-alone.pem | tr -d '\n' >bare.pem
