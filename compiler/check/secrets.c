/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secrets: nothing secret is written down, and nothing secret leaves without a seal (group 10).
 *
 * (1) Recursion over blocks is bounded by the nesting that parse lets through.
 */
#include "compiler/check/checker.h"

#include <ctype.h>
#include <string.h>

enum {
  VALUE_MIN_BYTES = 4,
  TOKEN_PART_MIN_BYTES = 10,
  BASE64_MIN_BYTES = 64,
  SECRET_MIN_BYTES = sizeof "-----BEGIN PRIVATE KEY-----" - 1 /* the shortest that is looked for */
};

static const char *find(struct text text, const char *word)
{
  return memmem(text.at, text.length, word, strlen(word));
}

static bool is_private_key(struct text text)
{
  const char *begin = find(text, "-----BEGIN ");
  if (begin == NULL)
    return false;
  struct text rest = {begin, (size_t)(text.at + text.length - begin)};
  return find(rest, "PRIVATE KEY-----") != NULL;
}

static bool is_base64(char byte, bool is_url)
{
  return isalnum((unsigned char)byte) ||
         (is_url ? byte == '-' || byte == '_' : byte == '+' || byte == '/' || byte == '=');
}

/* HEADER.PAYLOAD.SIGNATURE, each base64url; the first two begin with `{"`. */
static bool is_jwt(struct text text)
{
  for (const char *at = find(text, "eyJ"); at != NULL;) {
    const char *end = text.at + text.length, *walk = at;
    uint32_t parts = 0;
    while (walk < end && parts < 3) {
      const char *from = walk;
      while (walk < end && is_base64(*walk, true))
        walk++;
      if (walk - from < TOKEN_PART_MIN_BYTES)
        break;
      parts++;
      if (walk < end && *walk == '.')
        walk++;
      else
        break;
    }
    if (parts == 3)
      return true;
    struct text rest = {at + 1, (size_t)(end - at - 1)};
    at = find(rest, "eyJ");
  }
  return false;
}

/*
 * DER in base64: a SEQUENCE with two length bytes begins with MII; what it holds first tells a
 * PKCS#12 store (version 3), a PKCS#8 key and a PKCS#1 or SEC1 key.
 */
static bool is_der_secret(struct text text)
{
  for (const char *at = find(text, "MII"); at != NULL;) {
    struct text rest = {at, (size_t)(text.at + text.length - at)};
    size_t length = 0;
    while (length < rest.length && is_base64(rest.at[length], false))
      length++;
    bool enough = length >= BASE64_MIN_BYTES;
    if (enough && (memcmp(at + 6, "IBAz", 4) == 0 || memcmp(at + 6, "IBAD", 4) == 0 ||
                   memcmp(at + 6, "IBAA", 4) == 0))
      return true;
    rest.at++;
    rest.length--;
    at = find(rest, "MII");
  }
  return false;
}

static bool is_assignment(struct text text)
{
  static const char *const words[] = {"password", "passwd",  "passphrase", "pwd",   "secret",
                                      "token",    "api-key", "api_key",    "apikey"};
  for (size_t sign = 0; sign < text.length; sign++)
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
      if (text.at[sign] != '=' && text.at[sign] != ':')
        break;
      size_t length = strlen(words[i]), end = sign + 1;
      if (sign < length || strncasecmp(text.at + sign - length, words[i], length) != 0)
        continue;
      while (end < text.length && text.at[end] == ' ')
        end++;
      size_t from = end;
      while (end < text.length && !isspace((unsigned char)text.at[end]))
        end++;
      if (end - from >= VALUE_MIN_BYTES && text.at[from] != '$' && text.at[from] != '<' &&
          text.at[from] != '/')
        return true;
    }
  return false;
}

/* What the text gives away; false where nothing is seen. */
static bool secrets_in_text(struct text text, const char **ret_what)
{
  if (text.length < SECRET_MIN_BYTES)
    return false;
  const char *what = is_private_key(text)  ? "a private key"
                     : is_jwt(text)        ? "a token (JWT)"
                     : is_der_secret(text) ? "a private key or a PKCS#12 store in base64"
                                           : NULL;
  if (what == NULL)
    return false;
  *ret_what = what;
  return true;
}

static void report(struct checker *c, struct span span, const char *what)
{
  struct diag *diag = diag_add(c->diags, DIAG_E1001, span, "a secret is written down here");
  diag_set_label(c->diags, diag, "this looks like %s", what);
  diag_add_help(c->diags, diag,
                "remove it, change it where it is used, and name its source: secret NAME from ...");
}

static void scan_term(struct checker *c, const struct term *term)
{
  const char *what;
  if (term->kind != TERM_TEXT)
    return;
  if (secrets_in_text(term->text, &what))
    report(c, term->span, what);
  else if (is_assignment(term->text))
    report(c, term->span, "a password with its value");
}

static void scan_phrases(struct checker *c, const struct phrase *phrases)
{
  for (const struct phrase *phrase = phrases; phrase != NULL; phrase = phrase->next)
    for (const struct term *term = phrase->terms; term != NULL; term = term->next)
      scan_term(c, term);
}

static void scan_lines(struct checker *c, const struct line *lines)
{
  for (const struct line *line = lines; line != NULL; line = line->next) {
    scan_phrases(c, line->phrases);
    for (const struct clause *clause = line->clauses; clause != NULL; clause = clause->next)
      scan_phrases(c, clause->phrases);
    if (line->block != NULL)
      scan_lines(c, line->block->lines);
    if (line->otherwise != NULL)
      scan_lines(c, line->otherwise->lines);
  }
}

void secrets_scan(struct checker *c, const struct unit *unit)
{
  const char *what;
  scan_lines(c, unit->ast->lines);
  for (const struct comment *comment = unit->ast->comments; comment != NULL;
       comment = comment->next)
    if (secrets_in_text(comment->text, &what))
      report(c, comment->span, what);
}

/* `secret NAME from SOURCE TEXT`: all on the line of the name. */
void secrets_check_source(struct checker *c, uint32_t decl)
{
  const struct line *line = c->infos[decl].line;
  struct tokens tokens = tokens_of_line(c, line);
  tokens.at = c->program->decls[decl].name.length == 0 ? 1 : 2;
  if (line->block != NULL)
    bodies_report_place(c, line, "one line: a secret has no block, and its source");
  enum key key;
  uint32_t count;
  if (!key_of_line(KIND_SECRET, &tokens, &key, &count)) {
    struct span span = tokens.at < tokens.count ? tokens.items[tokens.at].span : tokens.end;
    struct diag *diag = diag_add(c->diags, DIAG_E0218, span, "the secret `%.*s` has no source",
                                 TEXT_ARG(c->program->decls[decl].name));
    diag_set_label(c->diags, diag, "write for example `from file \"/run/secrets/...\"` here");
    return;
  }
  const struct token *source =
      tokens.at + count < tokens.count ? &tokens.items[tokens.at + count] : NULL;
  struct tokens at_source = tokens;
  at_source.at += count;
  if (source != NULL && source->kind == TOKEN_TERM && source->term->kind == TERM_NAME &&
      !keys_accept(KIND_SECRET, key, &at_source)) {
    struct diag *diag = diag_add(c->diags, DIAG_E1009, source->span,
                                 "there is no source of secrets `%.*s`", TEXT_ARG(source->text));
    diag_set_label(c->diags, diag, "env, file, command, prompt, vault or credential");
    return;
  }
  keys_read(c, decl, &tokens, key, count, line->span);
  if (source == NULL || !token_is(source, "env"))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_W1005, source->span,
                               "the secret `%.*s` comes from an environment variable",
                               TEXT_ARG(c->program->decls[decl].name));
  diag_set_label(c->diags, diag, "other processes of the same user can read it");
  diag_add_help(c->diags, diag, "write `from file` or `from credential`");
}

static bool is_credential(const struct checker *c, const struct operand *operand)
{
  return operand->kind == OPERAND_DECL &&
         c->program->decls[operand->decl].kind == KIND_CREDENTIAL;
}

/* Whether what is given holds a private key: a bundle, or a whole key that the platform made. */
static bool holds_key(const struct checker *c, const struct operand *operand)
{
  for (uint32_t i = 0; i < operand->member_count; i++) {
    if (operand->members[i] == MEMBER_BUNDLE)
      return true;
    if (operand->members[i] == MEMBER_CERTIFICATE)
      return false;
  }
  if (operand->kind != OPERAND_DECL || c->program->decls[operand->decl].kind != KIND_SERVICEKEY)
    return false;
  const struct value *type = decl_value(&c->program->decls[operand->decl], KEY_KEY_TYPE, 0);
  return type == NULL || !text_is(type->text, "external-certificate");
}

void secrets_check_gives(struct checker *c, const struct stmt *stmt)
{
  const struct part_value *object = parts_find(stmt, PART_OBJECT);
  for (const struct operand *operand = object->operands; operand != NULL && !stmt->options.sealed;
       operand = operand->next) {
    bool is_password = is_credential(c, operand);
    if (!is_password && !holds_key(c, operand))
      continue;
    struct diag *diag =
        diag_add(c->diags, DIAG_E1006, operand->span, "a %s is handed over without a seal",
                 is_password ? "password" : "private key");
    diag_set_label(c->diags, diag, "this holds a %s", is_password ? "password" : "private key");
    diag_add_fix(c->diags, diag, FIX_SAFE, span_point(object->span), TEXT("sealed "),
                 "write `gives sealed`");
  }
}
