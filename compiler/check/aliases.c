/* SPDX-License-Identifier: Apache-2.0 */
/*
 * aliases: which entries share a keystore, and whether its kind can hold them.
 *
 * (1) Aliases are compared as the kind compares them: Java's kinds without case (it lower-cases them
 *     when it stores), SAP's by the bytes (its keys are the hexadecimal bytes of the UTF-8 text), PEM
 *     and PKCS#11 exactly. A pkcs12 file keeps both, but a Java reader of it sees one entry: two
 *     that differ in case only are refused there too.
 */
#include "compiler/check/checker.h"

#include <string.h>

static bool is_kind(const struct checker *c, uint32_t keystore, const char *kinds)
{
  const struct value *kind = facts_value(c, &c->program->decls[keystore], KEY_KIND_OF, 0);
  if (kind == NULL || kind->kind != VALUE_WORD)
    return false;
  for (const char *at = kinds; *at != '\0';) {
    size_t length = strcspn(at, "|");
    if (kind->text.length == length && memcmp(at, kind->text.at, length) == 0)
      return true;
    at += length;
    at += *at == '|';
  }
  return false;
}

/* What two aliases have in common where the kind sees one. */
static struct text alias_key(const struct checker *c, uint32_t keystore, struct text alias)
{
  bool folds = is_kind(c, keystore, "jks|jceks|pkcs12");
  struct text word = folds ? text_lower(c->arena, alias) : alias;
  return text_format(c->arena, "%u %.*s", keystore, TEXT_ARG(word));
}

static void report_same(struct checker *c, uint32_t keystore, const struct value *alias,
                        const struct value *first)
{
  bool exact = text_equal(alias->text, first->text);
  const struct decl *store = &c->program->decls[keystore];
  struct diag *diag = diag_add(c->diags, DIAG_E0704, alias->span, "`%.*s` has this alias twice",
                               TEXT_ARG(store->name));
  diag_set_label(c->diags, diag,
                 exact ? "the second entry would take the first one's place"
                       : "Java compares aliases without case: this is the same entry");
  diag_add_label(c->diags, diag, first->span, "the first is here");
  diag_add_help(c->diags, diag, "give each certificate an alias of its own");
}

static void report_second_pair(struct checker *c, uint32_t keystore, uint32_t certificate,
                               uint32_t first)
{
  const struct decl *decl = &c->program->decls[certificate];
  struct diag *diag = diag_add(c->diags, DIAG_E0714, decl_value(decl, KEY_IN, 0)->span,
                               "a `pem` keystore holds one key pair");
  diag_set_label(c->diags, diag, "`%.*s` would be the second in `%.*s`", TEXT_ARG(decl->name),
                 TEXT_ARG(c->program->decls[keystore].name));
  diag_add_label(c->diags, diag, decl_value(&c->program->decls[first], KEY_IN, 0)->span,
                 "`%.*s` lives there", TEXT_ARG(c->program->decls[first].name));
  diag_add_help(c->diags, diag, "declare another keystore with a file of its own");
}

static void check_password(struct checker *c, uint32_t keystore)
{
  const struct decl *store = &c->program->decls[keystore];
  if (!is_kind(c, keystore, "jks|jceks") || decl_setting(store, KEY_PASSWORD) != NULL)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0714, decl_value(store, KEY_KIND_OF, 0)->span,
                               "a `%.*s` keystore holds no private key without a password",
                               TEXT_ARG(decl_value(store, KEY_KIND_OF, 0)->text));
  diag_set_label(c->diags, diag, "write `password with SECRET` in this block");
}

/* Two entries side by side, one to be removed: where a system trusts both (`accepts`). */
static void report_several(struct checker *c, const struct decl *decl, struct span span,
                           const char *label, const char *help)
{
  const struct value *second = facts_value(c, decl, KEY_ALIAS, 1);
  struct diag *diag =
      diag_add(c->diags, DIAG_E0416, span, "`%.*s` has several aliases", TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "%s", label);
  if (second->span.at != span.at)
    diag_add_label(c->diags, diag, second->span, "this is another one");
  diag_add_help(c->diags, diag, "%s", help);
}

static void add_certificate(struct checker *c, uint32_t certificate, struct text_map *first_pair)
{
  const struct decl *decl = &c->program->decls[certificate];
  uint32_t keystore = facts_ref(decl_value(decl, KEY_IN, 0)), other;
  const struct value *alias = facts_value(c, decl, KEY_ALIAS, 0);
  struct text text;
  if (keystore == DECL_NONE || facts_is_broken(c, keystore) || !facts_text(alias, &text))
    return;
  const struct value *second = facts_value(c, decl, KEY_ALIAS, 1);
  if (second != NULL && !is_kind(c, keystore, "sap-tenant"))
    report_several(c, decl, second->span, "only a tenant's keystore is searched for both",
                   "write one alias");
  for (uint32_t i = 1; second != NULL; second = facts_value(c, decl, KEY_ALIAS, ++i))
    if (facts_text(second, &text) &&
        !text_map_add(&c->aliases, alias_key(c, keystore, text), certificate, &other))
      report_same(c, keystore, second, facts_value(c, &c->program->decls[other], KEY_ALIAS, 0));
  facts_text(alias, &text);
  if (!text_map_add(&c->aliases, alias_key(c, keystore, text), certificate, &other)) {
    report_same(c, keystore, alias, facts_value(c, &c->program->decls[other], KEY_ALIAS, 0));
    return;
  }
  struct text key = text_format(c->arena, "%u", keystore);
  if (is_kind(c, keystore, "pem") && !text_map_add(first_pair, key, certificate, &other))
    report_second_pair(c, keystore, certificate, other);
}

void aliases_check(struct checker *c)
{
  struct text_map first_pair;
  text_map_start(&c->aliases, c->arena);
  text_map_start(&first_pair, c->arena);
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    if (facts_is_broken(c, i))
      continue;
    if (c->program->decls[i].kind == KIND_KEYSTORE)
      check_password(c, i);
  }
  /* Imported ones first: what the file that is checked adds is the second. */
  for (int own = 0; own <= 1; own++)
    for (uint32_t i = 0; i < c->program->decl_count; i++)
      if ((c->infos[i].unit == 0) == (own != 0) && !facts_is_broken(c, i) &&
          kind_is_artefact(c->program->decls[i].kind))
        add_certificate(c, i, &first_pair);
}

/* ---- what steps write there ---- */

/* systems.md, "Keystore resources": SAP's own entries; SAP Help, "Keys Provided by SAP". */
static bool is_sap_owned(struct text alias)
{
  return text_starts_with(alias, "sap_") || text_is(alias, "hcicertificate") ||
         text_is(alias, "hcicertificate1") || text_is(alias, "hcimsgcertificate");
}

static void check_owner(struct checker *c, const struct stmt *stmt, uint32_t keystore,
                        const struct value *alias, struct span span)
{
  struct text text;
  if (!is_kind(c, keystore, "sap-tenant") || !facts_text(alias, &text) || !is_sap_owned(text))
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0717, span, "`%.*s` is an entry of SAP's own: nobody else writes it",
               TEXT_ARG(text));
  diag_set_label(c->diags, diag, "`%s` is refused for it", verb_rows[stmt->verb].word);
  if (alias->span.at != span.at)
    diag_add_label(c->diags, diag, alias->span, "its alias");
  diag_add_help(c->diags, diag,
                "SAP makes the new key; write `ROLE activates CERTIFICATE in KEYSTORE`, or take an "
                "alias of your own");
}

/* `imports ROOT into KEYSTORE as alias "..."` over the entry of a certificate. */
static void check_import(struct checker *c, const struct stmt *stmt, uint32_t keystore)
{
  const struct part_value *as = parts_find(stmt, PART_AS);
  const struct part_value *place = parts_find(stmt, PART_PLACE);
  uint32_t other;
  if (is_kind(c, keystore, "pem")) {
    struct diag *diag =
        diag_add(c->diags, DIAG_E0714, place->span, "a `pem` keystore holds no trusted roots");
    diag_set_label(c->diags, diag, "`%.*s` is one key pair with its chain",
                   TEXT_ARG(c->program->decls[keystore].name));
    diag_add_help(c->diags, diag, "roots belong to a system: `imports ROOT into SYSTEM`");
    return;
  }
  if (as == NULL || as->operands == NULL || as->operands->kind != OPERAND_TEXT)
    return;
  struct value alias = {.kind = VALUE_TEXT, .text = as->operands->text, .span = as->operands->span};
  check_owner(c, stmt, keystore, &alias, alias.span);
  if (text_map_find(&c->aliases, alias_key(c, keystore, alias.text), &other))
    report_same(c, keystore, &alias, facts_value(c, &c->program->decls[other], KEY_ALIAS, 0));
}

static void check_step(const struct stmt *stmt, void *with)
{
  struct checker *c = with;
  uint32_t keystore = facts_operand(stmt, PART_PLACE);
  if (stmt->kind != STMT_STEP || keystore == DECL_NONE ||
      c->program->decls[keystore].kind != KIND_KEYSTORE || facts_is_broken(c, keystore))
    return;
  if (stmt->verb == VERB_IMPORTS)
    check_import(c, stmt, keystore);
  if (stmt->verb != VERB_REPLACES && stmt->verb != VERB_REMOVES && stmt->verb != VERB_CREATES)
    return;
  for (const struct operand *object = parts_find(stmt, PART_OBJECT)->operands; object != NULL;
       object = object->next)
    if (object->kind == OPERAND_DECL && kind_is_artefact(c->program->decls[object->decl].kind)) {
      const struct decl *decl = &c->program->decls[object->decl];
      check_owner(c, stmt, keystore, facts_value(c, decl, KEY_ALIAS, 0), object->span);
      if (stmt->verb == VERB_REPLACES && facts_value(c, decl, KEY_ALIAS, 1) != NULL)
        report_several(c, decl, object->span, "an exchange keeps the one alias",
                       "write `accepts OLD, NEW on SYSTEM` and later `removes OLD from SYSTEM`, or "
                       "write one alias");
    }
}

void aliases_check_steps(struct checker *c)
{
  for (uint32_t i = 0; i < c->program->decl_count; i++)
    facts_each_step(&c->program->decls[i], check_step, c);
}
