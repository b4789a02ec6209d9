/* SPDX-License-Identifier: Apache-2.0 */
/* kinds: what a declaration needs as a whole: keys that depend on other keys. */
#include "compiler/check/checker.h"

static bool has(const struct decl *decl, enum key key)
{
  return decl_setting(decl, key) != NULL;
}

static void report_lacks(struct checker *c, const struct decl *decl, const char *words,
                         const char *help)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0404, decl->name_span, "%s `%.*s` lacks %s",
                               kind_words[decl->kind], TEXT_ARG(decl->name), words);
  diag_set_label(c->diags, diag, "%s", help);
}

static void check_certificate(struct checker *c, const struct decl *decl)
{
  if (has(decl, KEY_ISSUED_BY)) {
    if (!has(decl, KEY_LABEL))
      report_lacks(c, decl, "`label`", "a certificate `issued by` a platform has its label there");
    if (!has(decl, KEY_LABEL_EXPIRING))
      report_lacks(c, decl, "`label-expiring`",
                   "the platform's label of the certificate that is about to go");
    return;
  }
  if (!has(decl, KEY_IN))
    report_lacks(c, decl, "`in`", "write `in KEYSTORE`: where its key pair lives");
  if (!has(decl, KEY_ALIAS))
    report_lacks(c, decl, "`alias`", "write `alias \"...\"`: its name in the keystore");
}

static void check_keystore(struct checker *c, const struct decl *decl)
{
  const struct value *kind = decl_value(decl, KEY_KIND_OF, 0);
  if (kind == NULL)
    return;
  bool loose = has(decl, KEY_CERTIFICATE_FILE) && has(decl, KEY_KEY_FILE);
  if (text_is(kind->text, "pem") && !has(decl, KEY_FILE) && !has(decl, KEY_FOLDER) && !loose)
    report_lacks(c, decl, "`file` or `folder`",
                 "write `file \"...\"` (key, leaf and chain in one) or `folder \"...\"`");
  if (text_is(kind->text, "sap-tenant") && !has(decl, KEY_OF))
    report_lacks(c, decl, "`of`", "write `of TENANT`: whose keystore it is");
  bool is_file =
      text_is(kind->text, "pkcs12") || text_is(kind->text, "jks") || text_is(kind->text, "jceks");
  if (is_file && !has(decl, KEY_FILE))
    report_lacks(c, decl, "`file`", "write `file \"...\"`");
}

static void check_system(struct checker *c, const struct decl *decl)
{
  const struct value *kind = decl_value(decl, KEY_KIND_OF, 0);
  if (kind != NULL && text_is(kind->text, "trust-file") && !has(decl, KEY_TRUSTS_FILE) &&
      !has(decl, KEY_PINS_FILE))
    report_lacks(c, decl, "`trusts file` or `pins file`",
                 "`kind trust-file` needs the file that is written");
}

static void check_ca(struct checker *c, const struct decl *decl)
{
  const struct value *protocol = decl_value(decl, KEY_PROTOCOL, 0);
  if (protocol == NULL)
    return;
  if (text_is(protocol->text, "acme") && !has(decl, KEY_DIRECTORY) && !has(decl, KEY_URL))
    report_lacks(c, decl, "`directory`", "`protocol acme` needs the directory's address");
  if ((text_is(protocol->text, "cmp") || text_is(protocol->text, "est")) && !has(decl, KEY_URL))
    report_lacks(c, decl, "`url`", "this protocol needs an address");
  if (text_is(protocol->text, "command") && !has(decl, KEY_COMMAND))
    report_lacks(c, decl, "`command`", "`protocol command` needs the command that signs");
  if (!text_is(protocol->text, "local"))
    return;
  if (!has(decl, KEY_CERTIFICATE_FILE))
    report_lacks(c, decl, "`certificate file`", "`protocol local` needs its certificate");
  if (!has(decl, KEY_KEY_FILE))
    report_lacks(c, decl, "`key file`", "`protocol local` needs its private key");
}

static void check_times(struct checker *c, const struct decl *decl)
{
  if (decl->kind == KIND_WINDOW && !has(decl, KEY_EVERY) && !has(decl, KEY_AT) &&
      !has(decl, KEY_RRULE) && !has(decl, KEY_FILE))
    report_lacks(c, decl, "`every`, `at`, `rrule` or `file`", "when does it open?");
  if (decl->kind == KIND_FREEZE && !has(decl, KEY_FROM) && !has(decl, KEY_EVERY))
    report_lacks(c, decl, "`from` or `every`", "when does it hold?");
  if (decl->kind == KIND_CALENDAR && !has(decl, KEY_ISSUE_ON) && !has(decl, KEY_ROTATE_ON) &&
      !has(decl, KEY_FILE))
    report_lacks(c, decl, "`issue on`, `rotate on` or `file`", "which days does it hold?");
}

static void check_role(struct checker *c, const struct decl *decl)
{
  const struct value *channel = decl_value(decl, KEY_REACH, 0);
  const struct value *address = decl_value(decl, KEY_REACH, 1);
  if (channel == NULL)
    return;
  if (address == NULL) {
    if (!text_is(channel->text, "console"))
      report_lacks(c, decl, "an address behind `reach by`",
                   "write it in quotes behind the channel");
    return;
  }
  if (address->kind != VALUE_TEXT)
    return;
  if (text_is(channel->text, "mail"))
    values_check_mail(c, address);
  if (text_is(channel->text, "webhook")) {
    values_check_url(c, address, "reach by webhook");
    values_warn_plain_http(c, address, "reach by webhook");
  }
}

/* `certificate with` takes a certificate, `oauth` and `basic` a secret. */
static void check_login_kind(struct checker *c, const struct decl *decl)
{
  const struct value *way = decl_value(decl, KEY_LOGIN, 0);
  const struct value *with = decl_value(decl, KEY_LOGIN, 1);
  if (way == NULL || with == NULL || with->kind != VALUE_REF)
    return;
  enum kind wanted = text_is(way->text, "certificate") ? KIND_CERTIFICATE : KIND_SECRET;
  enum kind found = c->program->decls[with->decl].kind;
  if (found == wanted)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0401, with->span, "`login %.*s` needs %s",
                               TEXT_ARG(way->text), sort_says(sort_of_kind(wanted)));
  diag_set_label(c->diags, diag, "this is %s", sort_says(sort_of_kind(found)));
  names_show_declared(c, diag, with->decl);
}

/* A tenant's login must not need what only the login can reach. */
static void check_login(struct checker *c, const struct decl *decl)
{
  const struct value *login = decl_value(decl, KEY_LOGIN, 1);
  if (login == NULL || login->kind != VALUE_REF ||
      c->program->decls[login->decl].kind != KIND_CERTIFICATE)
    return;
  const struct decl *certificate = &c->program->decls[login->decl];
  const struct value *keystore = decl_value(certificate, KEY_IN, 0);
  if (keystore == NULL || keystore->kind != VALUE_REF)
    return;
  const struct value *tenant = decl_value(&c->program->decls[keystore->decl], KEY_OF, 0);
  if (tenant == NULL || tenant->kind != VALUE_REF || &c->program->decls[tenant->decl] != decl)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0312, login->span,
                               "the login of `%.*s` needs a key that only the login can reach",
                               TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "`%.*s` lives in the keystore of this tenant",
                 TEXT_ARG(certificate->name));
  names_show_declared(c, diag, keystore->decl);
}

static void warn_addresses(struct checker *c, const struct decl *decl)
{
  const struct value *protocol = decl_value(decl, KEY_PROTOCOL, 0);
  /* CMP protects its own messages; http: is its usual carrier (RFC 9811). */
  if (decl->kind == KIND_CA && protocol != NULL && text_is(protocol->text, "cmp"))
    return;
  static const enum key keys[] = {KEY_URL, KEY_API, KEY_DIRECTORY};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    const struct value *address = decl_value(decl, keys[i], 0);
    if (address != NULL)
      values_warn_plain_http(c, address, key_words[keys[i]]);
  }
}

void kinds_check(struct checker *c, uint32_t index)
{
  const struct decl *decl = &c->program->decls[index];
  if (decl->kind == KIND_ROLE)
    check_role(c, decl);
  if (decl->kind == KIND_TENANT)
    check_login(c, decl);
  check_login_kind(c, decl);
  warn_addresses(c, decl);
  if (decl->poisoned || c->infos[index].has_broken)
    return;
  if (decl->kind == KIND_CERTIFICATE)
    check_certificate(c, decl);
  if (decl->kind == KIND_KEYSTORE)
    check_keystore(c, decl);
  if (decl->kind == KIND_SYSTEM)
    check_system(c, decl);
  if (decl->kind == KIND_CA)
    check_ca(c, decl);
  check_times(c, decl);
}
