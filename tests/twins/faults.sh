# SPDX-License-Identifier: Apache-2.0
# faults.sh: the requests that a run makes of a tenant, each under a fault of the network: once, or lasting, which is
# at this one request whenever it is repeated, while all others are answered. Not the faults themselves: those
# are sap_tenant.py's. After lib.sh, landscape.sh. The test that sources it says how a run begins:
#   begin       everything as it was before the run; no fault is set
#   go          the first process of the run; sets $status, $out, $err, $id
# and what it comes to without a fault: $ends (exit code), $fails_at (the step that fails, or nothing), $wanted.
#
# The modes of N1 that are at one request; `gone` (nobody listens for a moment) is what a name that does not
# resolve is to one request: it was not sent.
network="lost executed-lost executed-5xx duplicate slow reset 429 503 expired slow-loris truncated truncated-gzip redirect-loop gone"
# Each process ends by itself, or is ended with 124, which is a failure.
bounded() {
  printf '#!/bin/sh\nexec timeout -k 5 240 "%s" "$@"\n' "$RENEW" >"$TMP/renew"
  chmod +x "$TMP/renew"
  RENEW=$TMP/renew
}
answers_within() { # DURATION
  printf 'renew 1\n\ntrust file "%s" for "localhost"\nanswers within %s\n' "$twin/server-root.pem" "$1" >"$RENEW_CONFIG"
}
requests_of_run() { # [REGEX of lines that are left out]: each once, with names made general, into $requests
  mapfile -t requests < <(ask_twin log '.[] | .method + " " + .path' | grep -v " ${1:-/http/}" |
    sed -E 's|\?grant_type.*||; s|TaskId=.*||; s|LogEnd.*||' | sort -u)
}
fault_at() { # REQUEST MODE [TIMES]: without TIMES once, -1: it lasts
  local match
  match=$(printf '%s' "$1" | sed 's/[][().$?*]/\\&/g')
  # What is late has to be later than the client's patience.
  [[ $2 != slow* ]] || answers_within 1s
  tell_twin fault "$(jq -n --arg m "^$match" --arg o "$2" --argjson t "${3:-1}" '{match:$m,mode:$o,times:$t,s:2}')"
}
lift_faults() {
  tell_twin clear-faults
  answers_within 60s
}
hits() { ask_twin state '[.faults[].hits] | add'; }
# What was done to the tenant, in order; `called` and `entered` are somebody else's.
effects() { ask_twin state '[.effects[] | select(.[0] != "called" and .[0] != "entered") | .[0] + ":" + (.[1] // "")] | join(" ")'; }
once_each() { # MODE, EFFECTS: without those that the network itself doubled
  if [[ $1 == duplicate ]]; then tr ' ' '\n' <<<"$2" | uniq | paste -sd' '; else echo "$2"; fi
}
failed_step() { # also one that was put back: the run's own words name it
  local failed
  failed=$("$RENEW" status "$id" --json | jq -r '[.. | objects | select(.status? == "failed") | .step] | first // empty')
  [[ -n $failed || ! $err =~ "renew retry $id "([^ $'\n']+) ]] || failed=${BASH_REMATCH[1]}
  echo "${failed//\'/}"
}
again() { # as the run's own words say
  local failed
  if [[ -z $id ]]; then
    go
  else
    failed=$(failed_step)
    [[ -z $failed ]] || "$RENEW" retry "$id" "$failed" >/dev/null 2>&1
    run "$RENEW" resume "$id"
  fi
  drive "$id"
}
is_at_its_end() { [[ $status == "$ends" && -n $id && (-z $fails_at || $(failed_step) == "$fails_at") ]]; }
complete() { # at most five times; where the undisturbed run failed is its end
  drive "$id"
  for _ in 1 2 3 4 5; do
    is_at_its_end && return
    again
  done
}
show() {
  printf '%s\n' "$@" | sed 's/^/#   /'
  ask_twin log '.[] | "\(.method) \(.path) \(.fault)"' | tail -25 | sed 's/^/#   /'
  printf '%s\n' "$status" "$out" "$err" | sed 's/^/#   /'
}
# While the fault lasts: the run ends by itself, done (8: a target was out of reach, 4: a step failed, 9: a person has to
# decide, 5: a person is asked), with words that name the step, also at a second attempt; no effect is
# there twice. When it is over the run is finished, and each effect is there once.
lasting_at() { # NAME REQUEST MODE
  local why=() why_not got part attempt code=$ends begun=$SECONDS
  begin
  fault_at "$2" "$3" -1
  go
  drive "$id"
  for attempt in first second; do
    is_at_its_end && break
    why_not="$status, failed: $(failed_step)"
    code=$status
    case $status in
      4 | 8 | 9) [[ $err =~ (error|warning)\[[EW][0-9]{4}\] ]] || why+=("the $attempt attempt does not say why it ended: $err") ;;
      5) [[ -n $("$RENEW" tasks --json | jq -r '.tasks[0].step // empty') ]] || why+=("the $attempt attempt waits for nobody") ;;
      *) why+=("the $attempt attempt ends with $status: $err") ;;
    esac
    [[ $attempt == first ]] && again
  done
  part=$(once_each "$3" "$(effects)")
  [[ -z $(comm -23 <(tr ' ' '\n' <<<"$part" | sed '/^$/d' | sort) <(tr ' ' '\n' <<<"$wanted" | sort)) ]] ||
    why+=("while it lasted: $part")
  [[ $(hits) -ge 1 ]] || why+=("the fault was not met")
  lift_faults
  complete
  got=$(once_each "$3" "$(effects)")
  is_at_its_end || why+=("afterwards the run ends with $status")
  as_wanted "$got" || why+=("afterwards: $got")
  [[ -z $id ]] || "$RENEW" journal "$id" --verify >/dev/null 2>&1 || why+=("the journal does not verify")
  ok $(( ${#why[@]} != 0 )) "$1: $3 for ever at ${2:0:80}: exit $code, then each effect once"
  [[ ${TIMES-} == "" ]] || echo "# $((SECONDS - begun)) s, while it lasted: $part"
  [[ ${#why[@]} == 0 ]] || show "not at its end ($ends $fails_at): ${why_not-}" "${why[@]}"
}
as_wanted() { [[ $1 == "$wanted" ]]; } # EFFECTS; a test may know better
