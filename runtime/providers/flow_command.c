/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_command: `starts`, `stops` and `restarts` a flow on a node, by the declared command.
 *
 * (1) A restart is done when the node uses the pair that the keystore holds now: no process of it
 *     is left that began before the keystore was written, and three fresh calls of the node's
 *     address are answered (where one is declared). The exit status of the command closes nothing.
 * (2) Compared with the keystore's files, not with our memory: it is the same after a crash, and a
 *     node that somebody restarted is not restarted again.
 * SAP-6ec6-17: the node caches the keystore; only a restart that is seen ends that. SAP-6ec6-18:
 * each node is a step of its own. SAP-6ec6-28, SAP-6ec6-34: stopped and started likewise.
 */
#include <sys/stat.h>

#include "runtime/providers/command.h"
#include "runtime/providers/keystore.h"
#include "runtime/providers/observe.h"
#include "runtime/providers/own.h"
#include "runtime/providers/probe.h"

enum { SEEN_LIMIT_S = 60, CALL_LIMIT_S = 10, POLL_MS = 100, RETRY_S = 5 };

static uint32_t flow_of(const struct call *call)
{
  return step_resource(call->graph, call->step, PART_OBJECT);
}

static int64_t link_changed_ns(const char *path)
{
  struct stat facts;
  if (lstat(path, &facts) != 0)
    return 0;
  return (int64_t)facts.st_ctim.tv_sec * 1000000000 + facts.st_ctim.tv_nsec;
}

/* When what the flow presents was last written; 0 where that is no file of ours. */
static int64_t keystore_changed_ns(const struct call *call)
{
  int64_t youngest_ns = 0;
  const struct graph_setting *calls;
  for (uint32_t i = 0;
       (calls = graph_setting_nth(call->graph, flow_of(call), KEY_CALLS, i)) != NULL; i++) {
    if (calls->values.count < 2)
      continue;
    uint32_t certificate = call->graph->values[calls->values.first + 1].resource;
    uint32_t place = setting_resource(call, certificate, KEY_IN, 0);
    struct keystore keystore;
    struct text error;
    if (place == INDEX_NONE || !certificate_is_ours(call->graph, certificate) ||
        !keystore_open(call, place, certificate, &keystore, &error))
      continue;
    const char *link = text_format(call->arena, "%s/current", keystore.path).at;
    const int64_t times_ns[] = {file_changed_ns(keystore.cert_path),
                                file_changed_ns(keystore.key_path),
                                keystore.form == KEYSTORE_FOLDER ? link_changed_ns(link) : 0};
    for (size_t j = 0; j < sizeof times_ns / sizeof *times_ns; j++)
      youngest_ns = times_ns[j] > youngest_ns ? times_ns[j] : youngest_ns;
  }
  return youngest_ns;
}

/* The address at which the step's node is called; TEXT_NONE without. */
static struct text node_url(const struct call *call)
{
  const struct graph_setting *node;
  struct text wanted = step_node(call);
  for (uint32_t i = 0; (node = graph_setting_nth(call->graph, flow_of(call), KEY_NODE, i)) != NULL;
       i++) {
    const struct graph_value *values = &call->graph->values[node->values.first];
    if (node->values.count >= 2 && text_equal(values[0].text, wanted))
      return values[1].text;
  }
  return TEXT_NONE;
}

static void prepare(const struct call *call, struct diag_list *diags)
{
  struct command command = command_of_step(call);
  uint32_t flow = flow_of(call);
  command_prepare(call, &command, diags);
  observe_prepare(call, flow, diags);
  if (observe_is_possible(call, flow) || node_url(call).length != 0)
    return;
  struct diag *diag = diag_add_nowhere(diags, DIAG_E0727, "nothing can see whether `%.*s` happened",
                                       TEXT_ARG(call->step->id));
  diag_add_help(diags, diag,
                "add `observed by nginx \"PID-FILE\"`, `observed by command \"...\"`, "
                "`drains within 30s` or `node NAME at \"URL\"` to the flow");
}

static struct sight look(const struct call *call)
{
  uint32_t flow = flow_of(call);
  struct observe_wish wish = {.resource = flow,
                              .what = "",
                              /* What a later step wrote is not what this one was for. */
                              .since_ns = call->by_guard ? 0 : keystore_changed_ns(call),
                              .is_stop = call->step->effect == EFFECT_STOP};
  if (observe_is_possible(call, flow))
    return observe(call, &wish);
  int64_t at_ns = 0;
  /* Only calls can see it: they count from the end of our command. */
  bool ended = command_past(call, "", &at_ns) == COMMAND_ENDED_WELL && at_ns >= wish.since_ns;
  return ended ? (struct sight){SEEN_YES, TEXT("the command ended with 0")}
               : (struct sight){SEEN_NEVER_ASKED, TEXT("the command was not run yet")};
}

static struct probe_report ask_node(const struct call *call)
{
  struct text url = node_url(call);
  if (url.length == 0)
    return (struct probe_report){.as_expected = true, .says = TEXT("")};
  return call->step->effect == EFFECT_STOP ? probe_silence(call, url)
                                           : probe_call(call, url, NULL, 0, PROBE_ROUNDS);
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  struct sight sight = look(call);
  if (sight.seen == SEEN_NO_WAY)
    return answer_saw(call, ret_answer, OBSERVED_NOTHING, "%.*s", TEXT_ARG(sight.says));
  if (sight.seen != SEEN_YES)
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "%.*s", TEXT_ARG(sight.says));
  struct probe_report node = ask_node(call);
  if (!node.as_expected)
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "%.*s", TEXT_ARG(node.says));
  return answer_saw(call, ret_answer, OBSERVED_AFTER, "%.*s%s%.*s", TEXT_ARG(sight.says),
                    node.says.length == 0 ? "" : "; ", TEXT_ARG(node.says));
}

static enum outcome wait_until_seen(const struct call *call, struct answer *answer)
{
  int64_t bound_s = observe_bound_s(call, flow_of(call));
  int64_t until_ms = step_until_ms(call, bound_s + SEEN_LIMIT_S);
  struct sight sight;
  while ((sight = look(call)).seen == SEEN_NOT_YET)
    if (!step_pause(call, POLL_MS, until_ms)) {
      answer->retry_after_s = RETRY_S;
      return answer_end(call, answer, OUTCOME_WAIT,
                        "the command returned, and it has not happened "
                        "yet: %.*s",
                        TEXT_ARG(sight.says));
    }
  if (sight.seen != SEEN_YES)
    return answer_end(call, answer, OUTCOME_IN_DOUBT, "%.*s", TEXT_ARG(sight.says));
  until_ms = step_until_ms(call, bound_s + CALL_LIMIT_S);
  struct probe_report node;
  while (!(node = ask_node(call)).as_expected)
    if (!step_pause(call, POLL_MS, until_ms))
      return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(node.says));
  return answer_end(call, answer, OUTCOME_DONE, "%.*s%s%.*s", TEXT_ARG(sight.says),
                    node.says.length == 0 ? "" : "; ", TEXT_ARG(node.says));
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  int64_t asked_ns = 0;
  enum command_past past = command_past(call, "", &asked_ns);
  /* It ended well for these files and only has to be seen: a second restart would help nobody. A
   * second attempt that was asked for after a failure runs it again. */
  bool was_asked = past == COMMAND_ENDED_WELL && asked_ns >= keystore_changed_ns(call) &&
                   look(call).seen == SEEN_NOT_YET && ask_node(call).as_expected;
  if (!was_asked) {
    struct command command = command_of_step(call);
    observe_step_behind(call->world, keystore_changed_ns(call));
    struct command_result result = command_run(call, &command);
    enum outcome outcome = command_outcome(call, &result, ret_answer);
    if (outcome != OUTCOME_DONE)
      return outcome;
  }
  return wait_until_seen(call, ret_answer);
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  struct command command = command_of_step(call);
  struct text words = TEXT("");
  for (uint32_t i = 0; i < command.argc; i++)
    words = text_format(call->arena, "%.*s%s%.*s", TEXT_ARG(words), i == 0 ? "" : " ",
                        TEXT_ARG(command.argv[i]));
  answer_say(call, ret_answer, "would run `%.*s` and look until it has happened", TEXT_ARG(words));
}

/* No CAN_REPEAT: after a crash it is looked at first; toggles are fenced by their lock. */
const struct provider provider_flow_command = {
    .name = "flow-command",
    .supports = CAN_PROBE,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .preview = preview,
};
