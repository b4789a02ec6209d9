/* SPDX-License-Identifier: Apache-2.0 */
/*
 * open_set: reads a set again that only a remote system knows, before the first step of its block.
 * The elements with which the plan was approved stand in the step.
 *
 * (1) An element more or less is refused; the engine makes E1101 of it, and nothing of the block is
 *     done.
 * (2) Where no interface gives the list (abap_step.c is where one does), its owner looks, and answers by a
 *     sign-off, with the list as evidence (one name a line) or with the word alone.
 */
#include "runtime/providers/open_set.h"

#include <string.h>

#include "runtime/providers/file.h"
#include "runtime/providers/own.h"
#include "runtime/providers/person.h"
#include "runtime/providers/step.h"

enum { NAMES_SHOWN = 5 };

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  return answer_saw(call, ret_answer, OBSERVED_NOTHING, "its owner looks it up");
}

static bool next_line(struct text *rest, struct text *ret_line)
{
  while (rest->length != 0) {
    const char *end = memchr(rest->at, '\n', rest->length);
    size_t length = end == NULL ? rest->length : (size_t)(end - rest->at);
    struct text line = {rest->at, length};
    length += end != NULL;
    rest->at += length;
    rest->length -= length;
    while (line.length != 0 &&
           (line.at[line.length - 1] == '\r' || line.at[line.length - 1] == ' '))
      line.length--;
    while (line.length != 0 && line.at[0] == ' ')
      line = (struct text){line.at + 1, line.length - 1};
    if (line.length != 0) {
      *ret_line = line;
      return true;
    }
  }
  return false;
}

static void add_name(struct buffer *out, struct text name, uint32_t *count)
{
  if ((*count)++ < NAMES_SHOWN)
    buffer_format(out, "%s%.*s", *count == 1 ? "" : ", ", TEXT_ARG(name));
  else if (*count == NAMES_SHOWN + 1)
    buffer_add_zero(out, ", ...");
}

enum outcome open_set_compare(const struct call *call, struct text list, struct answer *ret_answer)
{
  struct text_map listed, expected;
  struct buffer more = {0}, less = {0};
  uint32_t more_count = 0, less_count = 0, ignored;
  const struct argument *argument;
  text_map_start(&listed, call->arena);
  text_map_start(&expected, call->arena);
  for (uint32_t i = 0;
       (argument = step_argument(call->graph, call->step, PART_EXPECTED, i)) != NULL; i++)
    text_map_add(&expected, argument->text, 0, NULL);
  for (struct text line; next_line(&list, &line);)
    if (text_map_add(&listed, line, 0, NULL) && !text_map_find(&expected, line, &ignored))
      add_name(&more, text_visible(call->arena, line), &more_count);
  for (uint32_t i = 0;
       (argument = step_argument(call->graph, call->step, PART_EXPECTED, i)) != NULL; i++)
    if (!text_map_find(&listed, argument->text, &ignored))
      add_name(&less, argument->text, &less_count);
  enum outcome outcome = OUTCOME_DONE;
  if (more_count == 0 && less_count == 0) {
    answer_say(call, ret_answer, "the set is as the plan has it: %u", expected.count);
  } else {
    outcome = OUTCOME_REFUSED;
    answer_help(call, ret_answer,
                "a set that is right makes another plan: compile it with --set, have it approved, "
                "and end this run: renew cancel %.*s --because \"...\"",
                TEXT_ARG(call->run));
    answer_say(call, ret_answer, "the set has changed since the plan was made:%s%s%s%s%s",
               more_count != 0 ? " more: " : "", more_count != 0 ? more.bytes : "",
               more_count != 0 && less_count != 0 ? ";" : "", less_count != 0 ? " gone: " : "",
               less_count != 0 ? less.bytes : "");
  }
  buffer_free(&more);
  buffer_free(&less);
  return outcome;
}

/* SAP-f7a5-12: where the list is to be seen. */
static struct text words_of(const struct call *call)
{
  const struct argument *narrows = step_argument(call->graph, call->step, PART_WITH, 0);
  struct text label = TEXT("");
  if (narrows != NULL && narrows->kind == ARGUMENT_RESOURCE)
    label = setting_text(call, narrows->resource,
                         argument_has(narrows, MEMBER_OLD) ? KEY_LABEL_EXPIRING : KEY_LABEL, 0);
  return label.length == 0
             ? call->step->sentence
             : text_format(call->arena,
                           "%.*s; the app Maintain Client Certificates shows them at `%.*s`",
                           TEXT_ARG(call->step->sentence), TEXT_ARG(label));
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  struct text list, error = TEXT_NONE;
  if (!call->confirmed) {
    enum outcome outcome = person_ask(call, words_of(call), ret_answer);
    answer_help(
        call, ret_answer,
        "unchanged: renew sign %.*s %.*s [--evidence LIST]; changed: the same with --reject",
        TEXT_ARG(call->run), TEXT_ARG(text_shell_word(call->arena, call->step->id)));
    return outcome;
  }
  if (call->evidence.length == 0)
    return answer_end(call, ret_answer, OUTCOME_DONE, "confirmed: the set is as the plan has it");
  const char *path = text_zero(call->arena, call->evidence);
  if (file_read(call->arena, path, &list, &error) != FILE_FOUND)
    return answer_end(call, ret_answer, OUTCOME_MISCONFIGURED, "%.*s", TEXT_ARG(error));
  return open_set_compare(call, list, ret_answer);
}

const struct provider provider_open_set = {
    .name = "open-set",
    .supports = IS_PERSON | CAN_REPEAT,
    .probe = probe,
    .apply = apply,
};
