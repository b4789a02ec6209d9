/* SPDX-License-Identifier: Apache-2.0 */
/* tls: see tls.h. */
#include "runtime/crypto/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "runtime/crypto/crypto_int.h"

enum {
  ANSWER_BYTES = 64,    /* enough for "HTTP/1.1 403 " */
  SETTLE_MS = 250,      /* how long a silent server may take to send its alert before we send */
  NAMED_SHOWN_MAX = 20, /* authorities listed in a message */
  STATUS_SERVER_FAULT = 500
};

/* What the callbacks see while the handshake runs. */
struct watch {
  struct arena *arena;
  bool asked;       /* the server sent a CertificateRequest */
  bool names_ours;  /* ... and its list is empty or has our issuer */
  bool ticket_seen; /* TLS 1.3: the server is through with our certificate */
  int alert;        /* received, fatal; -1 none */
  int verify_error;
  struct text peer;
  struct text issuer;
  struct text named;
  const struct cert_list *chain;
};

static const char *const result_words[] = {
    [TLS_ACCEPTED] = "accepted",
    [TLS_REFUSED_ALERT] = "refused by alert",
    [TLS_REFUSED_HTTP] = "refused by HTTP status",
    [TLS_NOT_ASKED] = "server asked for no certificate",
    [TLS_CA_NOT_NAMED] = "server does not name our CA",
    [TLS_PEER_UNEXPECTED] = "peer chain not expected",
    [TLS_UNREACHABLE] = "unreachable",
};

const char *tls_result_word(enum tls_result result)
{
  return result_words[result];
}

bool tls_status_refuses(int status)
{
  return status == 400 || status == 401 || status == 403 || status == 495 || status == 496;
}

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
  return good;
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

enum step_end { STEP_GOOD, STEP_CLOSED, STEP_LATE, STEP_BROKEN };

/* What follows from a return value of SSL_connect, SSL_read or SSL_write; STEP_GOOD = try again. */
static enum step_end after(SSL *ssl, int returned, const struct tls_wish *wish, int64_t until_ms)
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

static enum step_end shake_hands(SSL *ssl, const struct tls_wish *wish)
{
  for (;;) {
    ERR_clear_error();
    int returned = SSL_connect(ssl);
    if (returned == 1)
      return STEP_GOOD;
    enum step_end end = after(ssl, returned, wish, wish->deadline_ms);
    if (end != STEP_GOOD)
      return end;
  }
}

static enum step_end read_some(SSL *ssl, const struct tls_wish *wish, int64_t until_ms,
                               char *answer, int *have)
{
  while (*have < ANSWER_BYTES) {
    ERR_clear_error();
    int returned = SSL_read(ssl, answer + *have, ANSWER_BYTES - *have);
    if (returned > 0) {
      *have += returned;
      /* The first line is enough. */
      if (memchr(answer, '\n', (size_t)*have) != NULL)
        return STEP_GOOD;
      continue;
    }
    enum step_end end = after(ssl, returned, wish, until_ms);
    const struct watch *watch = SSL_get_app_data(ssl);
    if (end != STEP_GOOD || (until_ms < wish->deadline_ms && watch->ticket_seen))
      return end;
  }
  return STEP_GOOD;
}

/*
 * TLS 1.3: gives a refusing server the time to say so before we send. Bytes of ours that arrive
 * behind its alert make its kernel answer with a reset, which throws the alert away.
 */
static enum step_end settle(SSL *ssl, const struct tls_wish *wish, char *answer, int *have)
{
  const struct watch *watch = SSL_get_app_data(ssl);
  if (SSL_version(ssl) != TLS1_3_VERSION || !watch->asked || watch->ticket_seen)
    return STEP_GOOD;
  int64_t until_ms = wish->monotonic_ms() + SETTLE_MS;
  if (until_ms >= wish->deadline_ms)
    until_ms = wish->deadline_ms - 1;
  enum step_end end = read_some(ssl, wish, until_ms, answer, have);
  return end == STEP_LATE ? STEP_GOOD : end;
}

static enum step_end ask(SSL *ssl, struct arena *arena, const struct tls_wish *wish)
{
  struct text request =
      text_format(arena,
                  "%s %.*s HTTP/1.1\r\nHost: %.*s\r\nUser-Agent: renew\r\nAccept: */*\r\n"
                  "Connection: close\r\n\r\n",
                  wish->method == NULL ? "HEAD" : wish->method,
                  wish->path.length == 0 ? 1 : (int)wish->path.length,
                  wish->path.length == 0 ? "/" : wish->path.at, TEXT_ARG(wish->host));
  for (;;) {
    ERR_clear_error();
    int returned = SSL_write(ssl, request.at, (int)request.length);
    if (returned > 0)
      return STEP_GOOD;
    enum step_end end = after(ssl, returned, wish, wish->deadline_ms);
    if (end != STEP_GOOD)
      return end;
  }
}

/* Behind the handshake: listen, ask, listen. */
static enum step_end converse(SSL *ssl, struct arena *arena, const struct tls_wish *wish,
                              char *answer, int *have)
{
  enum step_end end = settle(ssl, wish, answer, have);
  if (end != STEP_GOOD || *have > 0)
    return end;
  end = ask(ssl, arena, wish);
  if (end == STEP_LATE)
    return end;
  /* Where asking failed, an alert that came before may still lie in our buffer. */
  return read_some(ssl, wish, wish->deadline_ms, answer, have);
}

/* A peer that is gone must not end this process: OpenSSL writes without MSG_NOSIGNAL. */
static bool block_broken_pipe(sigset_t *ret_before)
{
  sigset_t pipe_only;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  return pthread_sigmask(SIG_BLOCK, &pipe_only, ret_before) == 0;
}

static void unblock_broken_pipe(const sigset_t *before)
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

static void judge_alert(struct arena *arena, struct tls_verdict *verdict, const struct watch *watch)
{
  verdict->alert = watch->alert;
  /* Before the server has asked, an alert is about the versions or names on offer, not about us. */
  verdict->result = watch->asked ? TLS_REFUSED_ALERT : TLS_UNREACHABLE;
  verdict->says = text_format(arena, "refused by alert %d (%s)%s", watch->alert,
                              SSL_alert_desc_string_long(watch->alert),
                              watch->asked ? "" : " before it asked for a certificate");
}

static int status_of(const char *answer, int have)
{
  if (have < 12 || memcmp(answer, "HTTP/", 5) != 0)
    return 0;
  const char *blank = memchr(answer, ' ', (size_t)have);
  if (blank == NULL || answer + have - blank < 4)
    return 0;
  return atoi(blank + 1);
}

static void judge_answer(struct arena *arena, struct tls_verdict *verdict,
                         const struct watch *watch, const char *answer, int have)
{
  int status = status_of(answer, have);
  verdict->status = status;
  struct text shown = status != 0 ? text_format(arena, "status %d", status)
                      : have > 0  ? TEXT("an answer")
                                  : TEXT("an orderly close");
  verdict->says = text_format(arena, "accepted (%.*s)", TEXT_ARG(shown));
  verdict->result = TLS_ACCEPTED;
  if (tls_status_refuses(status)) {
    verdict->result = TLS_REFUSED_HTTP;
    verdict->says = text_format(arena, "refused by HTTP status %d", status);
  } else if (status >= STATUS_SERVER_FAULT) {
    verdict->result = TLS_UNREACHABLE;
    verdict->says = text_format(
        arena, "status %d: a fault of the server, which says neither yes nor no", status);
  } else if (!watch->asked) {
    verdict->result = TLS_NOT_ASKED;
    verdict->says =
        text_format(arena, "the server asked for no certificate (%.*s)", TEXT_ARG(shown));
  } else if (!watch->names_ours) {
    verdict->result = TLS_CA_NOT_NAMED;
    verdict->says = text_format(arena,
                                "the server takes the certificate but does not name its CA; "
                                "clients that look at the list send none. It names: %.*s",
                                TEXT_ARG(watch->named));
  }
}

static void judge_end(struct arena *arena, struct tls_verdict *verdict, const struct watch *watch,
                      enum step_end end)
{
  verdict->result = TLS_UNREACHABLE;
  if (watch->verify_error != X509_V_OK) {
    verdict->result = TLS_PEER_UNEXPECTED;
    verdict->says = text_format(arena,
                                "the server's certificate is not the expected one: %s; it is %.*s, "
                                "issued by %.*s",
                                X509_verify_cert_error_string(watch->verify_error),
                                TEXT_ARG(watch->peer), TEXT_ARG(watch->issuer));
  } else if (watch->alert >= 0) {
    judge_alert(arena, verdict, watch);
  } else if (end == STEP_LATE) {
    verdict->says = TEXT("no answer in time");
  } else {
    int fault = errno;
    struct text words = ERR_peek_error() != 0 ? crypto_error(arena)
                        : fault != 0          ? text_of(strerror(fault))
                                              : TEXT("closed without a word");
    verdict->says = text_format(arena, "the connection broke: %.*s", TEXT_ARG(words));
  }
}

struct tls_verdict tls_probe(struct arena *arena, int fd, const struct tls_wish *wish)
{
  struct tls_verdict verdict = {.result = TLS_UNREACHABLE, .alert = -1};
  struct watch watch = {.arena = arena, .alert = -1, .chain = wish->chain};
  char answer[ANSWER_BYTES];
  int have = 0;
  SSL *ssl = NULL;
  sigset_t signals;
  ERR_clear_error();
  SSL_CTX *context = make_context(wish, &watch);
  if (context == NULL || (ssl = SSL_new(context)) == NULL || SSL_set_fd(ssl, fd) != 1 ||
      !set_expected_name(ssl, arena, wish) ||
      fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) {
    verdict.says = text_format(arena, "the handshake could not be prepared: %.*s",
                               TEXT_ARG(crypto_error(arena)));
    goto out;
  }
  SSL_set_app_data(ssl, &watch);
  bool was_set = block_broken_pipe(&signals);
  errno = 0;
  enum step_end end = shake_hands(ssl, wish);
  bool is_open = end == STEP_GOOD;
  if (is_open) {
    verdict.version = text_of(SSL_get_version(ssl));
    end = converse(ssl, arena, wish, answer, &have);
  }
  if (was_set)
    unblock_broken_pipe(&signals);
  if (is_open && watch.alert < 0 && (have > 0 || end == STEP_CLOSED))
    judge_answer(arena, &verdict, &watch, answer, have);
  else
    judge_end(arena, &verdict, &watch, end);
  verdict.peer = watch.peer;
  verdict.issuer = watch.issuer;
  verdict.named = watch.named;
out:
  SSL_free(ssl);
  SSL_CTX_free(context);
  ERR_clear_error();
  return verdict;
}
