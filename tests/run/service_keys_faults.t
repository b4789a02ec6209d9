#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# service_keys_faults.t: twelve faults of a network at the requests of the service key's plan: one effect, and
# the run goes on by itself. FAULTS=all (make faults-sap), or ALL=1: at every request, once and for good.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
. "$(dirname "$0")/../twins/cloud.sh"
cd "$TMP" || exit 1
cloud_land
cloud_campaign
