/* SPDX-License-Identifier: Apache-2.0 */
/*
 * suppress: `# renew: allow W0705 "reason"` on the line above a warning.
 *
 * (1) Errors cannot be allowed.
 * (2) A suppression whose code belongs to a later phase is not called unused here: program_suppress
 *     is called again when that phase is done.
 */
#include "compiler/check/checker.h"

#include <ctype.h>
#include <string.h>

static struct text skip_blanks(struct text text)
{
  while (text.length != 0 && text.at[0] == ' ') {
    text.at++;
    text.length--;
  }
  return text;
}

static struct text take_word(struct text *rest)
{
  *rest = skip_blanks(*rest);
  size_t length = 0;
  while (length < rest->length && !isspace((unsigned char)rest->at[length]))
    length++;
  struct text word = {rest->at, length};
  rest->at += length;
  rest->length -= length;
  return word;
}

/* The line that the comment speaks of: the next that is no comment. */
static uint32_t line_below(struct checker *c, struct span span)
{
  const struct source *source = &c->sources->files[span.file];
  uint32_t line = source_place(c->sources, span).line + 1;
  for (; line <= source->line_count; line++) {
    struct text words = skip_blanks(source_line(source, line));
    if (words.length == 0 || words.at[0] != '#')
      break;
  }
  return line;
}

static void report_code(struct checker *c, struct span span, struct text word, const char *label)
{
  struct diag *diag =
      diag_add(c->diags, DIAG_W0005, span, "`%.*s` cannot be allowed", TEXT_ARG(word));
  diag_set_label(c->diags, diag, "%s", label);
}

static void read_comment(struct checker *c, const struct comment *comment)
{
  struct text rest = skip_blanks(comment->text);
  if (!text_starts_with(rest, "renew:"))
    return;
  rest.at += strlen("renew:");
  rest.length -= strlen("renew:");
  if (!text_is(take_word(&rest), "allow"))
    return;
  struct text word = take_word(&rest);
  enum diag_code code;
  if (!diag_code_find(word, &code)) {
    report_code(c, comment->span, word, "there is no such code");
    return;
  }
  if (diag_code_severity(code) == SEVERITY_ERROR) {
    report_code(c, comment->span, word, "it is an error: the text has to change");
    return;
  }
  rest = skip_blanks(rest);
  if (rest.length < strlen("\"x\"") || rest.at[0] != '"' || rest.at[rest.length - 1] != '"') {
    struct diag *diag =
        diag_add(c->diags, DIAG_E0007, comment->span, "the suppression gives no reason");
    diag_set_label(c->diags, diag, "write `# renew: allow %.*s \"why\"`", TEXT_ARG(word));
  }
  struct program *program = c->program;
  uint32_t count = program->suppression_count;
  if ((count & (count - 1)) == 0) /* full: the capacity is the next power of two */
    program->suppressions =
        arena_grow(c->arena, program->suppressions, count, count == 0 ? 1 : (size_t)count * 2,
                   sizeof *program->suppressions);
  program->suppressions[program->suppression_count++] =
      (struct suppression){code, comment->span, line_below(c, comment->span), false, false};
}

void suppress_read(struct checker *c)
{
  for (uint32_t i = 0; i < c->unit_count; i++)
    for (const struct comment *comment = c->units[i].ast->comments; comment != NULL;
         comment = comment->next)
      read_comment(c, comment);
}

static bool matches(const struct program *program, const struct suppression *suppression,
                    const struct diag *diag)
{
  return diag->code == suppression->code && diag->has_place &&
         diag->primary.file == suppression->span.file &&
         source_place(program->sources, diag->primary).line == suppression->line;
}

/* The code's group: the two digits behind its letter. */
static uint32_t group_of(enum diag_code code)
{
  const char *name = diag_code_name(code);
  return (uint32_t)(name[1] - '0') * 10 + (uint32_t)(name[2] - '0');
}

void program_suppress(struct program *program, struct diag_list *diags, uint32_t first_group,
                      uint32_t last_group)
{
  for (uint32_t i = 0; i < program->suppression_count; i++) {
    struct suppression *suppression = &program->suppressions[i];
    for (uint32_t j = diags->count; j-- > 0;)
      if (matches(program, suppression, diags->items[j])) {
        diag_list_remove(diags, j);
        suppression->is_used = true;
      }
  }
  for (uint32_t i = 0; i < program->suppression_count; i++) {
    struct suppression *suppression = &program->suppressions[i];
    uint32_t group = group_of(suppression->code);
    if (suppression->is_used || suppression->is_reported || group < first_group ||
        group > last_group)
      continue;
    suppression->is_reported = true;
    struct diag *diag = diag_add(diags, DIAG_W0006, suppression->span,
                                 "nothing is left that this suppression allows");
    diag_set_label(diags, diag, "remove it: there is no %s on the line below",
                   diag_code_name(suppression->code));
    diag_add_fix(diags, diag, FIX_SAFE, source_whole_lines(program->sources, suppression->span),
                 TEXT(""), "remove the comment");
  }
}
