/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower_sentence: a step as the sentence that a person reads: the author's words in the order of
 * the verb's template, with everything filled in. It goes to terminals, mails and pictures, so no
 * character of it commands or hides (text_visible); the message itself is the argument, as written.
 */
#include <string.h>

#include "compiler/graph/lower_int.h"

static const struct part_value *find_part(const struct stmt *stmt, enum part part)
{
  for (const struct part_value *value = stmt->parts; value != NULL; value = value->next)
    if (value->part == part)
      return value;
  return NULL;
}

/* Of "in|on" the alternative that was written, else the first. */
static struct text introducer(const char *prepositions, const struct part_value *value)
{
  struct text first = TEXT_NONE;
  for (const char *at = prepositions;;) {
    const char *end = strchrnul(at, '|');
    struct text word = {at, (size_t)(end - at)};
    if (first.at == NULL)
      first = word;
    if (value->preposition.length != 0 && text_equal(word, value->preposition))
      return word;
    if (*end == '\0')
      return first;
    at = end + 1;
  }
}

static void say_operands(struct lowering *l, const struct site *site,
                         const struct part_value *value, struct buffer *out)
{
  const char *between = " ";
  for (const struct operand *operand = value->operands; operand != NULL; operand = operand->next) {
    struct thing thing = lower_thing(l, site, operand);
    buffer_add_zero(out, between);
    thing_say(l, &thing, out);
    between = ", ";
  }
}

/* Expected status codes: those that must not come are negative. */
static void say_expected(struct lowering *l, const struct site *site,
                         const struct part_value *value, struct buffer *out)
{
  bool refused = value->operands != NULL && value->operands->number < 0;
  buffer_add_zero(out, refused ? " returns not" : " returns");
  const char *between = " ";
  for (const struct operand *operand = value->operands; operand != NULL; operand = operand->next) {
    struct thing thing = lower_thing(l, site, operand);
    buffer_format(out, "%s%lld", between,
                  (long long)(thing.number < 0 ? -thing.number : thing.number));
    between = ", ";
  }
}

static void say_part(struct lowering *l, const struct site *site, const struct part_row *row,
                     const struct stmt *stmt, struct buffer *out)
{
  const struct part_value *value = find_part(stmt, row->part);
  if (value == NULL)
    return;
  if (row->part == PART_EXPECTED) {
    say_expected(l, site, value, out);
    return;
  }
  struct text word = introducer(row->prepositions, value);
  if (word.length != 0)
    buffer_format(out, " %.*s", TEXT_ARG(word));
  say_operands(l, site, value, out);
}

/* "tls to S with C": the look's word leads where no part begins with it ("absent from"). */
static void say_look(struct lowering *l, const struct site *site, const struct stmt *stmt,
                     struct buffer *out)
{
  const struct part_value *form = find_part(stmt, PART_CHECK);
  struct text word = form == NULL || form->operands == NULL ? TEXT_NONE : form->operands->text;
  uint32_t look = 0;
  while (look < LOOK__COUNT && !text_is(word, look_rows[look].word))
    look++;
  bool in_part = false;
  for (uint32_t i = 0; i < look_part_row_count; i++)
    in_part |= (uint32_t)look_part_rows[i].look == look && look < LOOK__COUNT &&
               text_starts_with(text_of(look_part_rows[i].row.prepositions), look_rows[look].word);
  if (!in_part)
    buffer_format(out, " %.*s", TEXT_ARG(word));
  for (uint32_t i = 0; i < look_part_row_count; i++)
    if ((uint32_t)look_part_rows[i].look == look)
      say_part(l, site, &look_part_rows[i].row, stmt, out);
}

struct text lower_sentence(struct lowering *l, const struct site *site, const struct stmt *stmt,
                           uint32_t role_decl)
{
  struct buffer *out = &l->scratch;
  out->size_bytes = 0;
  const char *between = "";
  for (const struct operand *subject = stmt->subjects; subject != NULL; subject = subject->next) {
    struct thing thing = lower_thing(l, site, subject);
    buffer_add_zero(out, between);
    thing_say(l, &thing, out);
    between = ", ";
  }
  if (stmt->subjects == NULL)
    buffer_add_text(out, l->program->decls[role_decl].name);
  buffer_format(out, " %s%s", verb_rows[stmt->verb].word, stmt->options.sealed ? " sealed" : "");
  if (stmt->verb == VERB_CHECKS)
    say_look(l, site, stmt, out);
  for (uint32_t i = 0; i < part_row_count; i++)
    if (part_rows[i].verb == stmt->verb)
      say_part(l, site, &part_rows[i], stmt, out);
  /* A copy first: what is visible as it is comes back as itself. */
  struct text sentence = text_visible(l->arena, text_copy(l->arena, buffer_text(out)));
  out->size_bytes = 0;
  return sentence;
}
