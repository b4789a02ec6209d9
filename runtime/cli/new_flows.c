/* SPDX-License-Identifier: Apache-2.0 */
/* new_flows: see new_flows.h. */
#include "runtime/cli/new_flows.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "runtime/scan/scan.h"

enum { FLOWS_MAX = 50, NAME_MAX_BYTES = 40 };

struct found_flow {
  struct text name; /* as it is declared */
  struct text id, title;
  bool is_sure; /* it names the alias; else it may take it */
};

struct found_flows {
  struct arena *arena;
  struct found_flow items[FLOWS_MAX];
  uint32_t count;
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
  for (uint32_t i = 0; i < found->count; i++)
    if (text_equal(found->items[i].name, made))
      return text_format(found->arena, "%.*s-%u", TEXT_ARG(made), found->count + 1);
  return made;
}

static void find_flows(const struct scan *scan, struct text alias, struct found_flows *found)
{
  for (uint32_t i = 0; i < scan->count && found->count < FLOWS_MAX; i++) {
    const struct scanned_flow *flow = &scan->flows[i];
    bool may = false, sure = false;
    for (uint32_t j = 0; j < flow->uses.count; j++) {
      const struct use *use = &flow->uses.items[j];
      if (use->purpose != USE_TLS_CLIENT || !use_may_be(use, alias))
        continue;
      may = true;
      sure = sure || (use->how == HOW_NAMED && use->in_use == USE_YES);
    }
    /* Exported twice, it is one flow. */
    uint32_t known = 0;
    while (known < found->count && !text_equal(found->items[known].id, flow->id))
      known++;
    if (may && known == found->count)
      found->items[found->count++] =
          (struct found_flow){name_of(found, flow->id), flow->id, flow->name, sure};
    else if (may)
      found->items[known].is_sure = found->items[known].is_sure || sure;
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

static void declare(const struct found_flows *found, struct text body, struct buffer *out)
{
  for (uint32_t i = 0; i < found->count; i++) {
    const struct found_flow *flow = &found->items[i];
    if (!flow->is_sure)
      buffer_add_zero(
          out, "# It may take this key pair: its channel names no alias, or one that is known at "
               "run time only.\n");
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

static struct text rewritten(const struct found_flows *found, struct text words)
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
      declare(found, body, &out);
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

enum exit_code new_flows_put(struct cli *cli, const char *path, struct text *words)
{
  struct scan scan;
  struct found_flows found = {.arena = cli->arena};
  struct text alias = alias_in(*words);
  scan_path(cli->arena, path, &scan);
  for (uint32_t i = 0; i < scan.trouble_count; i++)
    fprintf(stderr, "renew: %.*s %.*s\n", TEXT_ARG(text_visible(cli->arena, scan.troubles[i].path)),
            TEXT_ARG(text_visible(cli->arena, scan.troubles[i].says)));
  if (scan.trouble_count != 0)
    return EXIT_CANNOT_WORK;
  find_flows(&scan, alias, &found);
  if (found.count == 0) {
    fprintf(stderr,
            "renew: none of the %u flows in %s logs on with the key pair `%.*s`; "
            "renew scan --flows %s says what they use\n",
            scan.count, path, TEXT_ARG(alias), path);
    return EXIT_ANSWER_NO;
  }
  *words = rewritten(&found, text_of(text_zero(cli->arena, *words)));
  return EXIT_OK;
}
