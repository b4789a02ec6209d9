/* SPDX-License-Identifier: Apache-2.0 */
/* kinds: what a declaration needs as a whole: keys that depend on other keys. */
#include "compiler/check/checker.h"

#include <string.h>

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

/*
 * Keys that mean something for some choices only. choices: of the key `by`, in the form a|b; "-" is
 * its absence.
 */
struct fit {
  enum kind kind;
  enum key by;
  const char *choices;
  enum key key;
  const char *label;
};

static const struct fit fits[] = {
    {KIND_KEYSTORE, KEY_KIND_OF, "pem|pkcs12|jks|jceks", KEY_FILE, "this kind is no file"},
    {KIND_KEYSTORE, KEY_KIND_OF, "pem", KEY_FOLDER, "only a pem keystore is a folder"},
    {KIND_KEYSTORE, KEY_KIND_OF, "pem", KEY_CERTIFICATE_FILE, "only pem has a file for each half"},
    {KIND_KEYSTORE, KEY_KIND_OF, "pem", KEY_KEY_FILE, "only pem has a file for each half"},
    {KIND_KEYSTORE, KEY_KIND_OF, "sap-tenant", KEY_OF, "this keystore belongs to no tenant"},
    {KIND_KEYSTORE, KEY_KIND_OF, "sap-tenant", KEY_KEY_MADE, "only a tenant makes keys itself"},
    {KIND_KEYSTORE, KEY_KIND_OF, "pem|pkcs12|jks|jceks|pkcs11", KEY_PASSWORD,
     "renew never opens a keystore of this kind with a password"},
    {KIND_KEYSTORE, KEY_KIND_OF, "pem|pkcs12|jks|jceks", KEY_KEEP_BACKUPS,
     "only keystores that are files are kept as files"},
    {KIND_SYSTEM, KEY_KIND_OF, "trust-file", KEY_TRUSTS_FILE, "a person changes this system"},
    {KIND_SYSTEM, KEY_KIND_OF, "trust-file", KEY_PINS_FILE, "a person changes this system"},
    {KIND_SYSTEM, KEY_KIND_OF, "trust-file", KEY_RELOAD_WITH, "a person changes this system"},
    {KIND_CA, KEY_PROTOCOL, "local", KEY_CERTIFICATE_FILE, "only a local authority is files"},
    {KIND_CA, KEY_PROTOCOL, "local", KEY_KEY_FILE, "only a local authority is files"},
    {KIND_CA, KEY_PROTOCOL, "acme", KEY_DIRECTORY, "only ACME has a directory"},
    {KIND_CA, KEY_PROTOCOL, "command", KEY_COMMAND, "nothing is called for this protocol"},
    {KIND_CA, KEY_PROTOCOL, "acme|cmp|est|command", KEY_ACCOUNT, "nobody is logged on to here"},
    {KIND_CA, KEY_PROTOCOL, "acme|cmp|est|manual", KEY_URL, "nothing is called over the network"},
    {KIND_CERTIFICATE, KEY_ISSUED_BY, "-", KEY_IN, "the platform keeps this certificate itself"},
    {KIND_CERTIFICATE, KEY_ISSUED_BY, "-", KEY_ALIAS, "the platform keeps this certificate itself"},
    {KIND_CERTIFICATE, KEY_ISSUED_BY, "-", KEY_SIGNED_BY, "the platform has it signed itself"},
    {KIND_CERTIFICATE, KEY_ISSUED_BY, "-", KEY_KEY_TYPE_OF, "the platform makes its key itself"},
    {KIND_CERTIFICATE, KEY_ISSUED_BY, "-", KEY_KEEP_KEY, "the platform makes its key itself"},
    {KIND_CERTIFICATE, KEY_HELD_BY, "-", KEY_KEY_TYPE_OF, "its holder makes its key"},
    {KIND_CERTIFICATE, KEY_HELD_BY, "-", KEY_KEEP_KEY, "its holder makes its key"},
    {KIND_CERTIFICATE, KEY_ISSUED_BY, "-", KEY_HELD_BY, "the platform has its key"},
    {KIND_PLAN, KEY_POLICY, "downtime", KEY_KEEPS, "an overlap says by its steps what stays"},
};

static bool is_among(struct text word, const char *choices)
{
  for (const char *at = choices; *at != '\0';) {
    size_t length = strcspn(at, "|");
    if (word.length == length && memcmp(at, word.at, length) == 0)
      return true;
    at += length;
    at += *at == '|';
  }
  return false;
}

static void check_fit(struct checker *c, const struct decl *decl, const struct fit *fit)
{
  const struct setting *setting = decl_setting(decl, fit->key);
  const struct setting *by = decl_setting(decl, fit->by);
  if (setting == NULL)
    return;
  struct text word = by == NULL ? TEXT_NONE : by->values[0].text;
  bool defaults = by == NULL && decl->kind == KIND_SYSTEM; /* `kind manual` */
  if (fit->choices[0] == '-' ? by == NULL : by == NULL ? !defaults : is_among(word, fit->choices))
    return;
  if (defaults)
    word = TEXT("manual");
  struct diag *diag =
      diag_add(c->diags, DIAG_E0416, setting->span,
               word.length == 0 ? "`%s` does not go with `%s`" : "`%s` does not go with `%s %.*s`",
               key_words[fit->key], key_words[fit->by], TEXT_ARG(word));
  diag_set_label(c->diags, diag, "%s", fit->label);
  if (by != NULL)
    diag_add_label(c->diags, diag, by->span, "this is what it does not go with");
  if (fit->choices[0] == '-')
    diag_add_help(c->diags, diag, "remove the line");
  else
    diag_add_help(c->diags, diag, "remove the line, or write `%s %.*s`", key_words[fit->by],
                  (int)strcspn(fit->choices, "|"), fit->choices);
}

static void check_fits(struct checker *c, const struct decl *decl)
{
  for (size_t i = 0; i < sizeof fits / sizeof fits[0]; i++)
    if (fits[i].kind == decl->kind)
      check_fit(c, decl, &fits[i]);
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

/* A pair in two files, and a pem keystore that says twice where it is. */
static void check_pem(struct checker *c, const struct decl *decl, bool loose)
{
  const struct setting *file = decl_setting(decl, KEY_FILE);
  const struct setting *folder = decl_setting(decl, KEY_FOLDER);
  const struct setting *half = decl_setting(decl, KEY_CERTIFICATE_FILE);
  if (half == NULL)
    half = decl_setting(decl, KEY_KEY_FILE);
  const struct setting *first = file != NULL ? file : folder;
  const struct setting *second = file != NULL && folder != NULL ? folder : half;
  if (first != NULL && second != NULL) {
    struct diag *diag = diag_add(c->diags, DIAG_E0416, second->span, "`%s` does not go with `%s`",
                                 key_words[second->key], key_words[first->key]);
    diag_set_label(c->diags, diag, "the key pair is in one place");
    diag_add_label(c->diags, diag, first->span, "this is the other place");
    diag_add_help(c->diags, diag, "remove one of the two lines");
    return;
  }
  if (!loose)
    return;
  /* corrections: nginx answered 500 between the two writes, and did not start after a crash there. */
  struct diag *diag =
      diag_add(c->diags, DIAG_W0721, half->span, "the key pair of `%.*s` is in two loose files",
               TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "between the two writes they do not fit each other");
  diag_add_help(c->diags, diag,
                "write `file \"...\"` (key, certificate and chain in one), or `folder \"...\"`");
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
  if (text_is(kind->text, "pem"))
    check_pem(c, decl, loose);
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
  if (decl->kind == KIND_FREEZE && !has(decl, KEY_FROM) && !has(decl, KEY_EVERY) &&
      !has(decl, KEY_FILE))
    report_lacks(c, decl, "`from`, `every` or `file`", "when does it hold?");
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

/* What a downtime leaves behind is what was there before it. */
static void check_plan(struct checker *c, const struct decl *decl)
{
  for (uint32_t i = 0; i < decl->setting_count; i++) {
    const struct setting *setting = &decl->settings[i];
    if (setting->key != KEY_KEEPS || setting->values[0].member == MEMBER_OLD)
      continue;
    struct text name = c->program->decls[setting->values[0].decl].name;
    struct diag *diag = diag_add(c->diags, DIAG_E0402, setting->values[0].span,
                                 "`keeps` takes the old version of a certificate");
    diag_set_label(c->diags, diag, "write `%.*s.old`: the new one is accepted by the plan's steps",
                   TEXT_ARG(name));
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
  check_fits(c, decl);
  if (decl->kind == KIND_CERTIFICATE)
    check_certificate(c, decl);
  if (decl->kind == KIND_KEYSTORE)
    check_keystore(c, decl);
  if (decl->kind == KIND_SYSTEM)
    check_system(c, decl);
  if (decl->kind == KIND_CA)
    check_ca(c, decl);
  if (decl->kind == KIND_PLAN)
    check_plan(c, decl);
  check_times(c, decl);
}
