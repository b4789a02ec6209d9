/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rows: tables. A column is read at its first use: as the key of `for each ... using COLUMN` its
 * cells are plain words; as anything else they are names of declared things, nodes, or values.
 *
 * (1) Each cell is resolved once, however often its column is used.
 */
#include "compiler/check/checker.h"

static struct operand *literal(struct checker *c, const struct term *term)
{
  struct operand *operand = ARENA_NEW(c->arena, struct operand);
  operand->decl = DECL_NONE;
  operand->span = term->span;
  operand->text = term->text;
  operand->number = term->number;
  switch (term->kind) {
  case TERM_NAME:
  case TERM_PATH:
  case TERM_EXPR:
    return NULL;
  case TERM_TEXT:
    operand->kind = OPERAND_TEXT;
    return operand;
  case TERM_NUMBER:
    operand->kind = OPERAND_NUMBER;
    return operand;
  case TERM_DURATION:
    operand->kind = OPERAND_DURATION;
    return operand;
  case TERM_DATE:
  case TERM_DATETIME:
    operand->kind = OPERAND_MOMENT;
    return operand;
  case TERM_TIME:
  case TERM_MONTH_DAY:
  case TERM_YES_NO:
    operand->kind = OPERAND_WORD;
    return operand;
  }
  return NULL;
}

static void read_columns(struct checker *c, uint32_t decl, struct table_body *table)
{
  struct tokens tokens = tokens_of_line(c, c->infos[decl].line);
  struct captures captures = {0};
  struct scope scope = {.unit = c->infos[decl].unit};
  tokens.at = 2;
  if (tokens.at < tokens.count && tokens.items[2].kind == TOKEN_TERM &&
      tokens.items[2].term->kind == TERM_TEXT)
    tokens.at = 3;
  if (!form_match(c, &scope, "table", "with NAME,...", &tokens, &captures) ||
      !form_end(c, "table", &tokens))
    return;
  table->columns = arena_array(c->arena, captures.count, sizeof *table->columns);
  struct text_map seen;
  text_map_start(&seen, c->arena);
  for (uint32_t i = 0; i < captures.count; i++) {
    const struct value *name = &captures.items[i].value;
    if (!text_map_add(&seen, name->text, i, NULL)) {
      struct diag *diag = diag_add(c->diags, DIAG_E0303, name->span,
                                   "the table has two columns `%.*s`", TEXT_ARG(name->text));
      diag_set_label(c->diags, diag, "this is the second");
    }
    table->columns[table->column_count++] = name->text;
  }
}

static bool read_row(struct checker *c, struct table_body *table, const struct line *line)
{
  if (line->kind != LINE_PLAIN || line->label.length != 0 || line->block != NULL ||
      line->guard != NULL) {
    bodies_report_place(c, line, "a plan or a procedure");
    return false;
  }
  bool odd = line->phrase_count != table->column_count || line->clauses != NULL;
  for (const struct phrase *phrase = line->phrases; phrase != NULL && !odd; phrase = phrase->next)
    odd = phrase->term_count != 1;
  if (odd) {
    struct diag *diag =
        diag_add(c->diags, DIAG_E0318, line->span, "this row does not have a cell for each column");
    diag_set_label(c->diags, diag, "%u cells with commas between them are expected",
                   table->column_count);
    return false;
  }
  struct table_cell *cell = &table->cells[(size_t)table->row_count * table->column_count];
  for (const struct phrase *phrase = line->phrases; phrase != NULL; phrase = phrase->next) {
    *cell =
        (struct table_cell){phrase->terms->text, literal(c, phrase->terms), phrase->terms->span};
    cell++;
  }
  table->row_count++;
  return true;
}

void rows_declare(struct checker *c, uint32_t decl)
{
  const struct line *line = c->infos[decl].line;
  struct table_body *table = ARENA_NEW(c->arena, struct table_body);
  c->program->decls[decl].table = table;
  read_columns(c, decl, table);
  if (table->column_count == 0 || line->block == NULL) {
    c->program->decls[decl].poisoned = true;
    return;
  }
  uint32_t count = 0;
  for (const struct line *row = line->block->lines; row != NULL; row = row->next)
    count++;
  if (count > ROWS_MAX) {
    struct diag *diag = diag_add(c->diags, DIAG_E0004, c->program->decls[decl].name_span,
                                 "the table has more than %d rows", ROWS_MAX);
    diag_set_label(c->diags, diag, "it has %u", count);
    c->program->decls[decl].poisoned = true;
    return;
  }
  c->infos[decl].columns =
      arena_array(c->arena, table->column_count, sizeof *c->infos[decl].columns);
  table->cells = arena_array(c->arena, (size_t)count * table->column_count, sizeof *table->cells);
  bool whole = true;
  for (const struct line *row = line->block->lines; row != NULL; row = row->next)
    whole &= row->kind != LINE_BROKEN && read_row(c, table, row);
  if (!whole)
    c->infos[decl].has_broken = true;
}

static bool rows_column(const struct table_body *table, struct text name, uint32_t *ret_column)
{
  for (uint32_t i = 0; i < table->column_count; i++)
    if (text_equal(table->columns[i], name)) {
      *ret_column = i;
      return true;
    }
  return false;
}

static enum sort operand_sort(const struct operand *operand)
{
  switch (operand->kind) {
  case OPERAND_TEXT:
    return SORT_TEXT;
  case OPERAND_NUMBER:
    return SORT_NUMBER;
  case OPERAND_DURATION:
    return SORT_DURATION;
  case OPERAND_MOMENT:
    return SORT_MOMENT;
  case OPERAND_DECL:
  case OPERAND_LOCAL:
  case OPERAND_WORD:
    return SORT_WORD;
  }
  return SORT_WORD;
}

static void word_cell(struct checker *c, struct table_cell *cell)
{
  cell->operand = ARENA_NEW(c->arena, struct operand);
  cell->operand->kind = OPERAND_WORD;
  cell->operand->decl = DECL_NONE;
  cell->operand->text = cell->text;
  cell->operand->span = cell->span;
}

/* What the cell is. is_strict: a name that nothing declares is reported. 0 = poisoned. */
static uint64_t read_cell(struct checker *c, uint32_t unit, struct table_cell *cell, bool is_strict)
{
  if (cell->operand != NULL && cell->operand->kind != OPERAND_WORD)
    return SORT_BIT(operand_sort(cell->operand));
  if (text_is(cell->text, "yes") || text_is(cell->text, "no")) {
    word_cell(c, cell);
    cell->operand->number = text_is(cell->text, "yes");
    return SORT_BIT(SORT_YES_NO);
  }
  struct scope scope = {.unit = unit};
  struct resolved found;
  uint32_t known = names_find(c, unit, cell->text, (struct span){0});
  uint32_t node;
  if (known == DECL_NONE && text_map_find(&c->node_names, cell->text, &node)) {
    word_cell(c, cell);
    return SORT_BIT(SORT_NODE);
  }
  if (known == DECL_NONE && !is_strict) {
    word_cell(c, cell);
    return SORT_BIT(SORT_WORD);
  }
  if (!names_resolve_text(c, &scope, cell->text, cell->span, 0, &found))
    return 0;
  cell->operand = ARENA_NEW(c->arena, struct operand);
  *cell->operand = found.operand;
  return found.sorts;
}

static void read_column(struct checker *c, uint32_t decl, uint32_t index, bool is_strict)
{
  struct table_body *table = c->program->decls[decl].table;
  struct column *column = &c->infos[decl].columns[index];
  column->sorts = 0;
  for (uint32_t row = 0; row < table->row_count; row++) {
    uint64_t sorts = read_cell(c, c->infos[decl].unit,
                               &table->cells[(size_t)row * table->column_count + index], is_strict);
    if ((sorts & ~column->sorts) != 0)
      column->first_row[sort_first(sorts)] = row;
    column->sorts |= sorts;
  }
}

static bool find_column(struct checker *c, uint32_t decl, struct text name, struct span span,
                        uint32_t *ret_index)
{
  const struct table_body *table = c->program->decls[decl].table;
  if (rows_column(table, name, ret_index))
    return true;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0311, span, "the table has no column `%.*s`", TEXT_ARG(name));
  bool alone;
  struct text nearest = text_nearest_alone(name, table->columns, table->column_count, &alone);
  if (nearest.length != 0) {
    diag_suggest(c->diags, diag, span, nearest, alone);
  } else {
    diag_set_label(c->diags, diag, "its columns stand behind `with` where it is declared");
  }
  names_show_declared(c, diag, decl);
  return false;
}

/* NULL with a finding where there is no such column, without one where it is poisoned. */
const struct column *rows_use_column(struct checker *c, uint32_t decl, struct text name,
                                     struct span span)
{
  uint32_t index;
  if (!find_column(c, decl, name, span, &index))
    return NULL;
  struct column *column = &c->infos[decl].columns[index];
  if (column->state != COLUMN_THINGS)
    read_column(c, decl, index, column->state == COLUMN_UNREAD);
  column->state = COLUMN_THINGS;
  return column;
}

/* The column names the instances of a `for each`: no two rows may agree in it. */
bool rows_use_key(struct checker *c, uint32_t decl, struct text name, struct span span)
{
  struct table_body *table = c->program->decls[decl].table;
  uint32_t index;
  if (!find_column(c, decl, name, span, &index))
    return false;
  struct text_map seen;
  text_map_start(&seen, c->arena);
  for (uint32_t row = 0; row < table->row_count; row++) {
    struct table_cell *cell = &table->cells[(size_t)row * table->column_count + index];
    if (cell->operand == NULL && c->infos[decl].columns[index].state == COLUMN_UNREAD)
      word_cell(c, cell);
    uint32_t first;
    if (text_map_add(&seen, cell->text, row, &first))
      continue;
    struct diag *diag = diag_add(c->diags, DIAG_E0317, cell->span, "two rows have the key `%.*s`",
                                 TEXT_ARG(cell->text));
    diag_set_label(c->diags, diag, "this is the second");
    diag_add_label(c->diags, diag, table->cells[(size_t)first * table->column_count + index].span,
                   "the first is here");
    diag_add_note(c->diags, diag, "`%.*s` is the key of a `for each`: it names the steps",
                  TEXT_ARG(name));
  }
  if (c->infos[decl].columns[index].state == COLUMN_UNREAD)
    c->infos[decl].columns[index].state = COLUMN_KEY;
  return true;
}

/* Columns that no step uses. */
void rows_finish(struct checker *c)
{
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    const struct table_body *table = c->program->decls[i].table;
    if (table == NULL || c->infos[i].columns == NULL)
      continue;
    for (uint32_t j = 0; j < table->column_count; j++)
      if (c->infos[i].columns[j].state == COLUMN_UNREAD)
        read_column(c, i, j, false);
  }
}
