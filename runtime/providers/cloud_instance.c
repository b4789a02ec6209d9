/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud_instance: from the declared service instance to its guid, and whether it is what the plan says
 * of it. Reads only. SAP-7f84-9: organization and space are the subaccount's. SAP-7f84-7, SAP-7f84-10,
 * SAP-7f84-11: offering, plan, grant types and roles are compared before a key is made.
 */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "runtime/providers/cloud_int.h"
#include "runtime/providers/sessions.h"
#include "runtime/providers/world.h"

enum { LATER_S = 10, ROLES_SHOWN = 8 };

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
  return said.end;
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
  struct text wanted = setting_text(call, instance, KEY_OFFERING, 0);
  end = read_one(cloud, "service_offerings", guid, &offering, answer);
  if (end == CLOUD_MISSING || (end == CLOUD_OK && offering.name.length == 0))
    return CLOUD_OK; /* not shown to this user: its plan's name was right */
  return end != CLOUD_OK ? end
                         : judge_name(call, found, "offering", offering.name,
                                      wanted.length == 0 ? TEXT("it-rt") : wanted, answer);
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

/* {"grant-types":["client_credentials"],"roles":[...]}: SAP Help, "Specifying Service Instance and
 * Service Key Parameters in JSON Format". */
static struct text parameters_of(const struct call *call, uint32_t instance)
{
  const struct graph_setting *roles = graph_setting_nth(call->graph, instance, KEY_ROLES, 0);
  json_t *list = json_array();
  for (uint32_t i = 0; roles != NULL && i < roles->values.count; i++) {
    struct text role = call->graph->values[roles->values.first + i].text;
    json_array_append_new(list, json_stringn(role.at, role.length));
  }
  if (json_array_size(list) == 0)
    json_array_append_new(list, json_string("ESBMessaging.send"));
  json_t *object = json_pack("{s:[s], s:o}", "grant-types", "client_credentials", "roles", list);
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
                TEXT_ARG(parameters_of(call, instance)));
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

static enum cloud_end report_missing(struct cloud *cloud, uint32_t instance, struct text name,
                                     struct answer *answer)
{
  const struct call *call = cloud->call;
  struct text offering = setting_text(call, instance, KEY_OFFERING, 0);
  answer_say(call, answer, "space `%.*s` has no service instance `%.*s`",
             TEXT_ARG(cloud_space_name(cloud)), TEXT_ARG(name));
  answer_help(
      call, answer,
      "write `name \"...\"` in the service-instance, where it is called otherwise on the "
      "platform; or create it: cf create-service %.*s %.*s %.*s -c '%.*s'",
      TEXT_ARG(text_shell_word(call->arena, offering.length == 0 ? TEXT("it-rt") : offering)),
      TEXT_ARG(setting_text(call, instance, KEY_PLAN_OF, 0)),
      TEXT_ARG(text_shell_word(call->arena, name)), TEXT_ARG(parameters_of(call, instance)));
  return CLOUD_NO;
}

static enum cloud_end find_instance(struct cloud *cloud, uint32_t instance, struct text *ret_guid,
                                    struct answer *answer)
{
  const struct call *call = cloud->call;
  struct cf_resource found;
  struct text space, name = setting_text(call, instance, KEY_NAME, 0);
  if (name.length == 0)
    name = call->graph->resources[instance].name;
  enum cloud_end end = space_guid(cloud, &space, answer);
  if (end != CLOUD_OK)
    return end;
  struct text path = cloud_with_query(cloud, "/v3/service_instances", "names", name);
  path = cloud_with_query(cloud, path.at, "space_guids", space);
  end = cloud_find_one(cloud, path, name, &found, answer);
  if (end == CLOUD_MISSING)
    return report_missing(cloud, instance, name, answer);
  if (end == CLOUD_OK)
    end = judge_state(cloud, &found, answer);
  if (end == CLOUD_OK)
    end = judge_plan(cloud, instance, &found, answer);
  if (end == CLOUD_OK)
    end = judge_parameters(cloud, instance, &found, answer);
  if (end != CLOUD_OK)
    return end == CLOUD_MISSING ? CLOUD_NO : end;
  *ret_guid = found.guid;
  return CLOUD_OK;
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
