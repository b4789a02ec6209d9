/* SPDX-License-Identifier: Apache-2.0 */
/* pem: see pem.h. RFC 7468 says what a PEM text is; the rest is what people make of it. */
#include "compiler/pki/pem.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

enum {
  LABEL_MAX_BYTES = 64,
  BARE_MIN_BYTES = 64, /* shorter base64 is a word, no certificate */
  DER_HEADER_MAX_BYTES = 4
};

static const char dashes[] = "-----";
static const char begin[] = "-----BEGIN ";
static const char byte_order_mark[] = "\xEF\xBB\xBF";

struct block {
  struct text label; /* "CERTIFICATE" */
  struct text body;
  size_t at, end; /* in the text */
};

static uint32_t line_of(struct text bytes, size_t at)
{
  uint32_t line = 1;
  for (size_t i = 0; i < at; i++)
    line += bytes.at[i] == '\n' || (bytes.at[i] == '\r' && i + 1 < at && bytes.at[i + 1] != '\n');
  return line;
}

static const char *find(struct text bytes, size_t from, struct text what)
{
  return from >= bytes.length ? NULL
                              : memmem(bytes.at + from, bytes.length - from, what.at, what.length);
}

/* ---- blocks ---- */

static bool is_label(struct text label)
{
  for (size_t i = 0; i < label.length; i++)
    if (!isupper((unsigned char)label.at[i]) && !isdigit((unsigned char)label.at[i]) &&
        label.at[i] != ' ' && label.at[i] != '#')
      return false;
  return label.length != 0 && label.length <= LABEL_MAX_BYTES;
}

/* The next block from `from` on; false at the end of the text, or with *ret_error. */
static bool next_block(struct arena *arena, struct text bytes, size_t from, struct block *ret,
                       struct text *ret_error)
{
  const char *start = find(bytes, from, TEXT("-----BEGIN "));
  if (start == NULL)
    return false;
  ret->at = (size_t)(start - bytes.at);
  size_t label_at = ret->at + strlen(begin);
  const char *label_end = find(bytes, label_at, TEXT("-----"));
  ret->label = (struct text){bytes.at + label_at,
                             label_end == NULL ? 0 : (size_t)(label_end - bytes.at) - label_at};
  if (!is_label(ret->label) || (ret->at > from && start[-1] == '-')) {
    *ret_error =
        text_format(arena, "has a BEGIN line that is not closed with five dashes (line %u)",
                    line_of(bytes, ret->at));
    return false;
  }
  size_t body_at = label_at + ret->label.length + strlen(dashes);
  struct text end = text_format(arena, "-----END %.*s-----", TEXT_ARG(ret->label));
  const char *stop = find(bytes, body_at, end);
  const char *other = find(bytes, body_at, TEXT("-----BEGIN "));
  if (stop == NULL || (other != NULL && other < stop)) {
    *ret_error = text_format(arena, "is cut off: the block `%.*s` of line %u has no END line",
                             TEXT_ARG(ret->label), line_of(bytes, ret->at));
    return false;
  }
  ret->body = (struct text){bytes.at + body_at, (size_t)(stop - bytes.at) - body_at};
  ret->end = body_at + ret->body.length + end.length;
  return true;
}

/* A marker whose dashes a word processor or a careless copy changed: the certificate behind it
 * would be lost without a word. */
static bool has_broken_marker(struct text gap, size_t *ret_at, bool *ret_typographic)
{
  for (size_t from = 0;;) {
    const char *at = find(gap, from, TEXT("BEGIN "));
    if (at == NULL)
      return false;
    size_t place = (size_t)(at - gap.at);
    *ret_typographic =
        place >= 3 && memcmp(at - 3, "\xE2\x80", 2) == 0; /* U+2010 to U+2015: the dashes */
    *ret_at = place;
    if (*ret_typographic || (place >= 1 && at[-1] == '-'))
      return true;
    from = place + strlen("BEGIN ");
  }
}

static bool check_gap(struct arena *arena, struct text bytes, size_t from, size_t to,
                      struct text *ret_error)
{
  size_t at;
  bool typographic;
  if (!has_broken_marker((struct text){bytes.at + from, to - from}, &at, &typographic))
    return true;
  *ret_error = text_format(
      arena,
      typographic ? "has typographic dashes around BEGIN (line %u), as a word processor writes them"
                  : "has a BEGIN line without its five dashes (line %u)",
      line_of(bytes, from + at));
  return false;
}

/* ---- base64 ---- */

/* `\n`, `\/`, `\u003d` as JSON writes them; returns the bytes taken, 0 where it is none. */
static size_t read_escape(struct text body, size_t at, int *ret_byte, unsigned *repairs)
{
  char next = at + 1 < body.length ? body.at[at + 1] : '\0';
  *ret_byte = ' ';
  switch (next) {
  case 'n':
    *repairs |= PEM_LITERAL_NEWLINES;
    return 2;
  case 'r':
  case 't':
    return 2;
  case '\\': /* escaped twice */
    return 1;
  case '/':
    *ret_byte = '/';
    return 2;
  case 'u':
    break;
  default:
    return 0;
  }
  int code = 0;
  if (at + 6 > body.length)
    return 0;
  for (size_t i = at + 2; i < at + 6; i++) {
    if (!isxdigit((unsigned char)body.at[i]))
      return 0;
    int digit = tolower((unsigned char)body.at[i]);
    code = code * 16 + (digit <= '9' ? digit - '0' : digit - 'a' + 10);
  }
  *ret_byte = code;
  return code < 128 ? 6 : 0;
}

/* The base64 alone; false at a byte that is none, *ret_bad its place. */
static bool clean(struct arena *arena, struct text body, struct text *ret_base64, unsigned *repairs,
                  size_t *ret_bad)
{
  char *kept = arena_alloc(arena, body.length + 1);
  size_t length = 0;
  for (size_t i = 0; i < body.length;) {
    int byte = (unsigned char)body.at[i];
    size_t taken = 1;
    if (byte == '\\')
      taken = read_escape(body, i, &byte, repairs);
    *ret_bad = i;
    if (taken == 0)
      return false;
    i += taken;
    if (isspace(byte) || byte == '"')
      continue;
    if (byte >= 128 || (!isalnum(byte) && byte != '+' && byte != '/' && byte != '='))
      return false;
    kept[length++] = (char)byte;
  }
  *ret_base64 = (struct text){kept, length};
  return true;
}

static bool decode(struct arena *arena, struct text base64, struct text *ret_der)
{
  size_t padding = 0;
  while (padding < 2 && padding < base64.length && base64.at[base64.length - 1 - padding] == '=')
    padding++;
  if (base64.length == 0 || base64.length % 4 != 0 || base64.length > INT32_MAX ||
      memchr(base64.at, '=', base64.length - padding) != NULL)
    return false;
  unsigned char *der = arena_alloc(arena, base64.length);
  int bytes = EVP_DecodeBlock(der, (const unsigned char *)base64.at, (int)base64.length);
  if (bytes < 0)
    return false;
  *ret_der = (struct text){(const char *)der, (size_t)bytes - padding};
  return true;
}

/* The bytes that the outermost SEQUENCE says it has; 0 where it is none. */
static size_t der_says_bytes(struct text der)
{
  const unsigned char *at = (const unsigned char *)der.at;
  if (der.length < 2 || at[0] != 0x30)
    return 0;
  if (at[1] < 0x80)
    return 2 + (size_t)at[1];
  size_t count = at[1] & 0x7F, length = 0;
  if (count == 0 || count > DER_HEADER_MAX_BYTES || der.length < 2 + count)
    return 0;
  for (size_t i = 0; i < count; i++)
    length = length * 256 + at[2 + i];
  return 2 + count + length;
}

static bool add_cert(struct arena *arena, struct pem *pem, const struct cert *cert)
{
  struct cert_list *list = &pem->certs;
  if (list->count == CERTS_MAX)
    return false;
  if ((list->count & (list->count - 1)) == 0)
    list->items = arena_grow(arena, list->items, list->count,
                             list->count == 0 ? 1 : (size_t)list->count * 2, sizeof *list->items);
  list->items[list->count++] = *cert;
  return true;
}

static bool read_certificate(struct arena *arena, struct text bytes, const struct block *block,
                             struct pem *pem, struct text *ret_error)
{
  struct text base64, der, reason;
  size_t bad;
  struct cert cert;
  uint32_t number = pem->certs.count + 1;
  if (!clean(arena, block->body, &base64, &pem->repairs, &bad)) {
    size_t place = (size_t)(block->body.at - bytes.at) + bad;
    *ret_error = text_format(arena, "has a character in line %u that no certificate has",
                             line_of(bytes, place));
    return false;
  }
  bool is_trusted = text_is(block->label, "TRUSTED CERTIFICATE");
  if (!decode(arena, base64, &der) || der.length < der_says_bytes(der)) {
    *ret_error = text_format(arena, "holds a certificate that is cut off (number %u, line %u)",
                             number, line_of(bytes, block->at));
    return false;
  }
  if (!cert_read_der(arena, der, is_trusted, &cert, &reason)) {
    *ret_error = text_format(arena, "holds a damaged certificate (number %u, line %u: %.*s)",
                             number, line_of(bytes, block->at), TEXT_ARG(reason));
    return false;
  }
  if (add_cert(arena, pem, &cert))
    return true;
  *ret_error = text_format(arena, "holds more than %d certificates", CERTS_MAX);
  return false;
}

/* ---- the whole text ---- */

static bool is_certificate(struct text label)
{
  return text_is(label, "CERTIFICATE") || text_is(label, "X509 CERTIFICATE") ||
         text_is(label, "TRUSTED CERTIFICATE");
}

/* Base64 and nothing else, as SAP's CertificateResources takes it and some forms give it. */
static bool read_bare(struct arena *arena, struct text bytes, struct pem *pem)
{
  struct text base64, der, reason;
  size_t bad;
  unsigned repairs = 0;
  struct cert cert;
  if (!clean(arena, bytes, &base64, &repairs, &bad) || base64.length < BARE_MIN_BYTES ||
      !decode(arena, base64, &der) || !cert_read_der(arena, der, false, &cert, &reason))
    return false;
  pem->repairs |= repairs | PEM_NO_MARKERS;
  return add_cert(arena, pem, &cert);
}

/* What the text is instead. */
static struct text what_else(struct arena *arena, const struct pem *pem, struct text other)
{
  if (other.length != 0 && text_starts_with(other, "PKCS"))
    return TEXT("holds a PKCS#7 bundle and no certificate: openssl pkcs7 -print_certs -in FILE "
                "makes PEM of it");
  if (text_ends_with(other, "CERTIFICATE REQUEST"))
    return TEXT("holds a certificate request: the authority's answer is what is needed");
  if (pem->has_private_key)
    return TEXT("holds a private key and no certificate");
  if (other.length != 0)
    return text_format(arena, "holds no certificate, but `%.*s`", TEXT_ARG(other));
  return TEXT("holds no certificate");
}

/* NULL where the bytes may be PEM. */
static const char *wrong_encoding(struct text bytes)
{
  const unsigned char *at = (const unsigned char *)bytes.at;
  if (bytes.length == 0)
    return "is empty";
  if (bytes.length >= 2 && ((at[0] == 0xFF && at[1] == 0xFE) || (at[0] == 0xFE && at[1] == 0xFF)))
    return "is UTF-16 text (\"Unicode\" of an editor): save it as UTF-8";
  if (bytes.length >= 4 && at[1] == 0 && at[3] == 0)
    return "is UTF-16 text without its mark: save it as UTF-8";
  if (at[0] == 0x30 && bytes.length >= 2 && at[1] >= 0x80)
    return "is binary (DER or PKCS#12), no PEM text: openssl x509 -inform der -in FILE makes PEM "
           "of "
           "a certificate";
  return NULL;
}

static bool read_blocks(struct arena *arena, struct text bytes, struct pem *pem,
                        struct text *ret_other, struct text *ret_error)
{
  struct block block;
  size_t from = 0;
  while (next_block(arena, bytes, from, &block, ret_error)) {
    if (!check_gap(arena, bytes, from, block.at, ret_error))
      return false;
    from = block.end;
    if (text_ends_with(block.label, "PRIVATE KEY"))
      pem->has_private_key = true;
    else if (!is_certificate(block.label))
      *ret_other = block.label;
    else if (!read_certificate(arena, bytes, &block, pem, ret_error))
      return false;
  }
  return ret_error->length == 0 && check_gap(arena, bytes, from, bytes.length, ret_error);
}

bool pem_read(struct arena *arena, struct text bytes, struct pem *ret_pem, struct text *ret_error)
{
  *ret_pem = (struct pem){0};
  *ret_error = TEXT_NONE;
  const char *wrong = wrong_encoding(bytes);
  if (wrong != NULL) {
    ret_pem->has_nothing = bytes.length == 0;
    *ret_error = text_of(wrong);
    return false;
  }
  if (text_starts_with(bytes, byte_order_mark)) {
    bytes.at += strlen(byte_order_mark);
    bytes.length -= strlen(byte_order_mark);
  }
  struct text other = TEXT_NONE;
  if (!read_blocks(arena, bytes, ret_pem, &other, ret_error))
    return false;
  if (ret_pem->certs.count != 0 ||
      (other.length == 0 && !ret_pem->has_private_key && read_bare(arena, bytes, ret_pem)))
    return true;
  ret_pem->has_nothing = other.length == 0 && !ret_pem->has_private_key;
  *ret_error = what_else(arena, ret_pem, other);
  return false;
}

/* ---- files ---- */

static enum pem_file read_bytes(struct arena *arena, int fd, struct text *ret_bytes,
                                struct text *ret_error)
{
  struct stat facts;
  if (fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
    *ret_error = S_ISDIR(facts.st_mode) ? TEXT("is a folder") : TEXT("is no regular file");
    return PEM_FILE_WRONG;
  }
  if (facts.st_size > PEM_FILE_LIMIT_BYTES) {
    *ret_error = text_format(arena, "is larger than %d MiB", PEM_FILE_LIMIT_BYTES >> 20);
    return PEM_FILE_WRONG;
  }
  char *bytes = arena_alloc(arena, (size_t)facts.st_size + 1);
  size_t have = 0;
  while (have < (size_t)facts.st_size) {
    ssize_t got = read(fd, bytes + have, (size_t)facts.st_size - have);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0) {
      *ret_error = text_format(arena, "cannot be read: %s", strerror(errno));
      return PEM_FILE_UNREADABLE;
    }
    if (got == 0)
      break;
    have += (size_t)got;
  }
  *ret_bytes = (struct text){bytes, have};
  return PEM_FILE_READ;
}

enum pem_file pem_read_file(struct arena *arena, const char *path, struct pem *ret_pem,
                            struct text *ret_error)
{
  *ret_pem = (struct pem){0};
  /* O_NONBLOCK: a named pipe must not hang the compiler. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    *ret_error = text_format(arena, "cannot be read: %s", strerror(errno));
    return errno == ENOENT || errno == ENOTDIR ? PEM_FILE_ABSENT : PEM_FILE_UNREADABLE;
  }
  struct text bytes;
  enum pem_file status = read_bytes(arena, fd, &bytes, ret_error);
  close(fd);
  if (status != PEM_FILE_READ)
    return status;
  if (!pem_read(arena, bytes, ret_pem, ret_error))
    status = PEM_FILE_WRONG;
  /* Nobody needs the text any more, and it may have held a key. */
  OPENSSL_cleanse((char *)(uintptr_t)bytes.at, bytes.length);
  return status;
}
