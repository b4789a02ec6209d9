/* SPDX-License-Identifier: Apache-2.0 */
/* tls: see tls.h. */
#include "runtime/crypto/tls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "runtime/crypto/tls_int.h"

enum {
  ANSWER_BYTES = 4096, /* the first line, and the title of a gateway's page */
  TITLE_BYTES = 120,
  SETTLE_MS = 250, /* how long a silent server may take to send its alert before we send */
  STATUS_SERVER_FAULT = 500
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

static enum step_end read_some(SSL *ssl, const struct tls_wish *wish, int64_t until_ms,
                               char *answer, int *have)
{
  while (*have < ANSWER_BYTES) {
    ERR_clear_error();
    int returned = SSL_read(ssl, answer + *have, ANSWER_BYTES - *have);
    if (returned > 0) {
      *have += returned;
      /* The first line is enough where no title is wanted. */
      if (memchr(answer, '\n', (size_t)*have) != NULL &&
          (!wish->wants_title || memmem(answer, (size_t)*have, "</title>", 8) != NULL))
        return STEP_GOOD;
      continue;
    }
    enum step_end end = tls_after(ssl, returned, wish, until_ms);
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
    enum step_end end = tls_after(ssl, returned, wish, wish->deadline_ms);
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

static void judge_alert(struct arena *arena, struct tls_verdict *verdict, const struct watch *watch)
{
  verdict->alert = watch->alert;
  /* Before the server has asked, an alert is about the versions or names on offer, not about us. */
  verdict->result = watch->asked ? TLS_REFUSED_ALERT : TLS_UNREACHABLE;
  verdict->says =
      text_format(arena, "refused by alert %d (%s)%s", watch->alert, tls_alert_word(watch->alert),
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

static struct text title_of(struct arena *arena, const char *answer, int have)
{
  const char *open = memmem(answer, (size_t)have, "<title>", 7);
  if (open == NULL)
    return TEXT("");
  open += 7;
  size_t left = (size_t)(answer + have - open);
  const char *close = memmem(open, left, "</title>", 8);
  size_t length = close == NULL ? left : (size_t)(close - open);
  return text_copy(arena, (struct text){open, length > TITLE_BYTES ? TITLE_BYTES : length});
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
  sigset_t signals;
  SSL *ssl = tls_open(fd, wish, &watch, &verdict.says);
  if (ssl == NULL)
    return verdict;
  bool was_set = tls_block_broken_pipe(&signals);
  errno = 0;
  enum step_end end = tls_shake_hands(ssl, wish);
  bool is_open = end == STEP_GOOD;
  if (is_open) {
    verdict.version = text_of(SSL_get_version(ssl));
    end = converse(ssl, arena, wish, answer, &have);
  }
  if (was_set)
    tls_unblock_broken_pipe(&signals);
  verdict.title = TEXT("");
  if (wish->wants_title && have > 0)
    verdict.title = title_of(arena, answer, have);
  if (is_open && watch.alert < 0 && (have > 0 || end == STEP_CLOSED))
    judge_answer(arena, &verdict, &watch, answer, have);
  else
    judge_end(arena, &verdict, &watch, end);
  verdict.is_silent = is_open && end == STEP_LATE && verdict.result == TLS_UNREACHABLE;
  verdict.peer = watch.peer;
  verdict.issuer = watch.issuer;
  verdict.named = watch.named;
  SSL_free(ssl);
  ERR_clear_error();
  return verdict;
}
