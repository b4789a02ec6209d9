/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_exchange: `replaces CERTIFICATE with CERTIFICATE in KEYSTORE` where the keystore is a SAP
 * tenant's.
 *
 *   key-made in-safe    one call: the new pair as PKCS#12 takes the place under the alias [SPEC]
 *   key-made in-tenant  the signed chain goes to ALIAS.new, then ALIAS becomes ALIAS.old and ALIAS.new
 *                       becomes ALIAS: two renames with a moment without the alias between them, so
 *                       the flow stands still (E0626). A process that dies between them leaves what
 *                       the next one recognizes: ALIAS missing, .old and .new there
 *   ... keep key yes    one call: the signed chain goes to ALIAS itself, whose key stays [TEN]. The old
 *                       chain is put back the same way
 *
 * (1) Compare-and-set: the entry is read right before each write; only over the bound pair is written.
 *     The interface has no condition of its own: what another one writes in that moment is lost.
 * (2) A tenant gives no private key out. So before the exchange the tenant's backup, which has one
 *     slot, holds the old pair; it is not taken over entries that it alone still has without a
 *     person's word, and not any more once the new pair is in place.
 * (3) A roll-back never restores that backup, which would write every alias of the tenant: it says what
 *     has changed since, and leaves that to a person or to `undo: ... restores`.
 * (5) A certificate that somebody else holds (`held by`) is exchanged alone: no backup is taken, for the old
 *     one is bound here and can be put back; an entry with a private key is never written over by it.
 * (4) 409, "fingerprint not verified" [TEN]: a person compares the SHA-256 that is shown, and only then
 *     it is said to be verified.
 * SAP-6ec6-13, SAP-6ec6-14: the pair is exchanged by importing it, and the alias is kept.
 */
#include "runtime/providers/login.h"
#include "runtime/providers/own.h"
#include "runtime/providers/tenant.h"
#include "runtime/providers/tenant_int.h"

struct exchange {
  const struct call *call;
  struct tenant tenant;
  const struct argument *object, *with;
  struct text alias, alias_new, alias_old;
  bool in_tenant, is_held, keeps; /* keeps: `keep key yes` */
  struct text old, wanted;        /* fingerprints; TEXT_NONE = not known */
};

enum sight { SIGHT_NEW, SIGHT_OLD, SIGHT_BETWEEN, SIGHT_FOREIGN, SIGHT_UNSEEN };

static struct text leaf_of(const struct call *call, const struct argument *argument)
{
  struct cert_list chain;
  struct text ignored;
  return safe_read_chain(call, argument_name(call, argument), &chain, &ignored) == FILE_FOUND
             ? chain.items[0].fingerprint
             : TEXT_NONE;
}

/* False with words; tenant_close is the caller's either way. */
static bool open_exchange(const struct call *call, struct exchange *x, struct answer *answer)
{
  *x = (struct exchange){.call = call,
                         .object = step_argument(call->graph, call->step, PART_OBJECT, 0),
                         .with = step_argument(call->graph, call->step, PART_WITH, 0)};
  uint32_t place = step_resource(call->graph, call->step, PART_PLACE);
  x->alias = setting_text(call, x->object->resource, KEY_ALIAS, 0);
  x->alias_new = tenant_alias_new(call, x->alias);
  x->alias_old = tenant_alias_old(call, x->alias);
  x->is_held = certificate_is_held(call->graph, x->object->resource);
  x->in_tenant = !x->is_held && keystore_makes_keys(call->graph, place);
  x->keeps = x->in_tenant && tenant_keeps_key(call, x->object->resource);
  if (tenant_owns_alias(x->alias)) {
    answer_say(call, answer, "`%.*s` belongs to SAP: it is activated, never replaced",
               TEXT_ARG(x->alias));
    return false;
  }
  return tenant_open(call, tenant_of(call->graph, place), &x->tenant, answer);
}

static bool has(struct exchange *x, struct text alias, struct text fingerprint,
                enum tenant_end *ret_end, struct answer *answer)
{
  struct tenant_entry entry;
  *ret_end = tenant_entry_read(&x->tenant, TENANT_SYSTEM, alias, &entry, answer);
  return *ret_end == TENANT_OK && fingerprint.length != 0 &&
         text_equal(entry.fingerprint, fingerprint);
}

/* The alias is not there: ours where a swap was cut off between its two renames. */
static enum sight look_between(struct exchange *x, enum tenant_end *ret_end, struct answer *answer)
{
  bool swaps = x->in_tenant && !x->keeps;
  if (swaps && has(x, x->alias_old, x->old, ret_end, answer) &&
      has(x, x->alias_new, x->wanted, ret_end, answer)) {
    answer_say(
        x->call, answer,
        "`%.*s` is missing, `%.*s` and `%.*s` are there: a swap was cut off; it is completed "
        "first of all",
        TEXT_ARG(x->alias), TEXT_ARG(x->alias_old), TEXT_ARG(x->alias_new));
    return SIGHT_BETWEEN;
  }
  if (swaps && *ret_end != TENANT_OK && *ret_end != TENANT_MISSING) {
    answer_say(x->call, answer,
               "`%.*s` is missing, and whether a swap was cut off cannot be seen: %.*s",
               TEXT_ARG(x->alias), TEXT_ARG(answer->says));
    return SIGHT_UNSEEN;
  }
  answer_say(x->call, answer, "the tenant's keystore has no entry `%.*s`", TEXT_ARG(x->alias));
  return SIGHT_FOREIGN;
}

static enum sight look(struct exchange *x, enum tenant_end *ret_end, struct answer *answer)
{
  struct tenant_entry entry;
  const struct call *call = x->call;
  x->old = leaf_of(call, x->object);
  x->wanted = leaf_of(call, x->with);
  *ret_end = tenant_entry_read(&x->tenant, TENANT_SYSTEM, x->alias, &entry, answer);
  if (*ret_end == TENANT_MISSING)
    return look_between(x, ret_end, answer);
  if (*ret_end != TENANT_OK)
    return SIGHT_UNSEEN;
  if (x->is_held && entry.is_pair) { /* (5) */
    answer_help(call, answer, "take `held by` from the declaration, or name another alias");
    answer_say(call, answer,
               "`%.*s` of the tenant holds a private key, and a certificate alone is meant",
               TEXT_ARG(x->alias));
    return SIGHT_FOREIGN;
  }
  answer_add_fact(call->arena, answer, "fingerprint", entry.fingerprint);
  enum sight sight = text_equal(entry.fingerprint, x->wanted) && x->wanted.length != 0 ? SIGHT_NEW
                     : text_equal(entry.fingerprint, x->old)                           ? SIGHT_OLD
                                                             : SIGHT_FOREIGN;
  if (sight != SIGHT_FOREIGN) {
    answer_say(call, answer, "`%.*s` of the tenant holds the %s %s (SHA-256 %.16s...)",
               TEXT_ARG(x->alias), sight == SIGHT_NEW ? "new" : "old",
               x->is_held ? "certificate" : "pair", entry.fingerprint.at);
    return sight;
  }
  answer_say(call, answer,
             "`%.*s` of the tenant holds neither the old nor the new %s (SHA-256 %.*s)",
             TEXT_ARG(x->alias), x->is_held ? "certificate" : "pair", TEXT_ARG(entry.fingerprint));
  answer_help(call, answer,
              "somebody changed the keystore since the run began; put the right pair in place, "
              "then: renew decide %.*s %.*s redo --because \"...\"",
              TEXT_ARG(call->run), TEXT_ARG(text_shell_word(call->arena, call->step->id)));
  return sight;
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  struct exchange x;
  enum tenant_end end;
  enum sight sight = SIGHT_UNSEEN;
  if (open_exchange(call, &x, ret_answer))
    sight = look(&x, &end, ret_answer);
  tenant_close(&x.tenant);
  switch (sight) {
  case SIGHT_NEW:
    return OBSERVED_AFTER;
  case SIGHT_OLD:
  case SIGHT_BETWEEN:
    return OBSERVED_BEFORE;
  case SIGHT_FOREIGN:
    return OBSERVED_NEITHER;
  case SIGHT_UNSEEN:
    break;
  }
  return OBSERVED_NOTHING;
}

/* The person who says yes has seen both what is lost and whose certificate it is. */
static enum outcome ask(struct exchange *x, struct text why, struct answer *answer)
{
  struct cert_list chain;
  struct text error;
  const struct call *call = x->call;
  struct text subject = TEXT("");
  if (safe_read_chain(call, argument_name(call, x->with), &chain, &error) == FILE_FOUND)
    subject = chain.items[0].subject;
  answer->asks = true;
  answer_help(call, answer,
              "compare the fingerprint over another channel; then: renew sign %.*s %.*s",
              TEXT_ARG(call->run), TEXT_ARG(text_shell_word(call->arena, call->step->id)));
  return answer_end(call, answer, OUTCOME_WAIT, "%.*s; the new certificate is %.*s, SHA-256 %.*s",
                    TEXT_ARG(why), TEXT_ARG(subject), TEXT_ARG(x->wanted));
}

/* Where the entry alone is not to be had, the list of the store has it. */
static enum tenant_end backup_holds_old(struct exchange *x, bool *ret_holds, struct answer *answer)
{
  struct tenant_entry one, *kept = &one;
  uint32_t count = 1;
  enum tenant_end end = tenant_entry_read(&x->tenant, TENANT_BACKUP, x->alias, &one, answer);
  if (end == TENANT_NO)
    end = tenant_entries(&x->tenant, TENANT_BACKUP, &kept, &count, answer);
  *ret_holds = false;
  for (uint32_t i = 0; end == TENANT_OK && i < count; i++)
    *ret_holds = *ret_holds ||
                 (text_equal(kept[i].alias, x->alias) && text_equal(kept[i].fingerprint, x->old));
  return end == TENANT_MISSING ? TENANT_OK : end;
}

/* (2). DONE where the backup holds the old pair now. */
static enum outcome keep_old(struct exchange *x, struct answer *answer)
{
  struct text lost = TEXT_NONE;
  const struct call *call = x->call;
  bool holds = false;
  if (x->in_tenant || x->is_held)
    return OUTCOME_DONE;
  struct answer unseen = {0};
  enum tenant_end end = backup_holds_old(x, &holds, &unseen);
  if (holds)
    return OUTCOME_DONE;
  /* Not seen is not "not there": the one slot is not written again for a page of a gateway. */
  if (end != TENANT_OK) {
    *answer = unseen;
    return tenant_outcome_of_read(end);
  }
  end = tenant_backup_would_lose(&x->tenant, &lost, answer);
  if (end != TENANT_OK)
    return tenant_outcome_of_read(end);
  if (lost.length != 0 && !call->confirmed)
    return ask(x,
               text_format(call->arena,
                           "the old pair must be kept in the tenant's backup, which has one slot: "
                           "what only the present backup still has would be lost (%.*s)",
                           TEXT_ARG(lost)),
               answer);
  struct tenant_said said = tenant_back_up(&x->tenant, answer);
  /* Lost or not: what counts is what the backup holds. */
  end = backup_holds_old(x, &holds, &unseen);
  if (holds)
    return OUTCOME_DONE;
  if (said.end == TENANT_OK && end == TENANT_OK)
    answer_say(call, answer,
               "the tenant's backup does not hold the old pair: nothing was exchanged");
  else if (said.end == TENANT_OK)
    answer_say(call, answer,
               "whether the tenant's backup holds the old pair cannot be seen, so nothing was "
               "exchanged: %.*s",
               TEXT_ARG(unseen.says));
  return said.end == TENANT_OK || said.end == TENANT_LOST ? OUTCOME_UNREACHABLE
                                                          : tenant_outcome(said.end);
}

/* What a write ended with, where 409 is a question to a person. */
static enum outcome outcome_of(struct exchange *x, enum tenant_end end, struct answer *answer)
{
  if (end == TENANT_UNTRUSTED && !x->call->confirmed)
    return ask(x, TEXT("the tenant does not know the issuer and wants the fingerprint verified"),
               answer);
  return tenant_outcome(end);
}

/* (5). `which` stands under the alias then. */
static enum tenant_end put_certificate(struct exchange *x, const struct argument *which,
                                       bool verified, struct answer *answer)
{
  struct cert_list chain;
  if (safe_read_chain(x->call, argument_name(x->call, which), &chain, &answer->says) != FILE_FOUND)
    return TENANT_CLOSED;
  return tenant_put_certificate(&x->tenant, x->alias, chain.items, true, verified, answer).end;
}

static enum outcome put(struct exchange *x, struct answer *answer)
{
  if (x->is_held)
    return outcome_of(x, put_certificate(x, x->with, x->call->confirmed, answer), answer);
  struct pair pair = {0};
  if (!safe_read_pair(x->call, x->with, &pair, answer))
    return OUTCOME_MISCONFIGURED;
  struct tenant_said said =
      tenant_put_pair(&x->tenant, x->alias, &pair, x->call->confirmed, answer);
  pair_free(&pair);
  return outcome_of(x, said.end, answer);
}

/* keep key yes */
static enum outcome put_answer(struct exchange *x, const struct argument *certificate,
                               bool verified, struct answer *answer)
{
  struct cert_list chain;
  struct text error;
  if (safe_read_chain(x->call, argument_name(x->call, certificate), &chain, &error) != FILE_FOUND)
    return answer_end(x->call, answer, OUTCOME_MISCONFIGURED, "%.*s", TEXT_ARG(error));
  return outcome_of(x, tenant_put_chain(&x->tenant, x->alias, &chain, verified, answer).end,
                    answer);
}

/* An answer that somebody else gave for the tenant must not lead to the next rename. */
static enum outcome confirm(struct exchange *x, struct text alias, struct text wanted,
                            struct answer *answer)
{
  struct tenant_entry there = {0};
  enum tenant_end end = tenant_entry_read(&x->tenant, TENANT_SYSTEM, alias, &there, answer);
  if (end == TENANT_OK && text_equal(there.fingerprint, wanted))
    return OUTCOME_DONE;
  if (end != TENANT_OK && end != TENANT_MISSING)
    return tenant_outcome_of_read(end);
  return answer_end(x->call, answer, OUTCOME_UNREACHABLE,
                    "the tenant has answered, and `%.*s` is not what it was asked to be",
                    TEXT_ARG(alias));
}

enum swap_state { SWAP_NOT_BEGUN, SWAP_UNSEEN, SWAP_BETWEEN };

/* The state that the swap stays in, behind why it does. In doubt, only the next look knows. */
static enum outcome stay(struct exchange *x, enum swap_state state, enum outcome outcome,
                         struct answer *answer)
{
  struct arena *arena = x->call->arena;
  struct text pairs = text_format(arena, "the old pair is `%.*s`, the new one `%.*s`",
                                  TEXT_ARG(state == SWAP_NOT_BEGUN ? x->alias : x->alias_old),
                                  TEXT_ARG(x->alias_new));
  if (outcome == OUTCOME_DONE || outcome == OUTCOME_IN_DOUBT)
    return outcome;
  switch (state) {
  case SWAP_NOT_BEGUN:
    answer_say(x->call, answer, "%.*s; the swap has not begun: %.*s", TEXT_ARG(answer->says),
               TEXT_ARG(pairs));
    break;
  case SWAP_UNSEEN:
    answer_say(x->call, answer, "%.*s; the swap may have begun: then `%.*s` is missing, and %.*s",
               TEXT_ARG(answer->says), TEXT_ARG(x->alias), TEXT_ARG(pairs));
    break;
  case SWAP_BETWEEN:
    answer_say(x->call, answer, "%.*s; the swap is half done: `%.*s` is missing, %.*s",
               TEXT_ARG(answer->says), TEXT_ARG(x->alias), TEXT_ARG(pairs));
    break;
  }
  return outcome;
}

/* The signed chain under ALIAS.new, seen to be there, where the place of the old pair is free. */
static enum outcome begin_swap(struct exchange *x, struct answer *answer)
{
  struct cert_list chain;
  struct text error;
  const struct call *call = x->call;
  struct tenant_entry there;
  struct answer unseen = {0};
  if (safe_read_chain(call, argument_name(call, x->with), &chain, &error) != FILE_FOUND)
    return answer_end(call, answer, OUTCOME_MISCONFIGURED, "%.*s", TEXT_ARG(error));
  enum tenant_end end = tenant_entry_read(&x->tenant, TENANT_SYSTEM, x->alias_old, &there, &unseen);
  if (end == TENANT_OK)
    return answer_end(call, answer, OUTCOME_REFUSED,
                      "`%.*s` is there already, of an earlier exchange: remove it first",
                      TEXT_ARG(x->alias_old));
  if (end != TENANT_MISSING) { /* what a rename does to an entry that is there is not public */
    *answer = unseen;
    return tenant_outcome_of_read(end);
  }
  end = tenant_entry_read(&x->tenant, TENANT_SYSTEM, x->alias_new, &there, answer);
  if (end == TENANT_OK && !text_equal(there.fingerprint, x->wanted))
    end = tenant_put_chain(&x->tenant, x->alias_new, &chain, call->confirmed, answer).end;
  enum outcome outcome = outcome_of(x, end, answer);
  return outcome == OUTCOME_DONE ? confirm(x, x->alias_new, x->wanted, answer) : outcome;
}

/* key-made in-tenant; each step is left out where it was done before a crash. */
static enum outcome swap(struct exchange *x, enum sight sight, struct answer *answer)
{
  if (sight == SIGHT_OLD) {
    enum outcome outcome = begin_swap(x, answer);
    if (outcome != OUTCOME_DONE)
      return outcome;
    outcome = tenant_outcome(tenant_rename(&x->tenant, x->alias, x->alias_old, answer).end);
    if (outcome != OUTCOME_DONE)
      return stay(x, SWAP_NOT_BEGUN, outcome, answer);
    outcome = confirm(x, x->alias_old, x->old, answer);
    if (outcome != OUTCOME_DONE)
      return stay(x, SWAP_UNSEEN, outcome, answer);
  }
  return stay(x, SWAP_BETWEEN,
              tenant_outcome(tenant_rename(&x->tenant, x->alias_new, x->alias, answer).end),
              answer);
}

static enum outcome apply_open(struct exchange *x, struct answer *answer)
{
  enum tenant_end end;
  struct answer seen = {0};
  enum sight sight = look(x, &end, &seen);
  if (sight == SIGHT_NEW || sight == SIGHT_FOREIGN || sight == SIGHT_UNSEEN) {
    *answer = seen;
    return sight == SIGHT_NEW       ? OUTCOME_DONE
           : sight == SIGHT_FOREIGN ? OUTCOME_REFUSED
           : end == TENANT_CLOSED   ? OUTCOME_MISCONFIGURED
                                    : OUTCOME_UNREACHABLE;
  }
  enum outcome outcome = keep_old(x, answer);
  if (outcome == OUTCOME_DONE)
    outcome = x->keeps       ? put_answer(x, x->with, x->call->confirmed, answer)
              : x->in_tenant ? swap(x, sight, answer)
                             : put(x, answer);
  if (outcome == OUTCOME_DONE) {
    answer_add_fact(x->call->arena, answer, "fingerprint", x->wanted);
    answer_say(x->call, answer, "`%.*s` of the tenant holds %.*s (SHA-256 %.16s...)",
               TEXT_ARG(x->alias), TEXT_ARG(argument_name(x->call, x->with)), x->wanted.at);
  }
  return outcome;
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  struct exchange x;
  enum outcome outcome = OUTCOME_MISCONFIGURED;
  if (open_exchange(call, &x, ret_answer))
    outcome = apply_open(&x, ret_answer);
  tenant_close(&x.tenant);
  return outcome;
}

static enum outcome swap_back(struct exchange *x, enum sight sight, struct answer *answer)
{
  enum tenant_end end = TENANT_OK;
  if (sight == SIGHT_NEW)
    end = tenant_rename(&x->tenant, x->alias, x->alias_new, answer).end;
  if (end != TENANT_OK)
    return tenant_outcome(end);
  return stay(x, SWAP_BETWEEN,
              tenant_outcome(tenant_rename(&x->tenant, x->alias_old, x->alias, answer).end),
              answer);
}

/* (3) */
static enum outcome tell_old(struct exchange *x, struct answer *answer)
{
  struct text changed = TEXT_NONE;
  struct answer ignored = {0};
  const struct call *call = x->call;
  if (tenant_changed_since_backup(&x->tenant, x->alias, &changed, &ignored) != TENANT_OK)
    changed = TEXT("what else has changed cannot be seen");
  answer_help(
      call, answer,
      "restore the backup in the tenant's monitor (Manage Keystore, Restore), if what would "
      "go with it may go; or go on: the new pair is in place");
  return answer_end(
      call, answer, OUTCOME_REFUSED,
      "the old private key is in the tenant's backup only, whose restore writes every "
      "alias; changed since then besides `%.*s`: %.*s",
      TEXT_ARG(x->alias), TEXT_ARG(changed.length == 0 ? TEXT("nothing") : changed));
}

static enum outcome undo(const struct call *call, struct answer *ret_answer)
{
  struct exchange x;
  enum tenant_end end = TENANT_CLOSED;
  struct answer seen = {0};
  enum outcome outcome = OUTCOME_MISCONFIGURED;
  if (open_exchange(call, &x, ret_answer)) {
    enum sight sight = look(&x, &end, &seen);
    if (sight == SIGHT_OLD || sight == SIGHT_FOREIGN || sight == SIGHT_UNSEEN) {
      *ret_answer = seen;
      outcome = sight == SIGHT_OLD ? OUTCOME_DONE : OUTCOME_REFUSED;
    } else {
      /* It was in the keystore when the run began: nobody has to compare it again. */
      outcome = x.is_held     ? tenant_outcome(put_certificate(&x, x.object, true, ret_answer))
                : x.keeps     ? put_answer(&x, x.object, true, ret_answer)
                : x.in_tenant ? swap_back(&x, sight, ret_answer)
                              : tell_old(&x, ret_answer);
      if (outcome == OUTCOME_DONE)
        answer_say(call, ret_answer, "`%.*s` of the tenant holds the old %s again",
                   TEXT_ARG(x.alias), x.is_held ? "certificate" : "pair");
    }
  }
  tenant_close(&x.tenant);
  return outcome;
}

static void prepare(const struct call *call, struct diag_list *diags)
{
  struct exchange x;
  struct tenant_entry entry;
  struct answer answer = {0};
  uint32_t place = step_resource(call->graph, call->step, PART_PLACE);
  uint32_t before = diags->count;
  login_prepare(call, tenant_of(call->graph, place), diags);
  uint32_t secret = setting_resource(call, tenant_of(call->graph, place), KEY_LOGIN, 1);
  if (diags->count != before || secret_is_later(call, secret))
    return;
  if (open_exchange(call, &x, &answer) &&
      tenant_entry_read(&x.tenant, TENANT_SYSTEM, x.alias, &entry, &answer) == TENANT_MISSING) {
    struct diag *diag = diag_add_nowhere(
        diags, DIAG_E0725, "keystore `%.*s` has no pair that can be replaced: no entry `%.*s`",
        TEXT_ARG(call->graph->resources[place].name), TEXT_ARG(x.alias));
    diag_add_help(diags, diag, "put the present pair in place; a first pair is made by hand");
  }
  tenant_close(&x.tenant);
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  const struct argument *object = step_argument(call->graph, call->step, PART_OBJECT, 0);
  uint32_t place = step_resource(call->graph, call->step, PART_PLACE);
  struct text alias = setting_text(call, object->resource, KEY_ALIAS, 0);
  if (certificate_is_held(call->graph, object->resource))
    answer_say(
        call, ret_answer,
        "would replace the certificate under `%.*s` in one call; the old one is kept here and "
        "can be put back",
        TEXT_ARG(alias));
  else if (keystore_makes_keys(call->graph, place) && tenant_keeps_key(call, object->resource))
    answer_say(call, ret_answer, "would put the signed chain under `%.*s`, whose key stays",
               TEXT_ARG(alias));
  else if (keystore_makes_keys(call->graph, place))
    answer_say(call, ret_answer,
               "would put the signed chain under `%.*s.new` and rename: two calls, between them "
               "`%.*s` is missing",
               TEXT_ARG(alias), TEXT_ARG(alias));
  else
    answer_say(
        call, ret_answer,
        "would keep the old pair in the tenant's backup, then replace the pair under `%.*s` in "
        "one call; the tenant gives no private key out, so renew could not put the old one back",
        TEXT_ARG(alias));
}

const struct provider provider_tenant_exchange = {
    .name = "sap-tenant",
    .supports = CAN_PROBE | MAY_ASK,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .undo = undo, /* (3): says what a person can do */
    .preview = preview,
};

const struct provider provider_tenant_certificate = {
    .name = "sap-tenant",
    .supports = CAN_PROBE | CAN_UNDO | MAY_ASK,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .undo = undo,
    .preview = preview,
};

const struct provider provider_tenant_swap = {
    .name = "sap-tenant",
    .supports = CAN_PROBE | CAN_UNDO | MAY_ASK,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .undo = undo,
    .preview = preview,
};
