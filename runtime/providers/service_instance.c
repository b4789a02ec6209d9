/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_instance: `creates INSTANCE in SPACE` on Cloud Foundry. SAP-7f84-10, SAP-7f84-11.
 *
 * (1) An instance that is there is not created: it is compared with what the plan says of it, and the step is
 *     done. Other than the plan's, it is refused; nothing updates it.
 * (2) Before each write it is looked whether it was done. A lost answer is followed by a look; the platform
 *     takes a name once a space, so a request that arrives late makes no second instance.
 * (3) What this run created holds its label. Only that is deleted: what a failed request left behind, and on
 *     roll-back what nobody has made a key in since, for DELETE takes an instance's keys with it [DOC].
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "runtime/providers/cloud_int.h"
#include "runtime/providers/own.h"
#include "runtime/providers/service_key.h"

enum {
  MAKE_LIMIT_S = 600, /* without `within`: brokers take seconds to minutes */
  LOOK_PAUSE_MS = 500,
  LOOKS_AFTER_LOSS = 3,
  AGAIN_S = 10,
  HTTP_UNPROCESSABLE = 422
};

struct making {
  const struct call *call;
  uint32_t instance;
  struct cloud cloud;
  struct text space; /* its guid; "" before the first look */
  int64_t until_ms;
};

static struct making making_of(const struct call *call)
{
  return (struct making){
      .call = call,
      .instance = step_argument_of_kind(call->graph, call->step, KIND_INSTANCE)->resource,
      .space = TEXT(""),
      .until_ms = step_until_ms(call, MAKE_LIMIT_S)};
}

static enum cloud_end look(struct making *making, struct cf_resource *ret_found,
                           struct answer *answer)
{
  return cloud_instance_look(&making->cloud, making->instance, &making->space, ret_found, answer);
}

static enum cloud_end open_and_look(struct making *making, struct cf_resource *ret_found,
                                    struct answer *answer)
{
  uint32_t space = setting_resource(making->call, making->instance, KEY_IN, 0);
  enum cloud_end end = cloud_open(making->call, space, &making->cloud, answer);
  return end == CLOUD_OK ? look(making, ret_found, answer) : end;
}

static bool is_own(const struct call *call, const struct cf_resource *found)
{
  return text_equal(cf_value(&found->labels, "renew-run"), service_key_run_label(call));
}

static bool is_under_way(const struct cf_resource *found)
{
  return text_is(found->state, "in progress") || text_is(found->state, "initial");
}

/* [CODE] cloud_controller_ng, save_failed_state: what a broker refused stays, and keeps the name. */
static bool is_failed(const struct cf_resource *found)
{
  return text_is(found->state, "failed") && text_is(found->operation, "create");
}

static void prepare(const struct call *call, struct diag_list *diags)
{
  uint32_t instance = step_argument_of_kind(call->graph, call->step, KIND_INSTANCE)->resource;
  cloud_prepare(call, setting_resource(call, instance, KEY_IN, 0), diags);
}

/* ---- the request ---- */

static enum cloud_end say_no_plan(struct making *making, uint32_t count, struct answer *answer)
{
  const struct call *call = making->call;
  struct text offering = cloud_instance_offering(call, making->instance);
  struct text plan = setting_text(call, making->instance, KEY_PLAN_OF, 0);
  if (count == 0) {
    answer_say(call, answer, "space `%.*s` offers no plan `%.*s` of `%.*s`",
               TEXT_ARG(cloud_space_name(&making->cloud)), TEXT_ARG(plan), TEXT_ARG(offering));
    answer_help(call, answer,
                "entitle the subaccount to the plan (cockpit: Entitlements), or correct `plan` and "
                "`offering`");
  } else {
    answer_say(call, answer, "%u brokers offer the plan `%.*s` of `%.*s`: which one is meant?",
               count, TEXT_ARG(plan), TEXT_ARG(offering));
    answer_help(call, answer, "create the instance by hand: cf create-service ... -b BROKER");
  }
  return CLOUD_NO;
}

static enum cloud_end find_plan(struct making *making, struct text *ret_guid, struct answer *answer)
{
  const struct call *call = making->call;
  struct text plan = setting_text(call, making->instance, KEY_PLAN_OF, 0);
  struct text path = cloud_with_query(&making->cloud, "/v3/service_plans", "names", plan);
  path = cloud_with_query(&making->cloud, path.at, "service_offering_names",
                          cloud_instance_offering(call, making->instance));
  struct cloud_said said = cloud_call(&making->cloud, "GET", path, TEXT_NONE, answer);
  uint32_t count = 0;
  for (uint32_t i = 0; said.end == CLOUD_OK && i < said.body.resource_count; i++)
    if (text_equal(said.body.resources[i].name, plan)) {
      *ret_guid = said.body.resources[i].guid;
      count++;
    }
  if (said.end == CLOUD_OK && said.body.form != CF_PAGE) {
    answer_say(call, answer, "space `%.*s` answered something that is no list",
               TEXT_ARG(cloud_space_name(&making->cloud)));
    return CLOUD_AWAY;
  }
  return said.end == CLOUD_OK && count != 1 ? say_no_plan(making, count, answer) : said.end;
}

static json_t *text_of_json(struct text value)
{
  return json_stringn(value.at == NULL ? "" : value.at, value.length);
}

static struct text request_of(const struct making *making, struct text plan)
{
  const struct call *call = making->call;
  struct text parameters = cloud_instance_parameters(call, making->instance);
  struct text name = call->graph->resources[making->instance].name;
  json_t *root = json_pack(
      "{s:s, s:o, s:{s:{s:{s:o}}, s:{s:{s:o}}}, s:o, s:{s:{s:o, s:o}, s:{s:o}}}", "type", "managed",
      "name", text_of_json(cloud_instance_name(call, making->instance)), "relationships", "space",
      "data", "guid", text_of_json(making->space), "service_plan", "data", "guid",
      text_of_json(plan), "parameters", json_loadb(parameters.at, parameters.length, 0, NULL),
      "metadata", "labels", "renew-instance", text_of_json(service_key_label(call, name)),
      "renew-run", text_of_json(service_key_run_label(call)), "annotations", "renew-plan",
      text_of_json(call->graph->name));
  char *words = json_dumps(root, JSON_COMPACT);
  struct text body = text_copy(call->arena, text_of(words == NULL ? "" : words));
  free(words);
  json_decref(root);
  return body;
}

/* The request has arrived: a platform that is away or busy now may have done it. */
static enum cloud_end arrived(enum cloud_end end)
{
  return end == CLOUD_AWAY || end == CLOUD_BUSY ? CLOUD_LOST : end;
}

/* After a write whose answer was lost: a moment may pass before the platform shows it. */
static enum cloud_end look_after_loss(struct making *making, struct cf_resource *ret_found,
                                      struct answer *answer)
{
  struct text lost = answer->says;
  enum cloud_end end = CLOUD_MISSING;
  for (int i = 0; i < LOOKS_AFTER_LOSS && end == CLOUD_MISSING; i++)
    if (step_pause(making->call, LOOK_PAUSE_MS, making->until_ms))
      end = look(making, ret_found, answer);
  if (end == CLOUD_MISSING) /* nothing there, and the name keeps a late one from being a second */
    answer->says = lost;
  return end == CLOUD_MISSING ? CLOUD_LOST : arrived(end);
}

/* CLOUD_OK: it is there, in whatever state. */
static enum cloud_end send(struct making *making, struct text plan, struct cf_resource *ret_found,
                           struct answer *answer)
{
  struct cloud_said said = cloud_call(&making->cloud, "POST", TEXT("/v3/service_instances"),
                                      request_of(making, plan), answer);
  if (said.end == CLOUD_LOST)
    return look_after_loss(making, ret_found, answer);
  if (said.end == CLOUD_NO && said.status == HTTP_UNPROCESSABLE) {
    /* The name may be taken by our own request, whose answer was lost. */
    struct answer why = {0};
    return look(making, ret_found, &why) == CLOUD_OK ? CLOUD_OK : CLOUD_NO;
  }
  if (said.end != CLOUD_OK)
    return said.end == CLOUD_MISSING ? CLOUD_NO : said.end;
  enum cloud_end end = CLOUD_OK;
  if (said.job.length != 0)
    end = arrived(cloud_wait_job(&making->cloud, said.job, making->until_ms, answer));
  /* A job nobody knows any more is over: the instance itself says how it ended. */
  if (end == CLOUD_OK || end == CLOUD_MISSING)
    end = arrived(look(making, ret_found, answer));
  return end == CLOUD_MISSING ? look_after_loss(making, ret_found, answer) : end;
}

/* ---- until it is there, or gone ---- */

static enum cloud_end wait_made(struct making *making, struct cf_resource *found,
                                struct answer *answer)
{
  enum cloud_end end = CLOUD_OK;
  while (end == CLOUD_OK && is_under_way(found)) {
    if (!step_pause(making->call, LOOK_PAUSE_MS, making->until_ms)) {
      answer->retry_after_s = AGAIN_S;
      answer_say(making->call, answer, "the platform is still making the instance");
      return CLOUD_AT_WORK;
    }
    end = look(making, found, answer);
  }
  return end == CLOUD_MISSING ? CLOUD_LOST : end;
}

static enum cloud_end drop(struct making *making, struct text guid, struct answer *answer)
{
  const struct call *call = making->call;
  struct cf_resource found;
  struct text path = text_format(call->arena, "/v3/service_instances/%.*s", TEXT_ARG(guid));
  struct cloud_said said = cloud_call(&making->cloud, "DELETE", path, TEXT_NONE, answer);
  enum cloud_end end = said.end;
  if (end == CLOUD_MISSING)
    return CLOUD_OK;
  if (end == CLOUD_OK && said.job.length != 0)
    end = arrived(cloud_wait_job(&making->cloud, said.job, making->until_ms, answer));
  if (end == CLOUD_NO || end == CLOUD_AWAY || end == CLOUD_CLOSED)
    return end;
  struct text lost = answer->says;
  /* A job of the deletion may end a moment before the list shows it; the platform at work on the
   * instance may be our own deletion, whose answer was lost. */
  for (int i = 0; i < LOOKS_AFTER_LOSS; i++) {
    enum cloud_end seen = look(making, &found, answer);
    if (seen == CLOUD_MISSING || (seen == CLOUD_OK && !text_equal(found.guid, guid)))
      return CLOUD_OK;
    if (seen != CLOUD_OK)
      return arrived(seen);
    if (!step_pause(call, LOOK_PAUSE_MS, making->until_ms))
      break;
  }
  answer->says = end == CLOUD_OK ? TEXT("the instance is still there") : lost;
  return end == CLOUD_BUSY || end == CLOUD_AT_WORK ? end : CLOUD_LOST;
}

/* ---- creates ---- */

/* What is there before anything is asked for: ours and failed is cleared away, ours under way waited for. */
static enum cloud_end take_over(struct making *making, struct cf_resource *found,
                                bool *ret_is_there, struct answer *answer)
{
  bool own = is_own(making->call, found);
  *ret_is_there = !(own && is_failed(found));
  if (!*ret_is_there)
    return drop(making, found->guid, answer);
  return own ? wait_made(making, found, answer) : CLOUD_OK;
}

/* end: of the first look. */
static enum cloud_end make(struct making *making, enum cloud_end end, struct cf_resource *found,
                           struct answer *answer)
{
  bool is_there = false;
  struct text plan = TEXT_NONE;
  if (end == CLOUD_OK)
    end = take_over(making, found, &is_there, answer);
  else if (end == CLOUD_MISSING)
    end = CLOUD_OK;
  if (end == CLOUD_OK && !is_there)
    end = find_plan(making, &plan, answer);
  if (end != CLOUD_OK)
    return end == CLOUD_LOST ? CLOUD_AWAY : end; /* so far only looked, or cleared away */
  if (!is_there) {
    end = send(making, plan, found, answer);
    if (end == CLOUD_OK && is_own(making->call, found))
      end = arrived(wait_made(making, found, answer));
  }
  if (end != CLOUD_OK)
    return end == CLOUD_MISSING ? CLOUD_LOST : end;
  end = cloud_instance_judge(&making->cloud, making->instance, found, answer);
  return is_there ? end == CLOUD_LOST ? CLOUD_AWAY : end : arrived(end);
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  struct making making = making_of(call);
  struct cf_resource found;
  enum cloud_end end = open_and_look(&making, &found, ret_answer);
  end = make(&making, end, &found, ret_answer);
  if (end != CLOUD_OK)
    return cloud_outcome(end);
  struct text name = text_visible(call->arena, found.name);
  answer_add_fact(call->arena, ret_answer, "instance", name);
  answer_add_fact(call->arena, ret_answer, "guid", text_visible(call->arena, found.guid));
  return answer_end(call, ret_answer, OUTCOME_DONE,
                    is_own(call, &found) ? "created the service instance `%.*s`"
                                         : "the service instance `%.*s` is there already",
                    TEXT_ARG(name));
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  struct making making = making_of(call);
  struct cf_resource found;
  enum cloud_end end = open_and_look(&making, &found, ret_answer);
  if (end == CLOUD_MISSING)
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "the service instance is not there yet");
  if (end != CLOUD_OK)
    return OBSERVED_NOTHING;
  if (is_under_way(&found) || (is_failed(&found) && is_own(call, &found)))
    return answer_saw(call, ret_answer, OBSERVED_BEFORE,
                      "the service instance is there and not finished (%.*s)",
                      TEXT_ARG(text_visible(call->arena, found.state)));
  end = cloud_instance_judge(&making.cloud, making.instance, &found, ret_answer);
  if (end == CLOUD_OK)
    return answer_saw(call, ret_answer, OBSERVED_AFTER,
                      is_own(call, &found)
                          ? "the service instance `%.*s` is there"
                          : "the service instance `%.*s` was there before, and is as the plan says",
                      TEXT_ARG(text_visible(call->arena, found.name)));
  if (end != CLOUD_NO)
    return OBSERVED_NOTHING;
  /* What others made otherwise is not what this step left: it refuses, and says what differs. */
  return is_own(call, &found) ? OBSERVED_NEITHER : OBSERVED_BEFORE;
}

/* ---- and back ---- */

/* Keys, and the bindings of applications. */
static enum cloud_end count_bindings(struct making *making, struct text guid, int64_t *ret_count,
                                     struct answer *answer)
{
  struct text path = cloud_with_query(&making->cloud, "/v3/service_credential_bindings?per_page=1",
                                      "service_instance_guids", guid);
  struct cloud_said said = cloud_call(&making->cloud, "GET", path, TEXT_NONE, answer);
  if (said.end == CLOUD_OK && said.body.form != CF_PAGE)
    return CLOUD_AWAY;
  *ret_count = said.body.total > 0 ? said.body.total : said.body.resource_count;
  return said.end == CLOUD_LOST ? CLOUD_AWAY : said.end;
}

static enum outcome undo(const struct call *call, struct answer *ret_answer)
{
  struct making making = making_of(call);
  struct cf_resource found;
  int64_t count = 0;
  enum cloud_end end = open_and_look(&making, &found, ret_answer);
  if (end == CLOUD_MISSING || (end == CLOUD_OK && !is_own(call, &found)))
    return answer_end(call, ret_answer, OUTCOME_DONE, "this step left no service instance behind");
  if (end == CLOUD_OK)
    end = count_bindings(&making, found.guid, &count, ret_answer);
  if (end == CLOUD_OK && count != 0) {
    struct text name = text_visible(call->arena, found.name);
    answer_say(
        call, ret_answer,
        "the service instance `%.*s` has keys or bindings by now (%lld), which would go with it",
        TEXT_ARG(name), (long long)count);
    answer_help(call, ret_answer,
                "leave it, or delete it when nobody uses them: cf delete-service %.*s",
                TEXT_ARG(text_shell_word(call->arena, name)));
    end = CLOUD_NO;
  }
  if (end == CLOUD_OK)
    end = drop(&making, found.guid, ret_answer);
  if (end == CLOUD_OK)
    answer_say(call, ret_answer, "deleted the service instance `%.*s`",
               TEXT_ARG(text_visible(call->arena, found.name)));
  return cloud_outcome(end);
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  uint32_t instance = step_argument_of_kind(call->graph, call->step, KIND_INSTANCE)->resource;
  uint32_t space = setting_resource(call, instance, KEY_IN, 0);
  answer_say(
      call, ret_answer,
      "would create the service instance `%.*s` (%.*s, plan %.*s) in space `%.*s` of `%.*s`, "
      "where it is not there yet, with %.*s",
      TEXT_ARG(cloud_instance_name(call, instance)),
      TEXT_ARG(cloud_instance_offering(call, instance)),
      TEXT_ARG(setting_text(call, instance, KEY_PLAN_OF, 0)),
      TEXT_ARG(setting_text(call, space, KEY_NAME, 0)),
      TEXT_ARG(setting_text(call, space, KEY_ORGANIZATION, 0)),
      TEXT_ARG(cloud_instance_parameters(call, instance)));
}

const struct provider provider_service_instance = {
    .name = "service-instance",
    .supports = CAN_PROBE | CAN_REPEAT | CAN_UNDO,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .undo = undo,
    .preview = preview,
};
