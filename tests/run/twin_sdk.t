#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# SAP's own libraries against the twin of a tenant: how they read lists, dates and $metadata, and fetch the
# anti-forgery token. They are a hundred packages, so `make twin-sdk` installs and runs them; docs/SYSTEMS.md.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
modules=${SAP_SDK:-$ROOT/build/sdk/node_modules}
command -v node >/dev/null || skip_all "node is not installed (make twin-sdk)"
[[ -d $modules/@sap-cloud-sdk/http-client ]] || skip_all "SAP's libraries are not installed (make twin-sdk)"
cd "$TMP" || exit 1
twin_start --page 2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=one -keyout one.key -out one.pem 2>/dev/null
for n in 1 2 3; do tell_twin entry "$(pem_json "root $n" one.pem)"; done
tell_twin flow '{"id":"orders"}'
NODE_PATH=$modules NODE_EXTRA_CA_CERTS=$twin/server-root.pem SAP_CLOUD_SDK_LOG_LEVEL=error timeout 60 \
  node "$ROOT/tests/twins/sdk.js" "$base" 2>errors | grep -E '^(ok|not ok|1\.\.|#)'
[[ ${PIPESTATUS[0]} == 0 ]] || sed 's/^/# /' errors
twin_stop
