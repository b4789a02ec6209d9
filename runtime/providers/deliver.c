/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deliver: `gives` and `tells` to roles that are reached by console (a file in the outbox, whose
 * path is said) or by file (a folder of the role's), and `exports`.
 *
 * (1) Done when the file is durable. Twice is as once: name and bytes depend on run and step only.
 * (2) A private key is never delivered.
 * SAP-6ec6-8: the receiver administrator gets the new certificate. SAP-6ec6-12, SAP-6ec6-20: and
 * hears that both are accepted, that the new one is used.
 */
#include <unistd.h>

#include "runtime/providers/keystore.h"
#include "runtime/providers/letter.h"
#include "runtime/providers/own.h"

/* The n-th role that the message goes to; INDEX_NONE behind the last. */
static uint32_t recipient(const struct call *call, uint32_t nth)
{
  enum part part = call->step->effect == EFFECT_MESSAGE ? PART_OBJECT : PART_RECIPIENT;
  const struct argument *argument = step_argument(call->graph, call->step, part, nth);
  return argument == NULL ? INDEX_NONE : argument->resource;
}

static const char *folder_of(const struct call *call, uint32_t role)
{
  if (text_is(setting_text(call, role, KEY_REACH, 0), "file"))
    return setting_path(call, role, KEY_REACH, 1);
  return run_path(call, "outbox", TEXT_NONE);
}

/* In a folder of the role's, messages of several runs lie side by side. */
static struct text name_in(const struct call *call, uint32_t role)
{
  struct text step = step_file_name(call);
  if (text_is(setting_text(call, role, KEY_REACH, 0), "file"))
    return text_format(call->arena, "%.*s-%.*s", TEXT_ARG(call->run), TEXT_ARG(step));
  return step;
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  struct text path = TEXT("");
  for (uint32_t i = 0, role; (role = recipient(call, i)) != INDEX_NONE; i++) {
    path = text_format(call->arena, "%s/%.*s.txt", folder_of(call, role),
                       TEXT_ARG(name_in(call, role)));
    if (access(path.at, F_OK) != 0)
      return answer_saw(call, ret_answer, OBSERVED_BEFORE, "not delivered yet");
  }
  return answer_saw(call, ret_answer, OBSERVED_AFTER, "delivered: %.*s", TEXT_ARG(path));
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  struct letter letter;
  struct text path = TEXT("");
  if (!letter_make(call, &letter, ret_answer))
    return OUTCOME_MISCONFIGURED;
  for (uint32_t i = 0, role; (role = recipient(call, i)) != INDEX_NONE; i++)
    if (!letter_write(call, &letter, folder_of(call, role), name_in(call, role), &path, ret_answer))
      return OUTCOME_REFUSED;
  return answer_end(call, ret_answer, OUTCOME_DONE, "delivered: %.*s", TEXT_ARG(path));
}

static const char *export_path(const struct call *call)
{
  return run_path(call, "outbox",
                  text_format(call->arena, "%.*s.pem", TEXT_ARG(step_file_name(call))));
}

static enum observation probe_export(const struct call *call, struct answer *ret_answer)
{
  const char *path = export_path(call);
  return access(path, F_OK) == 0
             ? answer_saw(call, ret_answer, OBSERVED_AFTER, "exported: %s", path)
             : answer_saw(call, ret_answer, OBSERVED_BEFORE, "not exported yet");
}

static enum outcome apply_export(const struct call *call, struct answer *ret_answer)
{
  const struct argument *thing = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct text pem, lines, error = TEXT_NONE;
  const char *path = export_path(call);
  if (!letter_certificates(call, thing, &pem, &lines, ret_answer))
    return OUTCOME_MISCONFIGURED;
  if (!file_make_folder(call->arena, run_path(call, "outbox", TEXT_NONE), 0700, &error) ||
      file_replace(call->arena, path, pem, 0644, &error) == FILE_FAILED)
    return answer_end(call, ret_answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  return answer_end(call, ret_answer, OUTCOME_DONE, "exported: %s", path);
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  uint32_t role = recipient(call, 0);
  answer_say(call, ret_answer, "would write the message into %s",
             role == INDEX_NONE ? "the outbox" : folder_of(call, role));
}

const struct provider provider_deliver = {
    .name = "deliver",
    .supports = CAN_PROBE | CAN_REPEAT | IS_MESSAGE,
    .probe = probe,
    .apply = apply,
    .preview = preview,
};

const struct provider provider_export = {
    .name = "export",
    .supports = CAN_PROBE | CAN_REPEAT,
    .probe = probe_export,
    .apply = apply_export,
};
