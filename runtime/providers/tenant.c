/* SPDX-License-Identifier: Apache-2.0 */
/* tenant: see tenant.h. The calls as such; keystore entries are tenant_entry.c. */
#include "runtime/providers/tenant.h"
#include "runtime/net/pages.h"

#include "runtime/providers/login.h"
#include "runtime/providers/tenant_model.h"

static struct text word_of(const struct graph *graph, uint32_t resource, enum key key)
{
  const struct graph_value *value =
      resource == INDEX_NONE ? NULL : graph_setting_value(graph, resource, key, 0);
  return value == NULL ? TEXT("") : value->text;
}

bool keystore_is_tenant(const struct graph *graph, uint32_t keystore)
{
  return text_is(word_of(graph, keystore, KEY_KIND_OF), "sap-tenant") &&
         tenant_of(graph, keystore) != INDEX_NONE;
}

bool keystore_makes_keys(const struct graph *graph, uint32_t keystore)
{
  return keystore_is_tenant(graph, keystore) &&
         text_is(word_of(graph, keystore, KEY_KEY_MADE), "in-tenant");
}

uint32_t tenant_of(const struct graph *graph, uint32_t resource)
{
  if (resource == INDEX_NONE)
    return INDEX_NONE;
  enum key key = graph->resources[resource].kind == KIND_FLOW ? KEY_ON : KEY_OF;
  const struct graph_value *value = graph_setting_value(graph, resource, key, 0);
  return value == NULL || value->kind != VALUE_REF ||
                 graph->resources[value->resource].kind != KIND_TENANT
             ? INDEX_NONE
             : value->resource;
}

bool tenant_open(const struct call *call, uint32_t resource, struct tenant *ret_tenant,
                 struct answer *answer)
{
  static const char path[] = "/api/v1";
  struct text url = setting_text(call, resource, KEY_URL, 0);
  *ret_tenant = (struct tenant){.call = call, .resource = resource};
  if (!login_is_allowed(call)) {
    answer_say(call, answer, "nobody is logged on for a plan that nobody vouches for");
    return false;
  }
  while (text_ends_with(url, "/"))
    url.length--;
  bool has_path = text_ends_with(url, path);
  struct login_wish wish = {
      .base = text_format(call->arena, "%.*s%s", TEXT_ARG(url), has_path ? "" : path),
      .csrf_path = TEXT("/"),
      .grant_in_query = true,
  };
  ret_tenant->session = login_open(call, resource, &wish, answer);
  return ret_tenant->session != NULL;
}

void tenant_close(struct tenant *tenant)
{
  tenant->session = NULL; /* the process's: login.h */
}

enum outcome tenant_outcome(enum tenant_end end)
{
  switch (end) {
  case TENANT_OK:
    return OUTCOME_DONE;
  case TENANT_BUSY:
  case TENANT_AWAY:
    return OUTCOME_UNREACHABLE;
  case TENANT_LOST:
    return OUTCOME_IN_DOUBT;
  case TENANT_CLOSED:
    return OUTCOME_MISCONFIGURED;
  case TENANT_MISSING:
  case TENANT_UNTRUSTED:
  case TENANT_NO:
    break;
  }
  return OUTCOME_REFUSED;
}

enum outcome tenant_outcome_of_read(enum tenant_end end)
{
  return end == TENANT_LOST ? OUTCOME_UNREACHABLE : tenant_outcome(end);
}

static enum tenant_end end_of(int status, bool is_read)
{
  switch (status) {
  case 401:
    return TENANT_CLOSED;
  case 404:
    return TENANT_MISSING;
  case 409:
    return TENANT_UNTRUSTED;
  case 423:
  case 429:
  case 503:
    return TENANT_BUSY;
  default:
    break;
  }
  if (status >= 200 && status < 300)
    return TENANT_OK;
  return status < 500 ? TENANT_NO : is_read ? TENANT_AWAY : TENANT_LOST;
}

/* What the answer says of itself, and what a person may do about it. */
static void tell(const struct tenant *tenant, const struct tenant_wish *wish,
                 const struct session_answer *said, struct answer *answer)
{
  const struct call *call = tenant->call;
  struct text name = call->graph->resources[tenant->resource].name;
  struct odata_problem problem = odata_read_problem(call->arena, said->body);
  bool is_page = problem.is_page;
  answer_say(call, answer, "tenant `%.*s` answers %d%s%.*s%s", TEXT_ARG(name), said->status,
             problem.message.length == 0 ? "" : ": ", TEXT_ARG(problem.message),
             is_page ? " (a web page: not the service has answered, but a gateway before it)" : "");
  if (said->status == 401)
    answer_help(
        call, answer,
        "the log-on was refused: look at the secret of `login`, and whether the service key "
        "is still there");
  else if (said->status == 403)
    answer_help(call, answer,
                "the service key needs the role %s; who administers the tenant adds it",
                wish->role);
  else if (said->status == 423 || said->status == 503)
    answer_help(call, answer, "somebody may be editing there: wait until that is done");
  else if (said->status == 413)
    answer_help(call, answer, "the tenant takes 30720 bytes: leave the root out of the chain");
}

struct tenant_said tenant_call(struct tenant *tenant, const struct tenant_wish *wish,
                               struct answer *answer)
{
  const struct call *call = tenant->call;
  bool is_read = wish->method[0] == 'G';
  struct session_wish request = {
      .method = wish->method,
      .path = wish->path,
      .accept = wish->accept == NULL ? "application/json" : wish->accept,
      .content_type = wish->content_type,
      .body = wish->body,
      .secret_body = wish->secret_body,
      .deadline_ms = call->deadline_ms,
  };
  struct session_answer said = session_call(tenant->session, call->arena, &request);
  if (said.request_id.length != 0 && !is_read)
    answer_add_fact(call->arena, answer, "request-id", said.request_id);
  struct tenant_said result = {TENANT_LOST, said.status, said.body};
  if (said.end == SESSION_NO_LOGIN || (said.end == SESSION_ANSWERED && said.status == 401))
    login_was_refused(call, tenant->resource);
  switch (said.end) {
  case SESSION_ANSWERED:
    result.end = end_of(said.status, is_read);
    /* 200 and a page: who answered is not who was asked, and whether it was passed on is not known. */
    if (result.end == TENANT_OK && !is_read && odata_read_problem(call->arena, said.body).is_page) {
      answer_say(call, answer,
                 "tenant `%.*s`: a web page answers %d, of a gateway rather than of the service",
                 TEXT_ARG(call->graph->resources[tenant->resource].name), said.status);
      result.end = TENANT_LOST;
      return result;
    }
    if (result.end == TENANT_MISSING)
      result.end = tenant_judge_missing(tenant, wish->path, said.body, answer);
    if (said.status == 404 && result.end != TENANT_MISSING)
      return result;
    if (result.end != TENANT_OK)
      tell(tenant, wish, &said, answer);
    if (result.end == TENANT_BUSY)
      answer->retry_after_s = said.retry_after_s;
    return result;
  case SESSION_NOT_SENT:
    result.end = TENANT_AWAY;
    break;
  case SESSION_LOST:
    result.end = is_read ? TENANT_AWAY : TENANT_LOST;
    break;
  case SESSION_NO_LOGIN:
    result.end = TENANT_CLOSED;
    answer_help(
        call, answer,
        "the log-on was refused: look at the secret of `login`, and whether the service key "
        "is still there");
    break;
  case SESSION_ASTRAY:
    result.end = TENANT_NO;
    break;
  }
  answer_say(call, answer, "tenant `%.*s`: %.*s",
             TEXT_ARG(call->graph->resources[tenant->resource].name), TEXT_ARG(said.says));
  return result;
}

enum tenant_end tenant_read(struct tenant *tenant, struct text path, const char *role,
                            struct odata_page *ret_page, struct answer *answer)
{
  struct text error = TEXT_NONE;
  struct tenant_wish wish = {.method = "GET", .path = path, .role = role};
  struct answer refused = *answer;
  struct tenant_said said = tenant_call(tenant, &wish, answer);
  if (said.status == 406 || said.status == 415) { /* [SAP] Atom is what it answers by default */
    *answer = refused;
    wish.accept = "application/atom+xml, application/xml";
    said = tenant_call(tenant, &wish, answer);
  }
  if (said.end != TENANT_OK)
    return said.end;
  if (odata_read(tenant->call->arena, ODATA_2, said.body, ret_page, &error))
    return TENANT_OK;
  answer_say(tenant->call, answer, "tenant `%.*s`: %.*s",
             TEXT_ARG(tenant->call->graph->resources[tenant->resource].name), TEXT_ARG(error));
  /* A gateway's page, a cut answer: a moment later it may be another one. */
  return TENANT_AWAY;
}

enum tenant_end tenant_each(struct tenant *tenant, struct text path, const char *role,
                            tenant_visit *visit, void *with, struct answer *answer)
{
  struct odata_page page;
  struct pages pages = {.seen = path};
  for (;;) {
    enum tenant_end end = tenant_read(tenant, path, role, &page, answer);
    if (end != TENANT_OK)
      return end;
    for (uint32_t i = 0; i < page.count; i++)
      if (!visit(&page.entries[i], with))
        return TENANT_OK;
    if (page.next.length == 0)
      return TENANT_OK;
    if (!pages_go(&pages, page.next, page.count == 0))
      break;
    /* The session refuses another origin; a relative one is not what the documentation promises. */
    path = page.next;
  }
  answer_say(tenant->call, answer, "the pages of the list lead round in circles, or have no end");
  return TENANT_NO;
}
