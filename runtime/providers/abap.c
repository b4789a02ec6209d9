/* SPDX-License-Identifier: Apache-2.0 */
/* abap: see abap.h. The calls as such. */
#include "runtime/providers/abap.h"
#include "runtime/net/pages.h"

#include "runtime/providers/login.h"

uint32_t abap_of_certificate(const struct graph *graph, uint32_t certificate)
{
  const struct graph_setting *calls;
  uint32_t found = INDEX_NONE;
  const struct graph_value *issuer = graph_setting_value(graph, certificate, KEY_ISSUED_BY, 0);
  if (issuer != NULL && issuer->kind == VALUE_REF)
    return issuer->resource;
  for (uint32_t i = 0; i < graph->resource_count; i++)
    for (uint32_t n = 0; graph->resources[i].kind == KIND_ABAP &&
                         (calls = graph_setting_nth(graph, i, KEY_CALLS, n)) != NULL;
         n++) {
      const struct graph_value *values = &graph->values[calls->values.first];
      if (calls->values.count < 2 || values[1].kind != VALUE_REF ||
          values[1].resource != certificate)
        continue;
      if (found != INDEX_NONE && found != i)
        return INDEX_NONE;
      found = i;
    }
  return found;
}

uint32_t abap_of(const struct graph *graph, const struct step *step)
{
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &graph->arguments[step->arguments.first + i];
    if (argument->kind == ARGUMENT_RESOURCE &&
        graph->resources[argument->resource].kind == KIND_ABAP)
      return argument->resource;
  }
  if (step->effect != EFFECT_PRESENT)
    return INDEX_NONE;
  /* `switches TARGET to C`: a communication system is no resource. */
  const struct argument *who = step_argument(graph, step, PART_OBJECT, 0);
  uint32_t certificate = step_resource(graph, step, PART_PLACE);
  return who == NULL || who->kind == ARGUMENT_RESOURCE || certificate == INDEX_NONE ||
                 graph->resources[certificate].kind != KIND_CERTIFICATE
             ? INDEX_NONE
             : abap_of_certificate(graph, certificate);
}

bool abap_has_api(const struct graph *graph, uint32_t abap)
{
  const struct graph_value *mode =
      abap == INDEX_NONE ? NULL : graph_setting_value(graph, abap, KEY_MODE, 0);
  return mode != NULL && text_is(mode->text, "api");
}

bool abap_open(const struct call *call, uint32_t resource, struct abap *ret_abap,
               struct answer *answer)
{
  struct text url = setting_text(call, resource, KEY_URL, 0);
  *ret_abap = (struct abap){.call = call, .resource = resource};
  if (!login_is_allowed(call)) {
    answer_say(call, answer, "nobody is logged on for a plan that nobody vouches for");
    return false;
  }
  while (text_ends_with(url, "/"))
    url.length--;
  struct login_wish wish = {.base = url, .csrf_path = TEXT(ABAP_SYSTEMS), .once = true};
  ret_abap->session = login_open(call, resource, &wish, answer);
  return ret_abap->session != NULL;
}

void abap_prepare(const struct call *call, struct diag_list *diags)
{
  uint32_t abap = abap_of(call->graph, call->step);
  if (abap != INDEX_NONE)
    login_prepare(call, abap, diags);
}

enum outcome abap_outcome(enum abap_end end)
{
  switch (end) {
  case ABAP_OK:
    return OUTCOME_DONE;
  case ABAP_BUSY:
  case ABAP_CHANGED: /* nothing was written: the next look sees what the other one did */
  case ABAP_AWAY:
    return OUTCOME_UNREACHABLE;
  case ABAP_LOST:
    return OUTCOME_IN_DOUBT;
  case ABAP_NO_ROLE:
  case ABAP_CLOSED:
    return OUTCOME_MISCONFIGURED;
  case ABAP_MISSING:
  case ABAP_NO:
    break;
  }
  return OUTCOME_REFUSED;
}

static enum abap_end end_of(int status, bool is_read)
{
  switch (status) {
  case 401:
    return ABAP_CLOSED;
  case 403:
    return ABAP_NO_ROLE;
  case 404:
    return ABAP_MISSING;
  case 409:
  case 412:
    return ABAP_CHANGED;
  case 423:
  case 429:
  case 503:
    return ABAP_BUSY;
  default:
    break;
  }
  if (status >= 200 && status < 300)
    return ABAP_OK;
  return status < 500 ? ABAP_NO : is_read ? ABAP_AWAY : ABAP_LOST;
}

static void help_closed(const struct abap *abap, struct answer *answer)
{
  answer_help(
      abap->call, answer,
      "it is not tried again, for repeated log-ons lock the communication user: look at the "
      "secret of `login`, and in Maintain Communication Users whether the user is locked; then: "
      "renew resume %.*s",
      TEXT_ARG(abap->call->run));
}

/* What the answer says of itself, and what a person may do about it. */
static void tell(const struct abap *abap, const struct abap_wish *wish,
                 const struct session_answer *said, struct answer *answer)
{
  const struct call *call = abap->call;
  struct text name = call->graph->resources[abap->resource].name;
  struct odata_problem problem = odata_read_problem(call->arena, said->body);
  answer_say(call, answer, "ABAP environment `%.*s` answers %d%s%.*s%s%.*s%s", TEXT_ARG(name),
             said->status, problem.message.length == 0 ? "" : ": ", TEXT_ARG(problem.message),
             problem.code.length == 0 || problem.is_page ? "" : " (",
             TEXT_ARG(problem.is_page ? TEXT("") : problem.code),
             problem.code.length == 0 || problem.is_page ? "" : ")");
  if (said->status == 401)
    help_closed(abap, answer);
  else if (said->status == 403)
    answer_help(call, answer,
                "the communication user needs an arrangement of %s, as its inbound user; or write "
                "`mode manual`",
                wish->scenario);
  else if (said->status == 404)
    answer_help(
        call, answer,
        "the service of %s, or the thing, is not there: `url` is the address of the API (some "
        "systems have `-api` in it)",
        wish->scenario);
  else if (said->status == 428)
    answer_help(
        call, answer,
        "the system wants a condition and gives none: change it in the Communication Systems "
        "app, then: renew retry");
  else if (said->status == 423 || said->status == 503)
    answer_help(call, answer, "somebody may be editing there: wait until that is done");
  else if (said->status >= 500)
    answer_help(call, answer,
                "where it stays so, this system does not offer %s (private editions do not): write "
                "`mode manual`",
                wish->scenario);
}

static enum abap_end end_of_silence(enum session_end end, bool is_read)
{
  switch (end) {
  case SESSION_LOST:
    return is_read ? ABAP_AWAY : ABAP_LOST;
  case SESSION_NO_LOGIN:
    return ABAP_CLOSED;
  case SESSION_ASTRAY:
    return ABAP_NO;
  case SESSION_NOT_SENT:
  case SESSION_ANSWERED:
    break;
  }
  return ABAP_AWAY;
}

struct abap_said abap_call(struct abap *abap, const struct abap_wish *wish, struct answer *answer)
{
  const struct call *call = abap->call;
  bool is_read = wish->method[0] == 'G';
  const char *const condition[] = {
      wish->version.length == 0
          ? NULL
          : text_format(call->arena, "If-Match: %.*s", TEXT_ARG(wish->version)).at,
      NULL};
  struct session_wish request = {
      .method = wish->method,
      .path = wish->path,
      .accept = "application/json;odata.metadata=minimal",
      .content_type = wish->body.length == 0 ? NULL : "application/json",
      .body = wish->body,
      .headers = condition,
      .deadline_ms = call->deadline_ms,
  };
  struct session_answer said = session_call(abap->session, call->arena, &request);
  struct abap_said result = {.status = said.status, .body = said.body};
  if (said.request_id.length != 0 && !is_read)
    answer_add_fact(call->arena, answer, "request-id", said.request_id);
  if (said.end == SESSION_NO_LOGIN || (said.end == SESSION_ANSWERED && said.status == 401))
    login_was_refused(call, abap->resource);
  if (said.end != SESSION_ANSWERED) {
    result.end = end_of_silence(said.end, is_read);
    if (result.end == ABAP_CLOSED)
      help_closed(abap, answer);
    answer_say(call, answer, "ABAP environment `%.*s`: %.*s",
               TEXT_ARG(call->graph->resources[abap->resource].name), TEXT_ARG(said.says));
    return result;
  }
  result.end = end_of(said.status, is_read);
  result.version = session_header(&said, "etag");
  if (result.end != ABAP_OK)
    tell(abap, wish, &said, answer);
  if (result.end == ABAP_BUSY)
    answer->retry_after_s = said.retry_after_s;
  return result;
}

/* [ODATA] 4.0: the next link may be relative to the service. The session refuses another origin. */
static struct text next_path(const struct abap *abap, const char *root, struct text next)
{
  bool is_whole = text_starts_with(next, "https://") || text_starts_with(next, "http://") ||
                  text_starts_with(next, "/");
  return is_whole ? next : text_format(abap->call->arena, "%s%.*s", root, TEXT_ARG(next));
}

enum abap_end abap_each(struct abap *abap, const char *root, struct text path, const char *scenario,
                        abap_visit *visit, void *with, struct answer *answer)
{
  const struct call *call = abap->call;
  struct pages pages = {.seen = path};
  for (;;) {
    struct odata_page page;
    struct text error = TEXT_NONE;
    struct abap_wish wish = {.method = "GET", .path = path, .scenario = scenario};
    struct abap_said said = abap_call(abap, &wish, answer);
    if (said.end != ABAP_OK)
      return said.end;
    if (!odata_read(call->arena, ODATA_4, said.body, &page, &error)) {
      answer_say(call, answer, "ABAP environment `%.*s`: %.*s",
                 TEXT_ARG(call->graph->resources[abap->resource].name), TEXT_ARG(error));
      return ABAP_AWAY; /* a gateway's page, a cut answer: a moment later it may be another one */
    }
    for (uint32_t i = 0; i < page.count; i++)
      if (!visit(&page.entries[i], with))
        return ABAP_OK;
    if (page.next.length == 0)
      return ABAP_OK;
    path = next_path(abap, root, page.next);
    if (!pages_go(&pages, path, page.count == 0))
      break;
  }
  answer_say(call, answer, "the pages of the list lead round in circles, or have no end");
  return ABAP_NO;
}
