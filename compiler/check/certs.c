/* SPDX-License-Identifier: Apache-2.0 */
/*
 * certs: what a certificate's declaration asks for: its key, its validity, its renewal. What a file
 * holds is cert_files.c, which entries share a keystore is aliases.c.
 */
#include "compiler/check/checker.h"

enum {
  RSA_MAX_BITS = 16384
}; /* OpenSSL's OPENSSL_RSA_MAX_MODULUS_BITS; longer keys load nowhere */

static void report_bits(struct checker *c, enum diag_code code, const struct value *value,
                        int64_t bits, const char *label)
{
  struct diag *diag =
      diag_add(c->diags, code, value->span, "this RSA key has %lld bits", (long long)bits);
  diag_set_label(c->diags, diag, "%s", label);
  int64_t instead = c->profile->rsa_recommended;
  if (value->kind == VALUE_NUMBER)
    diag_add_fix(c->diags, diag, FIX_UNSAFE, value->span,
                 text_format(c->arena, "%lld", (long long)instead), "write `%lld`",
                 (long long)instead);
  else
    diag_add_help(c->diags, diag, "ask for %lld bits", (long long)instead);
}

/* written: where the number stands, perhaps as the name of a param. */
void certs_judge_rsa(struct checker *c, const struct value *written)
{
  const struct value *bits = facts_known(c, written);
  if (bits == NULL || bits->kind != VALUE_NUMBER)
    return;
  const struct profile *profile = c->profile;
  if (bits->number < profile->rsa_min)
    report_bits(c, DIAG_E0701, written, bits->number,
                text_format(c->arena, "fewer than %lld bits are not secure any more",
                            (long long)profile->rsa_min)
                    .at);
  else if (bits->number > RSA_MAX_BITS)
    report_bits(c, DIAG_E0701, written, bits->number,
                "more than 16384 bits are read by no program");
  else if (bits->number < profile->rsa_recommended)
    report_bits(c, DIAG_W0702, written, bits->number,
                text_format(c->arena, "%lld are recommended for a new key",
                            (long long)profile->rsa_recommended)
                    .at);
}

static bool is_ed25519(const struct setting *key)
{
  return key != NULL && key->value_count == 0;
}

/* SAP Help, "Keystore": key pairs of a tenant are RSA, DSA or EC; Java knows EdDSA since release 15
 * only (JEP 339). */
static void check_ed25519(struct checker *c, const struct decl *decl, const struct setting *key)
{
  static const char *const kinds[] = {"sap-tenant", "jks", "jceks"};
  uint32_t in = facts_ref(decl_value(decl, KEY_IN, 0));
  if (!is_ed25519(key) || in == DECL_NONE)
    return;
  const struct decl *keystore = &c->program->decls[in];
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (!facts_is_word(c, keystore, KEY_KIND_OF, kinds[i]))
      continue;
    struct diag *diag =
        diag_add(c->diags, DIAG_E0723, key->span, "a `%s` keystore holds no Ed25519 key", kinds[i]);
    diag_set_label(c->diags, diag, "`%.*s` lives in `%.*s`", TEXT_ARG(decl->name),
                   TEXT_ARG(keystore->name));
    diag_add_help(c->diags, diag, "write `key ec p-256` or `key rsa %lld`",
                  (long long)c->profile->rsa_recommended);
    names_show_declared(c, diag, in);
  }
}

static void check_key(struct checker *c, const struct decl *decl)
{
  const struct setting *key = decl_setting(decl, KEY_KEY_TYPE_OF);
  if (key != NULL && key->value_count == 1 && key->values[0].kind != VALUE_WORD)
    certs_judge_rsa(c, &key->values[0]);
  check_ed25519(c, decl, key);
  const struct value *keep = facts_value(c, decl, KEY_KEEP_KEY, 0);
  if (keep == NULL || keep->kind != VALUE_YES_NO || keep->number == 0)
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_W0713, decl_setting(decl, KEY_KEEP_KEY)->span,
               "the new certificate of `%.*s` has the old key pair", TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "whoever has a copy of the old key can still log on");
  diag_add_help(c->diags, diag, "remove the line: `creates` makes a new key pair");
}

/* `renew 45d before expiry`: also of a service key. */
void certs_judge_renewal(struct checker *c, const struct decl *decl)
{
  int64_t valid_s, lead_s;
  if (!facts_number(c, decl, KEY_VALID_FOR, VALUE_DURATION, &valid_s) ||
      !facts_number(c, decl, KEY_RENEW, VALUE_DURATION, &lead_s) || lead_s < valid_s)
    return;
  const struct value *lead = decl_value(decl, KEY_RENEW, 0);
  struct diag *diag = diag_add(c->diags, DIAG_E0706, lead->span,
                               "`%.*s` would be due before it is made", TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "the renewal begins %s before the end",
                 facts_days(c->arena, lead_s).at);
  diag_add_label(c->diags, diag, decl_value(decl, KEY_VALID_FOR, 0)->span,
                 "and the whole validity is %s", facts_days(c->arena, valid_s).at);
  diag_add_help(c->diags, diag,
                "a third of the validity or less is usual: `renew %s before expiry`",
                facts_days(c->arena, valid_s / 3 / 86400 * 86400).at);
}

void certs_report_validity(struct checker *c, const struct value *valid, int64_t valid_s,
                           int64_t limit_s, const char *whose)
{
  struct diag *diag =
      diag_add(c->diags, DIAG_W0716, valid->span, "a validity of %s is longer than %s",
               facts_days(c->arena, valid_s).at, whose);
  diag_set_label(c->diags, diag, "at most %s", facts_days(c->arena, limit_s).at);
  diag_add_help(c->diags, diag, "write `valid for %s` or less", facts_days(c->arena, limit_s).at);
}

static void check_validity(struct checker *c, const struct decl *decl)
{
  int64_t valid_s, limit_s = c->profile->max_validity_s;
  if (limit_s != 0 && facts_number(c, decl, KEY_VALID_FOR, VALUE_DURATION, &valid_s) &&
      valid_s > limit_s)
    certs_report_validity(c, decl_value(decl, KEY_VALID_FOR, 0), valid_s, limit_s,
                          "the profile allows");
}

void certs_check(struct checker *c)
{
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    const struct decl *decl = &c->program->decls[i];
    if (decl->kind != KIND_CERTIFICATE || facts_is_broken(c, i))
      continue;
    check_key(c, decl);
    certs_judge_renewal(c, decl);
    check_validity(c, decl);
    acme_check(c, i);
  }
}
