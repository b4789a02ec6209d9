/* SPDX-License-Identifier: Apache-2.0 */
/* survey: see survey.h. */
#include "runtime/providers/survey.h"

#include "runtime/providers/keystore.h"
#include "runtime/providers/login.h"
#include "runtime/providers/probe.h"
#include "runtime/providers/secrets.h"
#include "runtime/providers/tenant_flow.h"
#include "runtime/providers/tenant_model.h"
#include "runtime/providers/trust_change.h"

enum { FINGERPRINT_SHOWN = 16 };

static struct survey_row *add(const struct call *call, struct survey *survey, uint32_t resource)
{
  if (survey->count == survey->capacity) {
    survey->capacity = survey->capacity == 0 ? 16 : survey->capacity * 2;
    survey->rows = arena_grow(call->arena, survey->rows, survey->count, survey->capacity,
                              sizeof *survey->rows);
  }
  struct survey_row *row = &survey->rows[survey->count++];
  *row = (struct survey_row){.resource = resource, .result = SURVEY_NOT_SEEN};
  return row;
}

static struct text say_cert(const struct call *call, const struct cert *cert)
{
  return text_format(call->arena, "%.*s, SHA-256 %.*s..., until %.*s", TEXT_ARG(cert->subject),
                     FINGERPRINT_SHOWN, cert->fingerprint.at,
                     TEXT_ARG(cert_time_text(call->arena, cert->not_after_s)));
}

/* "CN=a, O=b" and "O=b,CN=a" name the same: compared part by part, blanks and order aside. */
static bool same_subject(struct text a, struct text b)
{
  for (int turn = 0; turn < 2; turn++) {
    struct text one = turn == 0 ? a : b, other = turn == 0 ? b : a;
    for (size_t from = 0; from <= one.length;) {
      size_t to = from;
      while (to < one.length && !(one.at[to] == ',' && (to == 0 || one.at[to - 1] != '\\')))
        to++;
      struct text part = {one.at + from, to - from};
      while (part.length > 0 && part.at[0] == ' ')
        part = (struct text){part.at + 1, part.length - 1};
      while (part.length > 0 && part.at[part.length - 1] == ' ')
        part.length--;
      bool found = part.length == 0;
      for (size_t i = 0; !found && i + part.length <= other.length; i++) {
        size_t end = i + part.length;
        found = text_equal((struct text){other.at + i, part.length}, part) &&
                (i == 0 || other.at[i - 1] == ',' || other.at[i - 1] == ' ') &&
                (end == other.length || other.at[end] == ',' || other.at[end] == ' ');
      }
      if (!found)
        return false;
      from = to + 1;
    }
  }
  return true;
}

static bool is_renewed(const struct call *call, uint32_t certificate)
{
  const struct graph *graph = call->graph;
  const struct graph_setting *renews =
      graph_setting_nth(graph, graph->plan_resource, KEY_RENEWS, 0);
  for (uint32_t i = 0; renews != NULL && i < renews->values.count; i++)
    if (graph->values[renews->values.first + i].resource == certificate)
      return true;
  return false;
}

static void note_due(const struct call *call, struct survey *survey, uint32_t certificate,
                     const struct cert *leaf)
{
  int64_t lead_s = setting_number(call, certificate, KEY_RENEW, 0, -1);
  if (!is_renewed(call, certificate))
    return;
  if (leaf == NULL || lead_s < 0) {
    survey->knows_due = false;
    return;
  }
  int64_t due_s = leaf->not_after_s - lead_s;
  if (survey->due_of.length == 0 || due_s < survey->due_s) {
    survey->due_s = due_s;
    survey->due_of = call->graph->resources[certificate].name;
  }
}

/* The leaf that stands in its keystore, or the reason. */
static enum file_found read_leaf(const struct call *call, uint32_t certificate,
                                 struct cert *ret_leaf, struct text *ret_error)
{
  struct cert_list chain;
  struct answer answer = {0};
  enum file_found found = keystore_look(call, certificate, &chain, &answer);
  if (found == FILE_FOUND)
    *ret_leaf = chain.items[0];
  *ret_error = answer.says;
  return found;
}

/* A store that is closed without its password is not seen; one that is damaged or empty differs. Of a
 * tenant's only the tenant's own "no such entry" is a sight. */
static bool is_closed(const struct call *call, uint32_t place, enum file_found found)
{
  if (keystore_is_tenant(call->graph, place))
    return found != FILE_MISSING;
  return !keystore_is_ours(call->graph, place) ||
         (!call->world->trusted && !text_is(setting_text(call, place, KEY_KIND_OF, 0), "pem") &&
          setting_resource(call, place, KEY_PASSWORD, 0) != INDEX_NONE);
}

static void survey_certificate(const struct call *call, struct survey *survey, uint32_t certificate)
{
  const struct graph *graph = call->graph;
  uint32_t place = setting_resource(call, certificate, KEY_IN, 0);
  struct text subject = setting_text(call, certificate, KEY_SUBJECT, 0), error = TEXT_NONE;
  struct cert leaf;
  enum file_found found = read_leaf(call, certificate, &leaf, &error);
  note_due(call, survey, certificate, found == FILE_FOUND ? &leaf : NULL);
  if (place == INDEX_NONE)
    return;
  struct survey_row *row = add(call, survey, place);
  row->assumes =
      text_format(call->arena, "holds %.*s%s%.*s", TEXT_ARG(graph->resources[certificate].name),
                  subject.length == 0 ? "" : " for ", TEXT_ARG(subject));
  if (found != FILE_FOUND) {
    row->there = error;
    row->result = is_closed(call, place, found) ? SURVEY_NOT_SEEN : SURVEY_DIFFERS;
    row->help =
        TEXT("the pair that is to be renewed must be in place; a first one is made by hand");
    return;
  }
  row->there = say_cert(call, &leaf);
  row->result = SURVEY_AS_ASSUMED;
  int64_t now_s = call->world->now_s();
  if (subject.length != 0 && !same_subject(subject, leaf.subject)) {
    row->result = SURVEY_DIFFERS;
    row->help = TEXT("another certificate has taken its place, or `subject` is not the one in use: "
                     "look at both before anything is replaced");
  } else if (cert_validity(&leaf, now_s) == VALIDITY_OVER) {
    row->result = SURVEY_DIFFERS;
    row->there = text_format(call->arena, "%.*s: over", TEXT_ARG(row->there));
    row->help = TEXT("it does not authenticate anybody any more: an overlap protects nothing, "
                     "renew at once");
  }
}

/* A list of accepted certificates lacks the one that is in use: then the connection is down now, or the
 * plan looks at the wrong file. */
static void survey_accepted(const struct call *call, struct survey *survey, uint32_t system,
                            uint32_t certificate)
{
  struct text error = TEXT_NONE, name = call->graph->resources[certificate].name;
  struct trust trust;
  struct cert leaf;
  struct survey_row *row = add(call, survey, system);
  row->assumes = text_format(call->arena, "accepts %.*s, which is in use", TEXT_ARG(name));
  if (!trust_read(call, system, &trust, &error)) {
    row->result = SURVEY_DIFFERS;
    row->there = error;
    row->help = TEXT("name the file that the receiver reads, and let it be readable here");
    return;
  }
  if (read_leaf(call, certificate, &leaf, &error) != FILE_FOUND) {
    row->there = text_format(call->arena, "cannot be compared: %.*s", TEXT_ARG(error));
    return;
  }
  const struct trust_side *pins = &trust.sides[SIDE_PINS];
  if (pins->path == NULL) {
    row->there = text_format(call->arena,
                             "%s names authorities; whether one of them issued it is "
                             "seen by a handshake",
                             trust.sides[SIDE_TRUSTS].path);
    return;
  }
  bool has = pins_has(call->arena, pins->form, pins->content, &leaf);
  row->result = has ? SURVEY_AS_ASSUMED : SURVEY_DIFFERS;
  row->there = text_format(call->arena, "%s %s SHA-256 %.*s...", pins->path,
                           has ? "names" : "does not name", FINGERPRINT_SHOWN, leaf.fingerprint.at);
  row->help =
      TEXT("the receiver refuses the certificate in use, or reads another file: settle that "
           "first");
}

static void survey_callers(const struct call *call, struct survey *survey, uint32_t system)
{
  const struct graph *graph = call->graph;
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    const struct graph_setting *calls;
    for (uint32_t n = 0; graph->resources[i].kind == KIND_FLOW &&
                         (calls = graph_setting_nth(graph, i, KEY_CALLS, n)) != NULL;
         n++) {
      const struct graph_value *values = &graph->values[calls->values.first];
      if (calls->values.count >= 2 && values[0].resource == system && values[1].kind == VALUE_REF &&
          graph->resources[values[1].resource].kind == KIND_CERTIFICATE &&
          certificate_is_ours(graph, values[1].resource))
        survey_accepted(call, survey, system, values[1].resource);
    }
  }
}

static void survey_door(const struct call *call, struct survey *survey, uint32_t system)
{
  struct text url = setting_text(call, system, KEY_URL, 0);
  struct survey_row *row = add(call, survey, system);
  row->assumes = text_format(call->arena, "answers at %.*s", TEXT_ARG(url));
  struct probe_report report = probe_door(call, system);
  row->result = report.as_expected ? SURVEY_AS_ASSUMED : SURVEY_DIFFERS;
  row->there = report.says;
  row->help = TEXT("from here it cannot be reached as a client would: check the address, the name, "
                   "the proxy, and `verified by file`");
}

static void survey_file(const struct call *call, struct survey *survey, uint32_t resource,
                        enum key key, const char *assumes)
{
  struct text pem, error = TEXT_NONE;
  struct cert_list certs;
  const char *path = setting_path(call, resource, key, 0);
  if (path == NULL)
    return;
  struct survey_row *row = add(call, survey, resource);
  row->assumes = text_format(call->arena, "%s in %s", assumes, path);
  row->result = SURVEY_DIFFERS;
  row->help = TEXT("put the file in place, or name another one");
  if (file_read(call->arena, path, &pem, &error) != FILE_FOUND ||
      !cert_read_pem(call->arena, pem, &certs, &error)) {
    row->there = error.length != 0 ? error : TEXT("no such file");
    return;
  }
  if (certs.count == 0) {
    row->there = TEXT("no certificate");
    return;
  }
  row->there = say_cert(call, &certs.items[0]);
  if (cert_validity(&certs.items[0], call->world->now_s()) == VALIDITY_NOW)
    row->result = SURVEY_AS_ASSUMED;
}

static void survey_tenant(const struct call *call, struct survey *survey, uint32_t tenant)
{
  struct answer answer = {0};
  struct survey_row *row = add(call, survey, tenant);
  row->assumes = text_format(call->arena, "takes our log-on at %.*s",
                             TEXT_ARG(setting_text(call, tenant, KEY_URL, 0)));
  bool good = tenant_answers(call, tenant, &answer);
  row->there = answer.says;
  row->help = answer.help.length != 0 ? answer.help
                                      : TEXT("check the address, the proxy and `trust file` in "
                                             "renew.conf of this machine");
  uint32_t with = setting_resource(call, tenant, KEY_LOGIN, 1);
  bool is_later = call->world->starts_nothing && with != INDEX_NONE && secret_is_later(call, with);
  if (login_is_allowed(call) && !is_later)
    row->result = good ? SURVEY_AS_ASSUMED : SURVEY_DIFFERS;
}

/* What runs, and whether a restart would bring another version with it. */
static void survey_flow(const struct call *call, struct survey *survey, uint32_t flow)
{
  struct flow_sight sight;
  struct answer answer = {0};
  struct survey_row *row = add(call, survey, flow);
  struct text id = tenant_flow_id(call, flow);
  row->assumes = text_format(call->arena, "is `%.*s` of the tenant", TEXT_ARG(id));
  if (!tenant_flow_look(call, flow, &sight, &answer)) {
    row->there = answer.says;
    return;
  }
  row->result = SURVEY_DIFFERS;
  row->there = TEXT("it does not run there");
  row->help = TEXT("deploy it, or write `artifact \"ID\"` with the identifier that it has there");
  if (!sight.state.is_there)
    return;
  bool is_other = sight.design.length != 0 && !text_equal(sight.design, sight.state.version);
  row->there = text_format(call->arena, "%.*s, version %.*s%s%.*s", TEXT_ARG(sight.state.status),
                           TEXT_ARG(sight.state.version),
                           is_other ? "; a restart asks first, for it would deploy " : "",
                           TEXT_ARG(is_other ? sight.design : TEXT("")));
  row->help =
      TEXT("look into the tenant's monitor why it does not run before its keys are changed");
  if (text_is(sight.state.status, "STARTED"))
    row->result = SURVEY_AS_ASSUMED;
}

void survey_plan(const struct call *call, struct survey *ret_survey)
{
  const struct graph *graph = call->graph;
  *ret_survey = (struct survey){.knows_due = true};
  for (uint32_t i = 0; i < graph->resource_count; i++)
    switch (graph->resources[i].kind) {
    case KIND_CERTIFICATE:
      survey_certificate(call, ret_survey, i);
      break;
    case KIND_TENANT:
      survey_tenant(call, ret_survey, i);
      break;
    case KIND_FLOW:
      if (tenant_of(graph, i) != INDEX_NONE)
        survey_flow(call, ret_survey, i);
      break;
    case KIND_SYSTEM:
      if (text_is(setting_text(call, i, KEY_KIND_OF, 0), "trust-file"))
        survey_callers(call, ret_survey, i);
      if (probe_is_possible(call, i))
        survey_door(call, ret_survey, i);
      break;
    case KIND_CA:
      survey_file(call, ret_survey, i, KEY_CERTIFICATE_FILE, "the authority's certificate");
      break;
    case KIND_SERVICEKEY:
      survey_file(call, ret_survey, i, KEY_CERTIFICATE_FROM, "the sender's certificate");
      survey_file(call, ret_survey, i, KEY_TRUSTED_BY, "the roots of the load balancer");
      break;
    default: /* nothing of the others can be seen */
      break;
    }
  if (ret_survey->due_of.length == 0)
    ret_survey->knows_due = false;
}

uint32_t survey_untrusted(const struct call *call, struct text *ret_names, uint32_t most)
{
  static const enum key command_keys[] = {KEY_START_WITH, KEY_STOP_WITH, KEY_RESTART_WITH,
                                          KEY_RELOAD_WITH};
  const struct graph *graph = call->graph;
  uint32_t count = 0;
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    const struct resource *resource = &graph->resources[i];
    bool has_command = false;
    for (size_t k = 0; k < sizeof command_keys / sizeof *command_keys; k++)
      has_command = has_command || graph_setting_nth(graph, i, command_keys[k], 0) != NULL;
    has_command = has_command || text_is(setting_text(call, i, KEY_OBSERVED_BY, 0), "command");
    if (resource->kind != KIND_SECRET && !has_command)
      continue;
    if (count < most)
      ret_names[count] = text_format(call->arena, "%s `%.*s`",
                                     resource->kind == KIND_SECRET ? "secret" : "commands of",
                                     TEXT_ARG(resource->name));
    count++;
  }
  return count;
}
