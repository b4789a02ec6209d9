/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inspect_tenant: the entries of a SAP tenant's keystore, as the tenant lists them. Reads the list alone:
 * no certificate is fetched, so what is shown is the tenant's word. Changes nothing.
 */
#include <stdio.h>

#include "runtime/cli/inspect.h"
#include "runtime/providers/tenant.h"

enum { MS = 1000 };

static struct cert cert_of(struct cli *cli, const struct tenant_entry *entry)
{
  return (struct cert){.fingerprint = entry->fingerprint,
                       .subject = entry->subject,
                       .issuer = entry->issuer,
                       .serial = text_visible(cli->arena, entry->serial),
                       .key = entry->key,
                       .not_before_s = entry->not_before_ms / MS,
                       .not_after_s = entry->not_after_ms / MS,
                       .self_signed =
                           entry->subject.length != 0 && text_equal(entry->subject, entry->issuer)};
}

static const char *kind_word(const struct tenant_entry *entry)
{
  return entry->is_pair ? "pair" : "certificate";
}

static void print_entry(struct cli *cli, const struct tenant_entry *entry, int64_t now_s)
{
  struct arena *arena = cli->arena;
  const struct cert cert = cert_of(cli, entry);
  printf("\n%.*s: %s\n", TEXT_ARG(text_visible(arena, entry->alias)), kind_word(entry));
  inspect_print_cert(cli, &cert, now_s);
  printf("  key      %.*s%s\n",
         TEXT_ARG(entry->key.length == 0 ? TEXT("not said") : text_visible(arena, entry->key)),
         entry->is_pair ? ", which stays there" : ", its public half only");
  printf("  owner    %.*s", TEXT_ARG(text_visible(arena, entry->owner)));
  if (entry->modified_ms != 0)
    printf(", changed %.*s", TEXT_ARG(cert_time_text(arena, entry->modified_ms / MS)));
  printf("\n");
}

static json_t *entry_json(struct cli *cli, const struct tenant_entry *entry)
{
  const struct cert cert = cert_of(cli, entry);
  json_t *object = json_object(), *chain = json_array();
  json_object_set_new(object, "kind", json_string(kind_word(entry)));
  json_object_set_new(object, "alias", cli_json_text(entry->alias));
  json_object_set_new(object, "owner", cli_json_text(entry->owner));
  if (entry->modified_ms != 0)
    json_object_set_new(object, "changed",
                        cli_json_text(cert_time_text(cli->arena, entry->modified_ms / MS)));
  json_array_append_new(chain, inspect_cert_json(cli, &cert));
  json_object_set_new(object, "chain", chain);
  return object;
}

static void print_all(struct cli *cli, struct text keystore, struct text tenant,
                      const struct tenant_entry *entries, uint32_t count)
{
  int64_t now_s = inspect_now_s(cli);
  if (!cli_is_text(cli)) {
    json_t *object = json_object(), *rows = json_array();
    json_object_set_new(object, "keystore", cli_json_text(keystore));
    json_object_set_new(object, "tenant", cli_json_text(tenant));
    json_object_set_new(object, "format", json_string("SAP tenant"));
    for (uint32_t i = 0; i < count; i++)
      json_array_append_new(rows, entry_json(cli, &entries[i]));
    json_object_set_new(object, "entries", rows);
    cli_json_print(object, "renew.inspect/1");
    return;
  }
  printf("%.*s: keystore of tenant %.*s, %u entr%s\n", TEXT_ARG(keystore), TEXT_ARG(tenant), count,
         count == 1 ? "y" : "ies");
  for (uint32_t i = 0; i < count; i++)
    print_entry(cli, &entries[i], now_s);
}

enum exit_code inspect_tenant(struct cli *cli, struct call *call, uint32_t keystore)
{
  struct answer answer = {0};
  struct tenant tenant;
  struct tenant_entry *entries;
  uint32_t count, resource = tenant_of(call->graph, keystore);
  bool good = tenant_open(call, resource, &tenant, &answer) &&
              tenant_entries(&tenant, TENANT_SYSTEM, &entries, &count, &answer) == TENANT_OK;
  tenant_close(&tenant);
  if (good) {
    print_all(cli, call->graph->resources[keystore].name, call->graph->resources[resource].name,
              entries, count);
    return EXIT_OK;
  }
  fprintf(stderr, "renew: %.*s\n", TEXT_ARG(text_visible(cli->arena, answer.says)));
  if (answer.help.length != 0)
    fprintf(stderr, "  = help: %.*s\n", TEXT_ARG(text_visible(cli->arena, answer.help)));
  return EXIT_REMOTE;
}
