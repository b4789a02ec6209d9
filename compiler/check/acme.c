/* SPDX-License-Identifier: Apache-2.0 */
/*
 * acme: what an ACME authority certifies, and what the public ones do not.
 *
 * (1) RFC 8555 (section 7.1.4) and RFC 8738: an order names DNS names and IP addresses, nothing else;
 *     what else stands in the subject is refused or dropped.
 * (2) A public authority is one of public_ca.def; every other is somebody's own, and nothing is
 *     known of its limits.
 */
#include "compiler/check/checker.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { DAY_S = 86400 };

struct public_ca {
  const char *host, *name;
  int default_until; /* YYYYMMDD */
  const char *parameter;
  int last;
  const char *source;
};

static const struct public_ca public_cas[] = {
#define PUBLIC_CA(host, name, default_until, parameter, last, source)                              \
  {host, name, default_until, parameter, last, source},
#include "compiler/check/public_ca.def"
};

/* CA/Browser Forum Baseline Requirements 6.3.2 (ballot SC-081v3): the longest validity by the day of
 * issuance. */
static const struct {
  int from; /* YYYYMMDD */
  int days;
} public_limits[] = {{20290315, 47}, {20270315, 100}, {20260315, 200}, {20200901, 398}};

static int date_of(int64_t now_s)
{
  time_t seconds = (time_t)now_s;
  struct tm parts;
  if (gmtime_r(&seconds, &parts) == NULL)
    return 0;
  return (parts.tm_year + 1900) * 10000 + (parts.tm_mon + 1) * 100 + parts.tm_mday;
}

static const struct public_ca *find_public(struct text address)
{
  const char *start = memmem(address.at, address.length, "://", 3);
  if (start == NULL)
    return NULL;
  size_t at = (size_t)(start - address.at) + strlen("://"), end = at;
  while (end < address.length && strchr("/:?#", address.at[end]) == NULL)
    end++;
  for (size_t i = 0; i < sizeof public_cas / sizeof public_cas[0]; i++)
    if (strlen(public_cas[i].host) == end - at &&
        strncasecmp(public_cas[i].host, address.at + at, end - at) == 0)
      return &public_cas[i];
  return NULL;
}

/* ---- E0719: names ---- */

static bool is_dns_or_address(struct text name)
{
  char zero[256];
  unsigned char address[16];
  if (name.length == 0 || name.length >= sizeof zero)
    return false;
  memcpy(zero, name.at, name.length);
  zero[name.length] = '\0';
  if (inet_pton(AF_INET, zero, address) == 1 || inet_pton(AF_INET6, zero, address) == 1)
    return true;
  bool has_dot = false;
  for (size_t i = 0; i < name.length; i++) {
    has_dot |= name.at[i] == '.';
    if (!isalnum((unsigned char)name.at[i]) && strchr("-.*", name.at[i]) == NULL)
      return false;
  }
  return has_dot;
}

static bool is_common_name(struct text part, struct text *ret_value)
{
  if (part.length < 3 || strncasecmp(part.at, "CN", 2) != 0)
    return false;
  size_t at = 2;
  while (at < part.length && part.at[at] == ' ')
    at++;
  if (at == part.length || part.at[at] != '=')
    return false;
  *ret_value = (struct text){part.at + at + 1, part.length - at - 1};
  return true;
}

static void report_name(struct checker *c, const struct decl *decl, uint32_t ca, struct span span,
                        const char *label)
{
  struct diag *diag =
      diag_add(c->diags, DIAG_E0719, span, "`%.*s` cannot certify what `%.*s` asks for",
               TEXT_ARG(c->program->decls[ca].name), TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "%s", label);
  diag_add_help(c->diags, diag,
                "with `protocol acme`: `subject \"CN=host.example\"` and `names \"host.example\"`; "
                "other names need an authority of your own (cmp, est, local, manual)");
  names_show_declared(c, diag, ca);
}

static bool check_subject(struct checker *c, const struct decl *decl, uint32_t ca,
                          bool *ret_has_host)
{
  const struct value *value = decl_value(decl, KEY_SUBJECT, 0);
  struct text subject, part, host;
  if (!facts_text(facts_known(c, value), &subject)) {
    *ret_has_host |= value != NULL; /* not known: perhaps */
    return true;
  }
  for (uint32_t i = 0; facts_name_part(subject, i, &part); i++) {
    if (!is_common_name(part, &host)) {
      report_name(c, decl, ca, value->span,
                  text_format(c->arena, "`%.*s` is dropped or refused: ACME knows host names only",
                              TEXT_ARG(part))
                      .at);
      return false;
    }
    *ret_has_host |= is_dns_or_address(host);
  }
  return true;
}

static void check_names(struct checker *c, const struct decl *decl, uint32_t ca)
{
  bool has_host = false;
  if (!check_subject(c, decl, ca, &has_host))
    return;
  const struct setting *names = decl_setting(decl, KEY_NAMES);
  for (uint32_t i = 0; names != NULL && i < names->value_count; i++) {
    struct text name;
    if (!facts_text(facts_known(c, &names->values[i]), &name) || is_dns_or_address(name)) {
      has_host = true;
      continue;
    }
    report_name(c, decl, ca, names->values[i].span, "neither a host name nor an address");
    return;
  }
  if (!has_host)
    report_name(c, decl, ca,
                decl_value(decl, KEY_SUBJECT, 0) != NULL ? decl_value(decl, KEY_SUBJECT, 0)->span
                                                         : decl->name_span,
                "there is no host name in it");
}

/* ---- E0720, E0701, W0716: the public ones ---- */

/* Whether somebody presents it as a client certificate, and where that is written. */
static bool find_caller(const struct checker *c, uint32_t certificate, struct span *ret_span)
{
  for (uint32_t i = 0; i < c->program->decl_count; i++)
    for (uint32_t j = 0; j < c->program->decls[i].setting_count; j++) {
      const struct setting *setting = &c->program->decls[i].settings[j];
      if (setting->key != KEY_CALLS || facts_ref(&setting->values[1]) != certificate)
        continue;
      *ret_span = setting->values[1].span;
      return true;
    }
  return false;
}

static bool asks_for_clients(const struct checker *c, const struct decl *ca,
                             const struct public_ca *who, struct text address)
{
  struct text profile;
  if (who->parameter[0] == '\0')
    return false;
  if (memmem(address.at, address.length, who->parameter, strlen(who->parameter)) != NULL)
    return true;
  return facts_text(facts_value(c, ca, KEY_PROFILE, 0), &profile) &&
         text_is(profile, who->parameter);
}

static void check_client_use(struct checker *c, uint32_t certificate, uint32_t ca,
                             const struct public_ca *who, struct text address)
{
  const struct decl *decl = &c->program->decls[certificate];
  const struct decl *authority = &c->program->decls[ca];
  struct span caller;
  int today = date_of(c->now_s);
  bool asked = asks_for_clients(c, authority, who, address);
  if (c->now_s == 0 || today < who->default_until || (asked && today < who->last) ||
      !find_caller(c, certificate, &caller))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0720, decl_value(decl, KEY_SIGNED_BY, 0)->span,
                               "%s signs no client certificates", who->name);
  diag_set_label(c->diags, diag, "without clientAuth since %04d-%02d-%02d",
                 (asked ? who->last : who->default_until) / 10000,
                 (asked ? who->last : who->default_until) / 100 % 100,
                 (asked ? who->last : who->default_until) % 100);
  diag_add_label(c->diags, diag, caller, "`%.*s` is presented as a client certificate here",
                 TEXT_ARG(decl->name));
  if (!asked && who->parameter[0] != '\0' && today < who->last)
    diag_add_help(c->diags, diag, "until %04d-%02d-%02d it does where it is asked for `%s`",
                  who->last / 10000, who->last / 100 % 100, who->last % 100, who->parameter);
  diag_add_help(c->diags, diag,
                "take an authority of your own, or one that your partner trusts "
                "for clients");
  diag_add_note(c->diags, diag, "source: %s", who->source);
}

static void check_public_key(struct checker *c, const struct decl *decl,
                             const struct public_ca *who)
{
  /* CA/Browser Forum BR 6.1.5 and 6.1.6: RSA, P-256, P-384, P-521; Let's Encrypt: no P-521. */
  const struct setting *key = decl_setting(decl, KEY_KEY_TYPE_OF);
  bool is_ed25519 = key != NULL && key->value_count == 0;
  bool is_p521 = key != NULL && key->value_count == 1 && key->values[0].kind == VALUE_WORD &&
                 text_is(key->values[0].text, "p-521") && strstr(who->name, "Encrypt") != NULL;
  if (!is_ed25519 && !is_p521)
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0701, key->span, "%s signs no key of this kind", who->name);
  diag_set_label(c->diags, diag, "public authorities take RSA, P-256 and P-384");
  diag_add_help(c->diags, diag, "write `key ec p-256`");
}

static void check_public_validity(struct checker *c, const struct decl *decl,
                                  const struct public_ca *who)
{
  int64_t valid_s;
  int today = date_of(c->now_s);
  if (c->now_s == 0 || !facts_number(c, decl, KEY_VALID_FOR, VALUE_DURATION, &valid_s))
    return;
  for (size_t i = 0; i < sizeof public_limits / sizeof public_limits[0]; i++) {
    int64_t limit_s = (int64_t)public_limits[i].days * DAY_S;
    if (today < public_limits[i].from)
      continue;
    if (valid_s > limit_s)
      certs_report_validity(
          c, decl_value(decl, KEY_VALID_FOR, 0), valid_s, limit_s,
          text_format(c->arena, "any public authority may sign today, %s too", who->name).at);
    return;
  }
}

void acme_check(struct checker *c, uint32_t certificate)
{
  const struct decl *decl = &c->program->decls[certificate];
  uint32_t ca = facts_ref(decl_value(decl, KEY_SIGNED_BY, 0));
  if (ca == DECL_NONE || facts_is_broken(c, ca) ||
      !facts_is_word(c, &c->program->decls[ca], KEY_PROTOCOL, "acme"))
    return;
  check_names(c, decl, ca);
  const struct decl *authority = &c->program->decls[ca];
  enum key key = decl_setting(authority, KEY_DIRECTORY) != NULL ? KEY_DIRECTORY : KEY_URL;
  struct text address;
  if (!facts_text(facts_value(c, authority, key, 0), &address))
    return;
  const struct public_ca *who = find_public(address);
  if (who == NULL)
    return;
  check_client_use(c, certificate, ca, who, address);
  check_public_key(c, decl, who);
  check_public_validity(c, decl, who);
}
