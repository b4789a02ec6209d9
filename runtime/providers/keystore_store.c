/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keystore_store: `removes CERTIFICATE from KEYSTORE`, `backs-up` and `restores` of a keystore in
 * files. Of a PKCS#12 only the pair under the alias goes. A store of generations keeps its
 * generations; taking its link away is a person's decision.
 */
#include <unistd.h>

#include "runtime/providers/keystore.h"
#include "runtime/providers/own.h"
#include "runtime/providers/secrets.h"

static bool open_place(const struct call *call, struct keystore *ret_keystore,
                       struct answer *answer)
{
  const struct argument *place = step_argument_of_kind(call->graph, call->step, KIND_KEYSTORE);
  const struct argument *object = step_argument_of_kind(call->graph, call->step, KIND_CERTIFICATE);
  return keystore_open(call, place->resource, object == NULL ? INDEX_NONE : object->resource,
                       ret_keystore, &answer->says);
}

static enum keystore_sight see(const struct call *call, const struct keystore *keystore,
                               struct answer *answer)
{
  struct cert_list chain;
  struct text error;
  const struct argument *object = step_argument(call->graph, call->step, PART_OBJECT, 0);
  bool known = safe_read_chain(call, argument_name(call, object), &chain, &error) == FILE_FOUND;
  return keystore_see(call, keystore, known ? &chain.items[0] : NULL, NULL, answer);
}

static enum observation probe_drop(const struct call *call, struct answer *ret_answer)
{
  struct keystore keystore;
  if (!open_place(call, &keystore, ret_answer))
    return OBSERVED_NOTHING;
  switch (see(call, &keystore, ret_answer)) {
  case KEYSTORE_EMPTY:
    return OBSERVED_AFTER;
  case KEYSTORE_OLD:
    return OBSERVED_BEFORE;
  case KEYSTORE_NEW:
  case KEYSTORE_BETWEEN:
  case KEYSTORE_FOREIGN:
    return OBSERVED_NEITHER;
  case KEYSTORE_UNREADABLE:
    return OBSERVED_NOTHING;
  }
  return OBSERVED_NOTHING;
}

static enum outcome drop_entry(const struct call *call, const struct keystore *keystore,
                               struct answer *answer)
{
  struct cert_list chain;
  struct secret *password = NULL;
  const struct argument *object = step_argument(call->graph, call->step, PART_OBJECT, 0);
  if (safe_read_chain(call, argument_name(call, object), &chain, &answer->says) != FILE_FOUND ||
      !secret_of_setting(call, keystore->resource, KEY_PASSWORD, 0, &password, answer))
    return OUTCOME_MISCONFIGURED;
  enum file_change change = keystore_drop_pair(call, keystore, &chain.items[0], password, answer);
  secret_free(password);
  return change == FILE_FAILED
             ? OUTCOME_REFUSED
             : answer_end(call, answer, OUTCOME_DONE,
                          "`%.*s` is gone from %s, all other entries stay; its backup stays until "
                          "the run ends",
                          TEXT_ARG(keystore->alias), keystore->path);
}

static enum outcome apply_drop(const struct call *call, struct answer *ret_answer)
{
  struct keystore keystore;
  struct text error = TEXT_NONE;
  if (!open_place(call, &keystore, ret_answer))
    return OUTCOME_MISCONFIGURED;
  if (see(call, &keystore, ret_answer) != KEYSTORE_OLD)
    return OUTCOME_REFUSED;
  if (!keystore_back_up(call, &keystore, &error))
    return answer_end(call, ret_answer, OUTCOME_REFUSED, "no backup, so nothing is removed: %.*s",
                      TEXT_ARG(error));
  if (keystore.form == KEYSTORE_PKCS12)
    return drop_entry(call, &keystore, ret_answer);
  /* The certificate goes first: a reader must never take a certificate without its key for a
   * pair. */
  if (!file_remove(call->arena, keystore.cert_path, &error) ||
      !file_remove(call->arena, keystore.key_path, &error))
    return answer_end(call, ret_answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  return answer_end(call, ret_answer, OUTCOME_DONE,
                    "%s is gone; its backup stays until the run ends", keystore.path);
}

static enum outcome restore(const struct call *call, struct answer *ret_answer)
{
  struct keystore keystore;
  struct text error = TEXT_NONE;
  if (!open_place(call, &keystore, ret_answer))
    return OUTCOME_MISCONFIGURED;
  if (keystore_restore(call, &keystore, &error) != FILE_FOUND)
    return answer_end(call, ret_answer, OUTCOME_REFUSED, "no backup of this run%s%.*s",
                      error.length == 0 ? "" : ": ", TEXT_ARG(error));
  return answer_end(call, ret_answer, OUTCOME_DONE, "%s is as it was", keystore.path);
}

static enum observation probe_back_up(const struct call *call, struct answer *ret_answer)
{
  struct keystore keystore;
  if (!open_place(call, &keystore, ret_answer))
    return OBSERVED_NOTHING;
  return keystore_has_backup(call, &keystore)
             ? answer_saw(call, ret_answer, OBSERVED_AFTER, "the backup is beside %s",
                          keystore.path)
             : answer_saw(call, ret_answer, OBSERVED_BEFORE, "no backup of this run yet");
}

static enum outcome apply_back_up(const struct call *call, struct answer *ret_answer)
{
  struct keystore keystore;
  struct text error = TEXT_NONE;
  if (!open_place(call, &keystore, ret_answer))
    return OUTCOME_MISCONFIGURED;
  if (!keystore_back_up(call, &keystore, &error))
    return answer_end(call, ret_answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  return answer_end(call, ret_answer, OUTCOME_DONE, "%s.bak-%.*s", keystore.path,
                    TEXT_ARG(call->run));
}

static enum observation probe_restore(const struct call *call, struct answer *ret_answer)
{
  return answer_saw(call, ret_answer, OBSERVED_NOTHING, "a copy is put back without a look");
}

const struct provider provider_drop_alias = {
    .name = "keystore",
    .supports = CAN_PROBE | CAN_UNDO,
    .probe = probe_drop,
    .apply = apply_drop,
    .undo = restore,
};

const struct provider provider_back_up = {
    .name = "keystore",
    .supports = CAN_PROBE | CAN_REPEAT,
    .probe = probe_back_up,
    .apply = apply_back_up,
};

const struct provider provider_restore = {
    .name = "keystore",
    .supports = CAN_REPEAT,
    .probe = probe_restore,
    .apply = restore,
};
