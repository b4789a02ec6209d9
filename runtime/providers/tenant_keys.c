/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_keys: what else happens to entries of a SAP tenant's keystore: keys made there, roots imported,
 * entries removed. SAP's own keys are tenant_own.c.
 *
 * Each act reads the entry first: what is so already is done, what is neither is a person's.
 */
#include <string.h>

#include "runtime/crypto/csr.h"
#include "runtime/crypto/key.h"
#include "runtime/providers/login.h"
#include "runtime/providers/own.h"
#include "runtime/providers/tenant_int.h"

enum { DROP_ROUNDS = 3 };

static uint32_t keystore_of(const struct call *call, const struct argument *certificate)
{
  const struct argument *place = step_argument_of_kind(call->graph, call->step, KIND_KEYSTORE);
  const struct argument *system = step_argument_of_kind(call->graph, call->step, KIND_SYSTEM);
  uint32_t own =
      system == NULL ? INDEX_NONE : setting_resource(call, system->resource, KEY_KEYSTORE_OF, 0);
  if (own != INDEX_NONE)
    return own;
  return place != NULL ? place->resource : setting_resource(call, certificate->resource, KEY_IN, 0);
}

bool tenant_open_step(const struct call *call, struct tenant *ret_tenant, struct answer *answer)
{
  const struct argument *object = step_argument(call->graph, call->step, PART_OBJECT, 0);
  return tenant_open(call, tenant_of(call->graph, keystore_of(call, object)), ret_tenant, answer);
}

void tenant_prepare_step(const struct call *call, struct diag_list *diags)
{
  const struct argument *object = step_argument(call->graph, call->step, PART_OBJECT, 0);
  login_prepare(call, tenant_of(call->graph, keystore_of(call, object)), diags);
}

/* ---- creates C.new, key-made in-tenant: a pair of its own under ALIAS.new. With `keep key yes` nothing is
 * made: the request is the one of the pair in place ---- */

bool tenant_keeps_key(const struct call *call, uint32_t certificate)
{
  return setting_number(call, certificate, KEY_KEEP_KEY, 0, 0) != 0;
}

struct making {
  const struct argument *made;
  struct text alias;    /* ALIAS.new */
  const char *csr_path; /* the request that came from the tenant */
  const char *mark;     /* says that the entry is this run's */
  bool keeps;           /* `keep key yes`: alias is that of the pair in place */
};

static struct making making_of(const struct call *call)
{
  struct making making = {.made = step_argument(call->graph, call->step, PART_OBJECT, 0)};
  struct text name = argument_name(call, making.made);
  making.alias = setting_text(call, making.made->resource, KEY_ALIAS, 0);
  making.keeps = tenant_keeps_key(call, making.made->resource);
  if (!making.keeps)
    making.alias = tenant_alias_new(call, making.alias);
  making.csr_path = safe_path(call, name, "csr");
  making.mark = safe_path(call, name, "made");
  return making;
}

static bool has_file(const struct call *call, const char *path)
{
  struct text bytes, error;
  return file_read(call->arena, path, &bytes, &error) == FILE_FOUND;
}

static enum observation probe_make(const struct call *call, struct answer *ret_answer)
{
  struct making making = making_of(call);
  struct tenant_entry entry;
  struct tenant tenant;
  enum tenant_end end = TENANT_CLOSED;
  if (making.keeps)
    return !call->world->live && has_file(call, making.csr_path)
               ? answer_saw(call, ret_answer, OBSERVED_AFTER,
                            "the request for the key of `%.*s` is here", TEXT_ARG(making.alias))
               : answer_saw(call, ret_answer, OBSERVED_BEFORE, "its request is not fetched yet");
  if (tenant_open_step(call, &tenant, ret_answer))
    end = tenant_entry_read(&tenant, TENANT_SYSTEM, making.alias, &entry, ret_answer);
  tenant_close(&tenant);
  if (end == TENANT_MISSING)
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "the tenant has no `%.*s` yet",
                      TEXT_ARG(making.alias));
  if (end != TENANT_OK)
    return OBSERVED_NOTHING;
  if (!call->world->live && has_file(call, making.mark))
    return has_file(call, making.csr_path)
               ? answer_saw(call, ret_answer, OBSERVED_AFTER, "the tenant has made `%.*s`",
                            TEXT_ARG(making.alias))
               : answer_saw(call, ret_answer, OBSERVED_BEFORE, "its request is not fetched yet");
  answer_help(call, ret_answer, "remove the entry if nobody needs it, then begin again");
  return answer_saw(call, ret_answer, OBSERVED_NEITHER,
                    "the tenant has an entry `%.*s` that this run did not make",
                    TEXT_ARG(making.alias));
}

/* The request must be for the key of the entry, or the CA would sign another one. */
static enum outcome fetch_request(const struct call *call, struct tenant *tenant,
                                  const struct making *making, struct answer *answer)
{
  struct text csr = TEXT_NONE, error = TEXT_NONE;
  struct cert_list chain;
  enum tenant_end end = tenant_request(tenant, making->alias, &csr, answer).end;
  if (end == TENANT_OK)
    end = tenant_chain(tenant, TENANT_SYSTEM, making->alias, &chain, answer);
  if (end != TENANT_OK)
    return tenant_outcome_of_read(end);
  struct private_key *key = csr_key(csr, &error);
  bool good = key != NULL && cert_matches_key(&chain.items[0], key);
  key_free(key);
  if (!good)
    return answer_end(call, answer, OUTCOME_REFUSED,
                      "the tenant's request for `%.*s` is not for its key: %.*s",
                      TEXT_ARG(making->alias), TEXT_ARG(error));
  if (file_replace(call->arena, making->csr_path, csr, 0600, &error) == FILE_FAILED)
    return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  return answer_end(call, answer, OUTCOME_DONE,
                    making->keeps ? "the tenant asks for another certificate for the key of `%.*s`"
                                  : "the tenant has made the key of `%.*s`; it never leaves it",
                    TEXT_ARG(making->alias));
}

static enum outcome make_open(const struct call *call, struct tenant *tenant, struct answer *answer)
{
  struct making making = making_of(call);
  struct tenant_entry entry;
  struct text error = TEXT_NONE;
  struct answer seen = {0};
  if (making.keeps)
    return safe_make_folder(call, &error)
               ? fetch_request(call, tenant, &making, answer)
               : answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  enum tenant_end end = tenant_entry_read(tenant, TENANT_SYSTEM, making.alias, &entry, &seen);
  bool is_ours = has_file(call, making.mark);
  if (end == TENANT_OK && !is_ours)
    return answer_end(call, answer, OUTCOME_REFUSED,
                      "the tenant has an entry `%.*s` that this run did not make",
                      TEXT_ARG(making.alias));
  if (end == TENANT_MISSING) {
    /* The mark first: an entry whose answer was lost is ours, too. */
    if (!safe_make_folder(call, &error) ||
        file_replace(call->arena, making.mark, call->run, 0600, &error) == FILE_FAILED)
      return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
    end = tenant_generate(tenant, making.alias, making.made->resource, answer).end;
    if (end != TENANT_OK)
      return tenant_outcome(end);
  } else if (end != TENANT_OK) {
    *answer = seen;
    return tenant_outcome_of_read(end);
  }
  return fetch_request(call, tenant, &making, answer);
}

static enum outcome apply_make(const struct call *call, struct answer *ret_answer)
{
  struct tenant tenant;
  enum outcome outcome = OUTCOME_MISCONFIGURED;
  if (tenant_open_step(call, &tenant, ret_answer))
    outcome = make_open(call, &tenant, ret_answer);
  tenant_close(&tenant);
  return outcome;
}

static enum outcome undo_make(const struct call *call, struct answer *ret_answer)
{
  struct making making = making_of(call);
  struct tenant tenant;
  enum tenant_end end = TENANT_MISSING;
  struct text error = TEXT_NONE;
  if (making.keeps)
    return file_remove(call->arena, making.csr_path, &error)
               ? answer_end(call, ret_answer, OUTCOME_DONE, "the request is forgotten")
               : answer_end(call, ret_answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  if (!has_file(call, making.mark))
    return answer_end(call, ret_answer, OUTCOME_DONE, "nothing was made");
  if (!tenant_open_step(call, &tenant, ret_answer)) {
    tenant_close(&tenant);
    return OUTCOME_MISCONFIGURED;
  }
  end = tenant_drop(&tenant, &making.alias, 1, ret_answer).end;
  tenant_close(&tenant);
  if (end != TENANT_OK && end != TENANT_MISSING)
    return tenant_outcome(end);
  return answer_end(call, ret_answer, OUTCOME_DONE, "`%.*s` is gone from the tenant",
                    TEXT_ARG(making.alias));
}

static void preview_make(const struct call *call, struct answer *ret_answer)
{
  struct making making = making_of(call);
  answer_say(call, ret_answer,
             making.keeps ? "would fetch a request for the key that `%.*s` has"
                          : "would have the tenant make a key pair under `%.*s`",
             TEXT_ARG(making.alias));
}

/* ---- imports ROOT into KEYSTORE, accepts ... on SYSTEM, removes ... from either ----
 *
 * A system whose `keystore` is the tenant's trusts what stands there: `accepts C.old, C.new` puts the new pair
 * (or the certificate alone, `held by`) under another of C's aliases, beside the old one.
 */

static const struct cert *meant(const struct call *call, const struct argument *argument,
                                struct cert_list *chain, struct answer *answer)
{
  struct text error = TEXT_NONE;
  if (safe_read_chain(call, argument_name(call, argument), chain, &error) != FILE_FOUND) {
    answer_say(call, answer, "%.*s", TEXT_ARG(error));
    return NULL;
  }
  if (!argument_has(argument, MEMBER_ROOT))
    return &chain->items[0];
  const struct cert *root = certs_root(chain);
  if (root == NULL)
    answer_say(call, answer, "the root of %.*s is not known",
               TEXT_ARG(argument_name(call, argument)));
  return root;
}

enum {
  ROOT_ALIASES = 9
}; /* NAME.root, NAME.root-2 ...: a root of an earlier renewal may still stand there */

/* The n-th alias under which it may stand: `as alias "..."`, NAME.root of the certificate and the ones behind
 * it, or its own aliases. TEXT_NONE behind the last. */
static struct text alias_nth(const struct call *call, const struct argument *thing, uint32_t nth)
{
  const struct argument *as = step_argument(call->graph, call->step, PART_AS, 0);
  struct text name = call->graph->resources[thing->resource].name;
  const struct graph_setting *own = graph_setting_nth(call->graph, thing->resource, KEY_ALIAS, 0);
  if (as != NULL)
    return nth == 0 ? as->text : TEXT_NONE;
  if (argument_has(thing, MEMBER_ROOT))
    return nth == 0             ? text_format(call->arena, "%.*s.root", TEXT_ARG(name))
           : nth < ROOT_ALIASES ? text_format(call->arena, "%.*s.root-%u", TEXT_ARG(name), nth + 1)
                                : TEXT_NONE;
  return own != NULL && nth < own->values.count ? call->graph->values[own->values.first + nth].text
                                                : TEXT_NONE;
}

/* OK: it stands under *ret_alias. MISSING: *ret_alias is free for it. NO: others stand under each. */
static enum tenant_end find_place(const struct call *call, struct tenant *tenant,
                                  const struct argument *thing, const struct cert *cert,
                                  struct text *ret_alias, struct answer *answer)
{
  struct text alias, free_one = TEXT_NONE;
  for (uint32_t i = 0; (alias = alias_nth(call, thing, i)).length != 0; i++) {
    struct tenant_entry entry;
    struct answer seen = {0};
    enum tenant_end end = tenant_entry_read(tenant, TENANT_SYSTEM, alias, &entry, &seen);
    *ret_alias = alias;
    if (end == TENANT_OK && text_equal(entry.fingerprint, cert->fingerprint))
      return TENANT_OK;
    if (end == TENANT_MISSING && free_one.length == 0)
      free_one = alias;
    if (end == TENANT_MISSING && argument_has(thing, MEMBER_ROOT))
      break; /* they are taken in their order */
    if (end != TENANT_OK && end != TENANT_MISSING) { /* an entry that is not shown is no other one */
      *answer = seen;
      return end == TENANT_NO ? TENANT_AWAY : end;
    }
  }
  if (free_one.length == 0) {
    answer_say(call, answer, "`%.*s` of the tenant holds another certificate",
               TEXT_ARG(*ret_alias));
    return TENANT_NO;
  }
  *ret_alias = free_one;
  return TENANT_MISSING;
}

static enum observation probe_import(const struct call *call, struct answer *ret_answer)
{
  struct tenant tenant;
  const struct argument *thing;
  enum observation observed = OBSERVED_AFTER;
  if (!tenant_open_step(call, &tenant, ret_answer)) {
    tenant_close(&tenant);
    return OBSERVED_NOTHING;
  }
  for (uint32_t i = 0; observed == OBSERVED_AFTER &&
                       (thing = step_argument(call->graph, call->step, PART_OBJECT, i)) != NULL;
       i++) {
    struct cert_list chain;
    struct text alias = TEXT_NONE;
    const struct cert *cert = meant(call, thing, &chain, ret_answer);
    enum tenant_end end =
        cert == NULL ? TENANT_AWAY : find_place(call, &tenant, thing, cert, &alias, ret_answer);
    observed = end == TENANT_OK        ? OBSERVED_AFTER
               : end == TENANT_MISSING ? OBSERVED_BEFORE
               : end == TENANT_NO      ? OBSERVED_NEITHER
                                       : OBSERVED_NOTHING;
    if (observed == OBSERVED_BEFORE && argument_has(thing, MEMBER_OLD))
      observed = OBSERVED_NEITHER; /* only the new one is put there */
    if (end == TENANT_OK || end == TENANT_MISSING)
      answer_say(call, ret_answer, "`%.*s` of the tenant %s", TEXT_ARG(alias),
                 observed == OBSERVED_AFTER    ? "holds it"
                 : observed == OBSERVED_BEFORE ? "is not there yet"
                                               : "is not there any more");
  }
  tenant_close(&tenant);
  return observed;
}

static enum tenant_end put_one(const struct call *call, struct tenant *tenant,
                               const struct argument *thing, const struct cert *cert,
                               struct text alias, struct answer *answer)
{
  struct pair pair = {0};
  bool with_key = call->step->effect == EFFECT_ADD_ACCEPTED &&
                  certificate_is_ours(call->graph, thing->resource);
  if (!with_key)
    return tenant_put_certificate(tenant, alias, cert, false, call->confirmed, answer).end;
  if (!safe_read_pair(call, thing, &pair, answer))
    return TENANT_CLOSED;
  enum tenant_end end = tenant_put_pair(tenant, alias, &pair, call->confirmed, answer).end;
  pair_free(&pair);
  return end;
}

static enum outcome import_one(const struct call *call, struct tenant *tenant,
                               const struct argument *thing, struct answer *answer)
{
  struct cert_list chain;
  struct text alias = TEXT_NONE;
  const struct cert *cert = meant(call, thing, &chain, answer);
  if (cert == NULL)
    return OUTCOME_MISCONFIGURED;
  enum tenant_end end = find_place(call, tenant, thing, cert, &alias, answer);
  if (end != TENANT_MISSING)
    return end == TENANT_OK   ? OUTCOME_DONE
           : end == TENANT_NO ? OUTCOME_REFUSED
                              : tenant_outcome_of_read(end);
  if (argument_has(thing, MEMBER_OLD))
    return answer_end(call, answer, OUTCOME_REFUSED,
                      "the old one is not in the tenant's keystore any more");
  end = put_one(call, tenant, thing, cert, alias, answer);
  if (end == TENANT_UNTRUSTED && !call->confirmed) {
    answer->asks = true;
    answer_help(call, answer,
                "compare the fingerprint over another channel; then: renew sign %.*s %.*s",
                TEXT_ARG(call->run), TEXT_ARG(text_shell_word(call->arena, call->step->id)));
    return answer_end(call, answer, OUTCOME_WAIT,
                      "the tenant wants the fingerprint verified: %.*s, SHA-256 %.*s",
                      TEXT_ARG(cert->subject), TEXT_ARG(cert->fingerprint));
  }
  if (end == TENANT_OK)
    answer_say(call, answer, "the tenant holds %.*s as `%.*s`", TEXT_ARG(cert->subject),
               TEXT_ARG(alias));
  return tenant_outcome(end);
}

static enum outcome apply_import(const struct call *call, struct answer *ret_answer)
{
  struct tenant tenant;
  const struct argument *thing;
  enum outcome outcome =
      tenant_open_step(call, &tenant, ret_answer) ? OUTCOME_DONE : OUTCOME_MISCONFIGURED;
  for (uint32_t i = 0; outcome == OUTCOME_DONE &&
                       (thing = step_argument(call->graph, call->step, PART_OBJECT, i)) != NULL;
       i++)
    outcome = import_one(call, &tenant, thing, ret_answer);
  tenant_close(&tenant);
  return outcome;
}

/* The entries that hold exactly one of these certificates and are not SAP's. */
static enum tenant_end find_by_print(const struct call *call, struct tenant *tenant,
                                     struct text **ret_aliases, uint32_t *ret_count,
                                     struct answer *answer)
{
  struct tenant_entry *entries;
  const struct argument *thing;
  uint32_t count;
  *ret_count = 0;
  enum tenant_end end = tenant_entries(tenant, TENANT_SYSTEM, &entries, &count, answer);
  if (end != TENANT_OK)
    return end;
  *ret_aliases = arena_array(call->arena, (size_t)count + 1, sizeof **ret_aliases);
  bool *is_taken = arena_array(call->arena, (size_t)count + 1, sizeof *is_taken);
  for (uint32_t n = 0; (thing = step_argument(call->graph, call->step, PART_OBJECT, n)) != NULL;
       n++) {
    struct cert_list chain;
    const struct cert *cert = meant(call, thing, &chain, answer);
    if (cert == NULL)
      return TENANT_NO;
    for (uint32_t i = 0; i < count; i++)
      if (!is_taken[i] && text_equal(entries[i].fingerprint, cert->fingerprint) &&
          !tenant_owns_alias(entries[i].alias)) {
        is_taken[i] = true;
        (*ret_aliases)[(*ret_count)++] = entries[i].alias;
      }
  }
  return TENANT_OK;
}

static struct text listed(const struct call *call, const struct text *aliases, uint32_t count)
{
  struct text words = TEXT("");
  for (uint32_t i = 0; i < count; i++)
    words = text_format(call->arena, "%.*s%s`%.*s`", TEXT_ARG(words), i == 0 ? "" : ", ",
                        TEXT_ARG(aliases[i]));
  return words;
}

static enum observation probe_drop(const struct call *call, struct answer *ret_answer)
{
  struct tenant tenant;
  struct text *aliases;
  uint32_t count = 0;
  enum tenant_end end = TENANT_CLOSED;
  if (tenant_open_step(call, &tenant, ret_answer))
    end = find_by_print(call, &tenant, &aliases, &count, ret_answer);
  tenant_close(&tenant);
  if (end != TENANT_OK)
    return OBSERVED_NOTHING;
  return count == 0
             ? answer_saw(call, ret_answer, OBSERVED_AFTER, "no entry of the tenant holds it")
             : answer_saw(call, ret_answer, OBSERVED_BEFORE, "it is under %.*s of the tenant",
                          TEXT_ARG(listed(call, aliases, count)));
}

/* Done is what a list without them says, not the answer to the deletion; of several, one may have gone
 * meanwhile, and whether the others went then is not public. */
static enum outcome drop_open(const struct call *call, struct tenant *tenant, struct answer *answer)
{
  struct text gone = TEXT("");
  for (int round = 0; round < DROP_ROUNDS; round++) {
    struct text *aliases;
    uint32_t count;
    enum tenant_end end = find_by_print(call, tenant, &aliases, &count, answer);
    if (end != TENANT_OK)
      return tenant_outcome_of_read(end);
    if (count == 0)
      return answer_end(call, answer, OUTCOME_DONE, "%.*s%s", TEXT_ARG(gone),
                        gone.length == 0 ? "no entry of the tenant holds it"
                                         : " is gone from the tenant");
    end = tenant_drop(tenant, aliases, count, answer).end;
    if (end != TENANT_OK && end != TENANT_MISSING)
      return tenant_outcome(end);
    gone = listed(call, aliases, count);
  }
  return answer_end(call, answer, OUTCOME_REFUSED,
                    "the tenant says that %.*s is gone, and lists it all the same", TEXT_ARG(gone));
}

static enum outcome apply_drop(const struct call *call, struct answer *ret_answer)
{
  struct tenant tenant;
  enum outcome outcome = OUTCOME_MISCONFIGURED;
  if (tenant_open_step(call, &tenant, ret_answer))
    outcome = drop_open(call, &tenant, ret_answer);
  tenant_close(&tenant);
  return outcome;
}

const struct provider provider_tenant_make_key = {
    .name = "sap-tenant",
    .supports = CAN_PROBE | CAN_UNDO,
    .prepare = tenant_prepare_step,
    .probe = probe_make,
    .apply = apply_make,
    .undo = undo_make,
    .preview = preview_make,
};

const struct provider provider_tenant_import = {
    .name = "sap-tenant",
    .supports = CAN_PROBE | MAY_ASK,
    .prepare = tenant_prepare_step,
    .probe = probe_import,
    .apply = apply_import,
};

const struct provider provider_tenant_drop = {
    .name = "sap-tenant",
    .supports = CAN_PROBE,
    .prepare = tenant_prepare_step,
    .probe = probe_drop,
    .apply = apply_drop,
};
