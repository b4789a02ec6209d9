/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower_steps: one statement as a step, with its checks behind it and its undo beside it.
 *
 * (1) A check is run by the role that owns the keystore of the certificate it presents: nobody else
 *     has the private key.
 * (2) Checks of one step stand one behind the other; the last is the step's end.
 */
#include <string.h>

#include "compiler/graph/lower_int.h"

const struct part_value *stmt_part(const struct stmt *stmt, enum part part, uint32_t *ret_first)
{
  *ret_first = stmt->subject_count;
  for (const struct part_value *value = stmt->parts; value != NULL; value = value->next) {
    if (value->part == part)
      return value;
    *ret_first += value->operand_count;
  }
  return NULL;
}

static uint32_t first_word(const struct stmt *stmt, enum part part)
{
  uint32_t first;
  const struct part_value *value = stmt_part(stmt, part, &first);
  return value == NULL || value->operands == NULL ? INDEX_NONE : first;
}

static const struct shape *shape_of(struct lowering *l, const struct stmt *stmt)
{
  struct shape *shape = &l->shapes[stmt->number];
  if (shape->is_read)
    return shape;
  shape->is_read = true;
  shape->place = source_place(l->program->sources, stmt->span);
  shape->object = first_word(stmt, PART_OBJECT);
  shape->place_word = first_word(stmt, PART_PLACE);
  shape->recipient = first_word(stmt, PART_RECIPIENT);
  shape->with = first_word(stmt, PART_WITH);
  for (uint32_t i = 0; i < effect_row_count && shape->any_effect == NULL; i++)
    if (effect_rows[i].verb == stmt->verb)
      shape->any_effect = &effect_rows[i];
  lower_template(l, stmt, shape);
  return shape;
}

const struct word *lower_words(const struct lowering *l)
{
  return (const struct word *)(const void *)l->words.bytes;
}

static void add_word(struct lowering *l, const struct site *site, enum part part,
                     const struct operand *operand)
{
  struct word word = {part, lower_thing(l, site, operand)};
  buffer_add(&l->words, &word, sizeof word);
}

/* Each operand is looked up once; sentence, effect, arguments and command read what was found. */
static void look_up_words(struct lowering *l, const struct site *site, const struct stmt *stmt)
{
  l->words.size_bytes = 0;
  for (const struct operand *operand = stmt->subjects; operand != NULL; operand = operand->next)
    add_word(l, site, PART_OBJECT, operand);
  for (const struct part_value *value = stmt->parts; value != NULL; value = value->next)
    for (const struct operand *operand = value->operands; operand != NULL; operand = operand->next)
      add_word(l, site, value->part, operand);
}

/* NULL where the statement has no such word, or it names no declaration. */
static const struct thing *resource_word(const struct lowering *l, uint32_t word)
{
  const struct thing *thing = word == INDEX_NONE ? NULL : &lower_words(l)[word].thing;
  return thing == NULL || thing->kind != THING_RESOURCE ? NULL : thing;
}

static enum effect effect_of(const struct lowering *l, const struct stmt *stmt,
                             const struct shape *shape)
{
  const uint32_t places[] = {shape->place_word, shape->recipient, shape->object};
  for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
    const struct thing *thing = resource_word(l, places[i]);
    const struct effect_row *row =
        thing == NULL ? NULL : verb_effect(stmt->verb, l->program->decls[thing->decl].kind);
    if (row != NULL)
      return row->effect;
  }
  return shape->any_effect->effect;
}

static uint32_t role_of(struct lowering *l, const struct site *site, const struct operand *subject)
{
  struct thing thing = lower_thing(l, site, subject);
  return lower_reach(l, thing.decl);
}

static bool follow_reference(const struct lowering *l, enum key key, uint32_t *decl)
{
  const struct value *value = decl_value(&l->program->decls[*decl], key, 0);
  if (value == NULL || value->kind != VALUE_REF)
    return false;
  *decl = value->decl;
  return true;
}

/* (1); `otherwise` where no certificate is presented, or nobody is said to own its place. */
static uint32_t owner_of_check(struct lowering *l, const struct shape *shape, uint32_t otherwise)
{
  const struct thing *with = resource_word(l, shape->with);
  if (with == NULL)
    return otherwise;
  uint32_t decl = with->decl;
  bool has_place = follow_reference(l, KEY_IN, &decl) || follow_reference(l, KEY_OF, &decl) ||
                   follow_reference(l, KEY_ISSUED_BY, &decl);
  if (!has_place || !follow_reference(l, KEY_OWNER, &decl))
    return otherwise;
  return lower_reach(l, decl);
}

static bool acts_on_node(const struct stmt *stmt)
{
  return stmt->verb == VERB_STARTS || stmt->verb == VERB_STOPS || stmt->verb == VERB_RESTARTS ||
         stmt->verb == VERB_CHECKS;
}

static struct range lower_arguments(struct lowering *l, const struct stmt *stmt)
{
  const struct word *words = lower_words(l);
  uint32_t count = (uint32_t)(l->words.size_bytes / sizeof *words);
  struct range range = {builder_argument_count(&l->builder), count - stmt->subject_count};
  for (uint32_t i = stmt->subject_count; i < count; i++) {
    struct argument argument = thing_argument(l, &words[i].thing, words[i].part);
    bool is_node = words[i].part == PART_PLACE && acts_on_node(stmt);
    if (is_node && argument.kind == ARGUMENT_TEXT)
      argument.kind = ARGUMENT_WORD;
    builder_add_argument(&l->builder, argument);
  }
  return range;
}

static struct range lower_roles(struct lowering *l, const struct stmt *stmt, uint32_t role)
{
  struct range range = {builder_index_count(&l->builder), 0};
  for (; range.count < stmt->subject_count; range.count++)
    builder_add_index(&l->builder, lower_reach(l, lower_words(l)[range.count].thing.decl));
  if (range.count == 0) {
    builder_add_index(&l->builder, role);
    range.count = 1;
  }
  return range;
}

/* The words of the flow's command for this step; empty where the flow has none. */
static struct range lower_argv(struct lowering *l, const struct stmt *stmt,
                               const struct shape *shape, enum effect effect)
{
  enum key key = effect == EFFECT_START  ? KEY_START_WITH
                 : effect == EFFECT_STOP ? KEY_STOP_WITH
                                         : KEY_RESTART_WITH;
  struct range none = {0, 0};
  if (effect != EFFECT_START && effect != EFFECT_STOP && effect != EFFECT_RESTART)
    return none;
  const struct thing *flow = resource_word(l, shape->object);
  const struct value *command =
      flow == NULL ? NULL : decl_value(&l->program->decls[flow->decl], key, 0);
  if (command == NULL)
    return none;
  bool has_node = shape->place_word != INDEX_NONE;
  struct text node = has_node ? lower_words(l)[shape->place_word].thing.text : TEXT_NONE;
  if (!has_node && memmem(command->text.at, command->text.length, "${node}", 7) != NULL) {
    struct diag *diag = diag_add(l->diags, DIAG_E0211, span_end_point(stmt->span),
                                 "`%s` needs to know on which node", verb_rows[stmt->verb].word);
    diag_set_label(l->diags, diag, "write `on NODE` here");
    diag_add_label(l->diags, diag, command->span, "this command asks for ${node}");
    l->failed = true;
    return none;
  }
  struct text *words;
  uint32_t count;
  if (!lower_command(l, command, node, &words, &count)) {
    l->failed = true;
    return none;
  }
  struct range argv = {builder_text_count(&l->builder), count};
  for (uint32_t i = 0; i < count; i++)
    builder_add_text(&l->builder, words[i]);
  return argv;
}

/* The window that binds the step: its own, or the plan's where its verb enters. */
static void lower_window(struct lowering *l, const struct site *site, const struct stmt *stmt,
                         struct step *step)
{
  step->window = INDEX_NONE;
  step->enters = verb_rows[stmt->verb].enters && !stmt->options.at_any_time;
  if (stmt->options.during != NULL) {
    struct thing window = lower_thing(l, site, stmt->options.during);
    step->window = lower_reach(l, window.decl);
    step->enters = true;
  } else if (step->enters) {
    step->window = l->window;
  }
}

/* What a parameter or a row says instead of a number; as the number itself, 1 to `max` (0: any). */
static int64_t option_number(struct lowering *l, const struct site *site,
                             const struct operand *operand, int64_t number, int64_t max)
{
  if (operand == NULL)
    return number;
  struct thing thing = lower_thing(l, site, operand);
  if (thing.kind == THING_UNKNOWN || max == 0 || (thing.number >= 1 && thing.number <= max))
    return thing.number;
  struct diag *diag = diag_add(l->diags, DIAG_E0112, operand->span, "this number is out of range");
  diag_set_label(l->diags, diag, "it is %lld here; 1 to %d is expected", (long long)thing.number,
                 (int)max);
  l->failed = true;
  return 1;
}

static void lower_options(struct lowering *l, const struct site *site, const struct stmt *stmt,
                          struct step *step)
{
  const struct step_options *options = &stmt->options;
  step->on_failure = options->on_failure;
  step->needs_sign_off = options->needs_sign_off;
  step->sign_off_count = (uint32_t)option_number(l, site, options->sign_off_count_of,
                                                 options->sign_off_count, STEP_SIGNERS_MAX);
  if (options->needs_sign_off && step->sign_off_count == 0)
    step->sign_off_count = 1;
  step->sign_off_role = INDEX_NONE;
  if (options->sign_off_by != NULL)
    step->sign_off_role = role_of(l, site, options->sign_off_by);
  step->not_author = options->not_author;
  step->within_s = option_number(l, site, options->within_of, options->within_s, 0);
  step->retry_count = (uint32_t)option_number(l, site, options->retry_count_of,
                                              options->retry_count, STEP_TRIES_MAX);
  step->retry_every_s = option_number(l, site, options->retry_every_of, options->retry_every_s, 0);
  step->sealed = options->sealed;
  step->evidence = lower_text(l, site, options->evidence, stmt->span);
  step->was = options->was;
}

/* A step of `stmt`, named `label`, done by `role`, or a check by who has the key (1); without edges. */
static struct step make_step(struct lowering *l, const struct site *site, const struct stmt *stmt,
                             struct text label, uint32_t role, bool is_check)
{
  const struct shape *shape = shape_of(l, stmt);
  look_up_words(l, site, stmt);
  if (is_check)
    role = owner_of_check(l, shape, role);
  struct step step = {.kind = STEP_ACTION,
                      .verb = stmt->verb,
                      .effect = effect_of(l, stmt, shape),
                      .id = lower_id(l, site, label),
                      .label = label,
                      .sentence = lower_sentence(l, shape, role),
                      .role = role,
                      .guard = site->guard,
                      .checks = INDEX_NONE,
                      .undo = INDEX_NONE,
                      .source = l->source_of_file[stmt->span.file],
                      .line = shape->place.line,
                      .column = shape->place.column};
  step.roles = lower_roles(l, stmt, role);
  step.arguments = lower_arguments(l, stmt);
  step.argv = lower_argv(l, stmt, shape, step.effect);
  lower_window(l, site, stmt, &step);
  lower_options(l, site, stmt, &step);
  return step;
}

/* The step into the graph, behind `entry`. */
static uint32_t place_step(struct lowering *l, const struct stmt *stmt, struct step *step,
                           uint32_t entry)
{
  if (++l->action_count > STEPS_MAX && !l->failed) {
    struct diag *diag = diag_add(l->diags, DIAG_E0112, stmt->span, "the plan has too many steps");
    diag_set_label(l->diags, diag, "this one is beyond %d", STEPS_MAX);
    diag_add_help(l->diags, diag, "split the plan, or the table that it walks through");
    l->failed = true;
  }
  step->waits_for = (struct range){builder_index_count(&l->builder), entry != INDEX_NONE};
  if (entry != INDEX_NONE)
    builder_add_index(&l->builder, entry);
  return builder_add_step(&l->builder, step);
}

static uint32_t lower_checks(struct lowering *l, const struct site *site, const struct stmt *stmt,
                             struct text label, uint32_t role, uint32_t checked)
{
  uint32_t last = checked, nth = 0;
  for (const struct stmt *check = stmt->checks; check != NULL; check = check->next) {
    struct text name = ++nth == 1 ? text_format(l->arena, "%.*s.check", TEXT_ARG(label))
                                  : text_format(l->arena, "%.*s.check-%u", TEXT_ARG(label), nth);
    struct step step = make_step(l, site, check, name, role, true);
    step.checks = checked;
    last = place_step(l, check, &step, last);
  }
  return last;
}

static uint32_t lower_undo(struct lowering *l, const struct site *site, const struct stmt *stmt,
                           struct text label, uint32_t role)
{
  const struct stmt *undo = stmt->undo;
  if (undo == NULL)
    return INDEX_NONE;
  if (undo->subjects != NULL)
    role = role_of(l, site, undo->subjects);
  struct text name = text_format(l->arena, "%.*s.undo", TEXT_ARG(label));
  struct step step = make_step(l, site, undo, name, role, false);
  step.waits_for = (struct range){builder_index_count(&l->builder), 0};
  return builder_add_undo(&l->builder, &step);
}

uint32_t lower_step(struct lowering *l, const struct site *site, const struct stmt *stmt,
                    uint32_t entry)
{
  uint32_t role = role_of(l, site, stmt->subjects);
  struct step step = make_step(l, site, stmt, stmt->label, role, false);
  step.undo = lower_undo(l, site, stmt, stmt->label, role);
  uint32_t index = place_step(l, stmt, &step, entry);
  return lower_checks(l, site, stmt, stmt->label, role, index);
}
