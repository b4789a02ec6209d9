/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystore_exchange: `replaces CERTIFICATE with CERTIFICATE in KEYSTORE` where the keystore is in
 * files: PEM, or PKCS#12.
 *
 * (1) Compare-and-set: written only over the pair that was bound when the run began (or over our
 *     own half written one); anything else in place is OBSERVED_NEITHER and a person's business.
 * (2) The old file is kept as NAME.bak-RUN before the first byte is written.
 * (3) Undo puts the bound old pair back, byte by byte where its backup is there and, of a store with
 *     other entries, none of them was changed meanwhile.
 * SAP-6ec6-13: the key pair is exchanged under its alias, which is kept: a PEM store has one name.
 * SAP-6ec6-14: the signed certificate and its key come in as one thing.
 */
#include "runtime/providers/keystore_int.h"
#include "runtime/providers/own.h"
#include "runtime/providers/secrets.h"

struct exchange {
  struct keystore keystore;
  const struct argument *object;
  const struct argument *with;
};

static bool find_parts(const struct call *call, struct exchange *ret_exchange,
                       struct answer *answer)
{
  struct exchange exchange = {.object = step_argument(call->graph, call->step, PART_OBJECT, 0),
                              .with = step_argument(call->graph, call->step, PART_WITH, 0)};
  uint32_t place = step_resource(call->graph, call->step, PART_PLACE);
  if (!keystore_open(call, place, exchange.object->resource, &exchange.keystore, &answer->says))
    return false;
  *ret_exchange = exchange;
  return true;
}

/* Adds what is wrong with the pair in place. */
static void report_pair(const struct call *call, const struct exchange *exchange,
                        const struct answer *why, struct diag_list *diags)
{
  struct diag *diag = diag_add_nowhere(
      diags, why->has_code ? why->code : DIAG_E0725,
      "keystore `%.*s` has no pair that can be replaced: %.*s",
      TEXT_ARG(call->graph->resources[exchange->keystore.resource].name), TEXT_ARG(why->says));
  if (why->help.length != 0)
    diag_add_help(diags, diag, "%.*s", TEXT_ARG(why->help));
  else
    diag_add_help(diags, diag, "put the present pair in place; a first pair is made by hand");
}

static void look_at_pair(const struct call *call, const struct exchange *exchange,
                         const struct secret *password, struct diag_list *diags)
{
  struct pair pair = {0};
  struct answer why = {0};
  if (keystore_read_pair(call, &exchange->keystore, password, &pair, &why) != FILE_FOUND) {
    report_pair(call, exchange, &why, diags);
  } else if (!cert_matches_key(&pair.chain.items[0], pair.key)) {
    struct diag *diag =
        diag_add_nowhere(diags, DIAG_E0724, "key and certificate in %s do not belong together",
                         exchange->keystore.path);
    diag_add_help(diags, diag,
                  exchange->keystore.form == KEYSTORE_PKCS12
                      ? "the certificate with the key's localKeyID is taken for the key's own"
                      : "the first certificate of the file is taken for the key's own");
  }
  pair_free(&pair);
}

static void prepare(const struct call *call, struct diag_list *diags)
{
  struct answer answer = {0};
  struct exchange exchange;
  struct cert_list chain;
  struct secret *password = NULL;
  uint32_t place = step_resource(call->graph, call->step, PART_PLACE);
  uint32_t secret = setting_resource(call, place, KEY_PASSWORD, 0);
  uint32_t before = diags->error_count;
  secret_prepare(call, secret, diags);
  bool is_asked = secret_is_later(call, secret);
  if (diags->error_count != before)
    return;
  if (!find_parts(call, &exchange, &answer)) {
    diag_add_nowhere(diags, DIAG_E0725, "%.*s", TEXT_ARG(answer.says));
    return;
  }
  /* A password that is typed is asked for once, when the step begins; until then the key, and a
   * PKCS#12 as a whole, is closed. */
  if (is_asked) {
    enum file_found found = keystore_read_chain(call, &exchange.keystore, NULL, &chain, &answer);
    bool is_closed =
        exchange.keystore.form == KEYSTORE_PKCS12 && answer.has_code && answer.code == DIAG_E0726;
    if (found != FILE_FOUND && !is_closed)
      report_pair(call, &exchange, &answer, diags);
  } else if (secret_of_setting(call, place, KEY_PASSWORD, 0, &password, &answer)) {
    look_at_pair(call, &exchange, password, diags);
    secret_free(password);
  } else {
    report_pair(call, &exchange, &answer, diags);
  }
}

/* The leaf that stands for an argument; NULL where the safe has none yet. */
static const struct cert *leaf_of(const struct call *call, const struct argument *argument,
                                  struct cert_list *chain, struct text *ret_error)
{
  return safe_read_chain(call, argument_name(call, argument), chain, ret_error) == FILE_FOUND
             ? &chain->items[0]
             : NULL;
}

static enum keystore_sight see(const struct call *call, const struct exchange *exchange,
                               struct answer *answer)
{
  struct cert_list old_chain, new_chain;
  struct text ignored;
  struct answer unseen = {0};
  const struct cert *old = leaf_of(call, exchange->object, &old_chain, &ignored);
  const struct cert *wanted = leaf_of(call, exchange->with, &new_chain, &ignored);
  /* A dry run binds nothing: what is in place now is what a run would bind. */
  if (call->world->live && old == NULL &&
      keystore_read_chain(call, &exchange->keystore, NULL, &old_chain, &unseen) == FILE_FOUND)
    old = &old_chain.items[0];
  return keystore_see(call, &exchange->keystore, old, wanted, answer);
}

static enum observation observe(enum keystore_sight sight)
{
  switch (sight) {
  case KEYSTORE_NEW:
    return OBSERVED_AFTER;
  case KEYSTORE_OLD:
  case KEYSTORE_BETWEEN: /* ours: apply completes it, and nobody has to be asked */
    return OBSERVED_BEFORE;
  case KEYSTORE_EMPTY:
  case KEYSTORE_FOREIGN:
    return OBSERVED_NEITHER;
  case KEYSTORE_UNREADABLE:
    return OBSERVED_NOTHING;
  }
  return OBSERVED_NOTHING;
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  struct exchange exchange;
  if (!find_parts(call, &exchange, ret_answer))
    return OBSERVED_NOTHING;
  return observe(see(call, &exchange, ret_answer));
}

/* over: what must be there now; NULL takes what is there. */
static enum outcome write_pair(const struct call *call, const struct exchange *exchange,
                               const struct argument *wanted, const struct argument *over,
                               struct answer *answer)
{
  struct pair pair = {0};
  struct secret *password = NULL;
  struct text ignored;
  struct cert_list chain;
  enum outcome outcome = OUTCOME_MISCONFIGURED;
  if (!safe_read_pair(call, wanted, &pair, answer))
    return OUTCOME_MISCONFIGURED;
  if (secret_of_setting(call, exchange->keystore.resource, KEY_PASSWORD, 0, &password, answer)) {
    enum file_change change = keystore_write_pair(
        call, &exchange->keystore, leaf_of(call, over, &chain, &ignored), &pair, password, answer);
    outcome = change == FILE_FAILED ? OUTCOME_REFUSED : OUTCOME_DONE;
    if (change != FILE_FAILED)
      answer_say(call, answer, "%s holds %.*s (SHA-256 %.16s...)", exchange->keystore.path,
                 TEXT_ARG(argument_name(call, wanted)), pair.chain.items[0].fingerprint.at);
  }
  if (outcome == OUTCOME_DONE)
    answer_add_fact(call->arena, answer, "fingerprint", pair.chain.items[0].fingerprint);
  secret_free(password);
  pair_free(&pair);
  return outcome;
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  struct exchange exchange;
  struct text error = TEXT_NONE;
  struct answer sight_answer = {0};
  if (!find_parts(call, &exchange, ret_answer))
    return OUTCOME_MISCONFIGURED;
  enum keystore_sight sight = see(call, &exchange, &sight_answer);
  if (observe(sight) != OBSERVED_BEFORE) {
    *ret_answer = sight_answer;
    return sight == KEYSTORE_NEW ? OUTCOME_DONE : OUTCOME_REFUSED;
  }
  if (!keystore_back_up(call, &exchange.keystore, &error))
    return answer_end(call, ret_answer, OUTCOME_REFUSED, "no backup, so nothing is written: %.*s",
                      TEXT_ARG(error));
  return write_pair(call, &exchange, exchange.with, exchange.object, ret_answer);
}

/* The backup of a store with other entries is taken only where they are what they were. */
static bool may_restore(const struct call *call, const struct keystore *keystore)
{
  struct answer ignored = {0};
  struct secret *password = NULL;
  if (keystore->form != KEYSTORE_PKCS12)
    return true;
  if (!keystore_has_backup(call, keystore) ||
      !secret_of_setting(call, keystore->resource, KEY_PASSWORD, 0, &password, &ignored))
    return false;
  bool fits = keystore_backup_fits(call, keystore, password);
  secret_free(password);
  return fits;
}

static enum outcome undo(const struct call *call, struct answer *ret_answer)
{
  struct exchange exchange;
  struct text error = TEXT_NONE;
  struct answer sight_answer = {0};
  if (!find_parts(call, &exchange, ret_answer))
    return OUTCOME_MISCONFIGURED;
  enum keystore_sight sight = see(call, &exchange, &sight_answer);
  if (sight == KEYSTORE_OLD || sight == KEYSTORE_FOREIGN || sight == KEYSTORE_UNREADABLE) {
    *ret_answer = sight_answer;
    return sight == KEYSTORE_OLD ? OUTCOME_DONE : OUTCOME_REFUSED;
  }
  enum file_found restored = may_restore(call, &exchange.keystore)
                                 ? keystore_restore(call, &exchange.keystore, &error)
                                 : FILE_MISSING;
  if (restored == FILE_UNREADABLE)
    return answer_end(call, ret_answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  if (restored == FILE_FOUND && see(call, &exchange, &sight_answer) == KEYSTORE_OLD) {
    *ret_answer = sight_answer;
    return OUTCOME_DONE;
  }
  return write_pair(call, &exchange, exchange.object, exchange.with, ret_answer);
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  struct exchange exchange;
  if (find_parts(call, &exchange, ret_answer))
    answer_say(call, ret_answer, "would replace the pair in %s, the old one kept beside it",
               exchange.keystore.path);
}

const struct provider provider_keystore = {
    .name = "keystore",
    .supports = CAN_PROBE | CAN_UNDO,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .undo = undo,
    .preview = preview,
};
