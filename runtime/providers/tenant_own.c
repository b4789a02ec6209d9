/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_own: the keys of a SAP tenant that SAP makes and only SAP may write: the pending one is fetched,
 * handed over and activated.
 *
 * (1) [SPEC] A pending key is activated by a DELETE with `activate=true`; without it the same call would
 *     destroy the key. There is one place that makes that call (tenant_activate).
 * (2) Activated is what the keystore shows afterwards. What was active before stays in the key history;
 *     nothing brings it back by itself: an activation is a point of no return.
 */
#include <string.h>

#include "runtime/providers/own.h"
#include "runtime/providers/tenant_int.h"

enum { ACTIVE_LIMIT_S = 30, ACTIVE_POLL_MS = 500 };

/* ---- activates C in KEYSTORE ---- */

struct activation {
  struct text alias;
  struct text old, wanted, pending; /* fingerprints */
};

/* [SAP] what was active before goes to the key history, from where a person can bring it back. */
static struct text say_history(const struct call *call, struct tenant *tenant, struct text old)
{
  struct answer ignored = {0};
  struct text alias = TEXT_NONE;
  if (old.length == 0 || tenant_history_find(tenant, old, &alias, &ignored) != TENANT_OK)
    return TEXT("");
  return text_format(call->arena, "; the old one is in the key history as `%.*s`", TEXT_ARG(alias));
}

static enum observation see_activation(const struct call *call, struct tenant *tenant,
                                       struct activation *ret_activation, struct answer *answer)
{
  const struct argument *object = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct text name = call->graph->resources[object->resource].name, error;
  struct cert_list chain;
  struct tenant_entry there, pending;
  struct activation a = {.alias = setting_text(call, object->resource, KEY_ALIAS, 0)};
  struct text old = text_format(call->arena, "%.*s.old", TEXT_ARG(name));
  struct text new = text_format(call->arena, "%.*s.new", TEXT_ARG(name));
  if (safe_read_chain(call, old, &chain, &error) == FILE_FOUND)
    a.old = chain.items[0].fingerprint;
  if (!call->world->live && safe_read_chain(call, new, &chain, &error) == FILE_FOUND)
    a.wanted = chain.items[0].fingerprint;
  *ret_activation = a;
  enum tenant_end end = tenant_entry_read(tenant, TENANT_SYSTEM, a.alias, &there, answer);
  if (end != TENANT_OK)
    return end == TENANT_MISSING ? OBSERVED_NEITHER : OBSERVED_NOTHING;
  answer_add_fact(call->arena, answer, "fingerprint", there.fingerprint);
  if (a.wanted.length != 0 && text_equal(there.fingerprint, a.wanted))
    return answer_saw(call, answer, OBSERVED_AFTER, "`%.*s` is active with the new key%.*s",
                      TEXT_ARG(a.alias), TEXT_ARG(say_history(call, tenant, a.old)));
  end = tenant_entry_read(tenant, TENANT_PENDING, a.alias, &pending, answer);
  if (end == TENANT_MISSING)
    return answer_saw(
        call, answer, OBSERVED_NEITHER,
        "SAP has put no new key for `%.*s` into New SAP Keys (it does so 60 days before "
        "the old one expires)",
        TEXT_ARG(a.alias));
  if (end != TENANT_OK)
    return OBSERVED_NOTHING;
  ret_activation->pending = pending.fingerprint;
  bool fits = text_equal(there.fingerprint, a.old) &&
              (a.wanted.length == 0 || text_equal(pending.fingerprint, a.wanted));
  return fits ? answer_saw(call, answer, OBSERVED_BEFORE,
                           "the new key for `%.*s` waits (SHA-256 %.16s...)", TEXT_ARG(a.alias),
                           pending.fingerprint.at)
              : answer_saw(call, answer, OBSERVED_NEITHER,
                           "`%.*s` or its pending key is not what it was when the run began",
                           TEXT_ARG(a.alias));
}

static enum observation probe_activate(const struct call *call, struct answer *ret_answer)
{
  struct tenant tenant;
  struct activation activation;
  enum observation observed = OBSERVED_NOTHING;
  if (tenant_open_step(call, &tenant, ret_answer))
    observed = see_activation(call, &tenant, &activation, ret_answer);
  tenant_close(&tenant);
  return observed;
}

/* The answer to the call is no evidence: what the keystore holds is. */
static enum outcome activate(const struct call *call, struct tenant *tenant,
                             const struct activation *a, struct answer *answer)
{
  struct tenant_entry there;
  int64_t until_ms = step_until_ms(call, ACTIVE_LIMIT_S);
  struct tenant_said said = tenant_activate(tenant, a->alias, answer);
  if (said.end != TENANT_OK)
    return tenant_outcome(said.end);
  for (;;) {
    enum tenant_end end = tenant_entry_read(tenant, TENANT_SYSTEM, a->alias, &there, answer);
    if (end == TENANT_OK && text_equal(there.fingerprint, a->pending)) {
      answer_add_fact(call->arena, answer, "fingerprint", there.fingerprint);
      return answer_end(call, answer, OUTCOME_DONE, "`%.*s` is active with the new key%.*s",
                        TEXT_ARG(a->alias), TEXT_ARG(say_history(call, tenant, a->old)));
    }
    if (!step_pause(call, ACTIVE_POLL_MS, until_ms))
      return end != TENANT_OK
                 ? tenant_outcome_of_read(end)
                 : answer_end(call, answer, OUTCOME_REFUSED,
                              "the tenant took the activation of `%.*s`, and the old key is still "
                              "the active one",
                              TEXT_ARG(a->alias));
  }
}

static enum outcome apply_activate(const struct call *call, struct answer *ret_answer)
{
  struct tenant tenant;
  struct activation activation;
  enum outcome outcome = OUTCOME_MISCONFIGURED;
  if (tenant_open_step(call, &tenant, ret_answer))
    switch (see_activation(call, &tenant, &activation, ret_answer)) {
    case OBSERVED_AFTER:
      outcome = OUTCOME_DONE;
      break;
    case OBSERVED_BEFORE:
      outcome = activate(call, &tenant, &activation, ret_answer);
      break;
    case OBSERVED_NEITHER:
      outcome = OUTCOME_REFUSED;
      break;
    case OBSERVED_NOTHING:
      outcome = OUTCOME_UNREACHABLE;
      break;
    }
  tenant_close(&tenant);
  return outcome;
}

/* ---- exports C.new from KEYSTORE, where SAP owns C ---- */

static enum outcome fetch_pending(const struct call *call, const struct argument *object,
                                  struct answer *answer)
{
  struct tenant tenant;
  struct cert_list chain;
  struct text alias = setting_text(call, object->resource, KEY_ALIAS, 0);
  struct text name = argument_name(call, object);
  enum tenant_end end = TENANT_CLOSED;
  if (tenant_open_step(call, &tenant, answer))
    end = tenant_chain(&tenant, TENANT_PENDING, alias, &chain, answer);
  tenant_close(&tenant);
  if (end == TENANT_MISSING) {
    answer_help(call, answer, "SAP makes it 60 days before the old one expires; then: renew retry");
    return answer_end(call, answer, OUTCOME_REFUSED,
                      "SAP has put no new key for `%.*s` into New SAP Keys yet", TEXT_ARG(alias));
  }
  if (end == TENANT_OK && !safe_write_chain(call, name, &chain, &answer->says))
    return OUTCOME_REFUSED;
  return tenant_outcome_of_read(end);
}

static enum outcome apply_export(const struct call *call, struct answer *ret_answer)
{
  const struct argument *object = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct cert_list chain;
  struct text error = TEXT_NONE;
  enum outcome outcome = OUTCOME_DONE;
  if (!argument_has(object, MEMBER_OLD) &&
      tenant_owns_alias(setting_text(call, object->resource, KEY_ALIAS, 0)) &&
      safe_read_chain(call, argument_name(call, object), &chain, &error) != FILE_FOUND)
    outcome = fetch_pending(call, object, ret_answer);
  return outcome == OUTCOME_DONE ? provider_export.apply(call, ret_answer) : outcome;
}

static enum observation probe_export(const struct call *call, struct answer *ret_answer)
{
  return provider_export.probe(call, ret_answer);
}

static void preview_activate(const struct call *call, struct answer *ret_answer)
{
  const struct argument *object = step_argument(call->graph, call->step, PART_OBJECT, 0);
  answer_say(call, ret_answer,
             "would activate SAP's pending key under `%.*s`; the old one goes to the history",
             TEXT_ARG(setting_text(call, object->resource, KEY_ALIAS, 0)));
}

const struct provider provider_tenant_activate = {
    .name = "sap-tenant",
    .supports = CAN_PROBE,
    .prepare = tenant_prepare_step,
    .probe = probe_activate,
    .apply = apply_activate,
    .preview = preview_activate,
};

const struct provider provider_tenant_export = {
    .name = "sap-tenant",
    .supports = CAN_PROBE | CAN_REPEAT,
    .prepare = tenant_prepare_step,
    .probe = probe_export,
    .apply = apply_export,
};
