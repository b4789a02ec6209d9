/* SPDX-License-Identifier: Apache-2.0 */
/* new_flows: see new_flows.h. */
#include "runtime/cli/new_flows.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "runtime/cli/scan_words.h"

enum { NAME_MAX_BYTES = 40, USES_SHOWN = 4, COMMENT_MAX_BYTES = 95, OTHERS_SHOWN = 5 };

struct found_flow {
  struct text name; /* as it is declared */
  struct text id, title;
  const struct scanned_flow *flow;
};

struct found_flows {
  struct arena *arena;
  struct text alias;
  struct text_map ids, names;
  struct found_flow *items;
  uint32_t count, capacity;
};

/* The alias of the plan's certificate, as the template or the answer has it. */
static struct text alias_in(struct text words)
{
  static const char line[] = "\n  alias \"";
  const char *at = memmem(words.at, words.length, line, sizeof line - 1);
  if (at == NULL)
    return TEXT("");
  at += sizeof line - 1;
  return (struct text){at, strcspn(at, "\"")};
}

/* "com.example.Orders to ERP" as a name of the language: "com-example-orders-to-erp". */
static struct text name_of(const struct found_flows *found, struct text id)
{
  char name[NAME_MAX_BYTES + 1];
  size_t length = 0;
  for (size_t i = 0; i < id.length && length < NAME_MAX_BYTES; i++) {
    char c = (char)tolower((unsigned char)id.at[i]);
    bool is_plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_plain && length == 0 && c <= '9') {
      memcpy(name, "flow-", 5);
      length = 5;
    }
    if (is_plain)
      name[length++] = c;
    else if (length != 0 && name[length - 1] != '-')
      name[length++] = '-';
  }
  while (length != 0 && name[length - 1] == '-')
    length--;
  struct text made =
      length == 0 ? TEXT("flow") : text_copy(found->arena, (struct text){name, length});
  uint32_t place;
  if (text_map_find(&found->names, made, &place))
    return text_format(found->arena, "%.*s-%u", TEXT_ARG(made), found->count + 1);
  return made;
}

static bool logs_on_with(const struct use *use, struct text alias)
{
  return use->purpose == USE_TLS_CLIENT && use_may_be(use, alias);
}

static void find_flows(const struct scan *scan, struct found_flows *found)
{
  text_map_start(&found->ids, found->arena);
  text_map_start(&found->names, found->arena);
  for (uint32_t i = 0; i < scan->count; i++) {
    const struct scanned_flow *flow = &scan->flows[i];
    bool may = false;
    uint32_t known;
    for (uint32_t j = 0; j < flow->uses.count; j++)
      may = may || logs_on_with(&flow->uses.items[j], found->alias);
    /* Exported twice, it is one flow; a collection of scripts is none: the flows that call it are. */
    if (!may || flow->bytes.length == 0 || text_map_find(&found->ids, flow->id, &known))
      continue;
    if (found->count == found->capacity) {
      found->capacity = found->capacity == 0 ? 16 : found->capacity * 2;
      found->items = arena_grow(found->arena, found->items, found->count, found->capacity,
                                sizeof *found->items);
    }
    struct text name = name_of(found, flow->id);
    text_map_add(&found->ids, flow->id, found->count, NULL);
    text_map_add(&found->names, name, found->count, NULL);
    found->items[found->count++] = (struct found_flow){name, flow->id, flow->name, flow};
  }
}

/* What stands in quotes may hold no quote, backslash or line end. */
static struct text quotable(struct arena *arena, struct text words)
{
  char *copy = text_zero(arena, text_visible(arena, words));
  for (char *at = copy; *at != '\0'; at++)
    if (*at == '"' || *at == '\\')
      *at = '\'';
  return text_of(copy);
}

static void comment(struct arena *arena, struct text words, struct buffer *out)
{
  struct text line = text_visible(arena, words);
  bool is_long = line.length > COMMENT_MAX_BYTES;
  while (is_long && line.length > COMMENT_MAX_BYTES - 3)
    line.length--;
  while (is_long && line.length > 0 && ((unsigned char)line.at[line.length] & 0xc0) == 0x80)
    line.length--;
  buffer_format(out, "# %.*s%s\n", TEXT_ARG(line), is_long ? "..." : "");
}

/* Which of its channels log on with the key pair, and how sure that is. */
static void comment_flow(const struct found_flows *found, const struct scanned_flow *flow,
                         struct buffer *out)
{
  struct arena *arena = found->arena;
  uint32_t shown = 0, all = 0;
  /* The certain ones first. */
  for (int pass = 0; pass < 2; pass++)
    for (uint32_t i = 0; i < flow->uses.count; i++) {
      const struct use *use = &flow->uses.items[i];
      bool is_sure = use->how == HOW_NAMED && use->in_use == USE_YES;
      if (is_sure != (pass == 0) || !logs_on_with(use, found->alias) || ++all > USES_SHOWN)
        continue;
      shown++;
      comment(arena, scan_place(arena, use), out);
      if (!is_sure)
        comment(arena,
                text_format(arena, "  may take it: %.*s",
                            TEXT_ARG(use->how == HOW_NAMED ? TEXT("whether it logs on so is open")
                                                           : scan_alias(arena, use))),
                out);
    }
  if (all > shown)
    comment(arena, text_format(arena, "and %u more of its channels", all - shown), out);
}

/* Signatures, decryption: nobody is called with these, and somebody relies on them nevertheless. */
static void comment_other_uses(const struct found_flows *found, const struct scan *scan,
                               struct buffer *out)
{
  struct arena *arena = found->arena;
  uint32_t count = 0;
  for (uint32_t i = 0; i < scan->count; i++)
    for (uint32_t j = 0; j < scan->flows[i].uses.count; j++) {
      const struct use *use = &scan->flows[i].uses.items[j];
      if (use->purpose == USE_TLS_CLIENT || use->purpose == USE_SSH || use->how != HOW_NAMED ||
          !use_may_be(use, found->alias))
        continue;
      if (count++ == 0)
        comment(arena,
                TEXT("This key pair has other uses; who relies on them needs the new "
                     "certificate, too:"),
                out);
      if (count <= USES_SHOWN)
        comment(arena,
                text_format(arena, "  %s in %.*s: %.*s", scan_purpose(use->purpose),
                            TEXT_ARG(scan->flows[i].id), TEXT_ARG(scan_place(arena, use))),
                out);
    }
  if (count > USES_SHOWN)
    comment(arena, text_format(arena, "  and %u more: renew scan shows them", count - USES_SHOWN),
            out);
  if (count != 0)
    buffer_add_zero(out, "\n");
}

static void declare(const struct found_flows *found, const struct scan *scan, struct text body,
                    struct buffer *out)
{
  comment_other_uses(found, scan, out);
  for (uint32_t i = 0; i < found->count; i++) {
    const struct found_flow *flow = &found->items[i];
    comment_flow(found, flow->flow, out);
    buffer_format(out, "flow %.*s \"%.*s\" {\n  artifact \"%.*s\"\n", TEXT_ARG(flow->name),
                  TEXT_ARG(quotable(found->arena, flow->title)),
                  TEXT_ARG(quotable(found->arena, flow->id)));
    buffer_add_text(out, body);
    buffer_add_zero(out, "}\n");
    if (i + 1 < found->count)
      buffer_add_zero(out, "\n");
  }
}

/* A step on `outbound`, for each flow: its label gets the flow's name where there are several. */
static void repeat(const struct found_flows *found, struct text step, struct buffer *out)
{
  static const char word[] = " outbound ";
  size_t colon = strcspn(step.at, ":");
  for (uint32_t i = 0; i < found->count; i++) {
    struct text name = found->items[i].name;
    const char *at = step.at, *end = step.at + step.length;
    buffer_add(out, at, colon);
    if (found->count > 1)
      buffer_format(out, "-%.*s", TEXT_ARG(name));
    at += colon;
    for (const char *next; (next = memmem(at, (size_t)(end - at), word, sizeof word - 1)) != NULL;
         at = next + sizeof word - 1) {
      buffer_add(out, at, (size_t)(next - at));
      buffer_format(out, " %.*s ", TEXT_ARG(name));
    }
    buffer_add(out, at, (size_t)(end - at));
  }
}

/* The line at `at`, and the lines of its block down to the bracket under its first letter. */
static struct text block_at(const char *at, const char *end)
{
  size_t length = strcspn(at, "\n") + 1, indent = strspn(at, " ");
  if (at[length - 2] != '{')
    return (struct text){at, length};
  char close[32];
  snprintf(close, sizeof close, "\n%*s}\n", (int)indent, "");
  const char *stop = memmem(at, (size_t)(end - at), close, strlen(close));
  return stop == NULL ? (struct text){at, length}
                      : (struct text){at, (size_t)(stop - at) + strlen(close)};
}

static struct text rewritten(const struct found_flows *found, const struct scan *scan,
                             struct text words)
{
  static const char first[] = "flow outbound ";
  struct buffer out = {0};
  const char *at = words.at, *end = words.at + words.length;
  while (at < end) {
    struct text line = {at, strcspn(at, "\n") + 1};
    if (text_starts_with(line, first)) {
      struct text block = block_at(at, end);
      /* Between its brackets. */
      struct text body = {at + line.length, block.length - line.length - 2};
      declare(found, scan, body, &out);
      at += block.length;
    } else if (text_starts_with(line, "    ") && !text_starts_with(line, "     ") &&
               memchr(line.at, ':', line.length) != NULL &&
               memmem(line.at, line.length, " outbound on node", 17) != NULL) {
      struct text block = block_at(at, end);
      repeat(found, block, &out);
      at += block.length;
    } else {
      buffer_add_text(&out, line);
      at += line.length;
    }
  }
  struct text all = text_copy(found->arena, buffer_text(&out));
  buffer_free(&out);
  return all;
}

/* The alias that most flows name for a log-on, of equals the first; a placeholder is none. */
static void choose_alias(struct arena *arena, struct new_flows *flows)
{
  struct text_map places;
  struct buffer others = {0};
  struct counted {
    struct text alias;
    uint32_t count, last;
  } *all = NULL;
  uint32_t count = 0, best = 0, shown = 0;
  text_map_start(&places, arena);
  for (uint32_t i = 0; i < flows->scan.count; i++)
    for (uint32_t j = 0; j < flows->scan.flows[i].uses.count; j++) {
      const struct use *use = &flows->scan.flows[i].uses.items[j];
      uint32_t place;
      if (use->purpose != USE_TLS_CLIENT || use->how != HOW_NAMED || use->in_use != USE_YES)
        continue;
      if (!text_map_find(&places, use->value, &place)) {
        if ((count & (count - 1)) == 0)
          all = arena_grow(arena, all, count, count == 0 ? 1 : count * 2, sizeof *all);
        place = count++;
        all[place] = (struct counted){use->value, 0, UINT32_MAX};
        text_map_add(&places, use->value, place, NULL);
      }
      all[place].count += all[place].last != i;
      all[place].last = i;
    }
  flows->alias = flows->others = TEXT("");
  for (uint32_t i = 1; i < count; i++)
    if (all[i].count > all[best].count ||
        (all[i].count == all[best].count && text_compare(all[i].alias, all[best].alias) < 0))
      best = i;
  for (uint32_t i = 0; i < count && shown < OTHERS_SHOWN; i++)
    if (i != best)
      buffer_format(&others, "%s%.*s", shown++ == 0 ? "" : ", ", TEXT_ARG(all[i].alias));
  if (count > OTHERS_SHOWN + 1)
    buffer_format(&others, " and %u more", count - OTHERS_SHOWN - 1);
  if (count != 0) {
    flows->alias = all[best].alias;
    flows->count = all[best].count;
    flows->others = text_copy(arena, buffer_text(&others));
  }
  flows->total = flows->scan.count;
  buffer_free(&others);
}

enum exit_code new_flows_read(struct cli *cli, const char *path, struct new_flows *ret_flows)
{
  *ret_flows = (struct new_flows){.path = path};
  struct scan *scan = &ret_flows->scan;
  scan_path(cli->arena, path, scan);
  for (uint32_t i = 0; i < scan->trouble_count; i++)
    fprintf(stderr, "renew: %.*s %.*s\n",
            TEXT_ARG(text_visible(cli->arena, scan->troubles[i].path)),
            TEXT_ARG(text_visible(cli->arena, scan->troubles[i].says)));
  choose_alias(cli->arena, ret_flows);
  return scan->trouble_count != 0 ? EXIT_CANNOT_WORK : EXIT_OK;
}

/* The template's own flow stays, for nothing else is known of who calls the receiver. */
static struct text without_flows(struct cli *cli, struct text words)
{
  static const char first[] = "flow outbound ";
  struct buffer out = {0};
  const char *at = words.at, *found = memmem(at, words.length, first, sizeof first - 1);
  if (found == NULL)
    return words;
  buffer_add(&out, at, (size_t)(found - at));
  comment(cli->arena, TEXT("None of the flows that were read logs on with a client certificate."),
          &out);
  comment(cli->arena, TEXT("What calls the receiver with it? Name it here, with its `artifact`."),
          &out);
  buffer_add(&out, found, (size_t)(at + words.length - found));
  struct text all = text_copy(cli->arena, buffer_text(&out));
  buffer_free(&out);
  return all;
}

enum exit_code new_flows_put(struct cli *cli, const struct new_flows *flows, bool is_chosen,
                             struct text *words)
{
  struct found_flows found = {.arena = cli->arena, .alias = alias_in(*words)};
  find_flows(&flows->scan, &found);
  if (found.count == 0 && is_chosen) {
    fprintf(stderr, "renew: none of the %u flows in %s logs on with the key pair `%.*s`%s%.*s\n",
            flows->total, flows->path, TEXT_ARG(found.alias),
            flows->alias.length == 0 ? "" : "; they name ",
            TEXT_ARG(text_visible(cli->arena, flows->alias)));
    fprintf(stderr, "  = help: renew scan --flows %s says what they use\n", flows->path);
    return EXIT_ANSWER_NO;
  }
  if (found.count == 0) {
    fprintf(stderr,
            "renew: none of the %u flows in %s logs on with a client certificate; the plan has a "
            "flow to be filled in\n",
            flows->total, flows->path);
    *words = without_flows(cli, *words);
    return EXIT_OK;
  }
  *words = rewritten(&found, &flows->scan, text_of(text_zero(cli->arena, *words)));
  return EXIT_OK;
}
