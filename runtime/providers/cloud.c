/* SPDX-License-Identifier: Apache-2.0 */
/* cloud: see cloud.h. The calls themselves; the log-on is cloud_login.c, the instance cloud_instance.c. */
#include "runtime/providers/cloud.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/net/pages.h"
#include "runtime/net/url.h"
#include "runtime/providers/cloud_int.h"

enum {
  PAGE = 200,
  FIRST_POLL_MS = 100,
  POLL_MAX_MS = 5000,
  LATER_S = 10,
  HTTP_FORBIDDEN = 403,
  HTTP_MISSING = 404,
  HTTP_CONFLICT = 409,
  HTTP_UNPROCESSABLE = 422,
  HTTP_TOO_MANY = 429,
  HTTP_SERVER = 500,
  HTTP_UNAVAILABLE = 503
};

enum outcome cloud_outcome(enum cloud_end end)
{
  switch (end) {
  case CLOUD_OK:
    return OUTCOME_DONE;
  case CLOUD_MISSING:
  case CLOUD_NO:
    return OUTCOME_REFUSED;
  case CLOUD_AT_WORK:
    return OUTCOME_WAIT;
  case CLOUD_BUSY: /* the session has waited; how often more, `retry` says */
  case CLOUD_AWAY:
    return OUTCOME_UNREACHABLE;
  case CLOUD_LOST:
    return OUTCOME_IN_DOUBT;
  case CLOUD_CLOSED:
    return OUTCOME_MISCONFIGURED;
  }
  return OUTCOME_IN_DOUBT;
}

struct text cloud_space_name(const struct cloud *cloud)
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

/* The platform lets one operation at a time act on an instance and on a key. [CODE]
 * cloud_controller_ng: 422 with these words, 409 with these titles where the broker says so. */
static bool is_at_work(const struct session_answer *said, const struct cf_body *body)
{
  for (uint32_t i = 0; i < body->error_count; i++) {
    const struct cf_error *error = &body->errors[i];
    if (said->status == HTTP_CONFLICT &&
        (text_is(error->title, "CF-AsyncServiceInstanceOperationInProgress") ||
         text_is(error->title, "CF-AsyncServiceBindingOperationInProgress")))
      return true;
    if (said->status == HTTP_UNPROCESSABLE && error->detail.length != 0 &&
        memmem(error->detail.at, error->detail.length, "operation in progress",
               strlen("operation in progress")) != NULL)
      return true;
  }
  return false;
}

/* A status that is no success: what it means, in words. */
static enum cloud_end judge(struct cloud *cloud, const struct session_answer *said,
                            const struct cf_body *body, bool is_write, struct answer *answer)
{
  const struct call *call = cloud->call;
  struct text errors = cf_errors_text(call->arena, body, said->body);
  /* Only errors of version 3 are believed below: what others say is for people. */
  struct text shown = errors.length != 0 ? errors : body->says;
  if (shown.length == 0)
    shown = body->form == CF_EMPTY ? TEXT("without a reason")
            : said->content_type.length == 0
                ? TEXT("with something that is no error of the platform")
                : text_format(call->arena, "with %.*s that is no error of the platform",
                              TEXT_ARG(text_visible(call->arena, said->content_type)));
  answer_say(call, answer, "space `%.*s` answered %d: %.*s", TEXT_ARG(cloud_space_name(cloud)),
             said->status, TEXT_ARG(shown));
  if (said->request_id.length != 0)
    answer_add_fact(call->arena, answer, "request-id", text_visible(call->arena, said->request_id));
  if (said->status == HTTP_FORBIDDEN)
    answer_help(call, answer,
                "the user needs the role Space Developer in organization `%.*s`, "
                "space `%.*s`",
                TEXT_ARG(setting_text(call, cloud->space, KEY_ORGANIZATION, 0)),
                TEXT_ARG(setting_text(call, cloud->space, KEY_NAME, 0)));
  /* A gateway that has lost the way to the platform answers 404 too: that says nothing of the thing. */
  if (said->status == HTTP_MISSING)
    return errors.length != 0 ? CLOUD_MISSING : is_write ? CLOUD_LOST : CLOUD_AWAY;
  if (said->status == HTTP_TOO_MANY || (said->status == HTTP_UNAVAILABLE && !is_write) ||
      is_at_work(said, body)) {
    answer->retry_after_s = said->retry_after_s > 0 ? said->retry_after_s : LATER_S;
    return is_at_work(said, body) ? CLOUD_AT_WORK : CLOUD_BUSY;
  }
  /* 5xx to a write: it may have been done before the answer went wrong. */
  return said->status < HTTP_SERVER ? CLOUD_NO : CLOUD_LOST;
}

static bool is_read(const char *method)
{
  return strcmp(method, "GET") == 0;
}

/* Links hold the address that the platform has for itself, which may be another name of the same API,
 * or http: behind a gateway that speaks TLS. What they name is asked for at the address of the plan:
 * nothing is sent anywhere else. */
static struct text own_path(const struct cloud *cloud, struct text address)
{
  const char *scheme = memmem(address.at, address.length, "://", 3);
  if (scheme == NULL || session_is_own(cloud->session, address))
    return address;
  size_t host = (size_t)(scheme + 3 - address.at);
  const char *slash = memchr(address.at + host, '/', address.length - host);
  struct text path = slash == NULL
                         ? TEXT("")
                         : (struct text){slash, address.length - (size_t)(slash - address.at)};
  return text_starts_with(path, "/v3/") ? text_copy(cloud->call->arena, path) : address;
}

struct cloud_said cloud_call(struct cloud *cloud, const char *method, struct text path,
                             struct text body, struct answer *answer)
{
  const struct call *call = cloud->call;
  path = own_path(cloud, path);
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
               TEXT_ARG(cloud_space_name(cloud)),
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

/* [CODE] cloud_controller_ng, BaseMessage.to_array!: a filter's value is split at its commas, and each
 * part unescaped once more; [DOC] a comma in a name is escaped for that. */
struct text cloud_with_query(const struct cloud *cloud, const char *path, const char *name,
                             struct text value)
{
  struct arena *arena = cloud->call->arena;
  char *part = arena_bytes(arena, value.length * 3 + 1), *end = part;
  for (size_t i = 0; i < value.length; i++)
    if (strchr(",%+", value.at[i]) != NULL) /* NUL, too */
      end += snprintf(end, 4, "%%%02X", (unsigned char)value.at[i]);
    else
      *end++ = value.at[i];
  return text_format(arena, "%s%s%s=%.*s", path, strchr(path, '?') == NULL ? "?" : "&", name,
                     TEXT_ARG(url_escape(arena, (struct text){part, (size_t)(end - part)})));
}

/* A page of a list. What is no list, or holds things without a guid, does not say that nothing is there. */
static struct cloud_said ask_list(struct cloud *cloud, struct text path, struct answer *answer)
{
  struct cloud_said said = cloud_call(cloud, "GET", path, TEXT_NONE, answer);
  bool is_list = said.body.form == CF_PAGE;
  for (uint32_t i = 0; is_list && i < said.body.resource_count; i++)
    is_list = said.body.resources[i].guid.length != 0;
  if (said.end == CLOUD_OK && !is_list) {
    answer_say(cloud->call, answer, "space `%.*s` answered something that is no list",
               TEXT_ARG(cloud_space_name(cloud)));
    said.end = CLOUD_LOST;
  }
  return said;
}

/* The one of that name in a list. A database may find names without regard to case: that is another. */
enum cloud_end cloud_find_one(struct cloud *cloud, struct text path, struct text name,
                              struct cf_resource *ret_found, struct answer *answer)
{
  struct cloud_said said = ask_list(cloud, path, answer);
  if (said.end != CLOUD_OK)
    return said.end;
  for (uint32_t i = 0; i < said.body.resource_count; i++)
    if (text_equal(said.body.resources[i].name, name)) {
      *ret_found = said.body.resources[i];
      return CLOUD_OK;
    }
  return CLOUD_MISSING;
}

/* ---- keys ---- */

enum cloud_end cloud_key_named(struct cloud *cloud, struct text instance, struct text name,
                               struct cf_resource *ret_key, struct answer *answer)
{
  struct text path =
      cloud_with_query(cloud, "/v3/service_credential_bindings?type=key", "names", name);
  path = cloud_with_query(cloud, path.at, "service_instance_guids", instance);
  return cloud_find_one(cloud, path, name, ret_key, answer);
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
               TEXT_ARG(cloud_space_name(cloud)));
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
  path = cloud_with_query(cloud, path.at, "service_instance_guids", instance);
  if (label.length != 0)
    path = cloud_with_query(cloud, path.at, "label_selector", label);
  struct pages pages = {.seen = path};
  while (path.length != 0 && count < CLOUD_KEYS_MAX) {
    struct cloud_said said = ask_list(cloud, path, answer);
    if (said.end != CLOUD_OK)
      return said.end;
    keys =
        arena_grow(arena, keys, count, (size_t)count + said.body.resource_count + 1, sizeof *keys);
    for (uint32_t i = 0; i < said.body.resource_count; i++)
      keys[count++] = said.body.resources[i];
    path = said.body.next;
    if (path.length != 0 && !pages_go(&pages, path, said.body.resource_count == 0)) {
      answer_say(cloud->call, answer,
                 "the pages of the list lead round in circles, or have no end");
      return CLOUD_LOST;
    }
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
                 TEXT_ARG(cloud_space_name(cloud)),
                 TEXT_ARG(errors.length == 0 ? TEXT("without a reason") : errors));
      return CLOUD_NO;
    }
    if (pause_ms > POLL_MAX_MS)
      pause_ms = POLL_MAX_MS;
    if (step_pause(call, pause_ms, until_ms))
      continue;
    answer->retry_after_s = LATER_S;
    answer_say(call, answer, "space `%.*s` is still at work (%.*s)",
               TEXT_ARG(cloud_space_name(cloud)), TEXT_ARG(text_visible(call->arena, state)));
    return CLOUD_AT_WORK;
  }
}
