/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trust_file: what a system of kind trust-file accepts: `accepts`, `imports`, `removes`, `replaces
 * ... on SYSTEM`. Which entries those are is trust_change.c; here they are written, reloaded and
 * observed.
 *
 * (1) Done when in force, never when written: the reload is observed (observe.h), and where the
 *     system has an https address and the pair is at hand, three fresh handshakes at every address
 *     say so: accepted for what was added, refused for what was removed.
 * (2) Files are compared, not remembered: what is there already is not written, and not reloaded
 *     when it is seen to be in force.
 * (3) The files as they were stay in the run's safe: undo takes away only what this step added.
 * SAP-6ec6-10: old and new are accepted; adding drops nothing. SAP-6ec6-21: the old one is removed,
 * and seen to be refused. SAP-6ec6-32: a receiver of one certificate exchanges it.
 */
#include "runtime/providers/command.h"
#include "runtime/providers/observe.h"
#include "runtime/providers/own.h"
#include "runtime/providers/probe.h"
#include "runtime/providers/trust_change.h"

enum {
  IN_FORCE_LIMIT_S = 60,  /* beyond the declared bound */
  HANDSHAKE_LIMIT_S = 10, /* once the reload is seen: doors that take a moment longer */
  POLL_MS = 100,
  RETRY_S = 5
};

static void prepare(const struct call *call, struct diag_list *diags)
{
  struct command command;
  struct trust trust;
  struct text error = TEXT_NONE;
  uint32_t system = step_resource(call->graph, call->step, PART_PLACE);
  struct text reload = setting_text(call, system, KEY_RELOAD_WITH, 0);
  if (!trust_read(call, system, &trust, &error)) {
    struct diag *diag =
        diag_add_nowhere(diags, DIAG_E0708, "system `%.*s`: %.*s",
                         TEXT_ARG(call->graph->resources[system].name), TEXT_ARG(error));
    diag_add_help(diags, diag, "`trusts file` and `pins file` must be there before the run begins");
  }
  observe_prepare(call, system, diags);
  if (reload.length == 0)
    return;
  if (command_split(call, reload, "reload", &command))
    command_prepare(call, &command, diags);
  if (observe_is_possible(call, system))
    return;
  struct diag *diag =
      diag_add_nowhere(diags, DIAG_E0727, "nothing can see whether the reload of `%.*s` happened",
                       TEXT_ARG(call->graph->resources[system].name));
  diag_add_help(diags, diag,
                "add `observed by nginx \"PID-FILE\"`, `observed by command \"...\"` or "
                "`drains within 30s` to the system");
}

/* The handshakes of every change whose pair is at hand. */
static struct probe_report ask_doors(const struct call *call, const struct trust *trust,
                                     const struct change_list *changes)
{
  struct probe_report report = {.as_expected = true, .says = TEXT("")};
  if (call->world->live || !probe_is_possible(call, trust->system))
    return report;
  for (uint32_t i = 0; i < changes->count; i++) {
    const struct change *change = &changes->items[i];
    struct pair pair = {0};
    struct answer ignored = {0};
    if (!change->is_leaf || !safe_read_pair(call, change->argument, &pair, &ignored))
      continue;
    struct probe_report one = probe_pair(
        call, trust->system, &pair, change->adds ? EXPECT_ACCEPTED : EXPECT_REFUSED, PROBE_ROUNDS);
    pair_free(&pair);
    struct text name = argument_name(call, change->argument);
    report.says =
        text_format(call->arena, "%.*s%s%.*s %.*s", TEXT_ARG(report.says),
                    report.says.length == 0 ? "" : "; ", TEXT_ARG(name), TEXT_ARG(one.says));
    if (one.as_expected)
      continue;
    one.says = text_format(call->arena, "%.*s should be %s: %.*s", TEXT_ARG(name),
                           change->adds ? "accepted" : "refused", TEXT_ARG(one.says));
    return one;
  }
  return report;
}

static struct sight look(const struct call *call, const struct trust *trust)
{
  struct observe_wish wish = {
      .resource = trust->system, .what = "reload", .since_ns = trust_changed_ns(trust)};
  if (setting_text(call, trust->system, KEY_RELOAD_WITH, 0).length == 0 &&
      !observe_is_possible(call, trust->system))
    return (struct sight){SEEN_YES, TEXT("written; the system reads its files by itself")};
  return observe(call, &wish);
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  struct trust trust;
  struct change_list changes;
  struct text error = TEXT_NONE;
  uint32_t system = step_resource(call->graph, call->step, PART_PLACE);
  if (!trust_read(call, system, &trust, &error))
    return answer_saw(call, ret_answer, OBSERVED_NOTHING, "%.*s", TEXT_ARG(error));
  if (!change_list_make(call, &trust, &changes, &error))
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "%.*s", TEXT_ARG(error));
  if (!trust_is_changed(call, &trust, &changes))
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "the files do not say it yet");
  struct sight sight = look(call, &trust);
  /* What a later step made the server read again is in force by that step. */
  bool only_written = (call->world->live && sight.seen == SEEN_NO_WAY) ||
                      (call->by_guard && sight.seen == SEEN_NEVER_ASKED);
  if (sight.seen != SEEN_YES && !only_written)
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "written, not in force: %.*s",
                      TEXT_ARG(sight.says));
  struct probe_report doors = ask_doors(call, &trust, &changes);
  if (!doors.as_expected)
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "written, not in force: %.*s",
                      TEXT_ARG(doors.says));
  return answer_saw(call, ret_answer, OBSERVED_AFTER, "%.*s%s%.*s", TEXT_ARG(sight.says),
                    doors.says.length == 0 ? "" : "; ", TEXT_ARG(doors.says));
}

/* Runs the reload command; true when there is something to observe from here on. */
static bool reload(const struct call *call, const struct trust *trust, struct answer *answer,
                   enum outcome *ret_outcome)
{
  struct command command;
  struct text words = setting_text(call, trust->system, KEY_RELOAD_WITH, 0);
  if (words.length == 0)
    return true;
  if (!command_split(call, words, "reload", &command)) {
    *ret_outcome = answer_end(call, answer, OUTCOME_MISCONFIGURED,
                              "`reload with command` has an open quote or no word");
    return false;
  }
  observe_step_behind(call->world, trust_changed_ns(trust));
  struct command_result result = command_run(call, &command);
  *ret_outcome = command_outcome(call, &result, answer);
  return *ret_outcome == OUTCOME_DONE;
}

/* Waits until the files are in force, or says what keeps them from it. */
static enum outcome wait_in_force(const struct call *call, const struct trust *trust,
                                  const struct change_list *changes, struct answer *answer)
{
  int64_t bound_s = observe_bound_s(call, trust->system);
  int64_t until_ms = step_until_ms(call, bound_s + IN_FORCE_LIMIT_S);
  struct sight sight;
  while ((sight = look(call, trust)).seen == SEEN_NOT_YET)
    if (!step_pause(call, POLL_MS, until_ms)) {
      answer->retry_after_s = RETRY_S;
      return answer_end(call, answer, OUTCOME_WAIT, "written, not in force yet: %.*s",
                        TEXT_ARG(sight.says));
    }
  if (sight.seen != SEEN_YES)
    return answer_end(call, answer, OUTCOME_IN_DOUBT, "%.*s", TEXT_ARG(sight.says));
  until_ms = step_until_ms(call, bound_s + HANDSHAKE_LIMIT_S);
  struct probe_report doors;
  while (!(doors = ask_doors(call, trust, changes)).as_expected)
    if (!step_pause(call, POLL_MS, until_ms)) {
      answer->retry_after_s = RETRY_S;
      return answer_end(call, answer, doors.was_judged ? OUTCOME_REFUSED : OUTCOME_WAIT, "%.*s",
                        TEXT_ARG(doors.says));
    }
  return answer_end(call, answer, OUTCOME_DONE, "%.*s%s%.*s", TEXT_ARG(sight.says),
                    doors.says.length == 0 ? "" : "; ", TEXT_ARG(doors.says));
}

static enum outcome bring_into_force(const struct call *call, const struct trust *trust,
                                     const struct change_list *changes, struct answer *answer)
{
  enum outcome outcome = OUTCOME_DONE;
  enum seen seen = look(call, trust).seen;
  /* Old workers may only be draining after a reload of an attempt before: then another one would
   * add a generation and help nobody. */
  int64_t asked_ns = 0;
  enum command_past past = command_past(call, "reload", &asked_ns);
  bool was_asked = past == COMMAND_ENDED_WELL && asked_ns >= trust_changed_ns(trust);
  if (seen != SEEN_YES && !was_asked && !reload(call, trust, answer, &outcome))
    return outcome;
  return wait_in_force(call, trust, changes, answer);
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  struct trust trust;
  struct change_list changes;
  struct text error = TEXT_NONE;
  uint32_t system = step_resource(call->graph, call->step, PART_PLACE);
  if (!trust_read(call, system, &trust, &error) ||
      !change_list_make(call, &trust, &changes, &error))
    return answer_end(call, ret_answer, OUTCOME_MISCONFIGURED, "%.*s", TEXT_ARG(error));
  if (!trust_keep(call, &trust, &error) || !trust_write(call, &trust, &changes, &error))
    return answer_end(call, ret_answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  return bring_into_force(call, &trust, &changes, ret_answer);
}

static enum outcome undo(const struct call *call, struct answer *ret_answer)
{
  struct trust trust;
  struct change_list changes, back, nothing = {0};
  struct text error = TEXT_NONE;
  uint32_t system = step_resource(call->graph, call->step, PART_PLACE);
  if (!trust_read(call, system, &trust, &error) ||
      !change_list_make(call, &trust, &changes, &error))
    return answer_end(call, ret_answer, OUTCOME_MISCONFIGURED, "%.*s", TEXT_ARG(error));
  if (!change_list_undo(call, &trust, &changes, &back))
    return answer_end(call, ret_answer, OUTCOME_DONE, "this step wrote nothing");
  if (!trust_write(call, &trust, &back, &error))
    return answer_end(call, ret_answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  /* What is refused again afterwards was refused before: only the reload is looked at. */
  return bring_into_force(call, &trust, &nothing, ret_answer);
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  uint32_t system = step_resource(call->graph, call->step, PART_PLACE);
  const char *pins = setting_path(call, system, KEY_PINS_FILE, 0);
  const char *trusts = setting_path(call, system, KEY_TRUSTS_FILE, 0);
  answer_say(call, ret_answer, "would change %s%s", pins != NULL ? pins : trusts,
             setting_text(call, system, KEY_RELOAD_WITH, 0).length == 0
                 ? ""
                 : ", reload, and look until it is in force");
}

const struct provider provider_trust_file = {
    .name = "trust-file",
    .supports = CAN_PROBE | CAN_REPEAT | CAN_UNDO,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .undo = undo,
    .preview = preview,
};
