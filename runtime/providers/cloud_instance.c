/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud_instance: from the declared service instance to its guid, and whether it is what the plan says
 * of it. Reads only; service_instance.c creates it. SAP-7f84-9: organization and space are the subaccount's.
 * SAP-7f84-7, SAP-7f84-10, SAP-7f84-11: offering, plan, grant types and roles are compared before a key is made.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "runtime/providers/cloud_int.h"
#include "runtime/providers/sessions.h"
#include "runtime/providers/world.h"

enum { LATER_S = 10, ROLES_SHOWN = 8, HTTP_REFUSES = 400 };

static enum cloud_end space_guid(struct cloud *cloud, struct text *ret_guid, struct answer *answer)
{
  const struct call *call = cloud->call;
  struct cf_resource found;
  struct text organization = setting_text(call, cloud->space, KEY_ORGANIZATION, 0);
  struct text space = setting_text(call, cloud->space, KEY_NAME, 0);
  struct text path = cloud_with_query(cloud, "/v3/organizations", "names", organization);
  enum cloud_end end = cloud_find_one(cloud, path, organization, &found, answer);
  if (end == CLOUD_MISSING) {
    answer_say(call, answer, "the user sees no organization `%.*s`", TEXT_ARG(organization));
    return CLOUD_NO;
  }
  if (end != CLOUD_OK)
    return end;
  path = cloud_with_query(cloud, "/v3/spaces", "names", space);
  path = cloud_with_query(cloud, path.at, "organization_guids", found.guid);
  end = cloud_find_one(cloud, path, space, &found, answer);
  if (end == CLOUD_MISSING)
    answer_say(call, answer, "the user sees no space `%.*s` in the organization `%.*s`",
               TEXT_ARG(space), TEXT_ARG(organization));
  *ret_guid = found.guid;
  return end == CLOUD_MISSING ? CLOUD_NO : end;
}

/* ---- what the instance is ---- */

/* The one resource behind an address; *ret_one without a guid: the platform shows none. */
static enum cloud_end read_one(struct cloud *cloud, const char *kind, struct text guid,
                               struct cf_resource *ret_one, struct answer *answer)
{
  struct text path = text_format(cloud->call->arena, "/v3/%s/%.*s", kind, TEXT_ARG(guid));
  struct cloud_said said = cloud_call(cloud, "GET", path, TEXT_NONE, answer);
  *ret_one = (struct cf_resource){0};
  if (said.end == CLOUD_OK && said.body.form == CF_RESOURCE)
    *ret_one = said.body.resources[0];
  /* Led astray, by a circle of redirections: nothing is known of the instance, least that it is another. */
  return said.end == CLOUD_NO && said.status < HTTP_REFUSES ? CLOUD_AWAY : said.end;
}

static enum cloud_end judge_name(const struct call *call, const struct cf_resource *instance,
                                 const char *what, struct text is, struct text wanted,
                                 struct answer *answer)
{
  if (text_equal(is, wanted))
    return CLOUD_OK;
  answer_say(call, answer, "the instance `%.*s` has the %s `%.*s`, not `%.*s`",
             TEXT_ARG(text_visible(call->arena, instance->name)), what,
             TEXT_ARG(is.length == 0 ? TEXT("?") : text_visible(call->arena, is)),
             TEXT_ARG(wanted));
  answer_help(call, answer, "correct `%s` in the plan, or say with `name` which instance is meant",
              what);
  return CLOUD_NO;
}

static enum cloud_end judge_plan(struct cloud *cloud, uint32_t instance,
                                 const struct cf_resource *found, struct answer *answer)
{
  const struct call *call = cloud->call;
  struct cf_resource plan, offering;
  struct text guid = cf_value(&found->relations, "service_plan");
  if (guid.length == 0) {
    answer_say(call, answer, "the instance `%.*s` is user-provided: it has no plan and no keys",
               TEXT_ARG(text_visible(call->arena, found->name)));
    return CLOUD_NO;
  }
  enum cloud_end end = read_one(cloud, "service_plans", guid, &plan, answer);
  if (end == CLOUD_OK)
    end = judge_name(call, found, "plan", plan.name, setting_text(call, instance, KEY_PLAN_OF, 0),
                     answer);
  guid = cf_value(&plan.relations, "service_offering");
  if (end != CLOUD_OK || guid.length == 0)
    return end;
  end = read_one(cloud, "service_offerings", guid, &offering, answer);
  if (end == CLOUD_MISSING || (end == CLOUD_OK && offering.name.length == 0))
    return CLOUD_OK; /* not shown to this user: its plan's name was right */
  return end != CLOUD_OK ? end
                         : judge_name(call, found, "offering", offering.name,
                                      cloud_instance_offering(call, instance), answer);
}

/* An instance that is not made, or that something is being done to, takes no keys. */
static enum cloud_end judge_state(struct cloud *cloud, const struct cf_resource *found,
                                  struct answer *answer)
{
  const struct call *call = cloud->call;
  struct text name = text_visible(call->arena, found->name);
  if (text_is(found->state, "in progress") || text_is(found->state, "initial")) {
    answer->retry_after_s = LATER_S;
    answer_say(call, answer, "the platform is at work on the instance `%.*s` (%.*s)",
               TEXT_ARG(name), TEXT_ARG(text_visible(call->arena, found->operation)));
    return CLOUD_AT_WORK;
  }
  if (!text_is(found->state, "failed") || !text_is(found->operation, "create"))
    return CLOUD_OK;
  answer_say(call, answer, "the platform could not create the instance `%.*s`: %.*s",
             TEXT_ARG(name), TEXT_ARG(text_visible(call->arena, found->description)));
  answer_help(call, answer, "delete it and create it again, then begin again");
  return CLOUD_NO;
}

/* ---- its parameters ---- */

static json_t *value_of(const struct graph_value *value)
{
  if (value->kind == VALUE_YES_NO)
    return json_boolean(value->number);
  if (value->kind != VALUE_TEXT)
    return json_integer(value->number);
  json_t *json = text_starts_with(value->text, "{") || text_starts_with(value->text, "[")
                     ? json_loadb(value->text.at, value->text.length, 0, NULL)
                     : NULL;
  return json != NULL ? json : json_stringn(value->text.at, value->text.length);
}

/* What is not public, or of another landscape, the author of the plan knows: as it stands there. */
void cloud_add_written(const struct call *call, uint32_t resource, json_t *parameters)
{
  const struct graph_setting *written;
  for (uint32_t i = 0;
       (written = graph_setting_nth(call->graph, resource, KEY_PARAMETER, i)) != NULL; i++) {
    const struct graph_value *values = &call->graph->values[written->values.first];
    json_object_set_new(parameters, text_zero(call->arena, values[0].text), value_of(&values[1]));
  }
}

/* What the six grant types of the cockpit are called in JSON. [SAP] "Creating Service Instance and Service
 * Key for Inbound Authentication" names them; client_credentials and password: [SAP], [CODE]; jwt-bearer: [CODE],
 * SAP's samples create it-rt so; the others as OAuth calls them (RFC 6749, RFC 7522) [INF]. */
static struct text grant_type(const struct call *call, struct text word)
{
  if (text_is(word, "jwt-bearer") || text_is(word, "saml2-bearer"))
    return text_format(call->arena, "urn:ietf:params:oauth:grant-type:%.*s", TEXT_ARG(word));
  struct text type = text_format(call->arena, "%.*s", TEXT_ARG(word));
  char *at = arena_array(call->arena, type.length + 1, 1);
  for (size_t i = 0; i < type.length; i++)
    at[i] = type.at[i] == '-' ? '_' : type.at[i];
  at[type.length] = '\0';
  return (struct text){at, type.length};
}

static void set_list(const struct call *call, json_t *parameters, uint32_t instance, enum key key,
                     const char *name, const char *otherwise)
{
  const struct graph_setting *setting = graph_setting_nth(call->graph, instance, key, 0);
  json_t *list = json_array();
  for (uint32_t i = 0; setting != NULL && i < setting->values.count; i++) {
    struct text word = call->graph->values[setting->values.first + i].text;
    if (key == KEY_GRANT_TYPES)
      word = grant_type(call, word);
    json_array_append_new(list, json_stringn(word.at, word.length));
  }
  if (json_array_size(list) == 0 && otherwise != NULL)
    json_array_append_new(list, json_string(otherwise));
  if (json_array_size(list) != 0)
    json_object_set(parameters, name, list);
  json_decref(list);
}

/* {"grant-types":["client_credentials"],"roles":[...]}: [SAP] "Specifying Service Instance and Service Key
 * Parameters in JSON Format". The standard role is that of the plan integration-flow; what the plan api grants
 * is chosen, nothing by itself. */
struct text cloud_instance_parameters(const struct call *call, uint32_t instance)
{
  bool is_api = text_is(setting_text(call, instance, KEY_PLAN_OF, 0), "api");
  json_t *object = json_object();
  set_list(call, object, instance, KEY_GRANT_TYPES, "grant-types", "client_credentials");
  set_list(call, object, instance, KEY_REDIRECT_URIS, "redirect-uris", NULL);
  set_list(call, object, instance, KEY_ROLES, "roles", is_api ? NULL : "ESBMessaging.send");
  cloud_add_written(call, instance, object);
  char *words = json_dumps(object, JSON_COMPACT);
  struct text shown = text_copy(call->arena, text_of(words == NULL ? "{}" : words));
  free(words);
  json_decref(object);
  return shown;
}

static bool has(const json_t *list, struct text word)
{
  for (size_t i = 0; i < json_array_size(list); i++) {
    const json_t *one = json_array_get(list, i);
    if (json_is_string(one) &&
        text_equal((struct text){json_string_value(one), json_string_length(one)}, word))
      return true;
  }
  return false;
}

static struct text names_of(const struct call *call, const json_t *list)
{
  struct text names = TEXT("");
  for (size_t i = 0; i < json_array_size(list) && i < ROLES_SHOWN; i++) {
    const char *one = json_string_value(json_array_get(list, i));
    names = text_format(call->arena, "%.*s%s%.*s", TEXT_ARG(names), i == 0 ? "" : ", ",
                        TEXT_ARG(text_visible(call->arena, text_of(one == NULL ? "?" : one))));
  }
  return names.length == 0 ? TEXT("none") : names;
}

/* SAP-7f84-3: a sender whose key's instance lacks the flow's role is answered 403. */
static enum cloud_end judge_roles(struct cloud *cloud, uint32_t instance, const json_t *granted,
                                  struct answer *answer)
{
  const struct call *call = cloud->call;
  const struct graph_setting *roles = graph_setting_nth(call->graph, instance, KEY_ROLES, 0);
  for (uint32_t i = 0; roles != NULL && json_is_array(granted) && i < roles->values.count; i++) {
    struct text role = call->graph->values[roles->values.first + i].text;
    if (has(granted, role))
      continue;
    answer_say(call, answer, "the instance `%.*s` does not grant the role `%.*s` (it grants: %.*s)",
               TEXT_ARG(call->graph->resources[instance].name), TEXT_ARG(role),
               TEXT_ARG(names_of(call, granted)));
    answer_help(call, answer,
                "correct `roles`, or update the instance: cf update-service NAME -c '%.*s' (it "
                "takes effect within an hour)",
                TEXT_ARG(cloud_instance_parameters(call, instance)));
    return CLOUD_NO;
  }
  return CLOUD_OK;
}

/* SAP Help, "Updating Service Instance and Service Key": with client_x509 no new key can be made. A
 * broker that does not tell its parameters (400, 120004) leaves the question open. */
static enum cloud_end judge_parameters(struct cloud *cloud, uint32_t instance,
                                       const struct cf_resource *found, struct answer *answer)
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
  if (has(json_object_get(object, "grant-types"), TEXT("client_x509"))) {
    answer_say(call, answer,
               "the instance `%.*s` has the grant type client_x509: it is no longer supported, and "
               "no key can be made before it is replaced",
               TEXT_ARG(text_visible(call->arena, found->name)));
    answer_help(call, answer, "update the instance: \"grant-types\": [\"client_credentials\"]");
    end = CLOUD_NO;
  } else {
    end = judge_roles(cloud, instance, json_object_get(object, "roles"), answer);
  }
  json_decref(object);
  return end;
}

/* ---- the guid ---- */

bool cloud_instance_is_created(const struct graph *graph, uint32_t instance)
{
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct argument *made = step_argument_of_kind(graph, &graph->steps[i], KIND_INSTANCE);
    if (graph->steps[i].effect == EFFECT_ADD_INSTANCE && made != NULL && made->resource == instance)
      return true;
  }
  return false;
}

struct text cloud_instance_name(const struct call *call, uint32_t instance)
{
  struct text name = setting_text(call, instance, KEY_NAME, 0);
  return name.length == 0 ? call->graph->resources[instance].name : name;
}

struct text cloud_instance_offering(const struct call *call, uint32_t instance)
{
  struct text offering = setting_text(call, instance, KEY_OFFERING, 0);
  return offering.length == 0 ? TEXT("it-rt") : offering;
}

/* Where a step of the plan creates it, it is not there yet, or not any more. */
static enum cloud_end report_missing(struct cloud *cloud, uint32_t instance, struct answer *answer)
{
  const struct call *call = cloud->call;
  struct text name = cloud_instance_name(call, instance);
  struct text declared = call->graph->resources[instance].name;
  struct text space = cloud_space_name(cloud);
  answer_say(call, answer, "space `%.*s` has no service instance `%.*s`", TEXT_ARG(space),
             TEXT_ARG(name));
  if (cloud_instance_is_created(call->graph, instance))
    return CLOUD_MISSING;
  answer_help(
      call, answer,
      "write `name \"...\"` in the service-instance, where it is called otherwise on the "
      "platform; let the plan create it: ROLE creates %.*s in %.*s; or create it by hand: cf "
      "create-service %.*s %.*s %.*s -c '%.*s'",
      TEXT_ARG(declared), TEXT_ARG(space),
      TEXT_ARG(text_shell_word(call->arena, cloud_instance_offering(call, instance))),
      TEXT_ARG(setting_text(call, instance, KEY_PLAN_OF, 0)),
      TEXT_ARG(text_shell_word(call->arena, name)),
      TEXT_ARG(cloud_instance_parameters(call, instance)));
  return CLOUD_NO;
}

enum cloud_end cloud_instance_look(struct cloud *cloud, uint32_t instance, struct text *space,
                                   struct cf_resource *ret_found, struct answer *answer)
{
  struct text name = cloud_instance_name(cloud->call, instance);
  enum cloud_end end = space->length != 0 ? CLOUD_OK : space_guid(cloud, space, answer);
  if (end != CLOUD_OK)
    return end;
  struct text path = cloud_with_query(cloud, "/v3/service_instances", "names", name);
  path = cloud_with_query(cloud, path.at, "space_guids", *space);
  return cloud_find_one(cloud, path, name, ret_found, answer);
}

enum cloud_end cloud_instance_judge(struct cloud *cloud, uint32_t instance,
                                    const struct cf_resource *found, struct answer *answer)
{
  enum cloud_end end = judge_state(cloud, found, answer);
  if (end == CLOUD_OK)
    end = judge_plan(cloud, instance, found, answer);
  if (end == CLOUD_OK)
    end = judge_parameters(cloud, instance, found, answer);
  return end == CLOUD_MISSING ? CLOUD_NO : end;
}

static enum cloud_end find_instance(struct cloud *cloud, uint32_t instance, struct text *ret_guid,
                                    struct answer *answer)
{
  struct cf_resource found;
  struct text space = TEXT("");
  enum cloud_end end = cloud_instance_look(cloud, instance, &space, &found, answer);
  if (end == CLOUD_MISSING)
    return report_missing(cloud, instance, answer);
  if (end == CLOUD_OK)
    end = cloud_instance_judge(cloud, instance, &found, answer);
  if (end == CLOUD_OK)
    *ret_guid = found.guid;
  return end;
}

enum cloud_end cloud_instance(struct cloud *cloud, uint32_t instance, struct text *ret_guid,
                              struct answer *answer)
{
  const struct call *call = cloud->call;
  struct sessions *sessions = call->world->sessions;
  struct text about =
      text_format(call->arena, "instance %.*s", TEXT_ARG(call->graph->resources[instance].name));
  if (sessions_recall(sessions, call->arena, about, ret_guid))
    return CLOUD_OK;
  bool is_first = sessions_first(sessions, about);
  bool is_known = sessions_recall(sessions, call->arena, about, ret_guid);
  enum cloud_end end = is_known ? CLOUD_OK : find_instance(cloud, instance, ret_guid, answer);
  if (end == CLOUD_OK && !is_known)
    sessions_remember(sessions, about, *ret_guid);
  if (is_first)
    sessions_over(sessions, about);
  return end;
}
