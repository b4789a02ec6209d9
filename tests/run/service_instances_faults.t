#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# service_instances_faults.t: twelve faults of a network where a service instance is created: one instance, one key
# in it, and the run goes on by itself. FAULTS=all (make faults-sap), or ALL=1: at every request, once and for good.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
. "$(dirname "$0")/../twins/cloud.sh"
cd "$TMP" || exit 1
cloud_land
write_first_plan "$port" >plan.renew
cloud_campaign first
