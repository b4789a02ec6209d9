/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unused: declarations, params, imports and secrets that nothing uses.
 *
 * (1) Only in the file that is checked, and only where it holds a plan: a file of roles and systems
 *     is there for others.
 * (2) A flow, a calling system and a freeze say something by being there.
 * (3) A role that owns something, signs off, is spoken to or acts is used (W0510).
 */
#include "compiler/check/checker.h"

static bool speaks_for_itself(const struct decl *decl)
{
  switch (decl->kind) {
  case KIND_PLAN:
  case KIND_SCENARIO:
  case KIND_FREEZE:
  case KIND_FLOW:
    return true;
  case KIND_SYSTEM:
  case KIND_ABAP:
    return decl_setting(decl, KEY_CALLS) != NULL;
  case KIND_CALENDAR:
    return decl_setting(decl, KEY_ROTATES) != NULL;
  case KIND_ROLE:
  case KIND_SECRET:
  case KIND_TENANT:
  case KIND_SPACE:
  case KIND_KEYSTORE:
  case KIND_CA:
  case KIND_CERTIFICATE:
  case KIND_CREDENTIAL:
  case KIND_SSHKEY:
  case KIND_PGPKEY:
  case KIND_WINDOW:
  case KIND_INSTANCE:
  case KIND_SERVICEKEY:
  case KIND_TABLE:
  case KIND_PROCEDURE:
  case KIND_PARAM:
  case KIND_CONFIGURATION:
  case KIND_PROFILE:
  case KIND__COUNT:
    return false;
  }
  return false;
}

static void report_decl(struct checker *c, const struct decl *decl)
{
  if (decl->kind == KIND_ROLE) {
    struct diag *diag = diag_add(c->diags, DIAG_W0510, decl->name_span, "role `%.*s` never acts",
                                 TEXT_ARG(decl->name));
    diag_set_label(c->diags, diag, "no step is done by it or speaks to it, and it owns nothing");
    diag_add_help(c->diags, diag, "remove it, or write what it does");
    return;
  }
  bool is_secret = decl->kind == KIND_SECRET;
  struct diag *diag =
      diag_add(c->diags, is_secret ? DIAG_W1008 : DIAG_W0315, decl->name_span,
               "%s `%.*s` is never used", kind_words[decl->kind], TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag,
                 is_secret ? "remove it: whoever reads it needs no right to it"
                           : "nothing in this program names it");
}

static bool import_is_used(const struct checker *c, const struct import *import)
{
  if (import->used || import->unit == DECL_NONE)
    return true;
  for (uint32_t i = 0; i < c->program->decl_count; i++)
    if (c->infos[i].used_by_main && unit_sees(&c->units[import->unit], c->infos[i].unit))
      return true;
  return false;
}

void unused_report(struct checker *c)
{
  /* What an error hides may be the use. */
  if (!c->has_plan || diag_list_has_errors(c->diags))
    return;
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    const struct decl *decl = &c->program->decls[i];
    if (c->infos[i].unit == 0 && !c->infos[i].used && !decl->poisoned && decl->name.length != 0 &&
        !speaks_for_itself(decl))
      report_decl(c, decl);
  }
  for (uint32_t i = 0; i < c->units[0].import_count; i++) {
    const struct import *import = &c->units[0].imports[i];
    if (import_is_used(c, import))
      continue;
    struct diag *diag =
        diag_add(c->diags, DIAG_W0315, import->span, "nothing of the imported file is used");
    diag_set_label(c->diags, diag, "remove this line");
  }
}
