/* SPDX-License-Identifier: Apache-2.0 */
/* tls_look: see tls_look.h. */
#include "runtime/crypto/tls_look.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>

#include "runtime/crypto/tls_int.h"

struct tls_seen tls_look(struct arena *arena, int fd, const struct tls_wish *given)
{
  struct tls_seen seen = {.named = TEXT(""), .version = TEXT(""), .says = TEXT("")};
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
  if (end == STEP_GOOD) {
    seen.version = text_of(SSL_get_version(ssl));
    SSL_shutdown(ssl);
  }
  if (was_set)
    tls_unblock_broken_pipe(&signals);
  seen.has_chain = seen.sent.count != 0;
  seen.verifies = seen.has_chain && watch.verify_error == X509_V_OK;
  seen.why = seen.verifies ? TEXT("") : text_of(X509_verify_cert_error_string(watch.verify_error));
  seen.asks = watch.asked;
  seen.named = watch.named;
  if (!seen.has_chain) {
    seen.says = watch.alert >= 0   ? text_format(arena, "it ended the handshake with alert %d (%s)",
                                                 watch.alert, SSL_alert_desc_string_long(watch.alert))
                : end == STEP_LATE ? TEXT("no answer in time")
                : ERR_peek_error() != 0 ? crypto_error(arena)
                : fault != 0            ? text_of(strerror(fault))
                                        : TEXT("closed without a word");
  }
  SSL_free(ssl);
  ERR_clear_error();
  return seen;
}
