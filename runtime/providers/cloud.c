/* SPDX-License-Identifier: Apache-2.0 */
/* cloud: see cloud.h. The calls themselves; the log-on is cloud_login.c. */
#include "runtime/providers/cloud.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "runtime/net/url.h"
#include "runtime/providers/cloud_int.h"
#include "runtime/providers/sessions.h"
#include "runtime/providers/world.h"

enum {
  PAGE = 200,
  FIRST_POLL_MS = 100,
  POLL_MAX_MS = 5000,
  LATER_S = 10,
  HTTP_FORBIDDEN = 403,
  HTTP_MISSING = 404,
  HTTP_TOO_MANY = 429,
  HTTP_SERVER = 500,
  HTTP_UNAVAILABLE = 503,
  NO_PARAMETERS_OF_INSTANCE = 120004 /* normal: brokers need not tell */
};

enum outcome cloud_outcome(enum cloud_end end)
{
  switch (end) {
  case CLOUD_OK:
    return OUTCOME_DONE;
  case CLOUD_MISSING:
  case CLOUD_NO:
    return OUTCOME_REFUSED;
  case CLOUD_BUSY:
    return OUTCOME_WAIT;
  case CLOUD_AWAY:
    return OUTCOME_UNREACHABLE;
  case CLOUD_LOST:
    return OUTCOME_IN_DOUBT;
  case CLOUD_CLOSED:
    return OUTCOME_MISCONFIGURED;
  }
  return OUTCOME_IN_DOUBT;
}

static struct text space_name(const struct cloud *cloud)
{
  return cloud->call->graph->resources[cloud->space].name;
}

enum cloud_end cloud_end_of(const struct call *call, uint32_t space,
                            const struct session_answer *said, struct answer *answer)
{
  struct text name = call->graph->resources[space].name;
  if (said->end != SESSION_ANSWERED)
    answer_say(call, answer, "space `%.*s`: %.*s", TEXT_ARG(name), TEXT_ARG(said->says));
  switch (said->end) {
  case SESSION_ANSWERED:
    return CLOUD_OK;
  case SESSION_NOT_SENT:
    return CLOUD_AWAY;
  case SESSION_LOST:
    return CLOUD_LOST;
  case SESSION_NO_LOGIN:
    answer_help(
        call, answer,
        "check user and password of the space's `login` by hand first: a user may be locked "
        "after a few refused log-ons");
    return CLOUD_CLOSED;
  case SESSION_ASTRAY:
    return CLOUD_NO;
  }
  return CLOUD_LOST;
}

/* A status that is no success: what it means, in words. */
static enum cloud_end judge(struct cloud *cloud, const struct session_answer *said,
                            const struct cf_body *body, bool is_write, struct answer *answer)
{
  const struct call *call = cloud->call;
  struct text errors = cf_errors_text(call->arena, body, said->body);
  answer_say(call, answer, "space `%.*s` answered %d%s%.*s", TEXT_ARG(space_name(cloud)),
             said->status, errors.length == 0 ? "" : ": ", TEXT_ARG(errors));
  if (said->request_id.length != 0)
    answer_add_fact(call->arena, answer, "request-id", text_visible(call->arena, said->request_id));
  if (said->status == HTTP_FORBIDDEN)
    answer_help(call, answer,
                "the user needs the role Space Developer in organization `%.*s`, "
                "space `%.*s`",
                TEXT_ARG(setting_text(call, cloud->space, KEY_ORGANIZATION, 0)),
                TEXT_ARG(setting_text(call, cloud->space, KEY_NAME, 0)));
  if (said->status == HTTP_MISSING)
    return CLOUD_MISSING;
  if (said->status == HTTP_TOO_MANY || (said->status == HTTP_UNAVAILABLE && !is_write)) {
    answer->retry_after_s = said->retry_after_s > 0 ? said->retry_after_s : LATER_S;
    return CLOUD_BUSY;
  }
  /* 5xx to a write: it may have been done before the answer went wrong. */
  return said->status < HTTP_SERVER ? CLOUD_NO : CLOUD_LOST;
}

static bool is_read(const char *method)
{
  return strcmp(method, "GET") == 0;
}

struct cloud_said cloud_call(struct cloud *cloud, const char *method, struct text path,
                             struct text body, struct answer *answer)
{
  const struct call *call = cloud->call;
  const struct session_wish wish = {.method = method,
                                    .path = path,
                                    .accept = "application/json",
                                    .content_type = body.length == 0 ? NULL : "application/json",
                                    .body = body,
                                    .deadline_ms = call->deadline_ms};
  struct session_answer said = session_call(cloud->session, call->arena, &wish);
  struct cloud_said result = {.end = cloud_end_of(call, cloud->space, &said, answer),
                              .status = said.status,
                              .job = TEXT("")};
  if (result.end != CLOUD_OK)
    return result;
  result.body = cf_read(call->arena, said.body);
  if (!session_is_good(&said)) {
    result.end = judge(cloud, &said, &result.body, !is_read(method), answer);
    return result;
  }
  if (is_read(method) && result.body.form == CF_NOT_JSON) {
    answer_say(call, answer, "space `%.*s` answered %.*s instead of JSON",
               TEXT_ARG(space_name(cloud)),
               TEXT_ARG(said.content_type.length == 0 ? TEXT("something") : said.content_type));
    result.end = CLOUD_LOST;
  }
  if (!is_read(method)) {
    result.job = session_header(&said, "location");
    if (said.request_id.length != 0)
      answer_add_fact(call->arena, answer, "request-id",
                      text_visible(call->arena, said.request_id));
  }
  return result;
}

static struct text with_query(const struct cloud *cloud, const char *path, const char *name,
                              struct text value)
{
  struct arena *arena = cloud->call->arena;
  return text_format(arena, "%s%s%s=%.*s", path, strchr(path, '?') == NULL ? "?" : "&", name,
                     TEXT_ARG(url_escape(arena, value)));
}

/* The first of a list that names its elements. */
static enum cloud_end find_one(struct cloud *cloud, struct text path, struct cf_resource *ret_found,
                               struct answer *answer)
{
  struct cloud_said said = cloud_call(cloud, "GET", path, TEXT_NONE, answer);
  if (said.end != CLOUD_OK)
    return said.end;
  if (said.body.form != CF_PAGE) {
    answer_say(cloud->call, answer, "space `%.*s` answered something that is no list",
               TEXT_ARG(space_name(cloud)));
    return CLOUD_LOST;
  }
  if (said.body.resource_count == 0)
    return CLOUD_MISSING;
  *ret_found = said.body.resources[0];
  return CLOUD_OK;
}

/* ---- from names to guids ---- */

static enum cloud_end space_guid(struct cloud *cloud, struct text *ret_guid, struct answer *answer)
{
  const struct call *call = cloud->call;
  struct cf_resource found;
  struct text organization = setting_text(call, cloud->space, KEY_ORGANIZATION, 0);
  struct text space = setting_text(call, cloud->space, KEY_NAME, 0);
  enum cloud_end end = find_one(
      cloud, with_query(cloud, "/v3/organizations", "names", organization), &found, answer);
  if (end == CLOUD_MISSING) {
    answer_say(call, answer, "the user sees no organization `%.*s`", TEXT_ARG(organization));
    return CLOUD_NO;
  }
  if (end != CLOUD_OK)
    return end;
  struct text path = with_query(cloud, "/v3/spaces", "names", space);
  end =
      find_one(cloud, with_query(cloud, path.at, "organization_guids", found.guid), &found, answer);
  if (end == CLOUD_MISSING)
    answer_say(call, answer, "the user sees no space `%.*s` in the organization `%.*s`",
               TEXT_ARG(space), TEXT_ARG(organization));
  *ret_guid = found.guid;
  return end == CLOUD_MISSING ? CLOUD_NO : end;
}

static enum cloud_end judge_plan(struct cloud *cloud, uint32_t instance,
                                 const struct cf_resource *found, struct answer *answer)
{
  const struct call *call = cloud->call;
  struct text wanted = setting_text(call, instance, KEY_PLAN_OF, 0);
  struct text guid = cf_value(&found->relations, "service_plan");
  if (guid.length == 0) {
    answer_say(call, answer, "the instance `%.*s` is user-provided: it has no plan and no keys",
               TEXT_ARG(found->name));
    return CLOUD_NO;
  }
  struct cloud_said said =
      cloud_call(cloud, "GET", text_format(call->arena, "/v3/service_plans/%.*s", TEXT_ARG(guid)),
                 TEXT_NONE, answer);
  if (said.end != CLOUD_OK)
    return said.end;
  if (said.body.resource_count == 1 && text_equal(said.body.resources[0].name, wanted))
    return CLOUD_OK;
  answer_say(call, answer, "the instance `%.*s` has the plan `%.*s`, not `%.*s`",
             TEXT_ARG(found->name),
             TEXT_ARG(said.body.resource_count == 1
                          ? text_visible(call->arena, said.body.resources[0].name)
                          : TEXT("?")),
             TEXT_ARG(wanted));
  return CLOUD_NO;
}

/* SAP Help, "Updating Service Instance and Service Key": with client_x509 no new key can be made. A
 * broker that does not tell its parameters (400, 120004) leaves the question open. */
static enum cloud_end judge_grants(struct cloud *cloud, const struct cf_resource *found,
                                   struct answer *answer)
{
  const struct call *call = cloud->call;
  struct answer ignored = {0};
  const struct session_wish wish = {
      .method = "GET",
      .path =
          text_format(call->arena, "/v3/service_instances/%.*s/parameters", TEXT_ARG(found->guid)),
      .accept = "application/json",
      .deadline_ms = call->deadline_ms};
  struct session_answer said = session_call(cloud->session, call->arena, &wish);
  enum cloud_end end = cloud_end_of(call, cloud->space, &said, &ignored);
  if (end != CLOUD_OK || !session_is_good(&said))
    return CLOUD_OK;
  json_t *object = json_loadb(said.body.at, said.body.length, 0, NULL);
  const json_t *grants = json_object_get(object, "grant-types");
  for (size_t i = 0; i < json_array_size(grants); i++) {
    const char *grant = json_string_value(json_array_get(grants, i));
    if (grant == NULL || strcmp(grant, "client_x509") != 0)
      continue;
    answer_say(call, answer,
               "the instance `%.*s` has the grant type client_x509: it is no longer supported, and "
               "no key can be made before it is replaced",
               TEXT_ARG(found->name));
    answer_help(call, answer, "update the instance: \"grant-types\": [\"client_credentials\"]");
    end = CLOUD_NO;
  }
  json_decref(object);
  return end;
}

enum cloud_end cloud_instance(struct cloud *cloud, uint32_t instance, struct text *ret_guid,
                              struct answer *answer)
{
  const struct call *call = cloud->call;
  struct sessions *sessions = call->world->sessions;
  struct text declared = call->graph->resources[instance].name;
  struct text about = text_format(call->arena, "instance %.*s", TEXT_ARG(declared));
  if (sessions_recall(sessions, call->arena, about, ret_guid))
    return CLOUD_OK;
  struct cf_resource found;
  struct text space, name = setting_text(call, instance, KEY_NAME, 0);
  if (name.length == 0)
    name = declared;
  enum cloud_end end = space_guid(cloud, &space, answer);
  if (end != CLOUD_OK)
    return end;
  struct text path = with_query(cloud, "/v3/service_instances", "names", name);
  end = find_one(cloud, with_query(cloud, path.at, "space_guids", space), &found, answer);
  if (end == CLOUD_MISSING) {
    answer_say(call, answer, "space `%.*s` has no service instance `%.*s`",
               TEXT_ARG(space_name(cloud)), TEXT_ARG(name));
    answer_help(call, answer,
                "write `name \"...\"` in the service-instance, where it is called "
                "otherwise on the platform");
    return CLOUD_NO;
  }
  if (end == CLOUD_OK)
    end = judge_plan(cloud, instance, &found, answer);
  if (end == CLOUD_OK)
    end = judge_grants(cloud, &found, answer);
  if (end != CLOUD_OK)
    return end == CLOUD_MISSING ? CLOUD_NO : end;
  *ret_guid = found.guid;
  sessions_remember(sessions, about, found.guid);
  return CLOUD_OK;
}

/* ---- keys ---- */

enum cloud_end cloud_key_named(struct cloud *cloud, struct text instance, struct text name,
                               struct cf_resource *ret_key, struct answer *answer)
{
  struct text path = with_query(cloud, "/v3/service_credential_bindings?type=key", "names", name);
  path = with_query(cloud, path.at, "service_instance_guids", instance);
  return find_one(cloud, path, ret_key, answer);
}

enum cloud_end cloud_key_read(struct cloud *cloud, struct text guid, struct cf_resource *ret_key,
                              struct answer *answer)
{
  struct cloud_said said =
      cloud_call(cloud, "GET",
                 text_format(cloud->call->arena, "/v3/service_credential_bindings/%.*s",
                             TEXT_ARG(url_escape(cloud->call->arena, guid))),
                 TEXT_NONE, answer);
  if (said.end == CLOUD_OK && said.body.form != CF_RESOURCE) {
    answer_say(cloud->call, answer, "space `%.*s` answered something that is no key",
               TEXT_ARG(space_name(cloud)));
    said.end = CLOUD_LOST;
  }
  if (said.end == CLOUD_OK)
    *ret_key = said.body.resources[0];
  return said.end;
}

enum cloud_end cloud_keys(struct cloud *cloud, struct text instance, struct text label,
                          struct cf_resource **ret_keys, uint32_t *ret_count, struct answer *answer)
{
  struct arena *arena = cloud->call->arena;
  struct cf_resource *keys = NULL;
  uint32_t count = 0;
  struct text path =
      text_format(arena, "/v3/service_credential_bindings?type=key&per_page=%d", PAGE);
  path = with_query(cloud, path.at, "service_instance_guids", instance);
  if (label.length != 0)
    path = with_query(cloud, path.at, "label_selector", label);
  while (path.length != 0 && count < CLOUD_KEYS_MAX) {
    struct cloud_said said = cloud_call(cloud, "GET", path, TEXT_NONE, answer);
    if (said.end != CLOUD_OK)
      return said.end;
    keys =
        arena_grow(arena, keys, count, (size_t)count + said.body.resource_count + 1, sizeof *keys);
    for (uint32_t i = 0; i < said.body.resource_count; i++)
      keys[count++] = said.body.resources[i];
    path = said.body.resource_count == 0 ? TEXT("") : said.body.next;
  }
  *ret_keys = keys;
  *ret_count = count;
  return CLOUD_OK;
}

enum cloud_end cloud_details(struct cloud *cloud, struct text guid, struct secret **ret_body,
                             struct answer *answer)
{
  const struct call *call = cloud->call;
  const struct session_wish wish = {
      .method = "GET",
      .path = text_format(call->arena, "/v3/service_credential_bindings/%.*s/details",
                          TEXT_ARG(url_escape(call->arena, guid))),
      .accept = "application/json",
      .answer_is_secret = true,
      .deadline_ms = call->deadline_ms};
  struct session_answer said = session_call(cloud->session, call->arena, &wish);
  enum cloud_end end = cloud_end_of(call, cloud->space, &said, answer);
  if (end == CLOUD_OK && session_is_good(&said)) {
    *ret_body = said.secret_body;
    return CLOUD_OK;
  }
  if (end == CLOUD_OK) {
    /* An error holds no credentials. */
    said.body = text_copy(call->arena, (struct text){(const char *)secret_view(said.secret_body),
                                                     secret_size_bytes(said.secret_body)});
    struct cf_body body = cf_read(call->arena, said.body);
    end = judge(cloud, &said, &body, false, answer);
  }
  secret_free(said.secret_body);
  return end;
}

/* ---- jobs ---- */

enum cloud_end cloud_wait_job(struct cloud *cloud, struct text job, int64_t until_ms,
                              struct answer *answer)
{
  const struct call *call = cloud->call;
  for (int64_t pause_ms = FIRST_POLL_MS;; pause_ms = pause_ms * 2) {
    struct cloud_said said = cloud_call(cloud, "GET", job, TEXT_NONE, answer);
    if (said.end != CLOUD_OK)
      return said.end;
    struct text state = said.body.form == CF_JOB ? said.body.resources[0].state : TEXT("");
    if (text_is(state, "COMPLETE"))
      return CLOUD_OK;
    if (text_is(state, "FAILED")) {
      struct text errors = cf_errors_text(call->arena, &said.body, TEXT(""));
      answer_say(call, answer, "space `%.*s`: the platform could not do it: %.*s",
                 TEXT_ARG(space_name(cloud)),
                 TEXT_ARG(errors.length == 0 ? TEXT("without a reason") : errors));
      return CLOUD_NO;
    }
    if (pause_ms > POLL_MAX_MS)
      pause_ms = POLL_MAX_MS;
    if (step_pause(call, pause_ms, until_ms))
      continue;
    answer->retry_after_s = LATER_S;
    answer_say(call, answer, "space `%.*s` is still at work (%.*s)", TEXT_ARG(space_name(cloud)),
               TEXT_ARG(text_visible(call->arena, state)));
    return CLOUD_BUSY;
  }
}
