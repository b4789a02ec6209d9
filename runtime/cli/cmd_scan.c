/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_scan: which keys of a tenant's keystore its integration flows use, and who may call them: what a
 * renewal touches. Reads files, or asks a tenant; changes nothing.
 */
#include <stdio.h>
#include <string.h>

#include "runtime/cli/cli.h"
#include "runtime/cli/cli_json.h"
#include "runtime/cli/scan_tenant.h"
#include "runtime/cli/scan_words.h"

struct scan_wish {
  struct text alias; /* only what its exchange may touch; TEXT_NONE: everything */
};

static bool is_wanted(const struct scan_wish *wish, const struct use *use)
{
  return use->in_use != USE_NO && (wish->alias.at == NULL || use_may_be(use, wish->alias));
}

static void print_running(struct arena *arena, const struct scanned_flow *flow)
{
  struct text version = text_visible(arena, flow->runs),
              status = text_visible(arena, flow->runs_status);
  if (flow->runs.at == NULL || flow->bytes.length == 0)
    return;
  if (flow->runs.length == 0)
    printf("  does not run\n");
  else if (text_equal(flow->runs, flow->version))
    printf("  runs (%.*s)\n", TEXT_ARG(status));
  else
    printf("  what runs is version %.*s (%.*s), and may use other keys than this one\n",
           TEXT_ARG(version), TEXT_ARG(status));
}

static void print_flow(struct cli *cli, const struct scan_wish *wish,
                       const struct scanned_flow *flow)
{
  struct arena *arena = cli->arena;
  uint32_t wanted = 0;
  for (uint32_t i = 0; i < flow->uses.count; i++)
    wanted += is_wanted(wish, &flow->uses.items[i]);
  uint32_t callers = wish->alias.at == NULL ? flow->uses.caller_count : 0;
  if (wanted == 0 && callers == 0)
    return;
  printf("%.*s%s%.*s\n", TEXT_ARG(text_visible(arena, flow->id)),
         flow->version.length == 0 ? "" : " ", TEXT_ARG(text_visible(arena, flow->version)));
  printf("  in %.*s\n", TEXT_ARG(text_visible(arena, flow->path)));
  print_running(arena, flow);
  for (uint32_t i = 0; i < flow->uses.count; i++) {
    const struct use *use = &flow->uses.items[i];
    if (!is_wanted(wish, use))
      continue;
    printf("  %5u  %.*s\n         %s%s: %.*s\n", use->line,
           TEXT_ARG(text_visible(arena, scan_place(arena, use))), scan_purpose(use->purpose),
           use->in_use == USE_MAYBE ? ", perhaps" : "",
           TEXT_ARG(text_visible(arena, scan_alias(arena, use))));
  }
  for (uint32_t i = 0; i < callers; i++) {
    const struct called_by *caller = &flow->uses.callers[i];
    const struct use at = {.element = caller->element};
    printf("  %5u  %.*s\n         may be called: ", caller->line,
           TEXT_ARG(text_visible(arena, scan_place(arena, &at))));
    if (caller->by_names == USE_NO)
      printf("by who has the role %.*s\n", TEXT_ARG(text_visible(arena, caller->role)));
    else
      printf("%s names in a client certificate\n",
             caller->by_names == USE_YES ? "by the" : "perhaps by the");
    for (uint32_t j = 0; j < caller->pair_count; j++)
      printf("         subject %.*s, issuer %.*s\n",
             TEXT_ARG(text_visible(arena, caller->subjects[j])),
             TEXT_ARG(text_visible(arena, caller->issuers[j])));
  }
}

static void print_callers(struct cli *cli, const struct scan *scan)
{
  struct arena *arena = cli->arena;
  bool is_first = true;
  for (uint32_t i = 0; i < scan->count; i++)
    for (uint32_t j = 0; j < scan->flows[i].uses.caller_count; j++) {
      const struct called_by *caller = &scan->flows[i].uses.callers[j];
      const struct use at = {.element = caller->element};
      if (caller->by_names == USE_NO)
        continue;
      if (is_first)
        puts(
            "\nSenders that are let in by the names in their certificate\n"
            "  When one of them renews with other names: change them at the channel, and deploy. A "
            "role spares that.");
      is_first = false;
      printf("  %.*s\n    in %.*s%s\n", TEXT_ARG(text_visible(arena, scan_place(arena, &at))),
             TEXT_ARG(text_visible(arena, scan->flows[i].id)),
             caller->by_names == USE_MAYBE ? ", perhaps" : "");
    }
}

static void print_total(struct cli *cli, const struct scan_wish *wish, const struct scan *scan,
                        const char *path)
{
  uint32_t flows = 0, uses = 0;
  for (uint32_t i = 0; i < scan->count; i++) {
    const struct uses *of = &scan->flows[i].uses;
    uint32_t before = uses;
    for (uint32_t j = 0; j < of->count; j++)
      uses += is_wanted(wish, &of->items[j]);
    flows += uses != before;
  }
  const char *several = scan->count == 1 ? "" : "s";
  if (scan->count == 0) {
    puts("no integration flow (.iflw) was found");
    return;
  }
  if (wish->alias.at != NULL) {
    printf(
        "%u of %u flow%s may use the key pair `%.*s`: exchange it, and these must be restarted\n",
        flows, scan->count, several, TEXT_ARG(wish->alias));
    if (flows != 0 && path != NULL)
      printf("next: renew new overlap --alias %.*s --flows %s\n",
             TEXT_ARG(text_shell_word(cli->arena, wish->alias)),
             text_shell_word(cli->arena, text_of(path)).at);
    return;
  }
  scan_print_keys(cli->arena, scan);
  print_callers(cli, scan);
  printf("%s%u flow%s, %u of them with keys: %u use%s of a key\n", uses == 0 ? "" : "\n",
         scan->count, several, flows, uses, uses == 1 ? "" : "s");
  if (uses != 0 && path != NULL)
    printf("next: renew scan --flows %s --alias NAME   # what to restart when NAME is exchanged\n",
           text_shell_word(cli->arena, text_of(path)).at);
}

static json_t *element_json(const struct flow_element *element)
{
  json_t *object = json_object();
  json_object_set_new(object, "kind",
                      json_string(element->place == FLOW_CHANNEL ? "channel" : "step"));
  json_object_set_new(object, "id", cli_json_text(element->id));
  json_object_set_new(object, "name", cli_json_text(element->name));
  json_object_set_new(object, "component", cli_json_text(element->component));
  if (element->place == FLOW_CHANNEL) {
    json_object_set_new(object, "direction", cli_json_text(element->direction));
    json_object_set_new(object, "system", cli_json_text(element->system));
  }
  return object;
}

static json_t *use_json(const struct use *use)
{
  json_t *object =
      use->element == NULL ? json_pack("{s:s}", "kind", "script") : element_json(use->element);
  if (use->element == NULL)
    json_object_set_new(object, "script", cli_json_text(use->script));
  json_object_set_new(object, "key", cli_json_text(use->key));
  json_object_set_new(object, "written", cli_json_text(use->written));
  json_object_set_new(object, "alias", cli_json_text(use->value));
  if (use->element != NULL && use->set_to.length != 0)
    json_object_set_new(object, "set_to", cli_json_text(use->set_to));
  json_object_set_new(object, "purpose", json_string(use_purpose_words[use->purpose]));
  json_object_set_new(object, "how", json_string(use_how_words[use->how]));
  json_object_set_new(object, "in_use", json_string(use_certainty_words[use->in_use]));
  json_object_set_new(object, "line", json_integer(use->line));
  return object;
}

static json_t *caller_json(const struct called_by *caller)
{
  json_t *object = element_json(caller->element), *pairs = json_array();
  json_object_set_new(object, "by_names", json_string(use_certainty_words[caller->by_names]));
  json_object_set_new(object, "role", cli_json_text(caller->role));
  json_object_set_new(object, "line", json_integer(caller->line));
  for (uint32_t i = 0; i < caller->pair_count; i++) {
    json_t *pair = json_object();
    json_object_set_new(pair, "subject", cli_json_text(caller->subjects[i]));
    json_object_set_new(pair, "issuer", cli_json_text(caller->issuers[i]));
    json_array_append_new(pairs, pair);
  }
  json_object_set_new(object, "names", pairs);
  return object;
}

static void print_json(struct cli *cli, const struct scan_wish *wish, const struct scan *scan)
{
  json_t *object = json_object(), *flows = json_array(), *troubles = json_array();
  for (uint32_t i = 0; i < scan->count; i++) {
    const struct scanned_flow *flow = &scan->flows[i];
    json_t *one = json_object(), *uses = json_array(), *callers = json_array();
    json_object_set_new(one, "path", cli_json_text(flow->path));
    json_object_set_new(one, "id", cli_json_text(flow->id));
    json_object_set_new(one, "name", cli_json_text(flow->name));
    json_object_set_new(one, "version", cli_json_text(flow->version));
    if (flow->runs.at != NULL) {
      json_object_set_new(one, "runs", cli_json_text(flow->runs));
      json_object_set_new(one, "runs_status", cli_json_text(flow->runs_status));
    }
    for (uint32_t j = 0; j < flow->uses.count; j++)
      if (wish->alias.at == NULL || use_may_be(&flow->uses.items[j], wish->alias))
        json_array_append_new(uses, use_json(&flow->uses.items[j]));
    for (uint32_t j = 0; j < flow->uses.caller_count; j++)
      json_array_append_new(callers, caller_json(&flow->uses.callers[j]));
    json_object_set_new(one, "uses", uses);
    json_object_set_new(one, "callers", callers);
    json_array_append_new(flows, one);
  }
  for (uint32_t i = 0; i < scan->trouble_count; i++) {
    json_t *one = json_object();
    json_object_set_new(one, "path", cli_json_text(scan->troubles[i].path));
    json_object_set_new(one, "says", cli_json_text(scan->troubles[i].says));
    json_array_append_new(troubles, one);
  }
  json_object_set_new(object, "flows", flows);
  json_object_set_new(object, "keys", scan_keys_json(cli->arena, scan));
  json_object_set_new(object, "not_read", troubles);
  cli_json_print(object, "renew.scan/1");
}

/* The line of a flow's model as a place, where its bytes can be shown. */
static struct span line_span(const struct source_set *sources, uint32_t file, uint32_t line)
{
  const struct source *source = &sources->files[file];
  line = line == 0 || line > source->line_count ? 1 : line;
  struct text words = source_line(source, line);
  uint32_t blanks = 0;
  while (blanks < words.length && (words.at[blanks] == ' ' || words.at[blanks] == '\t'))
    blanks++;
  return (struct span){file, source->line_starts[line - 1] + blanks,
                       (uint32_t)words.length - blanks};
}

static void find_in_flow(struct diag_list *diags, struct source_set *sources,
                         const struct scanned_flow *flow)
{
  struct arena *arena = diags->arena;
  uint32_t file;
  size_t bad;
  if (source_give(sources, flow->path, flow->bytes, &file, &bad) != SOURCE_OK)
    return;
  for (uint32_t i = 0; i < flow->uses.count; i++) {
    const struct use *use = &flow->uses.items[i];
    if (use->how != HOW_ANY || use->in_use != USE_YES)
      continue;
    struct diag *diag = diag_add(diags, DIAG_W0931, line_span(sources, file, use->line),
                                 "%.*s names no key pair", TEXT_ARG(scan_place(arena, use)));
    diag_set_label(diags, diag, "the tenant takes any that the receiver trusts");
    diag_add_help(diags, diag,
                  "name the alias at the channel; until then each exchange of any key pair of this "
                  "tenant may touch it");
  }
  for (uint32_t i = 0; i < flow->uses.caller_count; i++) {
    const struct called_by *caller = &flow->uses.callers[i];
    const struct use at = {.element = caller->element};
    if (caller->by_names != USE_YES)
      continue;
    struct diag *diag =
        diag_add(diags, DIAG_W0908, line_span(sources, file, caller->line),
                 "%.*s authorises by the names in a certificate", TEXT_ARG(scan_place(arena, &at)));
    diag_set_label(diags, diag, "each renewal with other names needs a new deployment");
    diag_add_help(diags, diag, "authorise a user role, and give the sender a service key");
  }
}

static enum exit_code report(struct cli *cli, const struct scan *scan)
{
  struct source_set sources;
  struct diag_list diags;
  source_set_start(&sources, cli->arena, TEXT(""));
  diag_list_start(&diags, cli->arena);
  for (uint32_t i = 0; i < scan->count; i++)
    if (scan->flows[i].bytes.length != 0)
      find_in_flow(&diags, &sources, &scan->flows[i]);
  for (uint32_t i = 0; i < scan->trouble_count; i++)
    diag_add_nowhere(&diags, DIAG_E0933, "%.*s %.*s",
                     TEXT_ARG(text_visible(cli->arena, scan->troubles[i].path)),
                     TEXT_ARG(text_visible(cli->arena, scan->troubles[i].says)));
  enum exit_code code = cli_report(cli, &diags, &sources);
  return scan->trouble_count != 0 ? EXIT_CANNOT_WORK : code;
}

int cmd_scan(struct cli *cli)
{
  const char *path = cli_take_value(cli, "--flows"), *of = cli_take_value(cli, "--of");
  const char *alias = cli_take_value(cli, "--alias");
  if (!cli_arguments(cli, 0, 0))
    return EXIT_USAGE;
  if (path == NULL || *path == '\0')
    return cli_usage(cli, "scan --flows PATH: a flow (.iflw), a bundle or package (.zip), or a "
                          "folder of them; or TENANT --of PLAN");
  if (alias != NULL && *alias == '\0')
    return cli_usage(cli, "--alias is empty; an alias of the tenant's keystore is meant");
  struct scan_wish wish = {alias == NULL ? TEXT_NONE : text_of(alias)};
  struct scan scan;
  enum exit_code code = EXIT_OK;
  if (of == NULL)
    scan_path(cli->arena, path, &scan);
  else
    code = scan_tenant(cli, path, of, &scan);
  if (code != EXIT_OK)
    return code;
  code = report(cli, &scan);
  if (!cli_is_text(cli)) {
    if (!cli_wants_cases(cli))
      print_json(cli, &wish, &scan);
    return code;
  }
  for (uint32_t i = 0; i < scan.count; i++)
    print_flow(cli, &wish, &scan.flows[i]);
  if (scan.count != 0 || scan.trouble_count == 0)
    print_total(cli, &wish, &scan, of == NULL ? path : NULL);
  return code;
}
