/* SPDX-License-Identifier: Apache-2.0 */
/* fix: edits of the source that add the order which is missing. */
#include <string.h>

#include "compiler/prove/tell.h"

static bool is_message_to(const struct graph *graph, const struct step *step, uint32_t role)
{
  if (step->effect != EFFECT_MESSAGE && step->effect != EFFECT_DELIVER)
    return false;
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &graph->arguments[step->arguments.first + i];
    if (argument->kind == ARGUMENT_RESOURCE && argument->resource == role &&
        (argument->part == PART_OBJECT || argument->part == PART_RECIPIENT))
      return true;
  }
  return false;
}

/* TEXT("") where the plan does not say it. */
static struct text organisation(const struct graph *graph, uint32_t role)
{
  const struct graph_value *of = graph_setting_value(graph, role, KEY_OF, 0);
  return of == NULL ? TEXT("") : of->text;
}

/* Two partners need not hear of one another: who goes between is of one of the two's own house. */
static bool may_go_between(const struct graph *graph, uint32_t role, uint32_t knows, uint32_t acts)
{
  struct text house = organisation(graph, role), of_knows = organisation(graph, knows),
              of_acts = organisation(graph, acts);
  return house.length == 0 || of_knows.length == 0 || of_acts.length == 0 ||
         text_equal(house, of_knows) || text_equal(house, of_acts);
}

/* Where a message of somebody else reaches the role anyway, that one needs to know first. */
bool tell_find_message(const struct telling *t, uint32_t before, uint32_t after,
                       struct missing_message *ret)
{
  const struct graph *graph = t->graph;
  uint32_t knows = graph->steps[before].role, acts = graph->steps[after].role;
  if (knows == acts)
    return false;
  *ret = (struct missing_message){tell_name(t, knows), tell_name(t, acts), before, after};
  for (uint32_t i = after; i > before; i--) {
    const struct step *step = &graph->steps[i - 1];
    if (step->kind == STEP_JOIN || step->role == knows || !is_message_to(graph, step, acts) ||
        !may_go_between(graph, step->role, knows, acts) ||
        !events_in_text(t->proof->events, before, i - 1) ||
        !events_in_text(t->proof->events, i - 1, after))
      continue;
    ret->hearer = tell_name(t, step->role);
    ret->before = i - 1;
    return true;
  }
  return true;
}

static bool is_label(const struct graph *graph, struct text label)
{
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (text_equal(graph->steps[i].label, label))
      return true;
  return false;
}

static struct text free_label(const struct telling *t, struct text of)
{
  struct arena *arena = t->diags->arena;
  struct text label = text_format(arena, "report-%.*s", TEXT_ARG(of));
  for (int i = 2; is_label(t->graph, label); i++)
    label = text_format(arena, "report-%.*s-%d", TEXT_ARG(of), i);
  return label;
}

static size_t indent_of(struct text line)
{
  size_t indent = 0;
  while (indent < line.length && line.at[indent] == ' ')
    indent++;
  return indent;
}

uint32_t fix_line_before(const struct source *source, const struct step *step)
{
  uint32_t line = step->line;
  size_t indent = indent_of(source_line(source, line));
  for (uint32_t above = line - 1; above > 0; above--) {
    struct text text = source_line(source, above);
    size_t own = indent_of(text);
    if (own >= indent || own == text.length)
      continue;
    struct text rest = {text.at + own, text.length - own};
    bool stands_for_several =
        text_starts_with(rest, "for each ") && !text_equal(step->id, step->label);
    if (!stands_for_several && !text_starts_with(rest, "together"))
      break;
    line = above;
    indent = own;
  }
  return line;
}

bool tell_add_message(const struct telling *t, struct diag *diag,
                      const struct missing_message *message)
{
  const struct step *before = &t->graph->steps[message->before];
  /* A step that was made out of a procedure, or inside a block, has other names in scope. */
  bool plain = t->program != NULL && before->checks == INDEX_NONE &&
               memchr(before->id.at, '/', before->id.length) == NULL;
  if (!plain)
    return false;
  struct span at = tell_step_span(t, message->before);
  const struct source *source = &t->program->sources->files[at.file];
  uint32_t line = fix_line_before(source, before);
  if (line != before->line && t->graph->steps[message->done].line > line)
    return false; /* both stand in the block: no line before it is behind the one */
  uint32_t line_start = source->line_starts[line - 1];
  struct text indent = {source->bytes.at + line_start, indent_of(source_line(source, line))};
  struct text done = t->graph->steps[message->done].label;
  struct text label = free_label(t, done);
  struct text text = text_format(t->diags->arena, "%.*s%.*s: %.*s tells %.*s \"Done: %.*s.\"\n",
                                 TEXT_ARG(indent), TEXT_ARG(label), TEXT_ARG(message->sender),
                                 TEXT_ARG(message->hearer), TEXT_ARG(done));
  diag_add_fix(t->diags, diag, FIX_SAFE, (struct span){at.file, line_start, 0}, text,
               line == before->line ? "write before `%.*s`: %.*s"
                                    : "write before the block of `%.*s`: %.*s",
               TEXT_ARG(before->label),
               TEXT_ARG(((struct text){text.at + indent.length, text.length - indent.length - 1})));
  return true;
}

/* The lines of a step with its block and the comments right above it. */
struct lines {
  uint32_t file, at, end;
};

static bool is_comment(struct text line)
{
  size_t indent = indent_of(line);
  return indent < line.length && line.at[indent] == '#';
}

static bool find_lines(const struct telling *t, uint32_t index, struct lines *ret)
{
  const struct step *step = &t->graph->steps[index];
  struct span span = tell_step_span(t, index);
  /* Out of a procedure, a `for each`, or a check: the line stands for more than this step. */
  if (span.length == 0 || step->checks != INDEX_NONE || !text_equal(step->id, step->label))
    return false;
  const struct source *source = &t->program->sources->files[span.file];
  uint32_t first = step->line, last = step->line;
  struct text line = source_line(source, first);
  size_t indent = indent_of(line);
  if (text_ends_with(line, "{"))
    do {
      if (++last > source->line_count)
        return false;
      line = source_line(source, last);
    } while (indent_of(line) != indent ||
             !text_starts_with((struct text){line.at + indent, line.length - indent}, "}"));
  else if (text_ends_with(line, ",") || memmem(line.at, line.length, "\"\"\"", 3) != NULL)
    return false; /* it goes on below */
  while (first > 1 && is_comment(source_line(source, first - 1)))
    first--;
  if (last >= source->line_count)
    return false;
  *ret = (struct lines){span.file, source->line_starts[first - 1], source->line_starts[last]};
  return true;
}

/* The first step behind `late` at which the role of `early` knows of it. */
static uint32_t known_behind(const struct telling *t, uint32_t early, uint32_t late)
{
  const struct graph *graph = t->graph;
  uint32_t role = graph->steps[early].role;
  if (graph->steps[late].role == role)
    return late;
  for (uint32_t i = late + 1; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind == STEP_ACTION && is_message_to(graph, step, role) &&
        poset_before(&t->proof->events->known, t->proof->events->last[late],
                     t->proof->events->first[i]))
      return i;
  }
  return INDEX_NONE;
}

static bool loads_between(const struct telling *t, const struct proof_finding *f, uint32_t end)
{
  const struct model *model = t->proof->model;
  const struct place_loads *place = &model->places[model->connections[f->connection].place];
  for (uint32_t i = 0; i < place->count; i++) {
    uint32_t step = model->loads[place->first + i];
    if (step > f->early && step <= end)
      return true;
  }
  return false;
}

/* The step that comes too early goes behind the one that lets its role know. `renew fix` keeps a move
 * only where the plan is then without the finding. */
void tell_add_move(const struct telling *t, struct diag *diag, const struct proof_finding *f)
{
  if (t->program == NULL || f->late == INDEX_NONE || f->early == INDEX_NONE || f->late < f->early)
    return;
  uint32_t target = known_behind(t, f->early, f->late);
  struct lines moved, behind;
  if (target == INDEX_NONE || !find_lines(t, f->early, &moved) || !find_lines(t, target, &behind) ||
      moved.file != behind.file || behind.at < moved.end ||
      indent_of(
          source_line(&t->program->sources->files[moved.file], t->graph->steps[f->early].line)) !=
          indent_of(
              source_line(&t->program->sources->files[moved.file], t->graph->steps[target].line)) ||
      (f->code == DIAG_E0601 && loads_between(t, f, target)))
    return;
  const struct source *source = &t->program->sources->files[moved.file];
  struct text text = {source->bytes.at + moved.at, moved.end - moved.at};
  diag_add_fix(t->diags, diag, FIX_SAFE, (struct span){moved.file, moved.at, moved.end - moved.at},
               TEXT_NONE, "move `%.*s` behind `%.*s`", TEXT_ARG(t->graph->steps[f->early].label),
               TEXT_ARG(t->graph->steps[target].label));
  diag_add_fix(t->diags, diag, FIX_SAFE, (struct span){behind.file, behind.end, 0}, text,
               "move `%.*s` behind `%.*s`", TEXT_ARG(t->graph->steps[f->early].label),
               TEXT_ARG(t->graph->steps[target].label));
}
