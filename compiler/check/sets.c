/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sets: `for each NAME in SET [using X] [one at a time] { ... }`.
 *
 * A set is: TENANT.nodes, FLOW.nodes, SYSTEM.nodes, CERTIFICATE.flows, a table, or
 * ABAP-SYSTEM.communication-systems, which only the remote system knows (an open set).
 */
#include "compiler/check/checker.h"

struct header {
  struct resolved set;
  const struct token *set_token;
  const struct token *using_token;
  bool one_at_a_time;
};

static const uint64_t set_sorts =
    SORT_BIT(SORT_NODES) | SORT_BIT(SORT_FLOWS) | SORT_BIT(SORT_TARGETS) | SORT_BIT(SORT_TABLE);

static void report_no_set(struct checker *c, const struct header *header)
{
  const struct resolved *set = &header->set;
  enum sort sort = sort_first(set->sorts);
  struct diag *diag =
      diag_add(c->diags, DIAG_E0412, header->set_token->span, "`for each` needs a set");
  diag_set_label(c->diags, diag, "this is %s", sort_says(sort));
  const char *member = NULL;
  if (sort == SORT_TENANT || sort == SORT_FLOW || sort == SORT_SYSTEM)
    member = "nodes";
  if (sort == SORT_CERTIFICATE)
    member = "flows";
  if (sort == SORT_ABAP)
    member = "communication-systems";
  if (member != NULL && set->column == NULL)
    diag_add_fix(c->diags, diag, FIX_UNSAFE, span_end_point(header->set_token->span),
                 text_format(c->arena, ".%s", member), "write `%.*s.%s`",
                 TEXT_ARG(header->set_token->text), member);
  else
    diag_add_help(c->diags, diag,
                  "a set is for example TENANT.nodes, CERTIFICATE.flows or a table");
}

static void warn_empty(struct checker *c, const struct header *header)
{
  uint32_t decl = header->set.decl;
  if (decl == DECL_NONE || c->infos[decl].has_broken)
    return;
  bool empty = false;
  const char *why = "";
  if (header->set.sorts == SORT_BIT(SORT_NODES)) {
    empty = !nodes_any(c, decl);
    why = "no node is declared there";
  } else if (header->set.sorts == SORT_BIT(SORT_FLOWS)) {
    empty = !c->infos[decl].has_flow;
    why = "no flow calls with this certificate";
  } else if (header->set.sorts == SORT_BIT(SORT_TABLE)) {
    const struct table_body *table = c->program->decls[decl].table;
    empty = table != NULL && table->row_count == 0;
    why = "the table has no rows";
  }
  if (!empty)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_W0413, header->set_token->span,
                               "this set is empty: the block makes no step");
  diag_set_label(c->diags, diag, "%s", why);
}

/* What stands behind the set: `using X`, `one at a time`, with or without a comma. */
static bool read_rest(struct checker *c, struct tokens *tokens, struct header *header)
{
  while (tokens->at < tokens->count) {
    uint32_t count;
    if (tokens->items[tokens->at].kind == TOKEN_COMMA && tokens->at + 1 < tokens->count)
      tokens->at++;
    if (tokens_start_with(tokens, "one at a time", &count)) {
      header->one_at_a_time = true;
      tokens->at += count;
    } else if (tokens_start_with(tokens, "using", &count) && header->using_token == NULL &&
               tokens->at + 1 < tokens->count && tokens->items[tokens->at + 1].kind == TOKEN_TERM) {
      header->using_token = &tokens->items[tokens->at + 1];
      tokens->at += 2;
    } else {
      return form_end(c, "for each", tokens);
    }
  }
  return true;
}

static bool read_header(struct checker *c, struct scope *scope, const struct line *line,
                        struct header *header)
{
  struct tokens *tokens = ARENA_NEW(c->arena, struct tokens);
  *tokens = tokens_of_line(c, line);
  const struct token *token = &tokens->items[0];
  header->set_token = token;
  if (token->kind != TOKEN_TERM ||
      (token->term->kind != TERM_NAME && token->term->kind != TERM_PATH)) {
    struct diag *diag = diag_add(c->diags, DIAG_E0412, token->span, "`for each` needs a set");
    diag_set_label(c->diags, diag, "write for example TENANT.nodes or the name of a table");
    return false;
  }
  tokens->at = 1;
  if (!names_resolve(c, scope, token->term, 0, &header->set))
    return false;
  if ((header->set.sorts & ~set_sorts) != 0) {
    report_no_set(c, header);
    return false;
  }
  return read_rest(c, tokens, header);
}

static bool read_table_key(struct checker *c, struct stmt *stmt, const struct header *header)
{
  const struct table_body *table = c->program->decls[header->set.decl].table;
  if (table == NULL || table->column_count == 0)
    return false;
  const struct token *token = header->using_token == NULL ? header->set_token : header->using_token;
  stmt->using_column = header->using_token == NULL ? table->columns[0] : header->using_token->text;
  return rows_use_key(c, header->set.decl, stmt->using_column, token->span);
}

static bool read_using(struct checker *c, struct scope *scope, struct stmt *stmt,
                       const struct header *header)
{
  if (header->set.sorts == SORT_BIT(SORT_TABLE))
    return read_table_key(c, stmt, header);
  if (header->using_token == NULL)
    return true;
  if (header->set.sorts != SORT_BIT(SORT_TARGETS)) {
    struct diag *diag = diag_add(c->diags, DIAG_E0212, header->using_token->span,
                                 "`using` does not belong to this set");
    diag_set_label(c->diags, diag, "only a table has columns");
    return false;
  }
  struct resolved found;
  if (!names_resolve(c, scope, header->using_token->term, kinds_of_artefacts(), &found))
    return false;
  stmt->using_operand = ARENA_NEW(c->arena, struct operand);
  *stmt->using_operand = found.operand;
  if (found.sorts == SORT_BIT(SORT_VERSION))
    return true;
  struct diag *diag = diag_add(c->diags, DIAG_E0401, header->using_token->span,
                               "`using` needs the old or the new of a certificate here");
  diag_set_label(c->diags, diag, "write for example `%.*s.old`",
                 TEXT_ARG(header->using_token->text));
  return false;
}

static uint64_t element_sorts(uint64_t set)
{
  if (set == SORT_BIT(SORT_NODES))
    return SORT_BIT(SORT_NODE);
  if (set == SORT_BIT(SORT_FLOWS))
    return SORT_BIT(SORT_FLOW);
  if (set == SORT_BIT(SORT_TARGETS))
    return SORT_BIT(SORT_TARGET);
  return SORT_BIT(SORT_ROW);
}

struct stmt *sets_read(struct checker *c, struct scope *scope, const struct line *line)
{
  struct stmt *stmt = bodies_new_stmt(c, STMT_FOR_EACH, line);
  struct header header = {.set = {.decl = DECL_NONE}};
  stmt->variable = line->variable;
  struct diag_list *before = flaw_begin(c, scope->unit, line);
  bool good = read_header(c, scope, line, &header) && read_using(c, scope, stmt, &header);
  flaw_end(c, before);
  stmt->poisoned = !good;
  stmt->one_at_a_time = header.one_at_a_time;
  if (good) {
    warn_empty(c, &header);
    stmt->set = ARENA_NEW(c->arena, struct operand);
    *stmt->set = header.set.operand;
  }
  uint32_t count = scope->body->local_count;
  uint64_t sorts = good ? element_sorts(header.set.sorts) : 0;
  stmt->local =
      bodies_add_local(c, scope, line->variable, line->variable_span, sorts, header.set.decl)
          ->number;
  if (line->block != NULL)
    stmt->children = bodies_statements(c, scope, line->block->lines, false);
  scope->body->local_count = count;
  return stmt;
}
