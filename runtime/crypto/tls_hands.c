/* SPDX-License-Identifier: Apache-2.0 */
/* tls_hands: a connection of its own, and the handshake. See tls.h and tls_int.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "runtime/crypto/tls_int.h"

enum { NAMED_SHOWN_MAX = 20 }; /* authorities listed in a message */

static bool chain_has_name(const struct cert_list *chain, const X509_NAME *name)
{
  for (uint32_t i = 0; chain != NULL && i < chain->count; i++) {
    X509 *x509 = cert_to_x509(&chain->items[i]);
    bool same = x509 != NULL && (X509_NAME_cmp(X509_get_issuer_name(x509), name) == 0 ||
                                 X509_NAME_cmp(X509_get_subject_name(x509), name) == 0);
    X509_free(x509);
    if (same)
      return true;
  }
  return false;
}

/* Called when the server asks for a certificate: ours is set already, the list is read. */
static int on_certificate_request(SSL *ssl, void *with)
{
  struct watch *watch = with;
  const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(ssl);
  int count = names == NULL ? 0 : sk_X509_NAME_num(names);
  watch->asked = true;
  watch->names_ours = count == 0;
  for (int i = 0; i < count; i++) {
    const X509_NAME *name = sk_X509_NAME_value(names, i);
    if (chain_has_name(watch->chain, name))
      watch->names_ours = true;
    if (i < NAMED_SHOWN_MAX)
      watch->named = text_format(watch->arena, "%.*s%s%.*s", TEXT_ARG(watch->named),
                                 i == 0 ? "" : "; ", TEXT_ARG(name_to_text(watch->arena, name)));
  }
  return 1;
}

static struct cert_list certs_of_stack(struct arena *arena, const STACK_OF(X509) * stack)
{
  int count = stack == NULL ? 0 : sk_X509_num(stack);
  struct cert_list list = {.items = arena_array(arena, (size_t)count + 1, sizeof *list.items)};
  for (int i = 0; i < count; i++)
    list.items[list.count++] = cert_of_x509(arena, sk_X509_value(stack, i));
  return list;
}

static void note_chain(struct watch *watch, X509_STORE_CTX *store)
{
  STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
  STACK_OF(X509) *built = X509_STORE_CTX_get0_chain(store);
  if (watch->seen == NULL)
    return;
  watch->seen->sent = certs_of_stack(watch->arena, sent);
  watch->seen->built = certs_of_stack(watch->arena, built);
}

/* One who only looks hears every error and goes on: nothing of ours is shown to the peer. */
static int on_verify(int good, X509_STORE_CTX *store)
{
  SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  struct watch *watch = SSL_get_app_data(ssl);
  STACK_OF(X509) *sent = X509_STORE_CTX_get0_untrusted(store);
  X509 *leaf = sent == NULL || sk_X509_num(sent) == 0 ? X509_STORE_CTX_get0_cert(store)
                                                      : sk_X509_value(sent, 0);
  if (leaf != NULL && watch->peer.length == 0) {
    watch->peer = name_to_text(watch->arena, X509_get_subject_name(leaf));
    watch->issuer = name_to_text(watch->arena, X509_get_issuer_name(leaf));
  }
  if (!good && watch->verify_error == X509_V_OK)
    watch->verify_error = X509_STORE_CTX_get_error(store);
  note_chain(watch, store);
  return watch->seen != NULL ? 1 : good;
}

static void on_message(int is_sent, int version, int type, const void *bytes, size_t size_bytes,
                       SSL *ssl, void *with)
{
  (void)version;
  (void)ssl;
  struct watch *watch = with;
  const unsigned char *at = bytes;
  if (is_sent)
    return;
  if (type == SSL3_RT_HEADER && size_bytes == sizeof watch->first && watch->first_count == 0) {
    memcpy(watch->first, bytes, sizeof watch->first);
    watch->first_count = sizeof watch->first;
  }
  if (type == SSL3_RT_ALERT && size_bytes == 2 && at[0] == SSL3_AL_FATAL)
    watch->alert = at[1];
  if (type == SSL3_RT_HANDSHAKE && size_bytes > 0 && at[0] == SSL3_MT_NEWSESSION_TICKET)
    watch->ticket_seen = true;
}

static bool set_roots(SSL_CTX *context, const struct cert_list *roots)
{
  if (roots == NULL)
    return SSL_CTX_set_default_verify_paths(context) == 1;
  X509_STORE *store = SSL_CTX_get_cert_store(context);
  for (uint32_t i = 0; i < roots->count; i++) {
    X509 *x509 = cert_to_x509(&roots->items[i]);
    bool good = x509 != NULL && X509_STORE_add_cert(store, x509) == 1;
    X509_free(x509);
    if (!good)
      return false;
  }
  /* Whoever names a file of certificates trusts each of them, not only self-signed ones. */
  return X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN) == 1;
}

static bool set_pair(SSL_CTX *context, const struct tls_wish *wish)
{
  if (wish->key == NULL || wish->chain == NULL || wish->chain->count == 0)
    return true;
  for (uint32_t i = 0; i < wish->chain->count; i++) {
    X509 *x509 = cert_to_x509(&wish->chain->items[i]);
    bool good = x509 != NULL && (i == 0 ? SSL_CTX_use_certificate(context, x509)
                                        : SSL_CTX_add1_chain_cert(context, x509)) == 1;
    X509_free(x509);
    if (!good)
      return false;
  }
  return SSL_CTX_use_PrivateKey(context, wish->key->pkey) == 1;
}

static SSL_CTX *make_context(const struct tls_wish *wish, struct watch *watch)
{
  SSL_CTX *context = SSL_CTX_new(TLS_client_method());
  if (context == NULL)
    return NULL;
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
  SSL_CTX_set_min_proto_version(context,
                                wish->version == TLS_VERSION_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(context, wish->version == TLS_VERSION_1_2 ? TLS1_2_VERSION : 0);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_verify);
  SSL_CTX_set_msg_callback(context, on_message);
  SSL_CTX_set_msg_callback_arg(context, watch);
  SSL_CTX_set_cert_cb(context, on_certificate_request, watch);
  if (set_roots(context, wish->roots) && set_pair(context, wish))
    return context;
  SSL_CTX_free(context);
  return NULL;
}

static bool set_expected_name(SSL *ssl, struct arena *arena, const struct tls_wish *wish)
{
  static const unsigned char http[] = "\x08http/1.1";
  const char *host = text_zero(arena, wish->host);
  unsigned char address[16];
  X509_VERIFY_PARAM *parameters = SSL_get0_param(ssl);
  /* Our clock, not the process's: every judgement about time in a run is made by one clock. */
  X509_VERIFY_PARAM_set_time(parameters, (time_t)wish->now_s);
  if (SSL_set_alpn_protos(ssl, http, sizeof http - 1) != 0)
    return false;
  if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
    return X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1;
  return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

/* False when the time is over. `until_ms`: by the wish's clock. */
static bool wait_for(int fd, short events, const struct tls_wish *wish, int64_t until_ms)
{
  int64_t left = until_ms - wish->monotonic_ms();
  if (left <= 0)
    return false;
  struct pollfd one = {.fd = fd, .events = events};
  int ready = poll(&one, 1, left > INT32_MAX ? INT32_MAX : (int)left);
  return ready > 0 || (ready < 0 && errno == EINTR);
}

enum step_end tls_after(SSL *ssl, int returned, const struct tls_wish *wish, int64_t until_ms)
{
  switch (SSL_get_error(ssl, returned)) {
  case SSL_ERROR_WANT_READ:
    return wait_for(SSL_get_fd(ssl), POLLIN, wish, until_ms) ? STEP_GOOD : STEP_LATE;
  case SSL_ERROR_WANT_WRITE:
    return wait_for(SSL_get_fd(ssl), POLLOUT, wish, until_ms) ? STEP_GOOD : STEP_LATE;
  case SSL_ERROR_ZERO_RETURN:
    return STEP_CLOSED;
  default:
    return STEP_BROKEN;
  }
}

enum step_end tls_shake_hands(SSL *ssl, const struct tls_wish *wish)
{
  for (;;) {
    ERR_clear_error();
    int returned = SSL_connect(ssl);
    if (returned == 1)
      return STEP_GOOD;
    enum step_end end = tls_after(ssl, returned, wish, wish->deadline_ms);
    if (end != STEP_GOOD)
      return end;
  }
}

SSL *tls_open(int fd, const struct tls_wish *wish, struct watch *watch, struct text *ret_error)
{
  ERR_clear_error();
  SSL_CTX *context = make_context(wish, watch);
  SSL *ssl = context == NULL ? NULL : SSL_new(context);
  bool good = ssl != NULL && SSL_set_fd(ssl, fd) == 1 &&
              set_expected_name(ssl, watch->arena, wish) &&
              fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0;
  /* The SSL keeps the context for itself. */
  SSL_CTX_free(context);
  if (good) {
    SSL_set_app_data(ssl, watch);
    return ssl;
  }
  *ret_error = text_format(watch->arena, "the handshake could not be prepared: %.*s",
                           TEXT_ARG(crypto_error(watch->arena)));
  SSL_free(ssl);
  return NULL;
}

bool tls_block_broken_pipe(sigset_t *ret_before)
{
  sigset_t pipe_only;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  return pthread_sigmask(SIG_BLOCK, &pipe_only, ret_before) == 0;
}

void tls_unblock_broken_pipe(const sigset_t *before)
{
  static const struct timespec at_once = {0, 0};
  sigset_t pipe_only;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  if (sigismember(before, SIGPIPE) == 0)
    while (sigtimedwait(&pipe_only, NULL, &at_once) == SIGPIPE)
      continue;
  pthread_sigmask(SIG_SETMASK, before, NULL);
}

const char *tls_alert_word(int alert)
{
  /* OpenSSL 3.0 has no words for those that TLS 1.3 brought. */
  return alert == SSL_AD_MISSING_EXTENSION      ? "missing extension"
         : alert == SSL_AD_CERTIFICATE_REQUIRED ? "certificate required"
                                                : SSL_alert_desc_string_long(alert);
}
