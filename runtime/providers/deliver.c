/* SPDX-License-Identifier: Apache-2.0 */
/*
 * deliver: `gives` and `tells`, by the carrier of each role (carrier.h), and `exports`.
 *
 * (1) Done when every role's carrier took it. Who has it already is not written to again.
 * (2) A private key is delivered sealed, and in no other way.
 * SAP-6ec6-8: the receiver administrator gets the new certificate. SAP-6ec6-12, SAP-6ec6-20: and
 * hears that both are accepted, that the new one is used.
 */
#include <unistd.h>

#include "runtime/providers/keystore.h"
#include "runtime/providers/carrier.h"
#include "runtime/providers/own.h"
#include "runtime/providers/sealed.h"

/* The n-th role that the message goes to; INDEX_NONE behind the last. */
static uint32_t recipient(const struct call *call, uint32_t nth)
{
  enum part part = call->step->effect == EFFECT_MESSAGE ? PART_OBJECT : PART_RECIPIENT;
  const struct argument *argument = step_argument(call->graph, call->step, part, nth);
  return argument == NULL ? INDEX_NONE : argument->resource;
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  struct text says = TEXT("delivered");
  for (uint32_t i = 0, role; (role = recipient(call, i)) != INDEX_NONE; i++)
    if (!carrier_is_done(call, role, step_file_name(call), &says))
      return answer_saw(call, ret_answer, OBSERVED_BEFORE, "not delivered yet");
  return answer_saw(call, ret_answer, OBSERVED_AFTER, "%.*s", TEXT_ARG(says));
}

static void prepare(const struct call *call, struct diag_list *diags)
{
  if (call->step->sealed)
    sealed_prepare(call, diags);
}

static bool all_are_reached(const struct call *call)
{
  for (uint32_t i = 0, role; (role = recipient(call, i)) != INDEX_NONE; i++)
    if (!carrier_reaches(call->world, call->graph, role))
      return false;
  return true;
}

/* To everybody whom renew reaches. */
static enum outcome carry_all(const struct call *call, const struct letter *letter,
                              struct answer *answer)
{
  struct text name = step_file_name(call);
  for (uint32_t i = 0, role; (role = recipient(call, i)) != INDEX_NONE; i++) {
    if (!carrier_reaches(call->world, call->graph, role) || carrier_is_done(call, role, name, NULL))
      continue;
    struct letter addressed = letter_address(call, letter, role);
    enum outcome outcome = carrier_carry(call, role, &addressed, name, answer);
    if (outcome != OUTCOME_DONE)
      return outcome;
  }
  return OUTCOME_DONE;
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  struct letter letter;
  enum outcome made = letter_make(call, &letter, ret_answer);
  return made == OUTCOME_DONE ? carry_all(call, &letter, ret_answer) : made;
}

/* A person sends what renew cannot: those letters lie in the outbox, one for each address. */
static enum outcome apply_mail(const struct call *call, struct answer *ret_answer)
{
  struct letter letter;
  struct buffer left = {0};
  struct answer failed = {0};
  if (call->confirmed)
    return answer_end(call, ret_answer, OUTCOME_DONE, "confirmed: the message was sent");
  enum outcome outcome = letter_make(call, &letter, ret_answer);
  if (outcome == OUTCOME_DONE)
    outcome = carry_all(call, &letter, ret_answer);
  if (outcome != OUTCOME_DONE || all_are_reached(call))
    return outcome;
  for (uint32_t i = 0, role; (role = recipient(call, i)) != INDEX_NONE; i++) {
    struct text path = TEXT_NONE;
    if (carrier_reaches(call->world, call->graph, role))
      continue;
    struct letter addressed = letter_address(call, &letter, role);
    if (!letter_leave(call, &addressed, role, step_file_name(call), &path, &failed)) {
      buffer_free(&left);
      return answer_end(call, ret_answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(failed.says));
    }
    buffer_format(&left, "%s%.*s to %.*s", left.size_bytes == 0 ? "" : ", ", TEXT_ARG(path),
                  TEXT_ARG(setting_text(call, role, KEY_REACH, 1)));
  }
  answer_help(call, ret_answer, "send it, then: renew sign %.*s %.*s", TEXT_ARG(call->run),
              TEXT_ARG(text_shell_word(call->arena, call->step->id)));
  outcome = answer_end(call, ret_answer, OUTCOME_WAIT,
                       "send this message (renew.conf names no mail server): %.*s",
                       TEXT_ARG(text_copy(call->arena, buffer_text(&left))));
  buffer_free(&left);
  return outcome;
}

static enum observation probe_mail(const struct call *call, struct answer *ret_answer)
{
  return all_are_reached(call)
             ? probe(call, ret_answer)
             : answer_saw(call, ret_answer, OBSERVED_NOTHING, "only a person can see this");
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

static void preview_role(const struct call *call, uint32_t role, struct buffer *says)
{
  struct text by = setting_text(call, role, KEY_REACH, 0);
  buffer_add_zero(says, says->size_bytes == 0 ? "would " : ", and ");
  if (text_is(by, "mail") || text_is(by, "webhook"))
    buffer_format(says, "send the message by %.*s to %.*s%s", TEXT_ARG(by),
                  TEXT_ARG(setting_text(call, role, KEY_REACH, 1)),
                  text_is(by, "mail") ? " (a person, where renew.conf names no mail server)" : "");
  else if (text_is(by, "file"))
    buffer_format(says, "write the message into %s", setting_path(call, role, KEY_REACH, 1));
  else
    buffer_format(says, "write the message to %.*s into the run's outbox",
                  TEXT_ARG(call->graph->resources[role].name));
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  struct buffer says = {0};
  for (uint32_t i = 0, role; (role = recipient(call, i)) != INDEX_NONE; i++)
    preview_role(call, role, &says);
  answer_say(call, ret_answer, "%.*s", TEXT_ARG(buffer_text(&says)));
  buffer_free(&says);
}

const struct provider provider_deliver = {
    .name = "deliver",
    .supports = CAN_PROBE | CAN_REPEAT | IS_MESSAGE,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .preview = preview,
};

const struct provider provider_message = {
    .name = "mail",
    .supports = IS_PERSON | IS_MESSAGE | CAN_REPEAT,
    .prepare = prepare,
    .probe = probe_mail,
    .apply = apply_mail,
    .preview = preview,
};

const struct provider provider_export = {
    .name = "export",
    .supports = CAN_PROBE | CAN_REPEAT,
    .probe = probe_export,
    .apply = apply_export,
};
