/* SPDX-License-Identifier: Apache-2.0 */
/* tls_look: see tls_look.h. */
#include "runtime/crypto/tls_look.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "runtime/crypto/tls_int.h"

/* What speaks there, where it is not TLS; TEXT_NONE: nothing can be said. */
static struct text other_protocol(struct arena *arena, const struct watch *watch)
{
  if (watch->first_count == 0)
    return TEXT_NONE;
  struct text first = {watch->first, (size_t)watch->first_count};
  if (text_is(first, "HTTP/"))
    return TEXT("it answers in plain HTTP, not in TLS: another port, or an address at http:");
  for (size_t i = 0; i < first.length; i++)
    if (isprint((unsigned char)first.at[i]) == 0)
      return TEXT_NONE;
  return text_format(arena, "it speaks no TLS: its answer begins with \"%.*s\"", TEXT_ARG(first));
}

static struct text names_of(struct arena *arena, const struct cert *cert)
{
  X509 *x509 = cert_to_x509(cert);
  BIO *bio = BIO_new(BIO_s_mem());
  int at = x509 == NULL ? -1 : X509_get_ext_by_NID(x509, NID_subject_alt_name, -1);
  char *words = NULL;
  long length = 0;
  if (at >= 0 && bio != NULL && X509V3_EXT_print(bio, X509_get_ext(x509, at), 0, 0) == 1)
    length = BIO_get_mem_data(bio, &words);
  struct text names = text_copy(arena, (struct text){words, length < 0 ? 0 : (size_t)length});
  BIO_free(bio);
  X509_free(x509);
  ERR_clear_error();
  return names;
}

struct tls_seen tls_look(struct arena *arena, int fd, const struct tls_wish *given)
{
  struct tls_seen seen = {
      .named = TEXT(""), .names = TEXT(""), .version = TEXT(""), .alert = -1, .says = TEXT("")};
  struct tls_wish wish = *given;
  struct watch watch = {.arena = arena, .alert = -1, .seen = &seen};
  sigset_t signals;
  wish.key = NULL;
  wish.chain = NULL;
  SSL *ssl = tls_open(fd, &wish, &watch, &seen.says);
  if (ssl == NULL)
    return seen;
  bool was_set = tls_block_broken_pipe(&signals);
  errno = 0;
  enum step_end end = tls_shake_hands(ssl, &wish);
  int fault = errno;
  seen.is_whole = end == STEP_GOOD;
  if (seen.is_whole)
    SSL_shutdown(ssl);
  if (was_set)
    tls_unblock_broken_pipe(&signals);
  seen.has_chain = seen.sent.count != 0;
  seen.version = seen.has_chain ? text_of(SSL_get_version(ssl)) : TEXT("");
  seen.verifies = seen.has_chain && watch.verify_error == X509_V_OK;
  seen.why = seen.verifies ? TEXT("") : text_of(X509_verify_cert_error_string(watch.verify_error));
  seen.is_other_name = watch.verify_error == X509_V_ERR_HOSTNAME_MISMATCH ||
                       watch.verify_error == X509_V_ERR_IP_ADDRESS_MISMATCH;
  seen.asks = watch.asked;
  seen.alert = watch.alert;
  seen.named = watch.named;
  if (seen.has_chain)
    seen.names = names_of(arena, &seen.sent.items[0]);
  else
    seen.says = other_protocol(arena, &watch);
  if (!seen.has_chain && seen.says.length == 0) {
    seen.says = watch.alert >= 0   ? text_format(arena, "it ended the handshake with alert %d (%s)",
                                                 watch.alert, tls_alert_word(watch.alert))
                : end == STEP_LATE ? TEXT("no answer in time")
                : ERR_peek_error() != 0 ? crypto_error(arena)
                : fault != 0            ? text_of(strerror(fault))
                                        : TEXT("closed without a word");
  }
  SSL_free(ssl);
  ERR_clear_error();
  return seen;
}
