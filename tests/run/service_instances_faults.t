#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# service_instances_faults.t: twelve faults of a network where a service instance is created: one instance, one key
# in it, and the run goes on by itself. FAULTS=all (make faults-sap), or ALL=1: at every request, once and for good.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
. "$(dirname "$0")/../twins/cloud.sh"
cd "$TMP" || exit 1
cloud_land
mkdir conf plans
printf "renew 1\nanswers within 1s\n" >conf/renew.conf
write_first_plan "$port" >plans/plan.renew
mv cf-user seal.crt shop-client.crt ca.pem plans/
mv cf plans/cf
python3 -B "$ROOT/tests/twins/campaign.py" "$RENEW" "$TMP/plans" "$([[ -n ${ALL:-} || ${FAULTS:-} == all ]] && echo all || echo few)" first
