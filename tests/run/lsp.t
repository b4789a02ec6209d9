#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `renew lsp`, driven by a client of its own (lsp_client.py): lifecycle, findings, places, completion,
# hover, fixes, names, layout, hostile input.
. "$(dirname "$0")/../tap/lib.sh"
PYTHONDONTWRITEBYTECODE=1 python3 -B "$ROOT/tests/run/lsp.py" "$RENEW" "$ROOT" "$TMP"
