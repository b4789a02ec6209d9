/* SPDX-License-Identifier: Apache-2.0 */
/* cli_belief: what each caller shows and each receiver accepts, as `status` says it: certain or maybe. */
#include "runtime/cli/cli_belief.h"

#include <stdio.h>

#include "runtime/cli/cli_demo.h"

enum { LINES_MAX = 60 };

const struct provider_table *cli_table_of(const struct run_row *run)
{
  return cli_is_demo_run(run->id) ? &providers_simulated : &providers_real;
}

void cli_belief(struct opened *opened, bool is_strict, struct belief *ret)
{
  struct journal_row *rows;
  size_t row_count;
  store_journal(opened->store, opened->arena, opened->run.id, &rows, &row_count);
  belief_make(ret, opened->arena, opened->checked.graph, is_strict);
  belief_read(ret, cli_table_of(&opened->run), rows, row_count);
}

static const char *accepts_word(uint8_t may)
{
  static const char *const words[] = {"none", "certain-no", "certain-yes", "maybe"};
  return words[may & 3];
}

static bool is_asked(const struct belief *b, uint32_t row, enum thing thing)
{
  const struct row *of = &b->reading.rows[row];
  return of->thing == thing && b->reading.first_link[of->b] != ROW_NONE;
}

static const char *version_word(uint32_t version)
{
  return version == HOLDS_NEW ? "new" : "old";
}

void cli_print_belief(const struct belief *b)
{
  const struct graph *graph = b->reading.graph;
  uint32_t lines = 0, left_out = 0;
  if (b->reading.link_count != 0)
    printf("presented and accepted (certain by what was observed or signed; time makes nothing so):\n");
  for (uint32_t i = 0; i < b->reading.link_count; i++) {
    const struct link *link = &b->reading.links[i];
    if (lines++ >= LINES_MAX) {
      left_out++;
      continue;
    }
    printf("  %-12s %.*s%s%.*s presents %.*s to %.*s%s\n", belief_word(b->shows[i]),
           TEXT_ARG(graph->resources[link->caller].name), link->node.length == 0 ? "" : " on ",
           TEXT_ARG(link->node), TEXT_ARG(graph->resources[link->certificate].name),
           TEXT_ARG(graph->resources[link->receiver].name),
           link->runs == ROW_NONE || b->may[link->runs] == 1u << HOLDS_YES ? ""
           : b->may[link->runs] == 1u << HOLDS_NO                          ? " (stopped)"
                                                                           : " (may be stopped)");
  }
  for (uint32_t i = 0; i < b->reading.row_count; i++) {
    const struct row *row = &b->reading.rows[i];
    if (!is_asked(b, i, THING_ACCEPTS))
      continue;
    if (lines++ >= LINES_MAX) {
      left_out++;
      continue;
    }
    printf("  %-12s %.*s accepts %.*s.%s\n", accepts_word(b->may[i]),
           TEXT_ARG(graph->resources[row->a].name), TEXT_ARG(graph->resources[row->b].name),
           version_word(row->c));
  }
  if (left_out != 0)
    printf("  ... %u more: --format json lists them\n", left_out);
}

json_t *cli_belief_json(const struct belief *b)
{
  const struct graph *graph = b->reading.graph;
  json_t *object = json_object(), *presents = json_array(), *accepts = json_array();
  for (uint32_t i = 0; i < b->reading.link_count; i++) {
    const struct link *link = &b->reading.links[i];
    json_t *item = json_object();
    json_object_set_new(item, "caller", cli_json_text(graph->resources[link->caller].name));
    json_object_set_new(item, "node", cli_json_text(link->node));
    json_object_set_new(item, "certificate",
                        cli_json_text(graph->resources[link->certificate].name));
    json_object_set_new(item, "receiver", cli_json_text(graph->resources[link->receiver].name));
    json_object_set_new(item, "state", json_string(belief_word(b->shows[i])));
    json_object_set_new(item, "runs",
                        json_string(link->runs == ROW_NONE ? "certain-yes"
                                                           : accepts_word(b->may[link->runs])));
    json_array_append_new(presents, item);
  }
  for (uint32_t i = 0; i < b->reading.row_count; i++) {
    const struct row *row = &b->reading.rows[i];
    if (!is_asked(b, i, THING_ACCEPTS))
      continue;
    json_t *item = json_object();
    json_object_set_new(item, "receiver", cli_json_text(graph->resources[row->a].name));
    json_object_set_new(item, "certificate", cli_json_text(graph->resources[row->b].name));
    json_object_set_new(item, "version", json_string(version_word(row->c)));
    json_object_set_new(item, "state", json_string(accepts_word(b->may[i])));
    json_array_append_new(accepts, item);
  }
  json_object_set_new(object, "presents", presents);
  json_object_set_new(object, "accepts", accepts);
  return object;
}
