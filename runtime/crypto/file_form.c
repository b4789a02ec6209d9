/* SPDX-License-Identifier: Apache-2.0 */
/* file_form: see file_form.h. */
#include "runtime/crypto/file_form.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "runtime/crypto/pkcs7.h"

enum { DER_SEQUENCE = 0x30, PAGE_BYTES_LOOKED_AT = 512 };

static bool has(struct text bytes, const char *word)
{
  return bytes.length != 0 && memmem(bytes.at, bytes.length, word, strlen(word)) != NULL;
}

static bool begins_with(struct text bytes, const char *magic, size_t length)
{
  return bytes.length >= length && memcmp(bytes.at, magic, length) == 0;
}

static struct text without_blanks(struct text bytes)
{
  if (begins_with(bytes, "\xEF\xBB\xBF", 3))
    bytes = (struct text){bytes.at + 3, bytes.length - 3};
  while (bytes.length != 0 && strchr(" \t\r\n", bytes.at[0]) != NULL && bytes.at[0] != '\0')
    bytes = (struct text){bytes.at + 1, bytes.length - 1};
  return bytes;
}

/* Each is tried as what it may be: the outer tag is the same for all. */
static enum file_form form_of_der(struct text bytes)
{
  const unsigned char *at = (const unsigned char *)bytes.at;
  long length = bytes.length > INT32_MAX ? 0 : (long)bytes.length;
  enum file_form form = FORM_OTHER;
  X509 *cert = d2i_X509(NULL, &at, length);
  at = (const unsigned char *)bytes.at;
  PKCS12 *p12 = cert != NULL ? NULL : d2i_PKCS12(NULL, &at, length);
  at = (const unsigned char *)bytes.at;
  X509_REQ *request = cert != NULL || p12 != NULL ? NULL : d2i_X509_REQ(NULL, &at, length);
  if (cert != NULL)
    form = FORM_DER;
  else if (p12 != NULL)
    form = FORM_PKCS12;
  else if (request != NULL)
    form = FORM_REQUEST;
  X509_free(cert);
  PKCS12_free(p12);
  X509_REQ_free(request);
  at = (const unsigned char *)bytes.at;
  EVP_PKEY *key = form != FORM_OTHER ? NULL : d2i_AutoPrivateKey(NULL, &at, length);
  if (key != NULL)
    form = FORM_KEY;
  EVP_PKEY_free(key);
  at = (const unsigned char *)bytes.at;
  X509_SIG *sealed = form != FORM_OTHER ? NULL : d2i_X509_SIG(NULL, &at, length);
  if (sealed != NULL)
    form = FORM_KEY; /* PKCS#8 under a password */
  X509_SIG_free(sealed);
  at = (const unsigned char *)bytes.at;
  EVP_PKEY *public = form != FORM_OTHER ? NULL : d2i_PUBKEY(NULL, &at, length);
  if (public != NULL)
    form = FORM_PUBLIC;
  EVP_PKEY_free(public);
  ERR_clear_error();
  return form;
}

enum file_form file_form_of(struct text bytes)
{
  struct text text = without_blanks(bytes);
  if (text.length == 0)
    return FORM_EMPTY;
  if (begins_with(bytes, "\xFE\xED\xFE\xED", 4) || begins_with(bytes, "\xCE\xCE\xCE\xCE", 4))
    return FORM_JAVA;
  if (begins_with(bytes, "PK\x03\x04", 4) || begins_with(bytes, "\x1F\x8B", 2))
    return FORM_ARCHIVE;
  if (has(bytes, "PRIVATE KEY-----"))
    return FORM_KEY;
  struct arena *arena = arena_new("form", 0);
  struct cert_list certs;
  bool is_pkcs7 = pkcs7_read_certs(arena, bytes, &certs);
  arena_free(arena);
  if (is_pkcs7)
    return FORM_PKCS7;
  if ((unsigned char)bytes.at[0] == DER_SEQUENCE) {
    enum file_form form = form_of_der(bytes);
    if (form != FORM_OTHER)
      return form;
  }
  struct text head = {text.at,
                      text.length < PAGE_BYTES_LOOKED_AT ? text.length : PAGE_BYTES_LOOKED_AT};
  if (head.at[0] == '<' && (has(head, "<html") || has(head, "<HTML") || has(head, "<!DOCTYPE") ||
                            has(head, "<!doctype")))
    return FORM_PAGE;
  if (has(bytes, "CERTIFICATE REQUEST-----"))
    return FORM_REQUEST;
  if (has(bytes, "CERTIFICATE-----"))
    return FORM_PEM;
  return has(bytes, "BEGIN PUBLIC KEY-----") ? FORM_PUBLIC : FORM_OTHER;
}

const char *file_form_words(enum file_form form)
{
  static const char *const words[] = {
      [FORM_EMPTY] = "an empty file",
      [FORM_KEY] = "a private key",
      [FORM_PKCS12] = "a PKCS#12 file (.p12, .pfx), which is made for private keys",
      [FORM_JAVA] = "a Java keystore (JKS, JCEKS), which is made for private keys",
      [FORM_PKCS7] = "a PKCS#7 file (.p7b)",
      [FORM_DER] = "a certificate in DER (.cer, .crt)",
      [FORM_PEM] = "certificates in PEM",
      [FORM_REQUEST] = "a certificate signing request, not a certificate",
      [FORM_PUBLIC] = "a bare public key, not a certificate",
      [FORM_PAGE] = "a web page, not a certificate: the download was answered by a log-on page",
      [FORM_ARCHIVE] = "an archive (zip, gzip): take the certificate out of it first",
      [FORM_OTHER] = "no form of certificate that renew knows",
  };
  return words[form];
}

bool file_form_may_hold_key(enum file_form form)
{
  return form == FORM_KEY || form == FORM_PKCS12 || form == FORM_JAVA;
}
