/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_connectivity: what stands between a sender and a server: the chain and the root that the server
 * shows (as files, for the sender's keystore), whether it asks for a client certificate, and what it
 * answers with and without one. Each address of the host is asked; nothing is changed there.
 *
 * A client certificate is shown to a server only after its chain and name have verified.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compiler/pki/chain.h"
#include "compiler/pki/pem.h"
#include "runtime/cli/cli_json.h"
#include "runtime/cli/cli_run.h"
#include "runtime/crypto/tls_look.h"
#include "runtime/net/address.h"
#include "runtime/net/tunnel.h"
#include "runtime/net/url.h"
#include "runtime/providers/conf.h"
#include "runtime/engine/clock.h"
#include "runtime/providers/file.h"

enum { LIMIT_MS = 10000 };

struct connectivity {
  struct cli *cli;
  const struct conf *conf;
  struct diag_list diags;
  struct url url;
  struct text proxy;
  struct address_list addresses;
  struct cert_list room;
  struct tls_wish wish;
  struct cert_list client; /* --cert, leaf first */
  struct private_key *key; /* --key */
  const char *client_path;
  json_t *rows;
  struct cert_list sent; /* of the first address that showed one */
  const struct cert *root;
  enum exit_code code;
};

static struct text shown(const struct connectivity *it, struct text words)
{
  return text_visible(it->cli->arena, words);
}

static int open_socket(const struct connectivity *it, const struct address *address,
                       struct text *ret_error)
{
  if (it->proxy.length != 0)
    return tunnel_connect(it->cli->arena, it->proxy, it->url.host, it->url.port, LIMIT_MS,
                          ret_error);
  return address_connect(it->cli->arena, address, clock_monotonic_ms() + LIMIT_MS,
                         clock_monotonic_ms, ret_error);
}

/* What servers commonly mean by the status, where a certificate is the question. */
static const char *meaning(const struct tls_verdict *verdict)
{
  switch (verdict->result == TLS_REFUSED_HTTP ? verdict->status : 0) {
  case 400:
    return text_is(verdict->title, "400 No required SSL certificate was sent")
               ? "nginx: a certificate is required, and none was sent"
           : text_is(verdict->title, "400 The SSL certificate error")
               ? "nginx: the certificate does not verify there: its authority is none of those "
                 "that "
                 "it trusts, it is not valid at this time, or a certificate between them was not "
                 "sent"
               : "nginx answers so where a certificate that it requires is missing or does not "
                 "verify";
  case 401:
    return "the server knows no caller by what was shown: no service key or user fits";
  case 403:
    return "the server knows the caller and does not let it in: a role is missing";
  case 495:
    return "nginx: the certificate does not verify";
  case 496:
    return "nginx: a certificate is required";
  default:
    break;
  }
  if (verdict->is_silent)
    return "no alert came either: TLS lets it in, and whoever stands behind may be no HTTP server";
  if (verdict->result != TLS_REFUSED_ALERT)
    return NULL;
  switch (verdict->alert) {
  case 116:
    return "a certificate is required";
  case 48:
    return "the server does not know the authority that issued the certificate";
  case 42:
  case 43:
  case 46:
    return "the server does not take this certificate";
  case 44:
    return "the certificate was revoked";
  case 45:
    return "the certificate is not valid at this time";
  default:
    return NULL;
  }
}

/* Some servers know GET alone. Where a path was given, a GET may set something going: it is not sent. */
static bool ask_otherwise(struct connectivity *it, const struct address *address,
                          struct tls_wish *wish, struct tls_verdict *verdict)
{
  struct text error;
  bool may_get = strcmp(wish->method, "HEAD") == 0 && text_is(it->url.path, "/");
  int fd = may_get ? open_socket(it, address, &error) : -1;
  if (fd >= 0) {
    wish->method = "GET";
    wish->deadline_ms = clock_monotonic_ms() + LIMIT_MS;
    struct tls_verdict again = tls_probe(it->cli->arena, fd, wish);
    close(fd);
    if (!again.is_silent)
      *verdict = again;
  }
  if (verdict->is_silent)
    verdict->says = TEXT("the handshake ended well, and no HTTP answer came in time");
  return !verdict->is_silent;
}

static struct tls_verdict ask(struct connectivity *it, const struct address *address, bool with)
{
  struct text error = TEXT_NONE;
  struct tls_wish wish = it->wish;
  int fd = open_socket(it, address, &error);
  if (fd < 0)
    return (struct tls_verdict){.result = TLS_UNREACHABLE, .alert = -1, .says = error};
  wish.deadline_ms = clock_monotonic_ms() + LIMIT_MS;
  struct cert_list presented = certs_without_root(&it->client);
  if (with) {
    wish.key = it->key;
    wish.chain = &presented;
  }
  struct tls_verdict verdict = tls_probe(it->cli->arena, fd, &wish);
  close(fd);
  if (verdict.is_silent && ask_otherwise(it, address, &wish, &verdict))
    it->wish.method = wish.method;
  /* Which of its two reasons nginx has for a 400 stands in the page, which a HEAD does not get. What
   * is refused so reaches nothing behind nginx. */
  fd = verdict.status == 400 && !wish.wants_title ? open_socket(it, address, &error) : -1;
  if (fd >= 0) {
    wish.method = "GET";
    wish.wants_title = true;
    wish.deadline_ms = clock_monotonic_ms() + LIMIT_MS;
    struct tls_verdict again = tls_probe(it->cli->arena, fd, &wish);
    close(fd);
    if (again.status == 400 && again.title.length != 0) {
      verdict = again;
      verdict.says = text_format(it->cli->arena, "refused by HTTP status 400 (\"%.*s\")",
                                 TEXT_ARG(again.title));
    }
  }
  /* Without a certificate nobody can be missing it in a list, or be accepted by it. */
  if (!with && (verdict.result == TLS_CA_NOT_NAMED || verdict.result == TLS_ACCEPTED))
    verdict = (struct tls_verdict){
        .result = TLS_ACCEPTED,
        .alert = -1,
        .status = verdict.status,
        .says = verdict.status == 0
                    ? TEXT("let in")
                    : text_format(it->cli->arena, "let in (status %d)", verdict.status)};
  return verdict;
}

static void tell_verdict(struct connectivity *it, json_t *row, const char *name, const char *words,
                         const struct tls_verdict *verdict)
{
  const char *means = meaning(verdict);
  if (cli_is_text(it->cli)) {
    printf("  %s: %.*s\n", words, TEXT_ARG(shown(it, verdict->says)));
    if (means != NULL)
      printf("    %s\n", means);
  }
  json_t *object = json_object();
  json_object_set_new(object, "result", json_string(tls_result_word(verdict->result)));
  json_object_set_new(object, "says", cli_json_text(verdict->says));
  if (verdict->status != 0)
    json_object_set_new(object, "status", json_integer(verdict->status));
  if (verdict->title.length != 0)
    json_object_set_new(object, "title", cli_json_text(verdict->title));
  if (verdict->alert >= 0)
    json_object_set_new(object, "alert", json_integer(verdict->alert));
  json_object_set_new(row, name, object);
}

static json_t *cert_json(struct connectivity *it, const struct cert *cert)
{
  struct arena *arena = it->cli->arena;
  json_t *object = json_object();
  json_object_set_new(object, "subject", cli_json_text(cert->subject));
  json_object_set_new(object, "issuer", cli_json_text(cert->issuer));
  json_object_set_new(object, "sha256", cli_json_text(cert->fingerprint));
  json_object_set_new(object, "not_after", cli_json_text(cert_time_text(arena, cert->not_after_s)));
  json_object_set_new(object, "root", json_boolean(cert->self_signed));
  return object;
}

static void tell_cert(struct connectivity *it, const char *word, const struct cert *cert)
{
  if (!cli_is_text(it->cli))
    return;
  printf("  %-7s %.*s\n", word, TEXT_ARG(shown(it, cert->subject)));
  if (!cert->self_signed)
    printf("          issued by %.*s\n", TEXT_ARG(shown(it, cert->issuer)));
  printf("          valid to %.*s, SHA-256 %.*s\n",
         TEXT_ARG(cert_time_text(it->cli->arena, cert->not_after_s)), TEXT_ARG(cert->fingerprint));
}

static void tell_chain(struct connectivity *it, json_t *row, const struct tls_seen *seen)
{
  const struct cert *root = certs_root(&seen->built);
  if (root == NULL)
    root = certs_root(&seen->sent);
  json_t *chain = json_array();
  for (uint32_t i = 0; i < seen->sent.count; i++) {
    tell_cert(it, i == 0 ? "server" : "issuer", &seen->sent.items[i]);
    json_array_append_new(chain, cert_json(it, &seen->sent.items[i]));
  }
  json_object_set_new(row, "chain", chain);
  bool is_sent = root != NULL && cert_same(root, &seen->sent.items[seen->sent.count - 1]);
  if (root != NULL) {
    json_object_set_new(row, "root", cert_json(it, root));
    if (!is_sent)
      tell_cert(it, "root", root);
  } else if (cli_is_text(it->cli)) {
    const struct cert *last = &seen->sent.items[seen->sent.count - 1];
    printf("  root    is not sent, and not among the trusted: ask for %.*s\n",
           TEXT_ARG(shown(it, last->issuer)));
  }
  json_object_set_new(row, "verifies", json_boolean(seen->verifies));
  if (!seen->verifies)
    json_object_set_new(row, "why_not", cli_json_text(seen->why));
  if (cli_is_text(it->cli)) {
    if (seen->verifies)
      printf("  it verifies: chain, dates and the name %.*s (%.*s)\n", TEXT_ARG(it->url.host),
             TEXT_ARG(seen->version));
    else
      printf("  it does NOT verify: %.*s\n", TEXT_ARG(seen->why));
    if (seen->is_other_name)
      printf("    it is for %.*s, and not for %.*s\n",
             TEXT_ARG(seen->names.length == 0 ? TEXT("no name at all") : shown(it, seen->names)),
             TEXT_ARG(it->url.host));
    if (seen->asks)
      printf("  it asks for a client certificate%s%.*s\n",
             seen->named.length == 0 ? ", of no authority in particular" : " of: ",
             TEXT_ARG(shown(it, seen->named)));
    else if (seen->is_whole)
      printf("  it asks for no client certificate in the handshake\n");
  }
  json_object_set_new(row, "certificate_is_for", cli_json_text(seen->names));
  json_object_set_new(row, "asks", json_boolean(seen->asks));
  json_object_set_new(row, "names", cli_json_text(seen->named));
  if (it->sent.count == 0) {
    it->sent = seen->sent;
    it->root = root;
  }
}

/* What an alert commonly means that comes before the server's certificate. */
static const char *hint(int alert)
{
  switch (alert) {
  case 40:
    return "no algorithm in common: an old server, or one that takes keys of another kind only";
  case 70:
    return "it speaks neither TLS 1.2 nor 1.3";
  case 112:
    return "it knows no host of this name: it serves several, and picks by the name";
  default:
    return NULL;
  }
}

static bool refuses(const struct tls_verdict *verdict)
{
  return verdict->result != TLS_ACCEPTED && verdict->result != TLS_NOT_ASKED;
}

static void look_at(struct connectivity *it, const struct address *address)
{
  struct text error = TEXT_NONE;
  struct tls_seen seen = {.alert = -1};
  json_t *row = json_object();
  json_object_set_new(row, "address", cli_json_text(address->shown));
  if (cli_is_text(it->cli))
    printf("%.*s\n", TEXT_ARG(address->shown));
  int fd = open_socket(it, address, &error);
  if (fd >= 0) {
    it->wish.deadline_ms = clock_monotonic_ms() + LIMIT_MS;
    seen = tls_look(it->cli->arena, fd, &it->wish);
    close(fd);
    error = seen.says;
  }
  if (!seen.has_chain) {
    if (cli_is_text(it->cli))
      printf("  no chain: %.*s\n", TEXT_ARG(shown(it, error)));
    if (cli_is_text(it->cli) && hint(seen.alert) != NULL)
      printf("    %s\n", hint(seen.alert));
    json_object_set_new(row, "error", cli_json_text(error));
    it->code = EXIT_REMOTE;
  } else {
    tell_chain(it, row, &seen);
    if (!seen.verifies)
      it->code = EXIT_REMOTE;
  }
  if (seen.verifies) {
    struct tls_verdict verdict = ask(it, address, false);
    tell_verdict(it, row, "without", "without a certificate", &verdict);
    if (it->key != NULL) {
      verdict = ask(it, address, true);
      tell_verdict(it, row, "with", it->client_path, &verdict);
      if (refuses(&verdict))
        it->code = EXIT_REMOTE;
    }
  } else if (seen.has_chain && it->key != NULL && cli_is_text(it->cli)) {
    printf("  %s: not shown to a server that does not verify (--roots FILE names its root)\n",
           it->client_path);
  }
  json_array_append_new(it->rows, row);
}

static bool cannot_read(const char *path, struct text error)
{
  fprintf(stderr, "renew: %s: %.*s\n", path, TEXT_ARG(error));
  return false;
}

/* Whether the text has the fingerprint, written with ':' or blanks between the bytes, or without. */
static bool lists_fingerprint(struct text list, struct text fingerprint)
{
  for (size_t from = 0; from < list.length; from++) {
    size_t same = 0, at = from;
    for (; at < list.length && same < fingerprint.length; at++) {
      char c = (char)tolower((unsigned char)list.at[at]);
      bool is_between = same > 0 && same % 2 == 0 && (c == ':' || c == ' ');
      if (!is_between && c != fingerprint.at[same])
        break;
      same += !is_between;
    }
    /* No part of a longer one. */
    if (same == fingerprint.length &&
        (at == list.length || isxdigit((unsigned char)list.at[at]) == 0))
      return true;
  }
  return false;
}

/* A list without certificates: SHA-256 or SHA-1 of the roots, as notes and web pages have them. */
static bool is_listed(struct arena *arena, struct text list, const struct cert *root)
{
  return root->self_signed && (lists_fingerprint(list, root->fingerprint) ||
                               lists_fingerprint(list, cert_sha1(arena, root)));
}

/* --cert against --supported: what a load balancer would pass on. */
static bool judge_client(struct connectivity *it, const char *supported)
{
  struct arena *arena = it->cli->arena;
  struct pem pem = {0};
  struct text error = TEXT_NONE, list;
  struct chain chain;
  enum file_found found = file_read(arena, supported, &list, &error);
  if (found != FILE_FOUND)
    return cannot_read(supported, found == FILE_MISSING ? TEXT("no such file") : error);
  bool is_pem = memmem(list.at, list.length, "-----BEGIN", 10) != NULL;
  if (is_pem && pem_read_file(arena, supported, &pem, &error) != PEM_FILE_READ)
    return cannot_read(supported, error);
  if (!chain_make(arena, &it->client, &chain))
    return true;
  const struct cert *last = &chain.ordered.items[chain.ordered.count - 1];
  enum chain_end end = is_pem                         ? chain_ends(&chain, &pem.certs)
                       : is_listed(arena, list, last) ? CHAIN_TRUSTED
                       : last->self_signed            ? CHAIN_OTHER_ROOT
                                                      : CHAIN_INCOMPLETE;
  if (end == CHAIN_TRUSTED) {
    if (cli_is_text(it->cli))
      printf("%s leads to a supported root: %.*s\n", it->client_path,
             TEXT_ARG(shown(it, last->self_signed ? last->subject : last->issuer)));
    return true;
  }
  bool other = end == CHAIN_OTHER_ROOT;
  struct diag *diag =
      diag_add_nowhere(&it->diags, other ? DIAG_E0911 : DIAG_E0711,
                       other ? "%s ends with the root `%.*s`, which %s has not"
                             : "%s ends with `%.*s`, and its issuer is neither in it nor in %s",
                       it->client_path, TEXT_ARG(shown(it, last->subject)), supported);
  diag_add_help(&it->diags, diag,
                other    ? "have the certificate signed by an authority of that list"
                : is_pem ? "add its issuers to the file; where that is the root itself, it is not "
                           "supported"
                         : "add its issuers, and the root, to the file: a list of fingerprints "
                           "speaks of roots only");
  return true;
}

static bool write_file(struct connectivity *it, const char *folder, const char *name,
                       struct text bytes)
{
  struct arena *arena = it->cli->arena;
  struct text error;
  char *path = text_zero(arena, text_format(arena, "%s/%s", folder, name));
  if (!file_make_folder(arena, folder, 0755, &error) ||
      file_replace(arena, path, bytes, 0644, &error) == FILE_FAILED) {
    fprintf(stderr, "renew: %.*s\n", TEXT_ARG(error));
    return false;
  }
  if (cli_is_text(it->cli))
    printf("wrote %s\n", path);
  return true;
}

static enum exit_code write_files(struct connectivity *it, const char *folder)
{
  if (it->sent.count == 0)
    return it->code;
  bool good = write_file(it, folder, "chain.pem", certs_to_pem(it->cli->arena, &it->sent)) &&
              (it->root == NULL ||
               write_file(it, folder, "root.pem", cert_to_pem(it->cli->arena, it->root)));
  return good ? it->code : EXIT_CANNOT_WORK;
}

static bool read_roots(struct connectivity *it, const char *path)
{
  struct text bytes, error;
  if (path == NULL)
    path = conf_roots(it->cli->arena, it->conf, it->url.host);
  if (path == NULL)
    return true;
  if (file_read(it->cli->arena, path, &bytes, &error) != FILE_FOUND ||
      !cert_read_pem(it->cli->arena, bytes, &it->room, &error))
    return cannot_read(path, error);
  if (it->room.count == 0)
    return cannot_read(path, TEXT("it holds no certificate"));
  it->wish.roots = &it->room;
  return true;
}

static bool read_client(struct connectivity *it, const char *cert, const char *key)
{
  struct arena *arena = it->cli->arena;
  struct text bytes, error = TEXT_NONE;
  struct cert_list certs;
  struct secret *secret = NULL;
  struct chain chain;
  if (cert == NULL)
    return true;
  it->client_path = cert;
  if (file_read(arena, cert, &bytes, &error) != FILE_FOUND ||
      !cert_read_pem(arena, bytes, &certs, &error) || certs.count == 0)
    return cannot_read(cert, error.length == 0 ? TEXT("it holds no certificate") : error);
  if (!chain_make(arena, &certs, &chain))
    return cannot_read(cert, TEXT("it holds more than a chain"));
  it->client = chain.ordered;
  if (key == NULL)
    return true;
  if (file_read_secret(arena, key, &secret, &error) != FILE_FOUND)
    return cannot_read(key, error);
  it->key = key_from_pem(arena, secret, NULL, &error);
  secret_free(secret);
  if (it->key == NULL)
    return cannot_read(key, error);
  if (!cert_matches_key(&it->client.items[0], it->key))
    return cannot_read(key, text_format(arena, "it does not belong to %s", cert));
  return true;
}

static bool find_host(struct connectivity *it, const char *word)
{
  struct arena *arena = it->cli->arena;
  struct text error;
  struct text words =
      strstr(word, "://") != NULL ? text_of(word) : text_format(arena, "https://%s", word);
  if (!url_parse(arena, words, &it->url, &error) || !text_is(it->url.scheme, "https") ||
      it->url.port == 0) {
    cli_usage(it->cli, "`%s` is no HOST, HOST:PORT or https address", word);
    it->code = EXIT_USAGE;
    return false;
  }
  it->proxy = conf_proxy(it->conf, it->url.host);
  it->wish.host = it->url.host;
  it->wish.path = it->url.path;
  if (it->proxy.length != 0) {
    struct address *only = ARENA_NEW(arena, struct address);
    only->shown = text_format(arena, "%.*s:%u through %.*s", TEXT_ARG(it->url.host), it->url.port,
                              TEXT_ARG(it->proxy));
    it->addresses = (struct address_list){only, 1};
    return true;
  }
  if (address_find(arena, it->url.host, it->url.port, &it->addresses, &error))
    return true;
  fprintf(stderr, "renew: %.*s\n", TEXT_ARG(error));
  it->code = EXIT_REMOTE;
  return false;
}

static enum exit_code finish(struct connectivity *it, const char *out)
{
  if (out != NULL)
    it->code = write_files(it, out);
  enum exit_code found = cli_report(it->cli, &it->diags, NULL);
  if (!cli_is_text(it->cli) && !cli_wants_cases(it->cli)) {
    json_t *object = json_object();
    json_object_set_new(object, "host", cli_json_text(it->url.host));
    json_object_set_new(object, "port", json_integer(it->url.port));
    json_object_set(object, "addresses", it->rows);
    cli_json_print(object, "renew.connectivity/1");
  }
  json_decref(it->rows);
  key_free(it->key);
  return it->code != EXIT_OK ? it->code : found;
}

int cmd_connectivity(struct cli *cli)
{
  const char *out = cli_take_value(cli, "--out"), *roots = cli_take_value(cli, "--roots");
  const char *cert = cli_take_value(cli, "--cert"), *key = cli_take_value(cli, "--key");
  const char *supported = cli_take_value(cli, "--supported");
  if (!cli_arguments(cli, 1, 1))
    return EXIT_USAGE;
  if (cert == NULL && (key != NULL || supported != NULL))
    return cli_usage(cli, "--key and --supported speak of the certificate of --cert FILE");
  struct connectivity it = {.cli = cli,
                            .rows = json_array(),
                            .code = EXIT_OK,
                            .wish = {.method = "HEAD",
                                     .now_s = cli->at_s != 0 ? cli->at_s : (int64_t)time(NULL),
                                     .monotonic_ms = clock_monotonic_ms}};
  diag_list_start(&it.diags, cli->arena);
  it.conf = conf_read(cli->arena, conf_find(cli->arena), cli->root, &it.diags);
  if (diag_list_has_errors(&it.diags))
    return finish(&it, NULL);
  if (!read_client(&it, cert, key) || (supported != NULL && !judge_client(&it, supported))) {
    it.code = EXIT_CANNOT_WORK;
    return finish(&it, NULL);
  }
  if (!find_host(&it, cli->argv[0]))
    return finish(&it, NULL);
  if (!read_roots(&it, roots)) {
    it.code = EXIT_CANNOT_WORK;
    return finish(&it, NULL);
  }
  for (uint32_t i = 0; i < it.addresses.count; i++)
    look_at(&it, &it.addresses.items[i]);
  return finish(&it, out);
}
