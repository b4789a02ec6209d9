/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower_sentence: a step as the sentence that a person reads: the author's words in the order of
 * the verb's template, with everything filled in. It goes to terminals, mails and pictures, so no
 * character of it commands or hides (text_visible); the message itself is the argument, as written.
 *
 * (1) The template of a statement is the same wherever it stands in the expansion: read once
 *     (struct shape), said once for each step.
 */
#include <inttypes.h>
#include <string.h>

#include "compiler/graph/lower_int.h"

/* --- the template --- */

struct template {
  struct lowering *l;
  const struct stmt *stmt;
  struct shape *shape;
};

static void add_piece(struct template *t, struct piece piece)
{
  struct shape *shape = t->shape;
  /* At most a piece for the subjects, one for the verb, and for each part its word and its values. */
  shape->pieces = arena_grow(t->l->arena, shape->pieces, shape->piece_count,
                             (size_t)shape->piece_count + 1, sizeof *shape->pieces);
  shape->pieces[shape->piece_count++] = piece;
}

static void add_text(struct template *t, const char *between, struct text word)
{
  add_piece(t, (struct piece){.kind = PIECE_TEXT,
                              .text = text_format(t->l->arena, "%s%.*s", between, TEXT_ARG(word))});
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

static void add_part(struct template *t, const struct part_row *row)
{
  uint32_t first;
  const struct part_value *value = stmt_part(t->stmt, row->part, &first);
  if (value == NULL)
    return;
  /* Expected status codes: those that must not come are negative. */
  bool is_expected = row->part == PART_EXPECTED;
  bool refused = is_expected && value->operands != NULL && value->operands->number < 0;
  struct text word = is_expected ? text_of(refused ? "returns not" : "returns")
                                 : introducer(row->prepositions, value);
  if (word.length != 0)
    add_text(t, " ", word);
  add_piece(t, (struct piece){.kind = is_expected ? PIECE_CODES : PIECE_WORDS,
                              .first = first,
                              .count = value->operand_count});
}

/* "tls to S with C": the look's word leads where no part begins with it ("absent from"). */
static void add_look(struct template *t)
{
  uint32_t first, look = 0;
  const struct part_value *form = stmt_part(t->stmt, PART_CHECK, &first);
  struct text word = form == NULL || form->operands == NULL ? TEXT_NONE : form->operands->text;
  while (look < LOOK__COUNT && !text_is(word, look_rows[look].word))
    look++;
  bool in_part = false;
  for (uint32_t i = 0; i < look_part_row_count; i++)
    in_part |= (uint32_t)look_part_rows[i].look == look && look < LOOK__COUNT &&
               text_starts_with(text_of(look_part_rows[i].row.prepositions), look_rows[look].word);
  if (!in_part)
    add_text(t, " ", word);
  for (uint32_t i = 0; i < look_part_row_count; i++)
    if ((uint32_t)look_part_rows[i].look == look)
      add_part(t, &look_part_rows[i].row);
}

void lower_template(struct lowering *l, const struct stmt *stmt, struct shape *shape)
{
  struct template t = {l, stmt, shape};
  if (stmt->subject_count != 0)
    add_piece(&t, (struct piece){.kind = PIECE_SUBJECTS, .count = stmt->subject_count});
  else
    add_piece(&t, (struct piece){.kind = PIECE_ROLE});
  add_text(&t, " ", text_of(verb_rows[stmt->verb].word));
  if (stmt->options.sealed)
    add_text(&t, "", TEXT(" sealed"));
  if (stmt->verb == VERB_CHECKS)
    add_look(&t);
  for (uint32_t i = 0; i < part_row_count; i++)
    if (part_rows[i].verb == stmt->verb)
      add_part(&t, &part_rows[i]);
}

/* --- what it says --- */

static void say_code(const struct thing *thing, struct buffer *out)
{
  buffer_format(out, "%" PRId64, thing->number < 0 ? -thing->number : thing->number);
}

struct text lower_sentence(struct lowering *l, const struct shape *shape, uint32_t role_decl)
{
  struct buffer *out = &l->scratch;
  const struct word *words = lower_words(l);
  out->size_bytes = 0;
  for (uint32_t i = 0; i < shape->piece_count; i++) {
    const struct piece *piece = &shape->pieces[i];
    if (piece->kind == PIECE_TEXT)
      buffer_add_text(out, piece->text);
    else if (piece->kind == PIECE_ROLE)
      buffer_add_text(out, l->program->decls[role_decl].name);
    for (uint32_t j = 0; j < piece->count; j++) {
      if (j != 0)
        buffer_add(out, ", ", 2);
      else if (piece->kind != PIECE_SUBJECTS)
        buffer_add(out, " ", 1);
      const struct thing *thing = &words[piece->first + j].thing;
      if (piece->kind == PIECE_CODES)
        say_code(thing, out);
      else
        thing_say(l, thing, out);
    }
  }
  /* A copy first: what is visible as it is comes back as itself. */
  struct text sentence = text_visible(l->arena, text_copy(l->arena, buffer_text(out)));
  out->size_bytes = 0;
  return sentence;
}
