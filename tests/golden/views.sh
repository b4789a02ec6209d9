# SPDX-License-Identifier: Apache-2.0
# views.sh: the outputs that tests/golden/expect keeps, one a line: FILE|ARGUMENTS. Read by views.t,
# which compares them, and by update.sh, which writes them.
golden_views() {
  local plan
  for plan in overlap downtime; do
    echo "$plan.txt|show plans/$plan.renew"
    echo "$plan.md|show plans/$plan.renew --as md"
    echo "$plan.json|show plans/$plan.renew --as json"
    echo "$plan.dot|graph plans/$plan.renew --as dot"
    echo "$plan.svg|graph plans/$plan.renew --as svg"
    echo "$plan.review.md|plan plans/$plan.renew --as markdown"
    echo "$plan.mmd|graph plans/$plan.renew --as mermaid"
    echo "$plan-safety.txt|check plans/$plan.renew --explain-safety --at 2027-01-15T12:00Z"
    echo "$plan-calls.svg|graph plans/$plan.renew --calls --as svg"
  done
  echo "overlap-integration-dev.txt|show plans/overlap.renew --role integration-dev"
  echo "fleet.txt|show plans/fleet.renew"
  echo "fleet.md|show plans/fleet.renew --as md"
  echo "fleet-expanded.txt|show plans/fleet.renew --expand"
  echo "fleet.svg|graph plans/fleet.renew --as svg"
  echo "fleet-calls.mmd|graph plans/fleet.renew --calls --as mermaid"
  echo "fleet-calls.dot|graph plans/fleet.renew --calls --as dot"
  for plan in md json csv; do
    echo "overlap-change.$plan|change plans/overlap.renew --as $plan --at 2027-03-01T12:00"
  done
  echo "downtime-change.json|change plans/downtime.renew --as json --at 2027-03-01T12:00 --set change-number=CHG0031338 --set start=2027-03-06T22:00"
  echo "overlap-safety.json|check plans/overlap.renew --explain-safety --format json --at 2027-01-15T12:00Z"
  echo "default-client-safety.txt|check plans/default-client.renew --explain-safety --at 2027-01-15T12:00Z"
  echo "service-key-safety.txt|check plans/service-key.renew --explain-safety --at 2027-01-15T12:00Z"
  echo "default-client.txt|show plans/default-client.renew --at 2027-01-15T12:00Z"
  echo "downtime-safety.svg|graph plans/downtime.renew --safety"
  # The pictures of README.md.
  echo "../../../docs/overlap-safety.svg|graph plans/overlap.renew --safety"
  echo "../../../docs/overlap-refused.svg|graph tests/prove/incidents/R07.bad.renew --safety"
  echo "refused-safety.txt|check tests/prove/incidents/R23.bad.renew --explain-safety --at 2027-01-15T12:00Z"
  echo "refused-safety.svg|graph tests/prove/incidents/R23.bad.renew --safety"
}
# The values that the plan of a downtime asks for.
golden_values() { # PLAN
  [[ $1 == downtime ]] && echo --set change-number=CHG0031338 --set start=2027-03-06T22:00
  return 0
}
