/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower_resources: the declarations that the plan reaches, with their settings resolved, sorted by
 * name; paths below the root; commands split into words.
 */
#include <stdlib.h>
#include <string.h>

#include "compiler/base/words.h"
#include "compiler/graph/lower_int.h"

uint32_t lower_reach(struct lowering *l, uint32_t decl)
{
  if (!l->is_reached[decl]) {
    l->is_reached[decl] = true;
    buffer_add(&l->reached, &decl, sizeof decl);
  }
  return decl;
}

static uint32_t *reached(const struct lowering *l)
{
  return (uint32_t *)(void *)l->reached.bytes;
}

static uint32_t reached_count(const struct lowering *l)
{
  return (uint32_t)(l->reached.size_bytes / sizeof(uint32_t));
}

static bool refers(const struct lowering *l, const struct value *value)
{
  return (value->kind == VALUE_REF || value->kind == VALUE_MEMBER) &&
         l->program->decls[value->decl].kind != KIND_PARAM;
}

static void reach_all(struct lowering *l)
{
  for (uint32_t i = 0; i < reached_count(l); i++) { /* grows while it is walked */
    const struct decl *decl = &l->program->decls[reached(l)[i]];
    for (uint32_t j = 0; j < decl->setting_count; j++)
      for (uint32_t k = 0; k < decl->settings[j].value_count; k++)
        if (refers(l, &decl->settings[j].values[k]))
          lower_reach(l, decl->settings[j].values[k].decl);
  }
}

/* Where a step removes a root: whoever else calls there may need it. */
static void find_root_removals(const struct lowering *l, bool *ret_loses_root)
{
  const struct step *steps = (const struct step *)(const void *)l->builder.steps.bytes;
  const struct argument *arguments =
      (const struct argument *)(const void *)l->builder.arguments.bytes;
  for (uint32_t i = 0; i < builder_step_count(&l->builder); i++) {
    bool is_root = false;
    uint32_t place = INDEX_NONE;
    if (steps[i].kind == STEP_JOIN || steps[i].effect != EFFECT_DROP_ACCEPTED)
      continue;
    for (uint32_t j = 0; j < steps[i].arguments.count; j++) {
      const struct argument *argument = &arguments[steps[i].arguments.first + j];
      for (int k = 0; argument->part == PART_OBJECT && k < MEMBERS_MAX; k++)
        is_root |= argument->members[k] == MEMBER_ROOT;
      if (argument->part == PART_PLACE && argument->kind == ARGUMENT_RESOURCE)
        place = argument->resource;
    }
    if (is_root && place != INDEX_NONE)
      ret_loses_root[place] = true;
  }
}

static bool calls_with_reached(const struct lowering *l, const struct decl *decl,
                               const bool *loses_root)
{
  for (uint32_t i = 0; i < decl->setting_count; i++) {
    const struct setting *setting = &decl->settings[i];
    if (setting->key == KEY_CALLS && setting->value_count > 1 &&
        setting->values[1].kind == VALUE_REF &&
        (l->is_reached[setting->values[1].decl] ||
         (setting->values[0].kind == VALUE_REF && loses_root[setting->values[0].decl])))
      return true;
  }
  return false;
}

/* SAP-6ec6-16: who presents a certificate that the plan exchanges is part of the plan, also where no
 * step names it: the proof has to see everybody. */
static void reach_callers(struct lowering *l)
{
  uint32_t known = reached_count(l);
  bool *loses_root = arena_array(l->arena, (size_t)l->program->decl_count + 1, sizeof *loses_root);
  find_root_removals(l, loses_root);
  for (uint32_t i = 0; i < l->program->decl_count; i++) {
    const struct decl *decl = &l->program->decls[i];
    bool may_call = decl->kind == KIND_FLOW || decl->kind == KIND_SYSTEM || decl->kind == KIND_ABAP;
    if (may_call && !l->is_reached[i] && calls_with_reached(l, decl, loses_root))
      lower_reach(l, i);
  }
  if (reached_count(l) != known)
    reach_all(l);
}

static int compare_reached(const void *a, const void *b, void *data)
{
  const struct program *program = data;
  const struct decl *left = &program->decls[*(const uint32_t *)a];
  const struct decl *right = &program->decls[*(const uint32_t *)b];
  int order = text_compare(left->name, right->name);
  if (order != 0)
    return order;
  /* One name in two files, imported under prefixes. */
  return text_compare(program->sources->files[left->file].path,
                      program->sources->files[right->file].path);
}

/* Takes "." and ".." out of a path. */
static struct text normalize(struct arena *arena, struct text path)
{
  char *out = text_zero(arena, path);
  size_t length = 0;
  for (size_t at = 0; at <= path.length;) {
    const char *slash = at == path.length ? NULL : memchr(path.at + at, '/', path.length - at);
    size_t end = slash == NULL ? path.length : (size_t)(slash - path.at);
    struct text part = {path.at + at, end - at};
    at = end + 1;
    if (part.length == 0 || text_is(part, "."))
      continue;
    size_t last = length;
    while (last > 0 && out[last - 1] != '/')
      last--;
    bool above = length - last == 2 && memcmp(out + last, "..", 2) == 0;
    if (text_is(part, "..") && length != 0 && !above) {
      length = last == 0 ? 0 : last - 1;
      continue;
    }
    if (length != 0)
      out[length++] = '/';
    memmove(out + length, part.at, part.length);
    length += part.length;
  }
  return length == 0 ? TEXT(".") : (struct text){out, length};
}

struct text lower_path(struct lowering *l, uint32_t file, struct text path)
{
  if (path.length == 0 || path.at[0] == '/')
    return path;
  struct text declaring = l->program->sources->files[file].path;
  size_t folder = declaring.length;
  while (folder > 0 && declaring.at[folder - 1] != '/')
    folder--;
  return normalize(l->arena,
                   text_format(l->arena, "%.*s%.*s", (int)folder, declaring.at, TEXT_ARG(path)));
}

/* Fills ${node} in; everything else was filled before. */
static struct text fill_node(struct lowering *l, struct text word, struct text node)
{
  static const char mark[] = "${node}";
  if (node.length == 0 || memmem(word.at, word.length, mark, sizeof mark - 1) == NULL)
    return word;
  struct buffer out = {0};
  for (size_t at = 0; at < word.length;) {
    struct text rest = {word.at + at, word.length - at};
    if (text_starts_with(rest, mark)) {
      buffer_add_text(&out, node);
      at += sizeof mark - 1;
    } else {
      buffer_add(&out, word.at + at++, 1);
    }
  }
  struct text filled = text_copy(l->arena, buffer_text(&out));
  buffer_free(&out);
  return filled;
}

bool lower_command(struct lowering *l, const struct value *command, struct text node,
                   struct text **ret_words, uint32_t *ret_count)
{
  struct text *words;
  uint32_t count;
  if (!words_split(l->arena, command->text, &words, &count) || count == 0) {
    struct diag *diag =
        diag_add(l->diags, DIAG_E0415, command->span, "this command cannot be split into words");
    diag_set_label(l->diags, diag,
                   command->text.length == 0 ? "it is empty" : "a quote in it is not closed");
    diag_add_help(l->diags, diag,
                  "words are separated by blanks; a word with blanks stands in "
                  "'...'");
    return false;
  }
  for (uint32_t i = 0; i < count; i++)
    words[i] = fill_node(l, lower_text(l, NULL, words[i], command->span), node);
  if (memchr(words[0].at, '/', words[0].length) != NULL)
    words[0] = lower_path(l, command->span.file, words[0]);
  *ret_words = words;
  *ret_count = count;
  return true;
}

static bool is_plain(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         strchr("_-./:=@%+,${}~", c) != NULL;
}

/* As words_split reads it back. */
static void quote(struct buffer *out, struct text word)
{
  bool plain = word.length != 0, has_single = false;
  for (size_t i = 0; i < word.length; i++) {
    plain = plain && word.at[i] != '\0' && is_plain(word.at[i]);
    has_single |= word.at[i] == '\'';
  }
  if (plain) {
    buffer_add_text(out, word);
    return;
  }
  buffer_add_zero(out, has_single ? "\"" : "'");
  for (size_t i = 0; i < word.length; i++) {
    if (has_single && (word.at[i] == '"' || word.at[i] == '\\'))
      buffer_add(out, "\\", 1);
    buffer_add(out, &word.at[i], 1);
  }
  buffer_add_zero(out, has_single ? "\"" : "'");
}

static struct text command_text(struct lowering *l, const struct value *value)
{
  struct text *words;
  uint32_t count;
  if (!lower_command(l, value, TEXT_NONE, &words, &count)) {
    l->failed = true;
    return value->text;
  }
  struct buffer out = {0};
  for (uint32_t i = 0; i < count; i++) {
    if (i > 0)
      buffer_add(&out, " ", 1);
    quote(&out, words[i]);
  }
  struct text text = text_copy(l->arena, buffer_text(&out));
  buffer_free(&out);
  return text;
}

enum text_use { USE_TEXT, USE_PATH, USE_COMMAND, USE_READY };

static bool is_word_before(const struct setting *setting, uint32_t slot, const char *word)
{
  return slot > 0 && setting->values[0].kind == VALUE_WORD &&
         text_is(setting->values[0].text, word);
}

/* Which texts of which keys are paths or commands. */
static enum text_use use_of(const struct setting *setting, uint32_t slot)
{
  switch ((int)setting->key) {
  case KEY_FILE: /* behind the path: what check read in an .ics file */
    return slot == 0 ? USE_PATH : USE_READY;
  case KEY_FOLDER:
  case KEY_CERTIFICATE_FILE:
  case KEY_KEY_FILE:
  case KEY_TRUSTS_FILE:
  case KEY_PINS_FILE:
  case KEY_VERIFIES_WITH:
  case KEY_CERTIFICATE_FROM:
  case KEY_TRUSTED_BY:
  case KEY_SEAL_TO:
  case KEY_SEEN_FROM:
    return USE_PATH;
  case KEY_MEMBER: /* NAME mail certificate TEXT */
    return slot == 2 ? USE_PATH : USE_TEXT;
  case KEY_REACH:
    return is_word_before(setting, slot, "file") ? USE_PATH : USE_TEXT;
  case KEY_FROM:
    return is_word_before(setting, slot, "file")      ? USE_PATH
           : is_word_before(setting, slot, "command") ? USE_COMMAND
                                                      : USE_TEXT;
  case KEY_RELOAD_WITH:
  case KEY_START_WITH:
  case KEY_STOP_WITH:
  case KEY_RESTART_WITH:
  case KEY_COMMAND:
    return USE_COMMAND;
  case KEY_OBSERVED_BY:
    return is_word_before(setting, slot, "command") ? USE_COMMAND : USE_TEXT;
  }
  return USE_TEXT;
}

/* The value of a parameter stands where its name stood. */
static struct graph_value param_value(struct lowering *l, const struct value *value)
{
  const struct param_body *param = l->program->decls[value->decl].param;
  struct thing thing = lower_param(l, value->decl, value->span);
  if (thing.kind == THING_UNKNOWN)
    return (struct graph_value){.kind = VALUE_TEXT, .text = thing.text};
  return (struct graph_value){
      .kind = param->value.kind, .text = param->value.text, .number = param->value.number};
}

static struct graph_value graph_value_of(struct lowering *l, const struct setting *setting,
                                         uint32_t slot, const uint32_t *rank)
{
  const struct value *value = &setting->values[slot];
  struct graph_value made = {.kind = value->kind, .member = value->member};
  bool is_param = value->kind == VALUE_REF && l->program->decls[value->decl].kind == KIND_PARAM;
  if (is_param)
    made = param_value(l, value);
  switch (made.kind) {
  case VALUE_TEXT:
    if (use_of(setting, slot) == USE_READY)
      made.text = value->text;
    else if (!is_param)
      made.text = lower_text(l, NULL, value->text, value->span);
    if (use_of(setting, slot) == USE_PATH)
      made.text = lower_path(l, value->span.file, made.text);
    else if (use_of(setting, slot) == USE_COMMAND && !is_param)
      made.text = command_text(l, value);
    break;
  case VALUE_WORD:
  case VALUE_DATE:
  case VALUE_DATETIME:
    if (!is_param)
      made.text = value->text;
    break;
  case VALUE_NUMBER:
  case VALUE_DURATION:
  case VALUE_YES_NO:
  case VALUE_TIME:
  case VALUE_MONTH_DAY:
    if (!is_param)
      made.number = value->number;
    break;
  case VALUE_REF:
  case VALUE_MEMBER:
    made.resource = rank[value->decl];
    break;
  case VALUE_NONE:
    break;
  }
  return made;
}

static void add_resource(struct lowering *l, uint32_t decl_index, const uint32_t *rank)
{
  const struct decl *decl = &l->program->decls[decl_index];
  struct buffer settings = {0};
  for (uint32_t i = 0; i < decl->setting_count; i++) {
    const struct setting *setting = &decl->settings[i];
    struct graph_setting made = {setting->key, {builder_value_count(&l->builder), 0}};
    for (uint32_t slot = 0; slot < setting->value_count; slot++)
      builder_add_value(&l->builder, graph_value_of(l, setting, slot, rank));
    made.values.count = setting->value_count;
    buffer_add(&settings, &made, sizeof made);
  }
  struct resource resource = {
      .kind = decl->kind,
      .name = decl->name,
      .title = text_visible(l->arena, decl->title),
      .settings = {builder_setting_count(&l->builder), decl->setting_count}};
  const struct graph_setting *made = (const struct graph_setting *)(const void *)settings.bytes;
  for (uint32_t i = 0; i < decl->setting_count; i++)
    builder_add_setting(&l->builder, made[i]);
  buffer_free(&settings);
  builder_add_resource(&l->builder, resource);
}

static void renumber_step(struct lowering *l, struct step *step, const uint32_t *rank)
{
  if (step->kind == STEP_JOIN)
    return;
  uint32_t *indices = (uint32_t *)(void *)l->builder.indices.bytes;
  step->role = rank[step->role];
  for (uint32_t i = 0; i < step->roles.count; i++)
    indices[step->roles.first + i] = rank[indices[step->roles.first + i]];
  if (step->window != INDEX_NONE)
    step->window = rank[step->window];
  if (step->sign_off_role != INDEX_NONE)
    step->sign_off_role = rank[step->sign_off_role];
}

static void renumber(struct lowering *l, const uint32_t *rank)
{
  struct argument *arguments = (struct argument *)(void *)l->builder.arguments.bytes;
  for (uint32_t i = 0; i < builder_argument_count(&l->builder); i++)
    if (arguments[i].kind == ARGUMENT_RESOURCE)
      arguments[i].resource = rank[arguments[i].resource];
  for (uint32_t i = 0; i < builder_step_count(&l->builder); i++)
    renumber_step(l, builder_step(&l->builder, i), rank);
  struct step *undo = (struct step *)(void *)l->builder.undo.bytes;
  for (size_t i = 0; i < l->builder.undo.size_bytes / sizeof *undo; i++)
    renumber_step(l, &undo[i], rank);
}

uint32_t lower_resources_finish(struct lowering *l)
{
  reach_all(l);
  reach_callers(l);
  uint32_t count = reached_count(l);
  uint32_t *order = arena_array(l->arena, count, sizeof *order);
  memcpy(order, reached(l), count * sizeof *order);
  /* qsort_r hands the context over untyped and without const. */
  qsort_r(order, count, sizeof *order, compare_reached, (void *)(uintptr_t)l->program);
  uint32_t *rank = arena_array(l->arena, l->program->decl_count, sizeof *rank);
  for (uint32_t i = 0; i < count; i++)
    rank[order[i]] = i;
  for (uint32_t i = 0; i < count; i++)
    add_resource(l, order[i], rank);
  renumber(l, rank);
  return rank[l->plan_decl];
}
