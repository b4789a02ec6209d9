/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_key_make: `creates K.new in INSTANCE` and `deletes K.old from INSTANCE` on Cloud Foundry.
 *
 * (1) Before each write it is looked whether it was done: by name (K.new), by guid (K.old). A lost answer
 *     is followed by a look; a name is taken once, so a request that arrives late makes no second key.
 * (2) Done when the platform's job is complete and the key is seen there with its credentials, or seen
 *     to be gone.
 * (3) A key that has our name and not our label is somebody else's: nothing is done.
 * SAP-7f84-2: a sender is let in as long as a key holds its certificate: the new one is there before the old
 * one goes. SAP-7f84-10, SAP-7f84-11, SAP-7f84-12: the parameters of a key are those of SAP Help, "Specifying
 * Service Instance and Service Key Parameters in JSON Format"; a client secret takes none.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "compiler/pki/cert.h"
#include "runtime/providers/cloud_int.h"
#include "runtime/providers/own.h"
#include "runtime/providers/service_key.h"

enum {
  DAY_S = 86400,
  MAKE_LIMIT_S = 600, /* without `within`: brokers take seconds to minutes */
  LOOK_PAUSE_MS = 500,
  LOOKS_AFTER_LOSS = 3,
  AGAIN_S = 10
};

static const struct argument *key_of(const struct call *call)
{
  return step_argument_of_kind(call->graph, call->step, KIND_SERVICEKEY);
}

static bool is_in(const struct cf_resource *key, const char *state)
{
  return text_is(key->state, state);
}

/* A key without a last operation (older platforms) is there. */
static bool is_made(const struct cf_resource *key)
{
  return key->state.length == 0 || (text_is(key->operation, "create") && is_in(key, "succeeded"));
}

static bool is_own(const struct call *call, const struct cf_resource *key)
{
  return text_equal(cf_value(&key->labels, "renew-run"), service_key_run_label(call));
}

static void prepare(const struct call *call, struct diag_list *diags)
{
  uint32_t key = key_of(call)->resource;
  uint32_t instance = setting_resource(call, key, KEY_OF, 0);
  struct text error = TEXT_NONE;
  const struct cert *cert;
  cloud_prepare(call, setting_resource(call, instance, KEY_IN, 0), diags);
  if (call->step->effect != EFFECT_ADD_SERVICE_KEY ||
      !text_is(setting_text(call, key, KEY_KEY_TYPE, 0), "external-certificate") ||
      service_key_certificate(call, key, &cert, &error))
    return;
  diag_add_nowhere(diags, DIAG_E0708, "service-key `%.*s`: %.*s",
                   TEXT_ARG(call->graph->resources[key].name), TEXT_ARG(error));
}

/* ---- the request ---- */

static void set_text(json_t *object, const char *name, struct text value)
{
  json_object_set_new(object, name, json_stringn(value.at == NULL ? "" : value.at, value.length));
}

/* Empty: the key takes no parameters. */
static json_t *parameters_of(const struct call *call, uint32_t key, const struct cert *cert)
{
  struct text type = setting_text(call, key, KEY_KEY_TYPE, 0);
  json_t *parameters = json_object();
  cloud_add_written(call, key, parameters);
  if (text_is(type, "client-secret"))
    return parameters;
  if (cert != NULL) { /* the leaf alone; validity and size are the certificate's own */
    set_text(parameters, "key-type", TEXT("certificate_external"));
    set_text(parameters, "X.509", cert_to_pem(call->arena, cert));
    return parameters;
  }
  set_text(parameters, "key-type", TEXT("certificate"));
  int64_t valid_s = setting_number(call, key, KEY_VALID_FOR, 0, 0);
  int64_t bits = setting_number(call, key, KEY_KEY_SIZE, 0, 0);
  if (valid_s > 0)
    json_object_set_new(parameters, "validity", json_integer(valid_s / DAY_S));
  if (bits > 0)
    json_object_set_new(parameters, "key-length", json_integer(bits));
  return parameters;
}

static struct text request_of(const struct call *call, uint32_t key, struct text instance,
                              const struct cert *cert)
{
  struct text declared = call->graph->resources[key].name;
  json_t *labels = json_object(), *annotations = json_object();
  set_text(labels, "renew-key", service_key_label(call, declared));
  set_text(labels, "renew-run", service_key_run_label(call));
  set_text(annotations, "renew-plan", call->graph->name);
  if (cert != NULL) {
    set_text(annotations, "renew-certificate-sha256", cert->fingerprint);
    set_text(annotations, "renew-valid-until", cert_time_text(call->arena, cert->not_after_s));
  }
  json_t *root = json_pack("{s:s, s:{s:{s:{}}}, s:{s:o, s:o}}", "type", "key", "relationships",
                           "service_instance", "data", "metadata", "labels", labels, "annotations",
                           annotations);
  json_t *data = json_object_get(
      json_object_get(json_object_get(root, "relationships"), "service_instance"), "data");
  set_text(data, "guid", instance);
  set_text(root, "name", service_key_new_name(call, key));
  json_t *parameters = parameters_of(call, key, cert);
  if (json_object_size(parameters) != 0)
    json_object_set(root, "parameters", parameters);
  json_decref(parameters);
  char *words = json_dumps(root, JSON_COMPACT);
  struct text body = text_copy(call->arena, text_of(words == NULL ? "" : words));
  free(words);
  json_decref(root);
  return body;
}

/* ---- creates ---- */

struct making {
  const struct call *call;
  uint32_t key;
  struct cloud cloud;
  struct text instance;
  int64_t until_ms;
};

static enum cloud_end look(struct making *making, struct cf_resource *ret_key,
                           struct answer *answer)
{
  const struct argument made = {.kind = ARGUMENT_RESOURCE, .resource = making->key};
  return service_key_find(making->call, &made, &making->cloud, making->instance, ret_key, answer);
}

static enum observation probe_made(const struct call *call, struct answer *ret_answer)
{
  struct making making = {.call = call, .key = key_of(call)->resource};
  struct cf_resource key;
  enum cloud_end end =
      service_key_open(call, making.key, &making.cloud, &making.instance, ret_answer);
  if (end == CLOUD_OK)
    end = look(&making, &key, ret_answer);
  if (end == CLOUD_MISSING)
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "the key is not there yet");
  if (end != CLOUD_OK)
    return OBSERVED_NOTHING;
  if (!is_own(call, &key))
    return answer_saw(call, ret_answer, OBSERVED_NEITHER,
                      "a key `%.*s` is there that this run did not make", TEXT_ARG(key.name));
  if (!is_made(&key))
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "the key is there and not finished (%.*s)",
                      TEXT_ARG(text_visible(call->arena, key.state)));
  struct secret *details = NULL;
  if (cloud_details(&making.cloud, key.guid, &details, ret_answer) != CLOUD_OK)
    return OBSERVED_NOTHING;
  bool good = service_key_judge(call, making.key, details, ret_answer);
  secret_free(details);
  return good ? answer_saw(call, ret_answer, OBSERVED_AFTER, "the key `%.*s` is there",
                           TEXT_ARG(text_visible(call->arena, key.name)))
              : OBSERVED_NEITHER;
}

/* After a write whose answer was lost: a moment may pass before the platform shows it. */
static enum cloud_end look_after_loss(struct making *making, struct cf_resource *ret_key,
                                      struct answer *answer)
{
  struct text lost = answer->says;
  enum cloud_end end = CLOUD_MISSING;
  for (int i = 0; i < LOOKS_AFTER_LOSS && end == CLOUD_MISSING; i++)
    if (step_pause(making->call, LOOK_PAUSE_MS, making->until_ms))
      end = look(making, ret_key, answer);
  if (end == CLOUD_MISSING) /* nothing there, and the name keeps a late one from being a second */
    answer->says = lost;
  return end == CLOUD_MISSING ? CLOUD_LOST : end;
}

/* The request has arrived: a platform that is away or busy now may have done it. */
static enum cloud_end arrived(enum cloud_end end)
{
  return end == CLOUD_AWAY || end == CLOUD_BUSY ? CLOUD_LOST : end;
}

static enum cloud_end send(struct making *making, struct cf_resource *ret_key, bool *ret_is_there,
                           struct answer *answer)
{
  const struct cert *cert = NULL;
  const struct call *call = making->call;
  if (text_is(setting_text(call, making->key, KEY_KEY_TYPE, 0), "external-certificate") &&
      !service_key_certificate(call, making->key, &cert, &answer->says))
    return CLOUD_CLOSED;
  struct cloud_said said =
      cloud_call(&making->cloud, "POST", TEXT("/v3/service_credential_bindings"),
                 request_of(call, making->key, making->instance, cert), answer);
  *ret_is_there = false;
  if (said.end == CLOUD_OK && said.job.length != 0)
    return arrived(cloud_wait_job(&making->cloud, said.job, making->until_ms, answer));
  if (said.end == CLOUD_LOST) {
    *ret_is_there = true;
    return look_after_loss(making, ret_key, answer);
  }
  enum { HTTP_UNPROCESSABLE = 422 };
  if (said.end != CLOUD_NO || said.status != HTTP_UNPROCESSABLE)
    return said.end;
  /* The name may be taken by our own request, whose answer was lost. */
  struct answer why = {0};
  enum cloud_end end = look(making, ret_key, &why);
  *ret_is_there = end == CLOUD_OK;
  return end == CLOUD_OK ? CLOUD_OK : CLOUD_NO;
}

/* Until the platform has made it, or the step's time is over. */
static enum cloud_end wait_made(struct making *making, struct cf_resource *key,
                                struct answer *answer)
{
  enum cloud_end end = CLOUD_OK;
  while (end == CLOUD_OK && !is_made(key) && !is_in(key, "failed")) {
    if (!step_pause(making->call, LOOK_PAUSE_MS, making->until_ms)) {
      answer->retry_after_s = AGAIN_S;
      answer_say(making->call, answer, "the platform is still making the key");
      return CLOUD_AT_WORK;
    }
    end = look(making, key, answer);
  }
  if (end == CLOUD_OK && is_in(key, "failed")) {
    answer_say(making->call, answer, "the platform could not make the key: %.*s",
               TEXT_ARG(text_visible(making->call->arena, key->description)));
    return CLOUD_NO;
  }
  return end == CLOUD_MISSING ? CLOUD_LOST : end;
}

static enum cloud_end drop(struct making *making, struct text guid, struct answer *answer)
{
  const struct call *call = making->call;
  struct cf_resource key;
  struct text path =
      text_format(call->arena, "/v3/service_credential_bindings/%.*s", TEXT_ARG(guid));
  struct cloud_said said = cloud_call(&making->cloud, "DELETE", path, TEXT_NONE, answer);
  enum cloud_end end = said.end;
  if (end == CLOUD_MISSING)
    return CLOUD_OK;
  if (end == CLOUD_OK && said.job.length != 0)
    end = arrived(cloud_wait_job(&making->cloud, said.job, making->until_ms, answer));
  if (end == CLOUD_NO || end == CLOUD_AWAY || end == CLOUD_CLOSED)
    return end;
  struct text lost = answer->says;
  /* A job of the deletion may end a moment before the list shows it; the platform at work on the key
   * may be our own deletion, whose answer was lost. */
  for (int i = 0; i < LOOKS_AFTER_LOSS; i++) {
    enum cloud_end seen = cloud_key_read(&making->cloud, guid, &key, answer);
    if (seen == CLOUD_MISSING)
      return CLOUD_OK;
    if (seen != CLOUD_OK)
      return arrived(seen);
    if (!step_pause(call, LOOK_PAUSE_MS, making->until_ms))
      break;
  }
  answer->says = end == CLOUD_OK ? TEXT("the key is still there") : lost;
  return end == CLOUD_BUSY || end == CLOUD_AT_WORK ? end : CLOUD_LOST;
}

/* What is there already: ours and made, ours and under way, ours and failed, or somebody else's. */
static enum cloud_end take_over(struct making *making, struct cf_resource *key, bool *ret_is_there,
                                struct answer *answer)
{
  *ret_is_there = true;
  if (!is_own(making->call, key)) {
    answer_say(making->call, answer, "a key `%.*s` is there that this run did not make",
               TEXT_ARG(text_visible(making->call->arena, key->name)));
    return CLOUD_NO;
  }
  if (!is_in(key, "failed") || !text_is(key->operation, "create"))
    return wait_made(making, key, answer);
  *ret_is_there = false; /* what a failed request left behind keeps the name */
  return drop(making, key->guid, answer);
}

static enum cloud_end make(struct making *making, struct cf_resource *key, struct answer *answer)
{
  bool is_there = false;
  enum cloud_end end = look(making, key, answer);
  if (end == CLOUD_OK)
    end = take_over(making, key, &is_there, answer);
  else if (end == CLOUD_MISSING)
    end = CLOUD_OK;
  if (end != CLOUD_OK)
    return end == CLOUD_LOST ? CLOUD_AWAY : end; /* so far only looked, or cleared away */
  bool was_sent = !is_there;
  if (was_sent) {
    end = send(making, key, &is_there, answer);
    was_sent = end == CLOUD_OK || end == CLOUD_MISSING;
  }
  /* A job nobody knows any more is over: the key itself says how it ended. */
  if ((end == CLOUD_OK || end == CLOUD_MISSING) && !is_there)
    end = look(making, key, answer);
  if (end == CLOUD_OK && !is_own(making->call, key))
    return take_over(making, key, &is_there, answer);
  if (end == CLOUD_OK)
    end = wait_made(making, key, answer);
  if (was_sent)
    end = arrived(end);
  return end == CLOUD_MISSING ? CLOUD_LOST : end;
}

static enum outcome apply_made(const struct call *call, struct answer *ret_answer)
{
  struct making making = {
      .call = call, .key = key_of(call)->resource, .until_ms = step_until_ms(call, MAKE_LIMIT_S)};
  struct cf_resource key;
  struct secret *details = NULL;
  enum cloud_end end =
      service_key_open(call, making.key, &making.cloud, &making.instance, ret_answer);
  if (end != CLOUD_OK)
    return end == CLOUD_LOST ? OUTCOME_UNREACHABLE : cloud_outcome(end);
  end = make(&making, &key, ret_answer);
  if (end != CLOUD_OK)
    return cloud_outcome(end);
  answer_add_fact(call->arena, ret_answer, "key", text_visible(call->arena, key.name));
  answer_add_fact(call->arena, ret_answer, "guid", text_visible(call->arena, key.guid));
  end = cloud_details(&making.cloud, key.guid, &details, ret_answer);
  if (end != CLOUD_OK) /* made; the next attempt only looks */
    return cloud_outcome(arrived(end));
  bool good = service_key_judge(call, making.key, details, ret_answer);
  secret_free(details);
  if (!good)
    return OUTCOME_REFUSED;
  return answer_end(call, ret_answer, OUTCOME_DONE, "made the key `%.*s`",
                    TEXT_ARG(text_visible(call->arena, key.name)));
}

static enum outcome undo_made(const struct call *call, struct answer *ret_answer)
{
  struct making making = {
      .call = call, .key = key_of(call)->resource, .until_ms = step_until_ms(call, MAKE_LIMIT_S)};
  struct cf_resource key;
  enum cloud_end end =
      service_key_open(call, making.key, &making.cloud, &making.instance, ret_answer);
  if (end == CLOUD_OK)
    end = look(&making, &key, ret_answer);
  if (end == CLOUD_MISSING || (end == CLOUD_OK && !is_own(call, &key)))
    return answer_end(call, ret_answer, OUTCOME_DONE, "this step left no key behind");
  if (end == CLOUD_OK)
    end = drop(&making, key.guid, ret_answer);
  if (end == CLOUD_OK)
    answer_say(call, ret_answer, "deleted the key `%.*s`",
               TEXT_ARG(text_visible(call->arena, key.name)));
  return cloud_outcome(end);
}

static void preview_made(const struct call *call, struct answer *ret_answer)
{
  uint32_t key = key_of(call)->resource;
  struct text type = setting_text(call, key, KEY_KEY_TYPE, 0);
  answer_say(call, ret_answer,
             "would make a key of type %.*s, named after %.*s and the run, in the "
             "service instance on Cloud Foundry",
             TEXT_ARG(type), TEXT_ARG(call->graph->resources[key].name));
}

const struct provider provider_service_key = {
    .name = "service-key",
    .supports = CAN_PROBE | CAN_REPEAT | CAN_UNDO,
    .prepare = prepare,
    .probe = probe_made,
    .apply = apply_made,
    .undo = undo_made,
    .preview = preview_made,
};

/* ---- deletes ---- */

static enum observation probe_dropped(const struct call *call, struct answer *ret_answer)
{
  const struct argument *argument = key_of(call);
  struct cloud cloud;
  struct cf_resource key;
  struct text instance;
  enum cloud_end end = service_key_open(call, argument->resource, &cloud, &instance, ret_answer);
  if (end == CLOUD_OK)
    end = service_key_find(call, argument, &cloud, instance, &key, ret_answer);
  if (end == CLOUD_MISSING)
    return answer_saw(call, ret_answer, OBSERVED_AFTER, "the key is gone from the platform");
  if (end != CLOUD_OK)
    return OBSERVED_NOTHING;
  return answer_saw(call, ret_answer, OBSERVED_BEFORE, "the key `%.*s` is there",
                    TEXT_ARG(text_visible(call->arena, key.name)));
}

static enum outcome apply_dropped(const struct call *call, struct answer *ret_answer)
{
  const struct argument *argument = key_of(call);
  struct making making = {
      .call = call, .key = argument->resource, .until_ms = step_until_ms(call, MAKE_LIMIT_S)};
  struct cf_resource key;
  enum cloud_end end =
      service_key_open(call, making.key, &making.cloud, &making.instance, ret_answer);
  if (end == CLOUD_OK)
    end = service_key_find(call, argument, &making.cloud, making.instance, &key, ret_answer);
  if (end == CLOUD_MISSING)
    return answer_end(call, ret_answer, OUTCOME_DONE, "the key is gone already");
  if (end != CLOUD_OK)
    return end == CLOUD_LOST ? OUTCOME_UNREACHABLE : cloud_outcome(end);
  end = drop(&making, key.guid, ret_answer);
  if (end == CLOUD_OK)
    answer_say(call, ret_answer, "deleted the key `%.*s`",
               TEXT_ARG(text_visible(call->arena, key.name)));
  return cloud_outcome(end);
}

static void preview_dropped(const struct call *call, struct answer *ret_answer)
{
  answer_say(call, ret_answer, "would delete %.*s on Cloud Foundry, for good",
             TEXT_ARG(argument_name(call, key_of(call))));
}

const struct provider provider_drop_service_key = {
    .name = "service-key",
    .supports = CAN_PROBE | CAN_REPEAT,
    .prepare = prepare,
    .probe = probe_dropped,
    .apply = apply_dropped,
    .preview = preview_dropped,
};
