/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_endpoint: `check call of FLOW returns NUMBER` where a SAP tenant runs the flow and no `node ... at`
 * says its address: the tenant itself names it (ServiceEndpoints [SAP], their shape [CODE]).
 *
 * (1) The flow's entry points are called, all of them, or those that end with its `endpoint`. Nothing is
 *     presented: the call is a stranger's.
 * (2) An address is the tenant's word, so only https is called, and no log-on is sent there.
 * (3) It is one address for all nodes: of a single one of several it says nothing (providers.c asks a
 *     person).
 */
#include "runtime/providers/login.h"
#include "runtime/providers/own.h"
#include "runtime/providers/probe.h"
#include "runtime/providers/tenant_flow.h"

enum { LOOK_LIMIT_S = 10, POLL_MS = 1000, CODES_MAX = 32, POINTS_MAX = 16 };

struct points {
  struct arena *arena;
  struct text id, path;
  struct text urls[POINTS_MAX];
  uint32_t count;
  struct text others; /* of this flow, at another path */
  bool was_listed;
};

static void keep_point(struct points *points, struct text url)
{
  if (url.length == 0)
    return;
  if (points->path.length != 0 && !text_ends_with(url, text_zero(points->arena, points->path)))
    points->others = text_format(points->arena, "%.*s%s%.*s", TEXT_ARG(points->others),
                                 points->others.length == 0 ? "" : ", ", TEXT_ARG(url));
  else if (points->count < POINTS_MAX)
    points->urls[points->count++] = url;
}

static bool keep_points(const struct odata_entry *entry, void *with)
{
  struct points *points = with;
  const struct odata_page *inlined = odata_inlined(entry, "EntryPoints");
  /* The filter is a wish: an older tenant may answer with all flows. */
  if (!text_equal(odata_value(entry, "Name"), points->id))
    return true;
  for (uint32_t i = 0; inlined != NULL && i < inlined->count; i++)
    keep_point(points, odata_value(&inlined->entries[i], "Url"));
  return true;
}

static enum outcome find_points(const struct call *call, uint32_t flow, struct points *ret_points,
                                struct answer *answer)
{
  struct arena *arena = call->arena;
  struct tenant tenant;
  struct text filter;
  enum tenant_end end = TENANT_CLOSED;
  *ret_points = (struct points){.arena = arena,
                                .id = tenant_flow_id(call, flow),
                                .path = setting_text(call, flow, KEY_ENDPOINT, 0),
                                .others = TEXT("")};
  filter = text_format(arena, "Name eq %.*s", TEXT_ARG(odata_literal(arena, ret_points->id)));
  if (tenant_open(call, tenant_of(call->graph, flow), &tenant, answer))
    end = tenant_each(&tenant,
                      text_format(arena, "/ServiceEndpoints?$expand=EntryPoints&$filter=%.*s",
                                  TEXT_ARG(odata_escape(arena, filter))),
                      "MonitoringDataRead", keep_points, ret_points, answer);
  tenant_close(&tenant);
  if (end != TENANT_OK)
    return tenant_outcome(end);
  ret_points->was_listed = true;
  if (ret_points->count != 0)
    return OUTCOME_DONE;
  answer_help(call, answer,
              "a flow has an address when it runs and its sender listens (HTTPS, SOAP, ...); else "
              "write `node NAME at \"URL\"`");
  return answer_end(call, answer, OUTCOME_REFUSED,
                    "the tenant names no address of `%.*s`%s%.*s%s%.*s", TEXT_ARG(ret_points->id),
                    ret_points->path.length == 0 ? "" : " that ends with ",
                    TEXT_ARG(ret_points->path), ret_points->others.length == 0 ? "" : "; it has ",
                    TEXT_ARG(text_visible(arena, ret_points->others)));
}

static struct probe_report call_points(const struct call *call, const struct points *points)
{
  int64_t codes[CODES_MAX];
  uint32_t code_count = 0;
  const struct argument *argument;
  struct probe_report report = {0};
  while (code_count < CODES_MAX &&
         (argument = step_argument(call->graph, call->step, PART_EXPECTED, code_count)) != NULL)
    codes[code_count++] = argument->number;
  for (uint32_t i = 0; i < points->count; i++) {
    struct text shown = text_visible(call->arena, points->urls[i]);
    report = probe_call(call, points->urls[i], codes, code_count, PROBE_ROUNDS);
    report.says = text_format(call->arena, "%.*s: %.*s", TEXT_ARG(shown), TEXT_ARG(report.says));
    if (!report.as_expected)
      return report;
  }
  return report;
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  uint32_t flow = step_argument_of_kind(call->graph, call->step, KIND_FLOW)->resource;
  int64_t until_ms = step_until_ms(call, LOOK_LIMIT_S);
  struct points points;
  enum outcome outcome;
  struct probe_report report;
  /* Behind a restart the tenant may name the address a moment later. */
  while ((outcome = find_points(call, flow, &points, ret_answer)) == OUTCOME_REFUSED &&
         points.was_listed && step_pause(call, POLL_MS, until_ms))
    continue;
  if (outcome != OUTCOME_DONE)
    return outcome;
  for (uint32_t i = 0; i < points.count; i++)
    if (!text_starts_with(points.urls[i], "https://"))
      return answer_end(call, ret_answer, OUTCOME_REFUSED,
                        "the tenant names %.*s, which is no https address and is not called",
                        TEXT_ARG(text_visible(call->arena, points.urls[i])));
  while (!(report = call_points(call, &points)).as_expected)
    if (!step_pause(call, POLL_MS, until_ms))
      return answer_end(call, ret_answer, report.was_judged ? OUTCOME_REFUSED : OUTCOME_UNREACHABLE,
                        "%.*s", TEXT_ARG(report.says));
  return answer_end(call, ret_answer, OUTCOME_DONE, "%.*s", TEXT_ARG(report.says));
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
  answer_say(call, ret_answer, "would call `%.*s` at the address that the tenant names",
             TEXT_ARG(tenant_flow_id(call, flow)));
}

const struct provider provider_tenant_endpoint = {
    .name = "sap-tenant-endpoint",
    .supports = CAN_REPEAT,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .preview = preview,
};
