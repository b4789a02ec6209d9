/* SPDX-License-Identifier: Apache-2.0 */
/*
 * providers: who does a step: by its effect, the kind of its place, and that place's own `kind` or
 * `protocol`. What no provider does is done by a person; nothing is refused here. Of the third document a
 * person does: SAP-7f84-8 (gives a certificate that renew has never seen), SAP-7f84-13 (the sender's
 * keystore), SAP-7f84-16 and SAP-7f84-19 (the flow, where no tenant is declared), SAP-7f84-20 (the sender).
 */
#include "runtime/providers/abap.h"
#include "runtime/providers/keystore.h"
#include "runtime/providers/look.h"
#include "runtime/providers/own.h"
#include "runtime/providers/sealed.h"
#include "runtime/providers/step.h"
#include "runtime/providers/tenant.h"

static struct text setting_word(const struct graph *graph, uint32_t resource, enum key key)
{
  const struct graph_value *value =
      resource == INDEX_NONE ? NULL : graph_setting_value(graph, resource, key, 0);
  return value == NULL ? TEXT("") : value->text;
}

static bool is_set(const struct graph *graph, uint32_t resource, enum key key)
{
  return resource != INDEX_NONE && graph_setting_nth(graph, resource, key, 0) != NULL;
}

/* The certificate that the step makes or has signed is one whose key renew itself holds. */
static bool makes_ours(const struct graph *graph, const struct step *step)
{
  const struct argument *made = step_argument_of_kind(graph, step, KIND_CERTIFICATE);
  return made != NULL && certificate_is_ours(graph, made->resource);
}

static const struct provider *find_maker(const struct graph *graph, const struct step *step)
{
  const struct argument *made = step_argument_of_kind(graph, step, KIND_CERTIFICATE);
  if (made == NULL || !certificate_is_ours(graph, made->resource))
    return &provider_person;
  const struct graph_value *place = graph_setting_value(graph, made->resource, KEY_IN, 0);
  return place != NULL && keystore_makes_keys(graph, place->resource) ? &provider_tenant_make_key
                                                                      : &provider_make_key;
}

static const struct provider *find_ca(const struct graph *graph, const struct step *step)
{
  uint32_t ca = step_resource(graph, step, PART_BY);
  if (!makes_ours(graph, step))
    return &provider_person;
  struct text protocol = setting_word(graph, ca, KEY_PROTOCOL);
  if (text_is(protocol, "local"))
    return &provider_ca_local;
  return text_is(protocol, "command") ? &provider_ca_command : &provider_ca_manual;
}

/* A mail needs a server, and only the machine's renew.conf knows one: else a person sends it. */
static const struct provider *find_carrier(const struct graph *graph, const struct step *step)
{
  enum part part = step->effect == EFFECT_MESSAGE ? PART_OBJECT : PART_RECIPIENT;
  const struct argument *role;
  for (uint32_t i = 0; (role = step_argument(graph, step, part, i)) != NULL; i++) {
    struct text by = setting_word(graph, role->resource, KEY_REACH);
    if (text_is(by, "mail"))
      return &provider_message;
  }
  return &provider_deliver;
}

/* SAP-f7a5-4: a certificate of a platform, which the run has once a person has exported it. */
static bool is_exported(const struct graph *graph, const struct argument *thing)
{
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct argument *object = step_argument(graph, &graph->steps[i], PART_OBJECT, 0);
    if (graph->steps[i].kind == STEP_ACTION && graph->steps[i].effect == EFFECT_EXPORT &&
        abap_of(graph, &graph->steps[i]) != INDEX_NONE && object != NULL &&
        object->resource == thing->resource && object->members[0] == thing->members[0])
      return true;
  }
  return false;
}

/* The holder of a certificate gives it away: it comes with a file. */
static bool is_from_holder(const struct graph *graph, const struct step *step)
{
  const struct argument *first = step_argument(graph, step, PART_OBJECT, 0), *thing;
  if (first == NULL || first->kind != ARGUMENT_RESOURCE ||
      !certificate_is_held(graph, first->resource))
    return false;
  for (uint32_t i = 0; (thing = step_argument(graph, step, PART_OBJECT, i)) != NULL; i++)
    if (thing->kind != ARGUMENT_RESOURCE || thing->resource != first->resource ||
        argument_has(thing, MEMBER_OLD) || argument_has(thing, MEMBER_BUNDLE))
      return false;
  return !step->sealed &&
         graph_setting_value(graph, first->resource, KEY_HELD_BY, 0)->resource == step->role;
}

/* What renew has never seen is handed over by a person; private keys too, where nothing seals them. */
static const struct provider *find_delivery(const struct graph *graph, const struct step *step)
{
  const struct argument *thing;
  if (step->sealed)
    return sealed_can(graph, step) ? find_carrier(graph, step) : &provider_person;
  if (is_from_holder(graph, step))
    return &provider_receive;
  for (uint32_t i = 0; (thing = step_argument(graph, step, PART_OBJECT, i)) != NULL; i++)
    if (thing->kind != ARGUMENT_RESOURCE || argument_has(thing, MEMBER_BUNDLE) ||
        (!certificate_is_ours(graph, thing->resource) &&
         !certificate_is_held(graph, thing->resource) && !is_exported(graph, thing)) ||
        graph->resources[thing->resource].kind != KIND_CERTIFICATE)
      return &provider_person;
  return find_carrier(graph, step);
}

/* `keystore K` of a system, where K is a tenant's: what the system trusts stands in the tenant's keystore.
 * The old certificate, and its root, are known where the certificate itself lives there. */
static const struct provider *find_store(const struct graph *graph, const struct step *step,
                                         uint32_t keystore)
{
  const struct argument *thing;
  for (uint32_t i = 0; (thing = step_argument(graph, step, PART_OBJECT, i)) != NULL; i++) {
    if (thing->kind != ARGUMENT_RESOURCE ||
        graph->resources[thing->resource].kind != KIND_CERTIFICATE)
      return &provider_person;
    const struct graph_value *in = graph_setting_value(graph, thing->resource, KEY_IN, 0);
    bool lives_there = in != NULL && in->kind == VALUE_REF && in->resource == keystore;
    bool is_root = argument_has(thing, MEMBER_ROOT) && !argument_has(thing, MEMBER_OLD) &&
                   (certificate_is_ours(graph, thing->resource) ||
                    certificate_is_held(graph, thing->resource));
    if (!lives_there && !is_root)
      return &provider_person;
  }
  if (step->effect == EFFECT_ADD_ACCEPTED || step->effect == EFFECT_ADD_ROOT)
    return &provider_tenant_import;
  return step->effect == EFFECT_DROP_ACCEPTED ? &provider_tenant_drop : &provider_person;
}

static const struct provider *find_trust(const struct graph *graph, const struct step *step)
{
  uint32_t system = step_resource(graph, step, PART_PLACE);
  struct text by = setting_word(graph, system, KEY_ACCEPTS);
  bool by_certificate = by.length == 0 || text_is(by, "certificate");
  bool has_file = is_set(graph, system, KEY_TRUSTS_FILE) || is_set(graph, system, KEY_PINS_FILE);
  const struct argument *thing;
  const struct graph_value *own = graph_setting_value(graph, system, KEY_KEYSTORE_OF, 0);
  if (own != NULL && own->kind == VALUE_REF && keystore_is_tenant(graph, own->resource))
    return find_store(graph, step, own->resource);
  for (uint32_t i = 0; (thing = step_argument(graph, step, PART_OBJECT, i)) != NULL; i++)
    if (thing->kind != ARGUMENT_RESOURCE || !certificate_is_ours(graph, thing->resource))
      return &provider_person;
  return text_is(setting_word(graph, system, KEY_KIND_OF), "trust-file") && by_certificate &&
                 has_file
             ? &provider_trust_file
             : &provider_person;
}

/* tenant: who does it where the keystore is a SAP tenant's. */
static const struct provider *find_keystore(const struct graph *graph, const struct step *step,
                                            const struct provider *provider, bool takes_folder,
                                            const struct provider *tenant)
{
  const struct argument *place = step_argument_of_kind(graph, step, KIND_KEYSTORE);
  if (place != NULL && keystore_is_tenant(graph, place->resource))
    return tenant;
  bool is_ours = place != NULL && keystore_is_ours(graph, place->resource);
  return is_ours && (takes_folder || !is_set(graph, place->resource, KEY_FOLDER))
             ? provider
             : &provider_person;
}

/* SSH and PGP keys, users: no keystore's provider knows them, whatever store they live in. */
static bool is_certificate(const struct graph *graph, const struct step *step)
{
  const struct argument *thing = step_argument(graph, step, PART_OBJECT, 0);
  return thing != NULL && thing->kind == ARGUMENT_RESOURCE &&
         graph->resources[thing->resource].kind == KIND_CERTIFICATE;
}

static const struct provider *find_exchange(const struct graph *graph, const struct step *step)
{
  if (!is_certificate(graph, step))
    return &provider_person;
  const struct argument *place = step_argument_of_kind(graph, step, KIND_KEYSTORE);
  const struct argument *object = step_argument_of_kind(graph, step, KIND_CERTIFICATE);
  bool swaps = place != NULL && keystore_makes_keys(graph, place->resource);
  if (object != NULL && certificate_is_held(graph, object->resource))
    return find_keystore(graph, step, &provider_person, false, &provider_tenant_certificate);
  return find_keystore(graph, step, &provider_keystore, true,
                       swaps ? &provider_tenant_swap : &provider_tenant_exchange);
}

static const struct provider *find_flow(const struct graph *graph, const struct step *step)
{
  uint32_t flow = step_resource(graph, step, PART_OBJECT);
  return tenant_of(graph, flow) != INDEX_NONE &&
                 !text_is(setting_word(graph, flow, KEY_RESTART_BY), "person")
             ? &provider_tenant_flow
             : &provider_person;
}

/* A call of a flow on a tenant, without an address at which it could be called: with a status that is
 * expected the tenant names the address, else its messages are the evidence. */
static const struct provider *find_look(const struct graph *graph, const struct step *step)
{
  const struct argument *check = step_argument(graph, step, PART_CHECK, 0);
  const struct argument *flow = step_argument_of_kind(graph, step, KIND_FLOW);
  if (check == NULL || !text_is(check->text, "call") || flow == NULL ||
      step_argument(graph, step, PART_WITH, 0) != NULL ||
      tenant_of(graph, flow->resource) == INDEX_NONE)
    return &provider_person;
  const struct argument *node = step_argument(graph, step, PART_PLACE, 0);
  const struct graph_setting *nodes = graph_setting_nth(graph, flow->resource, KEY_NODES, 0);
  bool is_one_of_many = node != NULL && nodes != NULL && nodes->values.count > 1;
  if (step_argument(graph, step, PART_EXPECTED, 0) != NULL)
    return is_one_of_many ? &provider_person : &provider_tenant_endpoint;
  return text_is(setting_word(graph, flow->resource, KEY_RESTART_BY), "person")
             ? &provider_person
             : &provider_tenant_messages;
}

/* `switches TARGET to C`: the communication system of an ABAP environment; other senders are people's. */
static const struct provider *find_switch(const struct graph *graph, const struct step *step)
{
  uint32_t abap = abap_of(graph, step);
  return abap == INDEX_NONE          ? &provider_person
         : abap_has_api(graph, abap) ? &provider_abap_switch
                                     : &provider_abap_person;
}

/* A look into an ABAP environment, or the call of one of its communication systems; NULL: neither. */
static const struct provider *find_abap_look(const struct graph *graph, const struct step *step)
{
  uint32_t abap = abap_of(graph, step);
  const struct argument *check = step_argument(graph, step, PART_CHECK, 0);
  const struct argument *object = step_argument(graph, step, PART_OBJECT, 0);
  if (abap != INDEX_NONE)
    return abap_has_api(graph, abap) ? &provider_abap_look : &provider_abap_person;
  return check != NULL && text_is(check->text, "call") && object != NULL &&
                 object->kind != ARGUMENT_RESOURCE
             ? &provider_abap_person
             : NULL;
}

/* How a key is made that is not pinned to its certificate is not public: in the cockpit, by a person, or
 * as the author of the plan says it (`parameter`). */
static const struct provider *find_key_maker(const struct graph *graph, const struct step *step)
{
  const struct argument *key = step_argument_of_kind(graph, step, KIND_SERVICEKEY);
  const struct graph_value *pinned =
      key == NULL ? NULL : graph_setting_value(graph, key->resource, KEY_PINNED, 0);
  bool is_unpinned = pinned != NULL && pinned->number == 0;
  return key == NULL || (is_unpinned && !is_set(graph, key->resource, KEY_PARAMETER))
             ? &provider_person
             : &provider_service_key;
}

static const struct provider *find(const struct graph *graph, const struct step *step)
{
  switch (step->effect) {
  case EFFECT_MAKE_KEY:
    return find_maker(graph, step);
  case EFFECT_SIGN:
    return find_ca(graph, step);
  case EFFECT_DELIVER:
    return find_delivery(graph, step);
  case EFFECT_MESSAGE:
    return find_carrier(graph, step);
  case EFFECT_ADD_ACCEPTED:
  case EFFECT_ADD_ROOT:
  case EFFECT_SET_SLOT:
  case EFFECT_DROP_ACCEPTED:
    return find_trust(graph, step);
  case EFFECT_SET_ALIAS:
    return find_exchange(graph, step);
  case EFFECT_DROP_ALIAS:
    return !is_certificate(graph, step)
               ? &provider_person
               : find_keystore(graph, step, &provider_drop_alias, false, &provider_tenant_drop);
  case EFFECT_BACK_UP:
    return find_keystore(graph, step, &provider_back_up, false, &provider_tenant_back_up);
  case EFFECT_RESTORE:
    return find_keystore(graph, step, &provider_restore, false, &provider_tenant_restore);
  case EFFECT_ADD_TRUSTED:
    return find_keystore(graph, step, &provider_person, false, &provider_tenant_import);
  case EFFECT_ACTIVATE:
    return find_keystore(graph, step, &provider_person, false, &provider_tenant_activate);
  case EFFECT_EXPORT:
    if (abap_of(graph, step) != INDEX_NONE)
      return abap_has_api(graph, abap_of(graph, step)) ? &provider_abap_export
                                                       : &provider_abap_export_by_hand;
    return makes_ours(graph, step)
               ? find_keystore(graph, step, &provider_export, true, &provider_tenant_export)
               : &provider_person;
  case EFFECT_START:
  case EFFECT_STOP:
  case EFFECT_RESTART:
    return step->argv.count > 0 ? &provider_flow_command : find_flow(graph, step);
  case EFFECT_DEPLOY:
  case EFFECT_UNDEPLOY:
    return find_flow(graph, step);
  case EFFECT_ADD_INSTANCE:
    return &provider_service_instance;
  case EFFECT_ADD_SERVICE_KEY:
    return find_key_maker(graph, step);
  case EFFECT_DROP_SERVICE_KEY:
    return &provider_drop_service_key;
  case EFFECT_LOOK:
    if (look_can(graph, step))
      return &provider_look;
    return find_abap_look(graph, step) != NULL ? find_abap_look(graph, step)
                                               : find_look(graph, step);
  case EFFECT_READ_SET:
    return abap_has_api(graph, abap_of(graph, step)) ? &provider_abap_set : &provider_open_set;
  case EFFECT_PRESENT:
    return find_switch(graph, step);
  case EFFECT_WAIT: /* the engine lets the time pass before it would ask anybody */
  case EFFECT_AGREEMENT:
  case EFFECT_REVOKE:
  case EFFECT_AUTHORIZE_CALLER:
  case EFFECT_DROP_CALLER:
  case EFFECT__COUNT:
    break;
  }
  return &provider_person;
}

const struct provider_table providers_real = {
    .find = find,
    .bind = providers_bind,
    .release = providers_release,
    .fact = providers_fact,
    .ask = providers_ask,
};
