/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_messages: `check call of FLOW` where a SAP tenant runs the flow and nobody says at which address
 * it is called: the message processing logs since its deployment are the evidence.
 *
 * (1) A message that FAILED refuses the step, with the tenant's own words.
 * (2) A message that was COMPLETED, and none that failed, is what was wanted.
 * (3) Where there was no message yet, a person is asked: the flow may run once a day only. Their word is
 *     taken, unless a message has failed by then.
 * [SAP] logs and their status; literals of a filter carry no zone.
 */
#include "runtime/providers/login.h"
#include "runtime/providers/own.h"
#include "runtime/providers/tenant_flow.h"

enum { LOOK_LIMIT_S = 10, POLL_MS = 2000 };

static const char reads[] = "MonitoringDataRead";

struct messages {
  uint32_t completed, failed;
  struct text failed_id;
};

static bool count(const struct odata_entry *entry, void *with)
{
  struct messages *messages = with;
  struct text status = odata_value(entry, "Status");
  messages->completed += text_is(status, "COMPLETED");
  if (text_is(status, "FAILED")) {
    messages->failed++;
    messages->failed_id = odata_value(entry, "MessageGuid");
  }
  return true;
}

static enum tenant_end read_messages(struct tenant *tenant, struct text id, int64_t since_s,
                                     struct messages *ret_messages, struct answer *answer)
{
  struct arena *arena = tenant->call->arena;
  struct text filter =
      text_format(arena, "IntegrationArtifact/Id eq %.*s and LogEnd gt %.*s",
                  TEXT_ARG(odata_literal(arena, id)), TEXT_ARG(odata_time_literal(arena, since_s)));
  struct text path =
      text_format(arena, "/MessageProcessingLogs?$filter=%.*s&$select=MessageGuid,Status,LogEnd",
                  TEXT_ARG(odata_escape(arena, filter)));
  *ret_messages = (struct messages){0};
  return tenant_each(tenant, path, reads, count, ret_messages, answer);
}

static struct text failure_of(struct tenant *tenant, struct text message)
{
  struct arena *arena = tenant->call->arena;
  struct answer ignored = {0};
  struct tenant_wish wish = {
      .method = "GET",
      .path = text_format(arena, "/MessageProcessingLogs(%.*s)/ErrorInformation/$value",
                          TEXT_ARG(odata_quote(arena, message))),
      .accept = "*/*",
      .role = reads};
  struct tenant_said said = tenant_call(tenant, &wish, &ignored);
  return said.end == TENANT_OK ? odata_read_problem(arena, said.body).message
                               : TEXT("the tenant says no reason");
}

static enum outcome ask(const struct call *call, struct text id, int64_t since_ms,
                        struct answer *answer)
{
  answer->asks = true;
  answer_help(call, answer,
              "send a message through it, or look at what it does; then: renew sign %.*s %.*s",
              TEXT_ARG(call->run), TEXT_ARG(text_shell_word(call->arena, call->step->id)));
  return answer_end(call, answer, OUTCOME_WAIT,
                    "no message of `%.*s` has been processed since it was deployed (%.*s)",
                    TEXT_ARG(id), TEXT_ARG(cert_time_text(call->arena, since_ms / 1000)));
}

static enum outcome look(const struct call *call, struct tenant *tenant, struct answer *answer)
{
  uint32_t flow = step_argument_of_kind(call->graph, call->step, KIND_FLOW)->resource;
  struct text id = tenant_flow_id(call, flow);
  int64_t until_ms = step_until_ms(call, LOOK_LIMIT_S);
  struct flow_state state;
  struct messages messages;
  enum tenant_end end = tenant_flow_read(tenant, id, &state, answer);
  if (end != TENANT_OK)
    return tenant_outcome(end);
  if (!state.is_there || !text_is(state.status, "STARTED"))
    return answer_end(call, answer, OUTCOME_REFUSED, "`%.*s` does not run", TEXT_ARG(id));
  for (;;) {
    end = read_messages(tenant, id, state.deployed_ms / 1000, &messages, answer);
    if (end != TENANT_OK)
      return tenant_outcome(end);
    if (messages.failed != 0)
      return answer_end(call, answer, OUTCOME_REFUSED,
                        "%u message%s of `%.*s` failed since it was deployed: %.*s",
                        messages.failed, messages.failed == 1 ? "" : "s", TEXT_ARG(id),
                        TEXT_ARG(failure_of(tenant, messages.failed_id)));
    if (messages.completed != 0)
      return answer_end(call, answer, OUTCOME_DONE,
                        "%u message%s of `%.*s` completed since it was deployed, none failed",
                        messages.completed, messages.completed == 1 ? "" : "s", TEXT_ARG(id));
    if (call->confirmed)
      return answer_end(call, answer, OUTCOME_DONE,
                        "confirmed; no message of `%.*s` was processed since it was deployed",
                        TEXT_ARG(id));
    if (!step_pause(call, POLL_MS, until_ms))
      return ask(call, id, state.deployed_ms, answer);
  }
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  struct tenant tenant;
  uint32_t flow = step_argument_of_kind(call->graph, call->step, KIND_FLOW)->resource;
  enum outcome outcome = OUTCOME_MISCONFIGURED;
  if (tenant_open(call, tenant_of(call->graph, flow), &tenant, ret_answer))
    outcome = look(call, &tenant, ret_answer);
  tenant_close(&tenant);
  return outcome;
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  return answer_saw(call, ret_answer, OBSERVED_BEFORE, "not looked at yet");
}

static void prepare(const struct call *call, struct diag_list *diags)
{
  uint32_t flow = step_argument_of_kind(call->graph, call->step, KIND_FLOW)->resource;
  login_prepare(call, tenant_of(call->graph, flow), diags);
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  uint32_t flow = step_argument_of_kind(call->graph, call->step, KIND_FLOW)->resource;
  answer_say(
      call, ret_answer,
      "would look at the messages of `%.*s` since its deployment; without any, a person is asked",
      TEXT_ARG(tenant_flow_id(call, flow)));
}

const struct provider provider_tenant_messages = {
    .name = "sap-tenant-messages",
    .supports = CAN_REPEAT | MAY_ASK,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .preview = preview,
};
