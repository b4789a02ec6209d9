/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_files: the certificate files that a plan names, read where they are present and judged by what
 * they are for: a client's chain, an authority's certificate, a list of roots.
 *
 * (1) A file that is not there is a warning only where its content is part of the plan (W0719), and
 *     not where a step hands it over.
 * (2) Nothing is judged by the date where the date is unknown (options.now_s = 0).
 * (3) A file is read once for each line that names it; no key leaves pki.
 */
#include "compiler/check/checker.h"

#include <string.h>

#include "compiler/pki/chain.h"
#include "compiler/pki/pem.h"

/* One line of a declaration that names a file. */
struct use {
  struct checker *c;
  uint32_t decl;
  const struct value *value;
  struct text path; /* as written */
  struct pem pem;
  struct chain chain;
};

static struct diag *report(const struct use *use, enum diag_code code, const char *headline)
{
  return diag_add(use->c->diags, code, use->value->span, "`%.*s` %s", TEXT_ARG(use->path),
                  headline);
}

/* NULL where the text's folder is not known (a text that is no file). */
static const char *host_path(struct checker *c, const struct value *value, struct text path)
{
  const struct source_set *sources = c->sources;
  if (path.length != 0 && path.at[0] == '/')
    return text_zero(c->arena, path);
  if (sources->root.length == 0)
    return NULL;
  struct text folder = sources->files[value->span.file].path;
  while (folder.length != 0 && folder.at[folder.length - 1] != '/')
    folder.length--;
  return text_format(c->arena, "%.*s/%.*s%.*s", TEXT_ARG(sources->root), TEXT_ARG(folder),
                     TEXT_ARG(path))
      .at;
}

/* ---- W0719 ---- */

struct giving {
  uint32_t key;
  bool found;
};

static void look_for_gives(const struct stmt *stmt, void *with)
{
  struct giving *giving = with;
  const struct part_value *object = parts_find(stmt, PART_OBJECT);
  if (stmt->kind != STMT_STEP || stmt->verb != VERB_GIVES || object == NULL)
    return;
  for (const struct operand *one = object->operands; one != NULL; one = one->next)
    giving->found |= one->kind == OPERAND_DECL && one->decl == giving->key;
}

static bool is_handed_over(const struct checker *c, uint32_t key)
{
  struct giving giving = {.key = key};
  for (uint32_t i = 0; i < c->program->decl_count && !giving.found; i++)
    facts_each_step(&c->program->decls[i], look_for_gives, &giving);
  return giving.found;
}

static void warn_absent(const struct use *use, bool absent, struct text reason, const char *label)
{
  struct diag *diag =
      report(use, DIAG_W0719, absent ? "is not here yet" : text_zero(use->c->arena, reason));
  diag_set_label(use->c->diags, diag, "%s", label);
  diag_add_help(use->c->diags, diag,
                absent
                    ? "put it there, or write above the line: # renew: allow W0719 \"why it comes "
                      "later\""
                    : "give the right to read it to whoever checks the plan");
}

/* ---- what every file may be ---- */

static void report_wrong(const struct use *use, struct text reason)
{
  struct diag *diag = report(use, DIAG_E0708, text_zero(use->c->arena, reason));
  diag_set_label(use->c->diags, diag, "certificates in PEM are expected in this file");
  diag_add_help(use->c->diags, diag,
                "a certificate stands between -----BEGIN CERTIFICATE----- and -----END "
                "CERTIFICATE-----");
}

/* SAP-7f84-24: a service key shows the certificate alone; the key pair stays with its owner. */
static void refuse_key(const struct use *use)
{
  /* A relative path leads to no place outside: everybody who has the repository has the key. */
  bool is_in_repository = use->path.length != 0 && use->path.at[0] != '/';
  struct diag *diag = is_in_repository
                          ? report(use, DIAG_E1002, "is a private key that lies in the repository")
                          : report(use, DIAG_E0708, "holds a private key");
  diag_set_label(use->c->diags, diag, "certificates alone belong into this file");
  if (is_in_repository)
    diag_add_note(use->c->diags, diag,
                  "its history keeps it too: it is no secret any more, have it replaced");
  diag_add_help(use->c->diags, diag,
                "take the key out of it (openssl x509 -in OLD -out NEW), and think about who could "
                "read it");
}

/* SAP-7f84-23: the cockpit shows a service key's certificate with literal \n. */
static void warn_repairs(const struct use *use)
{
  struct diag *diag = NULL;
  if ((use->pem.repairs & PEM_LITERAL_NEWLINES) != 0) {
    diag = report(use, DIAG_W0718, "holds literal `\\n` where its lines should end");
    diag_set_label(use->c->diags, diag, "renew reads it all the same; other programs do not");
    diag_add_help(use->c->diags, diag, "sed 's/\\\\n/\\n/g' OLD >NEW puts line ends there");
  }
  if ((use->pem.repairs & PEM_NO_MARKERS) != 0) {
    diag = report(use, DIAG_W0718, "holds a certificate without its BEGIN and END lines");
    diag_set_label(use->c->diags, diag, "renew reads it all the same; other programs do not");
    diag_add_help(use->c->diags, diag,
                  "write -----BEGIN CERTIFICATE----- above it and -----END CERTIFICATE----- below");
  }
  if (use->chain.repeated) {
    diag = report(use, DIAG_W0718, "holds a certificate twice");
    diag_set_label(use->c->diags, diag, "it counts once");
    diag_add_help(use->c->diags, diag, "remove the second one");
  }
}

/* A file below the root is read where the sources are: at the revision, if they are. */
static enum pem_file read_pem(struct checker *c, const char *path, struct pem *ret_pem,
                              struct text *ret_reason)
{
  const struct source_set *sources = c->sources;
  size_t length = sources->root.length;
  bool is_below = strncmp(path, sources->root.at, length) == 0 && path[length] == '/';
  if (sources->fetch == NULL || !is_below)
    return pem_read_file(c->arena, path, ret_pem, ret_reason);
  struct text bytes;
  *ret_pem = (struct pem){0};
  *ret_reason = TEXT("is not in that revision");
  if (sources->fetch(sources->fetch_of, c->arena, text_of(path + length + 1), &bytes) != SOURCE_OK)
    return PEM_FILE_ABSENT;
  return pem_read(c->arena, bytes, ret_pem, ret_reason) ? PEM_FILE_READ : PEM_FILE_WRONG;
}

/* Reads the file; false where there is nothing to judge. */
static bool read_use(struct use *use, const char *absent_label, bool may_hold_key)
{
  struct checker *c = use->c;
  struct text reason;
  const char *path = host_path(c, use->value, use->path);
  if (path == NULL)
    return false;
  enum pem_file status = read_pem(c, path, &use->pem, &reason);
  if (status == PEM_FILE_ABSENT || status == PEM_FILE_UNREADABLE) {
    if (absent_label != NULL)
      warn_absent(use, status == PEM_FILE_ABSENT, reason, absent_label);
    return false;
  }
  if (status == PEM_FILE_WRONG) {
    /* What renew itself fills may be empty, or hold comments only. */
    bool is_filled = c->program->decls[use->decl].kind == KIND_SYSTEM &&
                     use->value == decl_value(&c->program->decls[use->decl], KEY_TRUSTS_FILE, 0);
    if (!is_filled || !use->pem.has_nothing)
      report_wrong(use, reason);
    return false;
  }
  if (use->pem.has_private_key && !may_hold_key)
    refuse_key(use);
  return true;
}

/* ---- chains ---- */

static bool make_chain(struct use *use)
{
  struct checker *c = use->c;
  if (!chain_make(c->arena, &use->pem.certs, &use->chain)) {
    struct diag *diag = report(use, DIAG_E0708, "is no certificate with its chain");
    diag_set_label(c->diags, diag, "%u certificates: this is a list", use->pem.certs.count);
    return false;
  }
  if (use->chain.second_leaf == NULL)
    return true;
  struct diag *diag = report(use, DIAG_E0708, "holds two certificates that do not belong together");
  diag_set_label(c->diags, diag, "which one is meant?");
  diag_add_note(c->diags, diag, "`%.*s` and `%.*s`",
                TEXT_ARG(text_visible(c->arena, use->chain.ordered.items[0].subject)),
                TEXT_ARG(text_visible(c->arena, use->chain.second_leaf->subject)));
  diag_add_help(c->diags, diag, "keep one of them, with the certificates that issued it");
  return false;
}

static void judge_time(const struct use *use, const struct cert *cert, const char *whose)
{
  struct checker *c = use->c;
  if (c->now_s == 0)
    return;
  enum validity validity = cert_validity(cert, c->now_s);
  if (validity == VALIDITY_NOW)
    return;
  bool over = validity == VALIDITY_OVER;
  struct diag *diag = diag_add(c->diags, DIAG_E0709, use->value->span, "%s `%.*s` %s", whose,
                               TEXT_ARG(use->path), over ? "has expired" : "is not valid yet");
  diag_set_label(c->diags, diag, over ? "valid until %.*s" : "valid from %.*s",
                 TEXT_ARG(cert_time_text(c->arena, over ? cert->not_after_s : cert->not_before_s)));
  diag_add_help(c->diags, diag,
                over ? "ask for the new one"
                     : "wait for that day, or look at the "
                       "clock of the authority");
}

/* The signature of a self-signed root protects nothing: it is trusted as it lies there. */
static void judge_signatures(const struct use *use)
{
  struct checker *c = use->c;
  for (uint32_t i = 0; i < use->chain.ordered.count; i++) {
    const struct cert *cert = &use->chain.ordered.items[i];
    if (!cert->weak_signature || cert->self_signed)
      continue;
    struct diag *diag = diag_add(c->diags, DIAG_W0703, use->value->span,
                                 "a certificate in `%.*s` is signed with %.*s", TEXT_ARG(use->path),
                                 TEXT_ARG(cert->signature));
    diag_set_label(c->diags, diag, "`%.*s`; many receivers refuse it",
                   TEXT_ARG(text_visible(c->arena, cert->subject)));
    diag_add_help(c->diags, diag, "have it signed with SHA-256 or better");
    return;
  }
}

static void judge_key(const struct use *use, const struct cert *cert)
{
  struct checker *c = use->c;
  if (!cert->is_rsa || cert->key_bits >= c->profile->rsa_recommended)
    return;
  bool refused = cert->key_bits < c->profile->rsa_min;
  struct diag *diag = diag_add(c->diags, refused ? DIAG_E0701 : DIAG_W0702, use->value->span,
                               "the certificate in `%.*s` has an RSA key of %u bits",
                               TEXT_ARG(use->path), cert->key_bits);
  diag_set_label(c->diags, diag,
                 refused ? "fewer than %lld bits are not secure any more"
                         : "%lld are recommended for a new key",
                 (long long)(refused ? c->profile->rsa_min : c->profile->rsa_recommended));
  diag_add_help(c->diags, diag, "ask its owner for a new key pair");
}

/* ---- the sender's certificate of a service key: SAP-7f84-15, SAP-7f84-21 ---- */

/* SAP Help, "Setting Up Inbound HTTP Connections": the extended key usage must hold clientAuth; RFC
 * 5280 4.2.1.3: who signs a handshake needs digitalSignature where a key usage is given. */
static void judge_usage(const struct use *use, const struct cert *leaf)
{
  struct checker *c = use->c;
  if (leaf->for_clients && leaf->may_sign)
    return;
  struct diag *diag = report(use, DIAG_E0715, "is no client certificate");
  diag_set_label(c->diags, diag,
                 leaf->for_clients ? "its key usage lacks digitalSignature"
                                   : "its extended key usage lacks clientAuth");
  diag_add_note(c->diags, diag,
                "public authorities leave clientAuth out since 2025 and 2026, one after the other");
  diag_add_help(c->diags, diag, "have one signed for TLS client authentication");
}

static void judge_root(const struct use *use, const struct use *trusted)
{
  struct checker *c = use->c;
  const struct cert_list *ordered = &use->chain.ordered;
  const struct cert *last = &ordered->items[ordered->count - 1];
  enum chain_end end = chain_ends(&use->chain, &trusted->pem.certs);
  if (end == CHAIN_TRUSTED)
    return;
  bool other_root = end == CHAIN_OTHER_ROOT;
  struct diag *diag = diag_add(c->diags, other_root ? DIAG_E0911 : DIAG_E0711, use->value->span,
                               other_root ? "the load balancer does not support the root of `%.*s`"
                                          : "the chain of `%.*s` is not complete",
                               TEXT_ARG(use->path));
  diag_set_label(c->diags, diag, other_root ? "it ends with `%.*s`" : "`%.*s` is in no file",
                 TEXT_ARG(text_visible(c->arena, other_root ? last->subject : last->issuer)));
  diag_add_label(c->diags, diag, trusted->value->span, "the roots that are supported");
  diag_add_help(c->diags, diag,
                other_root ? "have the certificate signed by an authority of that list"
                           : "add its issuers to the file; where that is the root itself, the load "
                             "balancer does not support it");
  diag_add_note(c->diags, diag,
                "otherwise the load balancer does not pass the certificate on to the flow");
}

/* E0910. systems.md 2.4 and SAP Help, "Service Key Types": a certificate may be used once over all
 * instances; a name once unless both keys are pinned. */
static bool is_pinned(const struct checker *c, const struct decl *decl)
{
  int64_t pinned;
  return !facts_number(c, decl, KEY_PINNED, VALUE_YES_NO, &pinned) || pinned != 0;
}

static void report_again(const struct use *use, uint32_t other, const char *what, const char *label)
{
  struct checker *c = use->c;
  struct diag *diag = diag_add(c->diags, DIAG_E0910, use->value->span, "`%.*s` and `%.*s` hold %s",
                               TEXT_ARG(c->program->decls[other].name),
                               TEXT_ARG(c->program->decls[use->decl].name), what);
  diag_set_label(c->diags, diag, "%s", label);
  diag_add_label(c->diags, diag,
                 decl_value(&c->program->decls[other], KEY_CERTIFICATE_FROM, 0)->span,
                 "the first service key");
  diag_add_help(c->diags, diag, "ask the sender for a certificate of its own for each service key");
}

static bool report_same_certificate(const struct use *use, struct text identity)
{
  uint32_t other;
  if (text_map_add(&use->c->key_files, identity, use->decl, &other))
    return false;
  report_again(use, other, "the same certificate",
               "the platform takes a certificate once, over all instances");
  return true;
}

static void judge_identity(const struct use *use, const struct cert *leaf)
{
  struct checker *c = use->c;
  const struct decl *decl = &c->program->decls[use->decl];
  uint32_t other;
  if (report_same_certificate(use, leaf->fingerprint))
    return;
  struct text names =
      text_format(c->arena, "%.*s issued by %.*s", TEXT_ARG(leaf->subject), TEXT_ARG(leaf->issuer));
  if (text_map_add(&c->key_files, names, use->decl, &other) ||
      (is_pinned(c, decl) && is_pinned(c, &c->program->decls[other])))
    return;
  report_again(use, other, "certificates of the same subject and issuer",
               "they are told apart only where both are `pinned yes`");
}

static void check_service_key(struct checker *c, uint32_t index)
{
  const struct decl *decl = &c->program->decls[index];
  struct use use = {.c = c, .decl = index, .value = decl_value(decl, KEY_CERTIFICATE_FROM, 0)};
  struct use trusted = {.c = c, .decl = index, .value = decl_value(decl, KEY_TRUSTED_BY, 0)};
  bool has_roots = facts_text(facts_known(c, trusted.value), &trusted.path) &&
                   read_use(&trusted, "the roots that the load balancer supports", false);
  if (has_roots) {
    warn_repairs(&trusted);
    const struct cert *last = certs_last_valid(&trusted.pem.certs);
    judge_time(&trusted, last, "everything in");
  }
  if (!facts_text(facts_known(c, use.value), &use.path))
    return;
  const char *label = is_handed_over(c, index) ? NULL : "the sender's certificate is read from it";
  if (!read_use(&use, label, false)) {
    const char *path = host_path(c, use.value, use.path);
    if (path != NULL)
      report_same_certificate(&use, text_of(path));
    return;
  }
  if (!make_chain(&use))
    return;
  const struct cert *leaf = &use.chain.ordered.items[0];
  struct cert *kept = ARENA_NEW(c->arena, struct cert);
  *kept = *leaf;
  c->leaves[index] = kept;
  warn_repairs(&use);
  judge_time(&use, leaf, "the certificate in");
  judge_key(&use, leaf);
  judge_usage(&use, leaf);
  judge_signatures(&use);
  if (has_roots)
    judge_root(&use, &trusted);
  judge_identity(&use, leaf);
}

/* ---- an authority, a system ---- */

static void check_ca(struct checker *c, uint32_t index)
{
  const struct decl *decl = &c->program->decls[index];
  struct use use = {.c = c, .decl = index, .value = decl_value(decl, KEY_CERTIFICATE_FILE, 0)};
  const struct value *key = decl_value(decl, KEY_KEY_FILE, 0);
  if (!facts_text(facts_known(c, use.value), &use.path))
    return;
  bool with_key = key != NULL && key->kind == VALUE_TEXT && text_equal(key->text, use.path);
  if (!read_use(&use, NULL, with_key) || !chain_make(c->arena, &use.pem.certs, &use.chain))
    return;
  /* The provider takes the first certificate for the authority's own, whatever else is there. */
  const struct cert *own = &use.pem.certs.items[0];
  struct cert *kept = ARENA_NEW(c->arena, struct cert);
  *kept = *own;
  c->leaves[index] = kept;
  warn_repairs(&use);
  judge_time(&use, own, "the authority's certificate in");
  judge_key(&use, own);
  judge_signatures(&use);
}

static void check_list(struct checker *c, uint32_t index, enum key key)
{
  struct use use = {.c = c, .decl = index, .value = decl_value(&c->program->decls[index], key, 0)};
  if (!facts_text(facts_known(c, use.value), &use.path) || !read_use(&use, NULL, false))
    return;
  warn_repairs(&use);
  judge_time(&use, certs_last_valid(&use.pem.certs), "everything in");
}

/* corrections 12: a key that signs need not decrypt; an Ed25519 key never does. */
static void refuse_signing_key(const struct use *use)
{
  const struct cert *cert = use->pem.certs.count == 0 ? NULL : &use->pem.certs.items[0];
  if (cert == NULL || cert->is_rsa || text_starts_with(cert->key, "ec "))
    return;
  struct diag *diag = report(use, DIAG_E0515, "is no certificate that one can encrypt for");
  diag_set_label(use->c->diags, diag, "its key is %.*s: it signs, and cannot decrypt",
                 TEXT_ARG(cert->key));
  diag_add_help(use->c->diags, diag, "name a certificate with an RSA or EC key");
}

/* The certificates of people are looked at for keys only: who they are is the engine's question. */
static void check_people(struct checker *c, uint32_t index)
{
  enum { MEMBER_FILE_SLOT = 2 };
  const struct decl *decl = &c->program->decls[index];
  for (uint32_t i = 0; i < decl->setting_count; i++) {
    const struct setting *setting = &decl->settings[i];
    uint32_t slot = setting->key == KEY_MEMBER ? MEMBER_FILE_SLOT : 0;
    if ((setting->key != KEY_MEMBER && setting->key != KEY_SEAL_TO) ||
        setting->value_count <= slot || setting->values[slot].kind != VALUE_TEXT)
      continue;
    struct use use = {.c = c, .decl = index, .value = &setting->values[slot]};
    if (facts_text(facts_known(c, use.value), &use.path) && read_use(&use, NULL, false) &&
        setting->key == KEY_SEAL_TO)
      refuse_signing_key(&use);
  }
}

void cert_files_check(struct checker *c)
{
  text_map_start(&c->key_files, c->arena);
  c->leaves = arena_array(c->arena, c->program->decl_count + (size_t)1, sizeof *c->leaves);
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    const struct decl *decl = &c->program->decls[i];
    if (facts_is_broken(c, i))
      continue;
    if (decl->kind == KIND_SERVICEKEY &&
        facts_is_word(c, decl, KEY_KEY_TYPE, "external-certificate"))
      check_service_key(c, i);
    if (decl->kind == KIND_CA && facts_is_word(c, decl, KEY_PROTOCOL, "local"))
      check_ca(c, i);
    if (decl->kind == KIND_ROLE)
      check_people(c, i);
    if (decl->kind == KIND_SYSTEM) {
      check_list(c, i, KEY_VERIFIES_WITH);
      check_list(c, i, KEY_TRUSTS_FILE);
    }
  }
}
