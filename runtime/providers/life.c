/* SPDX-License-Identifier: Apache-2.0 */
/*
 * life: what happens once in a run, beside its steps: binding the old pairs, wiping the safe, and
 * the facts that guards ask for.
 *
 * (1) C.old is what stood under C's alias when the run began, and from then on constant: bound
 *     once, the key first, the certificate last; what is bound is not bound again.
 */
#include "runtime/providers/abap.h"
#include "runtime/providers/keystore.h"
#include "runtime/providers/provider.h"
#include "runtime/providers/secrets.h"
#include "runtime/providers/service_key.h"
#include "runtime/providers/tenant.h"

static void add_bound_facts(const struct call *call, uint32_t certificate,
                            const struct cert_list *chain, struct answer *answer)
{
  struct text name = call->graph->resources[certificate].name;
  const struct cert *root = certs_root(chain);
  const char *fact = text_format(call->arena, "%.*s.old", TEXT_ARG(name)).at;
  answer_add_fact(call->arena, answer, fact, chain->items[0].fingerprint);
  fact = text_format(call->arena, "%.*s.old.until", TEXT_ARG(name)).at;
  answer_add_fact(call->arena, answer, fact,
                  cert_time_text(call->arena, chain->items[0].not_after_s));
  if (root == NULL)
    return;
  fact = text_format(call->arena, "%.*s.old.root", TEXT_ARG(name)).at;
  answer_add_fact(call->arena, answer, fact, root->fingerprint);
}

/* PEM keystores seldom hold the root. The files that the plan names for its CAs and receivers
 * do. */
static void find_root(const struct call *call, struct cert_list *chain)
{
  static const enum key places[] = {KEY_CERTIFICATE_FILE, KEY_TRUSTS_FILE};
  for (uint32_t i = 0; i < call->graph->resource_count; i++) {
    enum kind kind = call->graph->resources[i].kind;
    if ((kind != KIND_CA && kind != KIND_SYSTEM) || certs_root(chain) != NULL)
      continue;
    const char *path = setting_path(call, i, places[kind == KIND_SYSTEM], 0);
    struct text pem, error;
    struct cert_list more;
    if (path == NULL || file_read(call->arena, path, &pem, &error) != FILE_FOUND ||
        !cert_read_pem(call->arena, pem, &more, &error))
      continue;
    struct cert_list all = {
        arena_array(call->arena, (size_t)chain->count + more.count, sizeof(struct cert)), 0};
    for (uint32_t j = 0; j < chain->count; j++)
      all.items[all.count++] = chain->items[j];
    for (uint32_t j = 0; j < more.count; j++)
      all.items[all.count++] = more.items[j];
    *chain = certs_in_order(call->arena, &all, &chain->items[0]);
  }
}

/* [SAP] A private key never leaves a tenant: only the certificate is bound. Of an entry that SAP owns
 * the pending key is what the run calls new, where there is one already. */
static enum outcome bind_tenant(const struct call *call, uint32_t certificate,
                                struct answer *answer)
{
  struct tenant tenant;
  struct cert_list chain;
  struct text error = TEXT_NONE, name = call->graph->resources[certificate].name;
  struct text alias = TEXT_NONE;
  struct text old = text_format(call->arena, "%.*s.old", TEXT_ARG(name));
  struct text new = text_format(call->arena, "%.*s.new", TEXT_ARG(name));
  struct answer why = {0};
  enum tenant_end end = TENANT_CLOSED;
  uint32_t place = setting_resource(call, certificate, KEY_IN, 0);
  if (safe_read_chain(call, old, &chain, &error) == FILE_FOUND) {
    add_bound_facts(call, certificate, &chain, answer);
    return OUTCOME_DONE;
  }
  if (tenant_open(call, tenant_of(call->graph, place), &tenant, &why) &&
      (end = tenant_find_alias(&tenant, certificate, &alias, &why)) == TENANT_OK) {
    struct cert_list pending;
    end = tenant_owns_alias(alias) ? tenant_chain(&tenant, TENANT_PENDING, alias, &pending, &why)
                                   : TENANT_MISSING;
    bool good = end != TENANT_OK || safe_write_chain(call, new, &pending, &why.says);
    if (end == TENANT_OK || end == TENANT_MISSING)
      end = good ? tenant_chain(&tenant, TENANT_SYSTEM, alias, &chain, &why) : TENANT_NO;
  }
  tenant_close(&tenant);
  if (end == TENANT_OK) {
    find_root(call, &chain);
    if (safe_write_chain(call, old, &chain, &why.says)) {
      add_bound_facts(call, certificate, &chain, answer);
      return OUTCOME_DONE;
    }
    end = TENANT_NO;
  }
  answer->help = why.help;
  if (end == TENANT_MISSING)
    answer_say(call, answer, "%.*s cannot be bound: the tenant's keystore has no entry `%.*s`",
               TEXT_ARG(old), TEXT_ARG(alias));
  else
    answer_say(call, answer, "%.*s cannot be bound: %.*s", TEXT_ARG(old), TEXT_ARG(why.says));
  return end == TENANT_AWAY || end == TENANT_BUSY ? OUTCOME_UNREACHABLE : OUTCOME_MISCONFIGURED;
}

static bool bind_one(const struct call *call, uint32_t certificate, struct answer *answer)
{
  struct keystore keystore;
  struct cert_list bound;
  struct pair pair = {0};
  struct secret *password = NULL;
  struct text error = TEXT_NONE;
  struct text resource = call->graph->resources[certificate].name;
  struct text name = text_format(call->arena, "%.*s.old", TEXT_ARG(resource));
  uint32_t place = setting_resource(call, certificate, KEY_IN, 0);
  if (safe_read_chain(call, name, &bound, &error) == FILE_FOUND) {
    add_bound_facts(call, certificate, &bound, answer);
    return true;
  }
  if (!keystore_open(call, place, certificate, &keystore, &error) ||
      !safe_password(call, certificate, &password, answer)) {
    if (error.length != 0)
      answer_say(call, answer, "%.*s", TEXT_ARG(error));
    return false;
  }
  struct answer why = {0};
  bool good = keystore_read_pair(call, &keystore, password, &pair, &why) == FILE_FOUND;
  error = why.says;
  if (good) {
    find_root(call, &pair.chain);
    good = safe_write_key(call, name, pair.key, password, &error) &&
           safe_write_chain(call, name, &pair.chain, &error);
  }
  secret_free(password);
  if (good)
    add_bound_facts(call, certificate, &pair.chain, answer);
  else
    answer_say(call, answer, "%.*s cannot be bound: %.*s", TEXT_ARG(name), TEXT_ARG(error));
  pair_free(&pair);
  return good;
}

static bool has_keystore_file(const struct call *call, uint32_t resource)
{
  return call->graph->resources[resource].kind == KIND_CERTIFICATE &&
         setting_resource(call, resource, KEY_IN, 0) != INDEX_NONE &&
         (certificate_is_ours(call->graph, resource) ||
          (certificate_is_held(call->graph, resource) &&
           keystore_is_tenant(call->graph, setting_resource(call, resource, KEY_IN, 0))));
}

/* INDEX_NONE, or the service key whose old version a step acts on; *ret_ends: it is deleted. */
static bool is_old_key(const struct call *call, uint32_t resource, bool *ret_ends)
{
  const struct graph *graph = call->graph;
  bool is_used = false;
  *ret_ends = false;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct argument *key = step_argument_of_kind(graph, &graph->steps[i], KIND_SERVICEKEY);
    if (key == NULL || key->resource != resource || !argument_has(key, MEMBER_OLD))
      continue;
    is_used = true;
    *ret_ends = *ret_ends || graph->steps[i].effect == EFFECT_DROP_SERVICE_KEY;
  }
  return is_used;
}

static bool bind_keys(const struct call *call, uint32_t *count, enum outcome *ret_outcome,
                      struct answer *answer)
{
  bool ends;
  for (uint32_t i = 0; i < call->graph->resource_count; i++) {
    enum kind kind = call->graph->resources[i].kind;
    if (kind != KIND_SERVICEKEY && kind != KIND_INSTANCE)
      continue;
    *ret_outcome = OUTCOME_MISCONFIGURED;
    if (!service_key_mark(call, &answer->says))
      return false;
    if (kind == KIND_INSTANCE || !is_old_key(call, i, &ends))
      continue;
    if (!service_key_bind(call, i, ends, ret_outcome, answer))
      return false;
    (*count)++;
  }
  return true;
}

/* [SAP] Of a certificate that the platform issues only names and fingerprints are there to be bound. */
static bool bind_issued(const struct call *call, uint32_t *count, enum outcome *ret_outcome,
                        struct answer *answer)
{
  const struct graph *graph = call->graph;
  for (uint32_t i = 0; i < graph->resource_count; i++) {
    if (graph->resources[i].kind != KIND_CERTIFICATE ||
        graph_setting_value(graph, i, KEY_ISSUED_BY, 0) == NULL ||
        !abap_has_api(graph, abap_of_certificate(graph, i)))
      continue;
    if (!abap_bind(call, i, ret_outcome, answer))
      return false;
    (*count)++;
  }
  return true;
}

enum outcome providers_bind(const struct call *call, struct answer *ret_answer)
{
  uint32_t bound_count = 0, key_count = 0;
  enum outcome outcome = OUTCOME_DONE;
  for (uint32_t i = 0; i < call->graph->resource_count; i++) {
    if (!has_keystore_file(call, i))
      continue;
    uint32_t place = setting_resource(call, i, KEY_IN, 0);
    outcome = keystore_is_tenant(call->graph, place) ? bind_tenant(call, i, ret_answer)
              : bind_one(call, i, ret_answer)        ? OUTCOME_DONE
                                                     : OUTCOME_MISCONFIGURED;
    if (outcome != OUTCOME_DONE)
      return outcome;
    bound_count++;
  }
  if (!bind_issued(call, &bound_count, &outcome, ret_answer) ||
      !bind_keys(call, &key_count, &outcome, ret_answer))
    return outcome;
  answer_say(call, ret_answer, "%u old certificate%s bound", bound_count,
             bound_count == 1 ? "" : "s");
  if (key_count != 0)
    answer_say(call, ret_answer, "%.*s, and %u old service key%s", TEXT_ARG(ret_answer->says),
               key_count, key_count == 1 ? "" : "s");
  return OUTCOME_DONE;
}

void providers_release(const struct call *call)
{
  struct text ignored;
  for (uint32_t i = 0; i < call->graph->resource_count; i++) {
    struct keystore keystore;
    const struct resource *resource = &call->graph->resources[i];
    if (resource->kind == KIND_KEYSTORE && keystore_is_ours(call->graph, i) &&
        keystore_open(call, i, INDEX_NONE, &keystore, &ignored))
      keystore_prune(call, &keystore);
  }
  safe_wipe(call);
}

enum observation providers_fact(const struct call *call, const struct argument *argument,
                                struct text *ret_value, struct answer *ret_answer)
{
  struct cert_list chain;
  struct text error = TEXT_NONE;
  if (argument->kind != ARGUMENT_RESOURCE ||
      call->graph->resources[argument->resource].kind != KIND_CERTIFICATE ||
      argument_has(argument, MEMBER_USED_ELSEWHERE))
    return answer_saw(call, ret_answer, OBSERVED_NOTHING, "only its owner knows");
  struct text name = argument_name(call, argument);
  if (safe_read_chain(call, name, &chain, &error) != FILE_FOUND)
    return answer_saw(call, ret_answer, OBSERVED_NOTHING, "%.*s is not known yet: %.*s",
                      TEXT_ARG(name), TEXT_ARG(error));
  if (!argument_has(argument, MEMBER_ROOT)) {
    *ret_value = chain.items[0].fingerprint;
    return answer_saw(call, ret_answer, OBSERVED_AFTER, "%.*s is %.*s", TEXT_ARG(name),
                      TEXT_ARG(chain.items[0].subject));
  }
  const struct cert *root = certs_root(&chain);
  if (root == NULL)
    return answer_saw(call, ret_answer, OBSERVED_NOTHING,
                      "the root of %.*s is not known: the chain ends with %.*s", TEXT_ARG(name),
                      TEXT_ARG(chain.items[chain.count - 1].issuer));
  *ret_value = root->fingerprint;
  return answer_saw(call, ret_answer, OBSERVED_AFTER, "the root of %.*s is %.*s", TEXT_ARG(name),
                    TEXT_ARG(root->subject));
}
