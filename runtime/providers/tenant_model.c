/* SPDX-License-Identifier: Apache-2.0 */
/* tenant_model: see tenant_model.h. */
#include "runtime/providers/tenant_model.h"

#include <string.h>

#include "runtime/providers/sessions.h"

static const char document[] = "/$metadata";

/* A line a set: "\nKeystoreEntries: Hexalias Alias \n". What is asked for is found with its borders. */
static struct text written(struct arena *arena, const struct odata_model *model)
{
  struct buffer lines = {0};
  for (uint32_t i = 0; i < model->count; i++) {
    buffer_format(&lines, "\n%.*s: ", TEXT_ARG(model->sets[i].name));
    for (uint32_t j = 0; j < model->sets[i].property_count; j++)
      buffer_format(&lines, "%.*s ", TEXT_ARG(model->sets[i].properties[j]));
  }
  buffer_add_zero(&lines, "\n");
  struct text text = text_copy(arena, buffer_text(&lines));
  buffer_free(&lines);
  return text;
}

static bool fetch(struct tenant *tenant, struct odata_model *ret_model, enum tenant_end *ret_end)
{
  struct answer unseen = {0};
  struct text error;
  struct tenant_wish wish = {.method = "GET",
                             .path = text_of(document),
                             .accept = "application/xml",
                             .role = "MonitoringDataRead"};
  struct tenant_said said = tenant_call(tenant, &wish, &unseen);
  *ret_end = said.end;
  return said.end == TENANT_OK &&
         odata_read_model(tenant->call->arena, said.body, ret_model, &error) &&
         ret_model->count != 0;
}

/* What cannot be read is not asked for again at once: a listing alone would ask a dozen times. */
static struct text name_of_absence(const struct call *call, struct text about)
{
  enum { ASK_AGAIN_MS = 30 * 1000 };
  return text_format(call->arena, "no %.*s %lld", TEXT_ARG(about),
                     (long long)(call->world->monotonic_ms() / ASK_AGAIN_MS));
}

/* "" where the document is not known. */
static struct text model_of(struct tenant *tenant)
{
  const struct call *call = tenant->call;
  struct odata_model model;
  enum tenant_end end;
  struct text about = text_format(call->arena, "metadata %.*s",
                                  TEXT_ARG(setting_text(call, tenant->resource, KEY_URL, 0)));
  struct text known = TEXT("");
  if (tenant->has_no_model)
    return known;
  if (call->world->sessions != NULL &&
      (sessions_recall(call->world->sessions, call->arena, about, &known) ||
       sessions_recall(call->world->sessions, call->arena, name_of_absence(call, about), &known)))
    return known;
  bool good = fetch(tenant, &model, &end);
  if (good)
    known = written(call->arena, &model);
  /* Whoever reads entries asks for each of their properties: a server that is slow or broken once is not
   * waited for ten times. */
  tenant->has_no_model = !good;
  /* What was cut or late may be read the next time; what is forbidden will not. */
  bool is_known = good || end == TENANT_NO || end == TENANT_MISSING;
  if (call->world->sessions != NULL)
    sessions_remember(call->world->sessions, is_known ? about : name_of_absence(call, about),
                      known);
  return known;
}

static bool declares(struct arena *arena, struct text model, struct text set, const char *property)
{
  struct text head = text_format(arena, "\n%.*s: ", TEXT_ARG(set));
  const char *line = memmem(model.at, model.length, head.at, head.length);
  if (line == NULL || property[0] == '\0')
    return line != NULL;
  line += head.length - 1; /* the blank before the first */
  const char *end = memchr(line, '\n', model.length - (size_t)(line - model.at));
  struct text wanted = text_format(arena, " %s ", property);
  return memmem(line, (size_t)(end - line), wanted.at, wanted.length) != NULL;
}

bool tenant_knows(struct tenant *tenant, const char *set, const char *property)
{
  struct text model = model_of(tenant);
  return model.length == 0 || declares(tenant->call->arena, model, text_of(set), property);
}

/* "/KeystoreEntries('6d')?x" -> "KeystoreEntries"; also of an absolute address. */
static struct text set_of(struct text path)
{
  static const char base[] = "/api/v1/";
  const char *found = memmem(path.at, path.length, base, strlen(base));
  size_t at = found == NULL ? 0 : (size_t)(found - path.at) + strlen(base) - 1;
  at += at < path.length && path.at[at] == '/';
  struct text set = {path.at + at, 0};
  while (at + set.length < path.length && strchr("(?/", set.at[set.length]) == NULL)
    set.length++;
  return set;
}

enum tenant_end tenant_judge_missing(struct tenant *tenant, struct text path, struct text body,
                                     struct answer *answer)
{
  const struct call *call = tenant->call;
  struct text name = call->graph->resources[tenant->resource].name, set = set_of(path);
  struct odata_model model;
  enum tenant_end end;
  if (text_equal(path, text_of(document)))
    return TENANT_MISSING;
  /* Words that are not the service's are somebody else's; of no words, the service itself is asked. */
  struct odata_problem problem = odata_read_problem(call->arena, body);
  if (!problem.is_odata && (body.length != 0 || !fetch(tenant, &model, &end))) {
    answer_say(call, answer,
               "tenant `%.*s` answers 404, and not in the words of its service: whether what was "
               "asked for is there is not known",
               TEXT_ARG(name));
    answer_help(call, answer,
                "look at `url` of the tenant, and whether the service answers: something before it "
                "may have said this");
    return TENANT_AWAY;
  }
  struct text declared = model_of(tenant);
  if (declared.length == 0 || declares(call->arena, declared, set, ""))
    return TENANT_MISSING;
  answer_say(call, answer, "the interface of tenant `%.*s` has no %.*s", TEXT_ARG(name),
             TEXT_ARG(set));
  answer_help(call, answer,
              "look at `url` of the tenant: it is the API's address (service plan "
              "`api`), not the one of its flows");
  return TENANT_NO;
}

bool tenant_answers(const struct call *call, uint32_t resource, struct answer *answer)
{
  static const char *const needed[] = {"KeystoreEntries", "IntegrationRuntimeArtifacts"};
  struct tenant tenant;
  struct tenant_entry *entries;
  uint32_t count = 0;
  bool good = tenant_open(call, resource, &tenant, answer) &&
              tenant_entries(&tenant, TENANT_SYSTEM, &entries, &count, answer) == TENANT_OK;
  for (size_t i = 0; good && i < sizeof needed / sizeof *needed; i++)
    if (!tenant_knows(&tenant, needed[i], "")) {
      answer_say(call, answer, "it answers, and its interface has no %s", needed[i]);
      good = false;
    }
  if (good)
    answer_say(call, answer, "it answers; %u entr%s in its keystore%s", count,
               count == 1 ? "y" : "ies",
               model_of(&tenant).length == 0 ? "; its $metadata cannot be read" : "");
  tenant_close(&tenant);
  return good;
}
