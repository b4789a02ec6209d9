/* SPDX-License-Identifier: Apache-2.0 */
/* probe: see probe.h. */
#include "runtime/providers/probe.h"

#include <unistd.h>

#include "runtime/net/address.h"
#include "runtime/net/http.h"
#include "runtime/net/tunnel.h"
#include "runtime/net/url.h"
#include "runtime/providers/conf.h"

enum { STATUS_FAULT = 500, DOOR_LIMIT_MS = 3000 };

/* Through a proxy there is one door, and the proxy chooses the address: so it is said. */
static void through_proxy(const struct call *call, const struct url *url, struct text proxy,
                          struct address_list *ret_addresses)
{
  struct address *only = ARENA_NEW(call->arena, struct address);
  only->shown = text_format(call->arena, "%.*s:%u through %.*s", TEXT_ARG(url->host), url->port,
                            TEXT_ARG(proxy));
  *ret_addresses = (struct address_list){only, 1};
}

static bool open_url(const struct call *call, struct text words, struct url *ret_url,
                     struct address_list *ret_addresses, struct text *ret_error)
{
  if (!url_parse(call->arena, words, ret_url, ret_error))
    return false;
  struct text proxy = conf_proxy(call->world->conf, ret_url->host);
  if (proxy.length != 0) {
    through_proxy(call, ret_url, proxy, ret_addresses);
    return true;
  }
  return address_find(call->arena, ret_url->host, ret_url->port, ret_addresses, ret_error);
}

bool probe_is_possible(const struct call *call, uint32_t system)
{
  return text_starts_with(setting_text(call, system, KEY_URL, 0), "https://");
}

/* The roots against which the server is verified. *ret_roots = NULL: the system's. */
static bool read_roots(const struct call *call, uint32_t system, struct text host,
                       struct cert_list *room, const struct cert_list **ret_roots,
                       struct text *ret_error)
{
  struct text pem;
  const char *path = setting_path(call, system, KEY_VERIFIES_WITH, 0);
  *ret_roots = NULL;
  if (path == NULL)
    path = conf_roots(call->arena, call->world->conf, host);
  if (path == NULL)
    return true;
  if (file_read(call->arena, path, &pem, ret_error) != FILE_FOUND ||
      !cert_read_pem(call->arena, pem, room, ret_error))
    return false;
  *ret_roots = room;
  return true;
}

static int connect_to(const struct call *call, const struct url *url, const struct address *address,
                      const struct tls_wish *wish, struct text *ret_error)
{
  struct text proxy = conf_proxy(call->world->conf, url->host);
  if (proxy.length == 0)
    return address_connect(call->arena, address, wish->deadline_ms, wish->monotonic_ms, ret_error);
  return tunnel_connect(call->arena, proxy, url->host, url->port,
                        wish->deadline_ms - wish->monotonic_ms(), ret_error);
}

static struct tls_verdict shake(const struct call *call, const struct url *url,
                                const struct address *address, const struct tls_wish *wish)
{
  struct text error = TEXT_NONE;
  int fd = connect_to(call, url, address, wish, &error);
  if (fd < 0)
    return (struct tls_verdict){.result = TLS_UNREACHABLE, .alert = -1, .says = error};
  struct tls_verdict verdict = tls_probe(call->arena, fd, wish);
  close(fd);
  return verdict;
}

static bool fits(const struct tls_verdict *verdict, enum expected expected)
{
  switch (verdict->result) {
  case TLS_ACCEPTED:
    return expected == EXPECT_ACCEPTED;
  case TLS_REFUSED_ALERT:
  case TLS_REFUSED_HTTP:
    return expected == EXPECT_REFUSED;
  case TLS_NOT_ASKED:
  case TLS_CA_NOT_NAMED:
  case TLS_PEER_UNEXPECTED:
  case TLS_UNREACHABLE:
    return false;
  }
  return false;
}

/* TLS 1.2 and 1.3 refuse at different moments and may be configured apart: the rounds take turns. A
 * version that the server does not speak says nothing about the certificate. */
static struct tls_verdict shake_round(const struct call *call, const struct url *url,
                                      const struct address *address, struct tls_wish *wish,
                                      uint32_t round)
{
  static const enum tls_version turns[] = {TLS_VERSION_ANY, TLS_VERSION_1_2, TLS_VERSION_1_3};
  wish->version = turns[round % (sizeof turns / sizeof *turns)];
  wish->deadline_ms = step_until_ms(call, PROBE_LIMIT_S);
  if (wish->version == TLS_VERSION_ANY)
    return shake(call, url, address, wish);
  struct tls_verdict verdict = shake(call, url, address, wish);
  if (verdict.result != TLS_UNREACHABLE)
    return verdict;
  wish->version = TLS_VERSION_ANY;
  return shake(call, url, address, wish);
}

struct probe_report probe_pair(const struct call *call, uint32_t system, const struct pair *pair,
                               enum expected expected, uint32_t rounds)
{
  struct url url;
  struct address_list addresses;
  struct cert_list room;
  struct cert_list shown = certs_without_root(&pair->chain);
  struct probe_report report = {0};
  struct tls_wish wish = {.method = "HEAD",
                          .key = pair->key,
                          .chain = &shown,
                          .now_s = call->world->now_s(),
                          .monotonic_ms = call->world->monotonic_ms};
  struct text error = TEXT_NONE;
  if (!open_url(call, setting_text(call, system, KEY_URL, 0), &url, &addresses, &error) ||
      !read_roots(call, system, url.host, &room, &wish.roots, &error)) {
    report.says = error;
    return report;
  }
  wish.host = url.host;
  wish.path = url.path;
  for (uint32_t i = 0; i < addresses.count; i++)
    for (uint32_t round = 0; round < rounds; round++) {
      struct tls_verdict verdict = shake_round(call, &url, &addresses.items[i], &wish, round);
      report.was_judged = report.was_judged || (verdict.result != TLS_UNREACHABLE &&
                                                verdict.result != TLS_PEER_UNEXPECTED);
      if (fits(&verdict, expected))
        continue;
      report.says = text_format(call->arena, "%.*s (%u of %u addresses): %.*s",
                                TEXT_ARG(addresses.items[i].shown), i + 1, addresses.count,
                                TEXT_ARG(verdict.says));
      return report;
    }
  report.as_expected = true;
  report.says = text_format(call->arena, "%s at %u of %u addresses, %u fresh handshakes each",
                            expected == EXPECT_ACCEPTED ? "accepted" : "refused", addresses.count,
                            addresses.count, rounds);
  return report;
}

/* SAP-f7a5-19: which of the two it is depends on the other side. */
static const char *meaning(int status)
{
  if (status >= 200 && status < 300)
    return ": the certificate is accepted";
  switch (status) {
  case 400:
    return ": nginx answers so where a certificate that it requires is missing or does not verify";
  case 401:
    return ": the server knows nobody by this certificate: it is not uploaded there, or not in "
           "force "
           "yet";
  case 403:
    return ": the server knows the certificate and does not let it in: a right is missing, or is "
           "bound "
           "to the old one";
  case 404:
    return ": the address is not known there; of the certificate that says nothing";
  case 495:
    return ": nginx: the certificate does not verify";
  case 496:
    return ": nginx: a certificate is required";
  default:
    return "";
  }
}

static bool code_fits(int status, const int64_t *codes, uint32_t code_count)
{
  bool some_wanted = false;
  for (uint32_t i = 0; i < code_count; i++) {
    if (codes[i] < 0 && status == -codes[i])
      return false;
    some_wanted = some_wanted || codes[i] >= 0;
    if (codes[i] >= 0 && status == codes[i])
      return true;
  }
  return !some_wanted && (code_count > 0 || (status < STATUS_FAULT && !tls_status_refuses(status)));
}

struct probe_report probe_pair_call(const struct call *call, uint32_t system,
                                    const struct pair *pair, const int64_t *codes,
                                    uint32_t code_count, uint32_t rounds)
{
  struct url url;
  struct address_list addresses;
  struct cert_list room, shown = certs_without_root(&pair->chain);
  struct probe_report report = {0};
  struct tls_wish wish = {.method = "GET",
                          .key = pair->key,
                          .chain = &shown,
                          .now_s = call->world->now_s(),
                          .monotonic_ms = call->world->monotonic_ms};
  struct tls_verdict verdict = {0};
  if (!open_url(call, setting_text(call, system, KEY_URL, 0), &url, &addresses, &report.says) ||
      !read_roots(call, system, url.host, &room, &wish.roots, &report.says))
    return report;
  wish.host = url.host;
  wish.path = url.path;
  for (uint32_t i = 0; i < addresses.count; i++)
    for (uint32_t round = 0; round < rounds; round++) {
      verdict = shake_round(call, &url, &addresses.items[i], &wish, round);
      report.was_judged = report.was_judged || (verdict.result != TLS_UNREACHABLE &&
                                                verdict.result != TLS_PEER_UNEXPECTED);
      /* Who was not asked for a certificate has shown none. */
      bool has_status = verdict.status != 0 && verdict.result != TLS_NOT_ASKED;
      if (has_status && code_fits(verdict.status, codes, code_count))
        continue;
      report.says =
          text_format(call->arena, "%.*s (%u of %u addresses): %.*s%s",
                      TEXT_ARG(addresses.items[i].shown), i + 1, addresses.count,
                      TEXT_ARG(has_status ? text_format(call->arena, "status %d", verdict.status)
                                          : verdict.says),
                      has_status ? meaning(verdict.status) : "");
      return report;
    }
  report.as_expected = true;
  report.says = text_format(call->arena, "status %d%s, at %u of %u addresses, %u fresh calls each",
                            verdict.status, meaning(verdict.status), addresses.count,
                            addresses.count, rounds);
  return report;
}

struct probe_report probe_call(const struct call *call, struct text words, const int64_t *codes,
                               uint32_t code_count, uint32_t rounds)
{
  struct url url;
  struct address_list addresses;
  struct probe_report report = {0};
  if (!open_url(call, words, &url, &addresses, &report.says))
    return report;
  for (uint32_t i = 0; i < addresses.count; i++)
    for (uint32_t round = 0; round < rounds; round++) {
      struct http_wish wish = {.url = words,
                               .address = addresses.items[i].host,
                               .method = "GET",
                               .proxy = conf_proxy(call->world->conf, url.host),
                               .roots_file = conf_roots(call->arena, call->world->conf, url.host),
                               .timeout_ms = PROBE_LIMIT_S * 1000};
      struct http_answer answer = http_call(call->arena, &wish);
      report.was_judged = report.was_judged || answer.end == HTTP_ANSWERED;
      if (answer.end == HTTP_ANSWERED && code_fits(answer.status, codes, code_count))
        continue;
      struct text found = answer.end == HTTP_ANSWERED
                              ? text_format(call->arena, "status %d", answer.status)
                              : answer.error;
      report.says = text_format(call->arena, "%.*s: %.*s", TEXT_ARG(addresses.items[i].shown),
                                TEXT_ARG(found));
      return report;
    }
  report.as_expected = true;
  report.says =
      text_format(call->arena, "answers as expected at %u of %u addresses, %u fresh calls each",
                  addresses.count, addresses.count, rounds);
  return report;
}

struct probe_report probe_silence(const struct call *call, struct text words)
{
  struct url url;
  struct address_list addresses;
  struct probe_report report = {0};
  if (!open_url(call, words, &url, &addresses, &report.says))
    return report;
  for (uint32_t i = 0; i < addresses.count; i++) {
    struct http_wish wish = {.url = words,
                             .address = addresses.items[i].host,
                             .method = "HEAD",
                             .proxy = conf_proxy(call->world->conf, url.host),
                             .roots_file = conf_roots(call->arena, call->world->conf, url.host),
                             .timeout_ms = PROBE_LIMIT_S * 1000};
    if (http_call(call->arena, &wish).end == HTTP_NO_LISTENER)
      continue;
    report.says =
        text_format(call->arena, "%.*s still answers", TEXT_ARG(addresses.items[i].shown));
    return report;
  }
  report.as_expected = report.was_judged = true;
  report.says = text_format(call->arena, "nothing listens at %u of %u addresses", addresses.count,
                            addresses.count);
  return report;
}

struct probe_report probe_server(const struct call *call, struct text words,
                                 const struct cert *expected)
{
  struct url url;
  struct address_list addresses;
  struct cert_list roots = {(struct cert *)expected, 1};
  struct probe_report report = {0};
  if (!open_url(call, words, &url, &addresses, &report.says))
    return report;
  for (uint32_t i = 0; i < addresses.count; i++) {
    /* Trusting nothing but the expected certificate itself: another one is TLS_PEER_UNEXPECTED. */
    struct tls_wish wish = {.host = url.host,
                            .path = url.path,
                            .method = "HEAD",
                            .roots = &roots,
                            .now_s = call->world->now_s(),
                            .deadline_ms = step_until_ms(call, PROBE_LIMIT_S),
                            .monotonic_ms = call->world->monotonic_ms};
    struct tls_verdict verdict = shake(call, &url, &addresses.items[i], &wish);
    report.was_judged = report.was_judged || verdict.result != TLS_UNREACHABLE;
    if (verdict.result == TLS_PEER_UNEXPECTED || verdict.result == TLS_UNREACHABLE) {
      report.says = text_format(call->arena, "%.*s: %.*s", TEXT_ARG(addresses.items[i].shown),
                                TEXT_ARG(verdict.says));
      return report;
    }
  }
  report.as_expected = true;
  report.says = text_format(call->arena, "it is the server's certificate at %u of %u addresses",
                            addresses.count, addresses.count);
  return report;
}

struct probe_report probe_door(const struct call *call, uint32_t system)
{
  struct url url;
  struct address_list addresses;
  struct cert_list room;
  struct probe_report report = {0};
  struct tls_wish wish = {
      .method = "HEAD", .now_s = call->world->now_s(), .monotonic_ms = call->world->monotonic_ms};
  if (!open_url(call, setting_text(call, system, KEY_URL, 0), &url, &addresses, &report.says) ||
      !read_roots(call, system, url.host, &room, &wish.roots, &report.says))
    return report;
  wish.host = url.host;
  wish.path = url.path;
  struct tls_verdict verdict = {0};
  for (uint32_t i = 0; i < addresses.count; i++) {
    wish.deadline_ms = call->world->monotonic_ms() + DOOR_LIMIT_MS;
    verdict = shake(call, &url, &addresses.items[i], &wish);
    /* Only the handshake is wanted: a server that does not answer a HEAD has shown its chain too. */
    bool has_shaken = verdict.result == TLS_UNREACHABLE && verdict.peer.length != 0;
    if (verdict.result != TLS_PEER_UNEXPECTED && (verdict.result != TLS_UNREACHABLE || has_shaken))
      continue;
    report.says = text_format(call->arena, "%.*s: %.*s", TEXT_ARG(addresses.items[i].shown),
                              TEXT_ARG(verdict.says));
    return report;
  }
  report.as_expected = report.was_judged = true;
  report.says =
      text_format(call->arena, "%.*s, by %.*s, at %u of %u addresses", TEXT_ARG(verdict.peer),
                  TEXT_ARG(verdict.issuer), addresses.count, addresses.count);
  return report;
}
