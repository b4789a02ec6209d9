/* SPDX-License-Identifier: Apache-2.0 */
/* places: from a step of the graph back to the words that the author wrote. */
#include <string.h>

#include "compiler/prove/knowledge_int.h"
#include "compiler/prove/tell.h"

/* Sources of the graph stand in the order of the program's files. */
static bool source_of(const struct program *program, const struct graph *graph,
                      const struct step *step, uint32_t *ret_file)
{
  if (step->source >= graph->source_count || step->source >= program->file_count)
    return false;
  *ret_file = program->files[step->source];
  return true;
}

struct span knowledge_span(const struct program *program, const struct graph *graph,
                           const struct step *step)
{
  uint32_t file;
  struct span nowhere = {.file = program->file_count == 0 ? 0 : program->files[0]};
  if (!source_of(program, graph, step, &file))
    return nowhere;
  const struct source *source = &program->sources->files[file];
  if (step->line == 0 || step->line > source->line_count)
    return nowhere;
  struct text line = source_line(source, step->line);
  uint32_t at = step->column == 0 ? 0 : step->column - 1;
  if (at > line.length)
    at = 0;
  size_t end = line.length;
  while (end > at && (line.at[end - 1] == ' ' || line.at[end - 1] == '{' ||
                      line.at[end - 1] == '\t' || line.at[end - 1] == '\r'))
    end--;
  return (struct span){file, source->line_starts[step->line - 1] + at, (uint32_t)(end - at)};
}

struct span step_span(const struct judging *j, const struct step *step)
{
  return knowledge_span(j->program, j->graph, step);
}

static bool is_word_byte(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

struct span word_span(const struct judging *j, const struct step *step, struct text word)
{
  struct span span = step_span(j, step);
  struct text text = source_text(j->program->sources, span);
  for (size_t at = 0; word.length != 0 && at + word.length <= text.length; at++) {
    size_t end = at + word.length;
    if (memcmp(text.at + at, word.at, word.length) == 0 &&
        (at == 0 || !is_word_byte(text.at[at - 1])) &&
        (end == text.length || !is_word_byte(text.at[end])))
      return (struct span){span.file, span.at + (uint32_t)at, (uint32_t)word.length};
  }
  return span;
}

bool first_time(struct judging *j, enum diag_code code, const struct step *step, struct text about)
{
  struct text key = text_format(j->arena, "%s %u:%u:%u %.*s", diag_code_name(code), step->source,
                                step->line, step->column, TEXT_ARG(about));
  return text_map_add(&j->said, key, 0, NULL);
}

bool declared_at(const struct judging *j, uint32_t resource, struct span *ret_span)
{
  const struct resource *wanted = &j->graph->resources[resource];
  uint32_t found = UINT32_MAX;
  for (uint32_t i = 0; i < j->program->decl_count; i++) {
    const struct decl *decl = &j->program->decls[i];
    if (decl->kind != wanted->kind || !text_equal(decl->name, wanted->name))
      continue;
    if (found != UINT32_MAX)
      return false;
    found = i;
  }
  if (found == UINT32_MAX)
    return false;
  *ret_span = j->program->decls[found].name_span;
  return true;
}

bool label_exists(const struct judging *j, struct text label)
{
  for (uint32_t i = 0; i < j->graph->step_count; i++)
    if (text_equal(j->graph->steps[i].label, label))
      return true;
  return false;
}

void propose_line_before(struct judging *j, struct diag *diag, const struct step *step,
                         struct text label, struct text line)
{
  struct span span = step_span(j, step);
  if (span.length == 0 || step->column == 0 || label_exists(j, label)) {
    diag_add_help(j->diags, diag, "write before it: %.*s", TEXT_ARG(line));
    return;
  }
  const struct source *source = &j->program->sources->files[span.file];
  uint32_t begins = fix_line_before(source, step);
  if (begins != step->line) {
    diag_add_help(j->diags, diag, "write before its block: %.*s", TEXT_ARG(line));
    return;
  }
  struct text text = text_format(j->arena, "%.*s\n%*s", TEXT_ARG(line), (int)step->column - 1, "");
  diag_add_fix(j->diags, diag, FIX_TEMPLATE, span_point(span), text, "write `%.*s` before it",
               TEXT_ARG(line));
}

struct text role_word(const struct judging *j, uint32_t role)
{
  return j->graph->resources[role].name;
}

struct text argument_word(const struct judging *j, const struct argument *argument)
{
  struct text word = j->graph->resources[argument->resource].name;
  for (uint32_t i = 0; i < MEMBERS_MAX && argument->members[i] != MEMBER_NONE; i++)
    word =
        text_format(j->diags->arena, "%.*s.%s", TEXT_ARG(word), member_words[argument->members[i]]);
  return word;
}
