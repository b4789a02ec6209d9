/* SPDX-License-Identifier: Apache-2.0 */
/*
 * texts: what stands between quotes: its length, and the ${paths} in it.
 *
 * (1) A text holds only what is known when the plan is compiled; never a secret.
 */
#include "compiler/check/checker.h"

#include <string.h>

/* The stretch of the source that spells the path, where it is spelt as it reads. */
static struct span path_span(struct checker *c, const struct term *term, struct text path)
{
  struct text source = source_text(c->sources, term->span);
  if (path.length == 0)
    return term->span;
  const char *at = memmem(source.at, source.length, path.at, path.length);
  if (at == NULL)
    return term->span;
  return (struct span){term->span.file, term->span.at + (uint32_t)(at - source.at),
                       (uint32_t)path.length};
}

static void report_secret(struct checker *c, struct span span, struct text path, uint32_t decl)
{
  struct diag *diag =
      diag_add(c->diags, DIAG_E1004, span, "the secret `%.*s` stands in a text", TEXT_ARG(path));
  diag_set_label(c->diags, diag, "texts are shown, mailed and journalled");
  diag_add_help(c->diags, diag, "a secret is used only behind `with`");
  if (decl != DECL_NONE)
    names_show_declared(c, diag, decl);
}

/* What may be written into a text when the plan is compiled. */
static bool is_known_early(const struct resolved *found)
{
  uint64_t early = SORT_BIT(SORT_TEXT) | SORT_BIT(SORT_WORD) | SORT_BIT(SORT_NUMBER) |
                   SORT_BIT(SORT_DURATION) | SORT_BIT(SORT_YES_NO) | SORT_BIT(SORT_NODE);
  if (found->operand.member_count == 0)
    return (found->sorts & (SORT_BIT(SORT_ROW) | SORT_BIT(SORT_TARGET))) == 0;
  return (found->sorts & ~early) == 0;
}

static void check_path(struct checker *c, const struct scope *scope, const struct term *term,
                       struct text path)
{
  struct span span = path_span(c, term, path);
  if ((scope->has_node && text_is(path, "node")) || (scope->has_csr && text_is(path, "csr")))
    return;
  struct resolved found;
  if (!names_resolve_text(c, scope, path, span, 0, &found))
    return;
  if ((found.sorts & SORT_BIT(SORT_SECRET)) != 0) {
    report_secret(c, span, path, found.decl);
    return;
  }
  if (is_known_early(&found))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0414, span,
                               "`%.*s` is known only when the plan runs", TEXT_ARG(path));
  diag_set_label(c->diags, diag, "a text is made when the plan is compiled");
  diag_add_help(c->diags, diag, "write a param, a node or the name of a declared thing");
}

static void report_length(struct checker *c, const struct term *term, const char *what,
                          const char *label)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0406, term->span, "the text of `%s` is %s", what,
                               term->text.length == 0 ? "empty" : "too long");
  diag_set_label(c->diags, diag, "%s", label);
}

void values_check_text(struct checker *c, const struct scope *scope, const struct term *term,
                       const char *what)
{
  if (term->text.length == 0) {
    report_length(c, term, what, "write what it is to say");
    return;
  }
  if (strcmp(what, "alias") == 0 && term->text.length > ALIAS_MAX_BYTES)
    report_length(c, term, what, "an alias has at most 255 bytes");
  for (size_t at = 0; at + 1 < term->text.length; at++) {
    if (term->text.at[at] != '$' || term->text.at[at + 1] != '{')
      continue;
    const char *close = memchr(term->text.at + at, '}', term->text.length - at);
    if (close == NULL) {
      struct diag *diag =
          diag_add(c->diags, DIAG_E0201, term->span, "`${` in this text is not closed");
      diag_set_label(c->diags, diag, "write `${name}`");
      return;
    }
    size_t end = (size_t)(close - term->text.at);
    check_path(c, scope, term, (struct text){term->text.at + at + 2, end - at - 2});
    at = end;
  }
}
