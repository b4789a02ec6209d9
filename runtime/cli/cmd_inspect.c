/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_inspect: what is in a file of keys and certificates: PEM, DER, PKCS#7, PKCS#12. Changes nothing;
 * no key leaves it. A password is asked for at the terminal, or is the declared secret of a keystore;
 * never an argument. A tenant's keystore is inspect_tenant.c.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "compiler/pki/pem.h"
#include "runtime/cli/inspect.h"
#include "runtime/crypto/pkcs12.h"
#include "runtime/crypto/pkcs7.h"
#include "runtime/engine/clock.h"
#include "runtime/providers/conf.h"
#include "runtime/providers/file.h"
#include "runtime/providers/secrets.h"
#include "runtime/providers/sessions.h"
#include "runtime/providers/tenant.h"

struct inspected {
  const char *path;
  const char *form; /* "PKCS#12" */
  struct text protection;
  struct text note;
  struct pkcs12_entry *entries;
  uint32_t count;
};

static const char *kind_word(const struct pkcs12_entry *entry)
{
  switch (entry->kind) {
  case PKCS12_PAIR:
    return entry->chain.count > 0 ? "pair" : "key";
  case PKCS12_CERT:
    return entry->is_trusted ? "trusted certificate" : "certificate";
  case PKCS12_SECRET:
    return "secret";
  case PKCS12_CRL:
    return "revocation list";
  case PKCS12_OPAQUE:
    break;
  }
  return "unknown object";
}

static struct text shown(struct cli *cli, struct text words)
{
  return text_visible(cli->arena, words);
}

/* A tenant leaves out what it does not know of an entry. */
static struct text said(struct text words)
{
  return words.length != 0 ? words : TEXT("not said");
}

void inspect_print_cert(struct cli *cli, const struct cert *cert, int64_t now_s)
{
  int64_t days = (cert->not_after_s - now_s) / 86400;
  enum validity validity = cert_validity(cert, now_s);
  printf("  subject  %.*s\n", TEXT_ARG(said(shown(cli, cert->subject))));
  printf("  issuer   %.*s%s\n", TEXT_ARG(said(shown(cli, cert->issuer))),
         cert->self_signed ? " (itself)" : "");
  printf("  serial   %.*s\n", TEXT_ARG(said(cert->serial)));
  if (cert->not_after_s == 0) {
    printf("  valid    not said\n  SHA-256  %.*s\n", TEXT_ARG(said(cert->fingerprint)));
    return;
  }
  printf("  valid    %.*s to %.*s (",
         TEXT_ARG(cert->not_before_s == 0 ? TEXT("not said")
                                          : cert_time_text(cli->arena, cert->not_before_s)),
         TEXT_ARG(cert_time_text(cli->arena, cert->not_after_s)));
  if (validity == VALIDITY_NOW)
    printf("%lld day%s left)\n", (long long)days, days == 1 ? "" : "s");
  else
    printf("%s)\n", validity == VALIDITY_OVER ? "expired" : "not yet");
  printf("  SHA-256  %.*s\n", TEXT_ARG(said(cert->fingerprint)));
}

static void print_entry(struct cli *cli, const struct pkcs12_entry *entry, int64_t now_s)
{
  const struct cert_list *chain = &entry->chain;
  if (entry->alias.at != NULL)
    printf("\n%.*s: %s", TEXT_ARG(shown(cli, entry->alias)), kind_word(entry));
  else
    printf("\n(without a name): %s", kind_word(entry));
  printf("%s\n", entry->is_nested ? ", in a safe inside another safe" : "");
  if (chain->count > 0)
    inspect_print_cert(cli, &chain->items[0], now_s);
  if (entry->kind == PKCS12_CERT)
    printf("  key      %.*s, its public half only\n", TEXT_ARG(chain->items[0].key));
  if (entry->kind != PKCS12_PAIR)
    return;
  if (entry->key.length == 0)
    printf("  key      does not open: another password, or none was given\n");
  else
    printf("  key      %.*s%s\n", TEXT_ARG(entry->key),
           chain->count == 0         ? ", without a certificate"
           : entry->belongs_together ? ", belongs to the certificate"
                                     : ", does NOT belong to the certificate");
  for (uint32_t i = 1; i < chain->count; i++)
    printf("  %s %.*s%s\n", i == 1 ? "chain   " : "        ",
           TEXT_ARG(shown(cli, chain->items[i].subject)),
           chain->items[i].self_signed ? " (root)" : "");
}

json_t *inspect_cert_json(struct cli *cli, const struct cert *cert)
{
  json_t *one = json_object();
  json_object_set_new(one, "subject", cli_json_text(cert->subject));
  json_object_set_new(one, "issuer", cli_json_text(cert->issuer));
  json_object_set_new(one, "serial", cli_json_text(cert->serial));
  json_object_set_new(one, "sha256", cli_json_text(cert->fingerprint));
  json_object_set_new(one, "key", cli_json_text(cert->key));
  json_object_set_new(one, "not_before",
                      cli_json_text(cert_time_text(cli->arena, cert->not_before_s)));
  json_object_set_new(one, "not_after",
                      cli_json_text(cert_time_text(cli->arena, cert->not_after_s)));
  json_object_set_new(one, "root", json_boolean(cert->self_signed));
  return one;
}

int64_t inspect_now_s(const struct cli *cli)
{
  return cli->at_s != 0 ? cli->at_s : (int64_t)time(NULL);
}

static json_t *entry_json(struct cli *cli, const struct pkcs12_entry *entry)
{
  json_t *object = json_object(), *chain = json_array();
  json_object_set_new(object, "kind", json_string(kind_word(entry)));
  if (entry->alias.at != NULL)
    json_object_set_new(object, "alias", cli_json_text(entry->alias));
  if (entry->kind == PKCS12_PAIR) {
    json_object_set_new(object, "key", cli_json_text(entry->key));
    json_object_set_new(object, "belongs_together", json_boolean(entry->belongs_together));
  }
  for (uint32_t i = 0; i < entry->chain.count; i++) {
    json_array_append_new(chain, inspect_cert_json(cli, &entry->chain.items[i]));
  }
  json_object_set_new(object, "chain", chain);
  return object;
}

static void print_all(struct cli *cli, const struct inspected *it)
{
  int64_t now_s = inspect_now_s(cli);
  if (!cli_is_text(cli)) {
    json_t *object = json_pack("{s:s, s:s}", "file", it->path, "format", it->form);
    json_t *entries = json_array();
    for (uint32_t i = 0; i < it->count; i++)
      json_array_append_new(entries, entry_json(cli, &it->entries[i]));
    json_object_set_new(object, "entries", entries);
    json_object_set_new(object, "protection", cli_json_text(it->protection));
    json_object_set_new(object, "note", cli_json_text(it->note));
    cli_json_print(object, "renew.inspect/1");
    return;
  }
  printf("%s: %s, %u entr%s\n", it->path, it->form, it->count, it->count == 1 ? "y" : "ies");
  if (it->protection.length != 0)
    printf("  %.*s\n", TEXT_ARG(it->protection));
  if (it->note.length != 0)
    printf("  note: %.*s\n", TEXT_ARG(it->note));
  for (uint32_t i = 0; i < it->count; i++)
    print_entry(cli, &it->entries[i], now_s);
}

static enum exit_code cannot(const struct inspected *it, struct text says, struct text help)
{
  fprintf(stderr, "renew: %s: %.*s\n", it->path, TEXT_ARG(says));
  if (help.length != 0)
    fprintf(stderr, "  = help: %.*s\n", TEXT_ARG(help));
  return EXIT_CANNOT_WORK;
}

/* Certificates without an order of their own: chains begin with what issued no other one. */
static void take_certs(struct cli *cli, const struct cert_list *certs, struct inspected *it)
{
  it->entries = arena_array(cli->arena, (size_t)certs->count + 1, sizeof *it->entries);
  for (uint32_t i = 0; i < certs->count; i++)
    it->entries[it->count++] =
        (struct pkcs12_entry){.kind = PKCS12_CERT, .key = TEXT(""), .chain = {&certs->items[i], 1}};
}

static uint32_t count_keys(const struct secret *bytes)
{
  static const char last[] = "PRIVATE KEY-----", first[] = "-----BEGIN ";
  const char *at = (const char *)secret_view(bytes), *end = at + secret_size_bytes(bytes);
  uint32_t count = 0;
  while ((at = memmem(at, (size_t)(end - at), first, sizeof first - 1)) != NULL) {
    const char *line = memchr(at, '\n', (size_t)(end - at));
    size_t length = (size_t)((line == NULL ? end : line) - at);
    count += memmem(at, length, last, sizeof last - 1) != NULL;
    at += length;
  }
  return count;
}

/* A key in the text makes the certificate that is its own, and its chain, one entry. */
static enum exit_code take_key(const struct call *call, const struct secret *bytes,
                               const struct secret *given, const struct cert_list *certs,
                               struct inspected *it)
{
  struct text error, ignored;
  struct secret *password = NULL;
  struct private_key *key = key_from_pem(call->arena, bytes, given, &error);
  uint32_t key_count = count_keys(bytes);
  if (key_count > 1)
    it->note = text_format(call->arena,
                           "it holds %u private keys; programs take the first, and so "
                           "does this list",
                           key_count);
  if (key == NULL && given == NULL && call->world->may_prompt &&
      text_is(error, "the private key is encrypted and no password is named")) {
    password = secret_ask(call, text_format(call->arena, "password of %s", it->path), &ignored);
    key = password == NULL ? NULL : key_from_pem(call->arena, bytes, password, &error);
    secret_free(password);
  }
  struct pkcs12_entry *entry = &it->entries[0];
  if (key == NULL) {
    it->note = text_format(call->arena, "its key: %.*s", TEXT_ARG(error));
    return EXIT_OK;
  }
  *entry = (struct pkcs12_entry){.kind = PKCS12_PAIR, .key = key_describe(call->arena, key)};
  it->count = 1;
  if (certs->count > 0) {
    /* Servers take the first certificate for the key's own. */
    entry->belongs_together = cert_matches_key(&certs->items[0], key);
    entry->chain = certs_in_order(call->arena, certs, &certs->items[0]);
  }
  for (uint32_t i = 0; i < certs->count; i++) {
    bool is_told = false;
    for (uint32_t j = 0; j < entry->chain.count; j++)
      is_told = is_told || cert_same(&entry->chain.items[j], &certs->items[i]);
    if (!is_told)
      it->entries[it->count++] = (struct pkcs12_entry){
          .kind = PKCS12_CERT, .key = TEXT(""), .chain = {&certs->items[i], 1}};
  }
  key_free(key);
  return EXIT_OK;
}

static enum exit_code read_pem_file(struct cli *cli, const struct call *call,
                                    const struct secret *bytes, const struct secret *password,
                                    struct inspected *it)
{
  struct text text = {(const char *)secret_view(bytes), secret_size_bytes(bytes)},
              error = TEXT_NONE;
  struct pem pem = {0};
  it->form = "PEM";
  bool has_key = memmem(text.at, text.length, "PRIVATE KEY-----", 16) != NULL;
  bool good = pem_read(call->arena, text, &pem, &error);
  if (!good && !has_key)
    return cannot(it, text_format(call->arena, "it %.*s", TEXT_ARG(error)), TEXT_NONE);
  if (!good)
    pem.certs = (struct cert_list){0};
  take_certs(cli, &pem.certs, it);
  if ((pem.repairs & PEM_LITERAL_NEWLINES) != 0)
    it->note = TEXT("W0718: it has the two characters \\n where lines should end; servers do not "
                    "read it so");
  return has_key ? take_key(call, bytes, password, &pem.certs, it) : EXIT_OK;
}

/* Without a MAC a file opens with any password; its keys tell whether it was the right one. */
static bool has_closed_key(struct pkcs12 *p12)
{
  struct pkcs12_entry *entries;
  uint32_t count;
  pkcs12_list(p12, &entries, &count);
  for (uint32_t i = 0; i < count; i++)
    if (entries[i].kind == PKCS12_PAIR && entries[i].key.length == 0)
      return true;
  return false;
}

static enum exit_code read_pkcs12(const struct call *call, struct text bytes,
                                  const struct secret *given, struct inspected *it)
{
  struct pkcs12_error error;
  struct text why = TEXT_NONE;
  struct secret *typed = NULL;
  struct pkcs12 *p12 = pkcs12_open(call->arena, bytes, given, &error);
  if (p12 == NULL && error.trouble == PKCS12_CLOSED && given == NULL) {
    typed = secret_ask(call, text_format(call->arena, "password of %s", it->path), &why);
    if (typed != NULL)
      p12 = pkcs12_open(call->arena, bytes, typed, &error);
  } else if (p12 != NULL && given == NULL && has_closed_key(p12)) {
    typed = secret_ask(call, text_format(call->arena, "password of %s", it->path), &why);
    struct pkcs12 *opened = typed == NULL ? NULL : pkcs12_open(call->arena, bytes, typed, &error);
    if (opened != NULL) {
      pkcs12_free(p12);
      p12 = opened;
    } else {
      it->note = text_format(call->arena, "its key has a password: %.*s", TEXT_ARG(why));
    }
  }
  if (p12 == NULL && error.trouble == PKCS12_OTHER_KIND && error.help.length == 0)
    return cannot(it, TEXT("it is none of PEM, DER, PKCS#7 and PKCS#12"), TEXT_NONE);
  if (p12 == NULL) {
    secret_free(typed);
    return cannot(it, error.says,
                  why.length == 0 ? error.help
                                  : text_format(call->arena,
                                                "its password: %.*s; or name the keystore and its "
                                                "plan: renew inspect KEYSTORE --of PLAN",
                                                TEXT_ARG(why)));
  }
  it->form = "PKCS#12";
  it->protection = pkcs12_protection(p12);
  pkcs12_list(p12, &it->entries, &it->count);
  pkcs12_free(p12);
  secret_free(typed);
  return EXIT_OK;
}

static enum exit_code inspect(struct cli *cli, const struct call *call,
                              const struct secret *password, struct inspected *it)
{
  struct secret *bytes = NULL;
  struct text error = TEXT_NONE;
  struct cert_list certs;
  struct cert one;
  if (file_read_secret(call->arena, it->path, &bytes, &error) != FILE_FOUND) {
    fprintf(stderr, "renew: %.*s\n", TEXT_ARG(error));
    if (password == NULL && access(it->path, F_OK) != 0 && strpbrk(it->path, "./") == NULL)
      fprintf(stderr,
              "  = help: is it a keystore that a plan declares? Name the plan, too: renew inspect "
              "%s --of PLAN\n",
              it->path);
    return EXIT_CANNOT_WORK;
  }
  struct text text = {(const char *)secret_view(bytes), secret_size_bytes(bytes)};
  enum exit_code code = EXIT_OK;
  bool is_der = text.length > 0 && text.at[0] == 0x30;
  if (pkcs7_read_certs(call->arena, text, &certs)) {
    it->form = "PKCS#7";
    take_certs(cli, &certs, it);
  } else if (is_der && cert_read_der(call->arena, text, false, &one, &error)) {
    it->form = "DER";
    certs = (struct cert_list){&one, 1};
    take_certs(cli, &certs, it);
  } else if (memmem(text.at, text.length, "-----BEGIN", 10) != NULL) {
    code = read_pem_file(cli, call, bytes, password, it);
  } else {
    code = read_pkcs12(call, text, password, it);
  }
  if (code == EXIT_OK)
    print_all(cli, it);
  secret_free(bytes);
  return code;
}

/* A keystore that a plan declares: its file, with its own secret. */
static enum exit_code inspect_of_graph(struct cli *cli, struct call *call, const char *name,
                                       const char *plan, struct inspected *it)
{
  struct answer answer = {0};
  struct secret *password = NULL;
  for (uint32_t i = 0; i < call->graph->resource_count; i++) {
    const struct resource *resource = &call->graph->resources[i];
    if (resource->kind != KIND_KEYSTORE || !text_is(resource->name, name))
      continue;
    if (keystore_is_tenant(call->graph, i))
      return inspect_tenant(cli, call, i);
    it->path = setting_path(call, i, KEY_FILE, 0);
    if (it->path == NULL)
      return cli_usage(cli, "keystore `%s` has no `file` that could be looked into", name);
    if (!secret_of_setting(call, i, KEY_PASSWORD, 0, &password, &answer)) {
      *it = (struct inspected){.path = it->path};
      return cannot(it, answer.says, answer.help);
    }
    enum exit_code code = inspect(cli, call, password, it);
    secret_free(password);
    return code;
  }
  return cli_usage(cli, "%s has no keystore `%s` that its plan uses", plan, name);
}

static enum exit_code inspect_declared(struct cli *cli, struct call *call, const char *name,
                                       const char *plan, struct inspected *it)
{
  struct loaded loaded;
  enum exit_code code = cli_load(cli, plan, false, &loaded);
  call->graph = loaded.checked.graph;
  if (code == EXIT_OK)
    code = inspect_of_graph(cli, call, name, plan, it);
  else if (loaded.compiled.diags != NULL &&
           (diag_list_has_code(loaded.compiled.diags, DIAG_E0003) ||
            diag_list_has_code(loaded.compiled.diags, DIAG_E0010)))
    fprintf(stderr,
            "renew: --of names a plan, which %s is not; what is in that file: renew inspect %s\n",
            plan, plan);
  arena_free(loaded.compiled.arena);
  return code;
}

int cmd_inspect(struct cli *cli)
{
  const char *of = cli_take_value(cli, "--of");
  if (!cli_arguments(cli, 1, 1))
    return EXIT_USAGE;
  struct diag_list diags;
  diag_list_start(&diags, cli->arena);
  struct world world = {.arena = cli->arena,
                        .root = cli->root,
                        .state_folder = "",
                        .may_prompt = !cli->no_input && isatty(STDIN_FILENO),
                        .now_s = clock_real_now_s,
                        .monotonic_ms = clock_monotonic_ms};
  struct call call = {.arena = cli->arena, .world = &world, .run = TEXT("inspect")};
  struct inspected it = {.path = cli->argv[0]};
  if (of == NULL)
    return inspect(cli, &call, NULL, &it);
  world.conf = conf_read(cli->arena, conf_find(cli->arena), cli->root, &diags);
  if (diag_list_has_errors(&diags))
    return cli_report(cli, &diags, NULL);
  world.sessions = sessions_new();
  enum exit_code code = inspect_declared(cli, &call, cli->argv[0], of, &it);
  sessions_free(world.sessions);
  return code;
}
