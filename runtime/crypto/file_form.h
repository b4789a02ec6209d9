/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file_form: what a file is that somebody brings as a certificate, before anything is made of it. Opens
 * nothing: no password is asked for, and what is inside is judged by others (pem.h, pkcs7.h, pkcs12.h).
 */
#ifndef RENEW_CRYPTO_FILE_FORM_H
#define RENEW_CRYPTO_FILE_FORM_H

#include <stdbool.h>

#include "compiler/base/text.h"

enum file_form {
  FORM_EMPTY,
  FORM_KEY,     /* a private key, PEM or DER, with or without certificates beside it */
  FORM_PKCS12,  /* .p12, .pfx: may hold private keys */
  FORM_JAVA,    /* JKS, JCEKS: may hold private keys */
  FORM_PKCS7,   /* .p7b: certificates */
  FORM_DER,     /* one certificate */
  FORM_PEM,     /* certificates, as text */
  FORM_REQUEST, /* a certificate signing request */
  FORM_PUBLIC,  /* a bare public key */
  FORM_PAGE,    /* HTML */
  FORM_ARCHIVE, /* zip, gzip */
  FORM_OTHER
};

enum file_form file_form_of(struct text bytes);
/* "a PKCS#12 file", for people. */
const char *file_form_words(enum file_form form);
/* Whether a private key lies in it, or may lie in it. */
bool file_form_may_hold_key(enum file_form form);

#endif
