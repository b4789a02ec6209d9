/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_key: `creates CERTIFICATE.new`: a new key pair in the run's safe; the keystore is not
 * touched.
 *
 * (1) The key is durable before the step is done, so no crash can lose a key whose certificate was
 *     ordered. (2) A key that is there is used: the step makes one key a run, however often it is
 *     tried.
 * SAP-6ec6-6: a new certificate has a new key pair, unless the plan says `keep key yes`.
 */
#include "runtime/providers/own.h"
#include "runtime/providers/safe.h"
#include "runtime/providers/secrets.h"

enum { RSA_BITS_DEFAULT = 3072 };

static struct key_type wished_type(const struct call *call, uint32_t certificate)
{
  const struct graph_setting *setting =
      graph_setting_nth(call->graph, certificate, KEY_KEY_TYPE_OF, 0);
  const struct graph_value *value =
      graph_setting_value(call->graph, certificate, KEY_KEY_TYPE_OF, 0);
  if (setting == NULL)
    return (struct key_type){KEY_ALGORITHM_RSA, RSA_BITS_DEFAULT};
  if (value == NULL || value->kind == VALUE_NONE || text_is(value->text, "ed25519"))
    return (struct key_type){KEY_ALGORITHM_ED25519, 0};
  if (value->kind == VALUE_NUMBER)
    return (struct key_type){KEY_ALGORITHM_RSA, (uint32_t)value->number};
  return (struct key_type){KEY_ALGORITHM_EC, text_is(value->text, "p-521")   ? 521
                                             : text_is(value->text, "p-384") ? 384
                                                                             : 256};
}

static void prepare(const struct call *call, struct diag_list *diags)
{
  const struct argument *made = step_argument(call->graph, call->step, PART_OBJECT, 0);
  uint32_t keystore = setting_resource(call, made->resource, KEY_IN, 0);
  if (keystore != INDEX_NONE)
    secret_prepare(call, setting_resource(call, keystore, KEY_PASSWORD, 0), diags);
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  const struct argument *made = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct text name = argument_name(call, made), error = TEXT_NONE;
  struct secret *password = NULL;
  struct private_key *key = NULL;
  /* A dry run reads no secret; that the file is there says enough. */
  if (call->world->live)
    return OBSERVED_BEFORE;
  if (!safe_password(call, made->resource, &password, ret_answer))
    return OBSERVED_NOTHING;
  enum file_found found = safe_read_key(call, name, password, &key, &error);
  secret_free(password);
  if (found == FILE_UNREADABLE)
    return answer_saw(call, ret_answer, OBSERVED_NOTHING, "%.*s", TEXT_ARG(error));
  if (found == FILE_MISSING)
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "the run's safe has no key of %.*s yet",
                      TEXT_ARG(name));
  answer_say(call, ret_answer, "the key of %.*s (%.*s) is in the run's safe", TEXT_ARG(name),
             TEXT_ARG(key_describe(call->arena, key)));
  key_free(key);
  return OBSERVED_AFTER;
}

/* `keep key yes`: the new certificate is made for the bound old key. */
static struct private_key *make_or_keep(const struct call *call, const struct argument *made,
                                        const struct secret *password, struct text *ret_error)
{
  const struct graph_value *keep =
      graph_setting_value(call->graph, made->resource, KEY_KEEP_KEY, 0);
  if (keep == NULL || keep->number == 0)
    return key_generate(call->arena, wished_type(call, made->resource), ret_error);
  struct private_key *old = NULL;
  struct text name =
      text_format(call->arena, "%.*s.old", TEXT_ARG(call->graph->resources[made->resource].name));
  return safe_read_key(call, name, password, &old, ret_error) == FILE_FOUND ? old : NULL;
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  const struct argument *made = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct text name = argument_name(call, made), error = TEXT_NONE;
  struct secret *password = NULL;
  struct private_key *key = NULL;
  enum outcome outcome = OUTCOME_MISCONFIGURED;
  if (!safe_password(call, made->resource, &password, ret_answer))
    return OUTCOME_MISCONFIGURED;
  enum file_found found = safe_read_key(call, name, password, &key, &error);
  if (found == FILE_MISSING) {
    key = make_or_keep(call, made, password, &error);
    found = key != NULL && safe_write_key(call, name, key, password, &error) ? FILE_FOUND
                                                                             : FILE_UNREADABLE;
  }
  if (found == FILE_FOUND) {
    outcome = OUTCOME_DONE;
    answer_say(call, ret_answer, "the key of %.*s (%.*s%s) is in the run's safe", TEXT_ARG(name),
               TEXT_ARG(key_describe(call->arena, key)), password == NULL ? "" : ", encrypted");
  } else {
    answer_say(call, ret_answer, "%.*s", TEXT_ARG(error));
  }
  key_free(key);
  secret_free(password);
  return outcome;
}

/* Nothing outside has seen the key: undoing forgets it. */
static enum outcome undo(const struct call *call, struct answer *ret_answer)
{
  const struct argument *made = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct text name = argument_name(call, made), error = TEXT_NONE;
  if (!file_remove(call->arena, safe_path(call, name, "key"), &error))
    return answer_end(call, ret_answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  return answer_end(call, ret_answer, OUTCOME_DONE, "the key of %.*s is forgotten", TEXT_ARG(name));
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  const struct argument *made = step_argument(call->graph, call->step, PART_OBJECT, 0);
  answer_say(call, ret_answer, "would make the key of %.*s in the run's safe",
             TEXT_ARG(argument_name(call, made)));
}

const struct provider provider_make_key = {
    .name = "safe",
    .supports = CAN_PROBE | CAN_REPEAT | CAN_UNDO,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .undo = undo,
    .preview = preview,
};
