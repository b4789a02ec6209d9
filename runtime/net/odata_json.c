/* SPDX-License-Identifier: Apache-2.0 */
/*
 * odata_json: OData 2.0: {"d":{...}}, {"d":{"results":[...],"__next":"..."}}; OData 4.0:
 * {"@odata.context":"...","value":[...],"@odata.nextLink":"..."}, {"@odata.context":"...",...}; errors of
 * both: {"error":{...}}.
 *
 * A page has thousands of values: they are read with yajl into nodes of the arena, whose texts lie in the body
 * where nothing in them was escaped. An error is small: jansson.
 */
#include <string.h>

#include <jansson.h>
#include <yajl/yajl_parse.h>

#include "runtime/net/odata_int.h"

/* A page of 1,000 entries has 30,000; "[1,1,1,..." would fill the memory with what nobody reads. */
enum { NODES_MAX = 1000 * 1000 };

enum node_kind { NODE_TEXT, NODE_NULL, NODE_OBJECT, NODE_ARRAY };

struct node {
  enum node_kind kind;
  struct text name; /* in an object */
  struct text text; /* numbers and truth values as they are written */
  struct node *first, *last, *next;
};

struct reading {
  struct arena *arena;
  struct text body, name, error;
  struct node *open[ODATA_DEPTH_MAX];
  int depth;
  uint32_t count;
  struct node root;
};

/* NULL with a reason: there are too many. */
static struct node *add_node(struct reading *reading, enum node_kind kind, struct text words)
{
  struct node *parent = reading->depth == 0 ? &reading->root : reading->open[reading->depth - 1];
  if (reading->count++ == NODES_MAX) {
    reading->error =
        text_format(reading->arena, "the answer is JSON of more than %d values", NODES_MAX);
    return NULL;
  }
  struct node *node = ARENA_NEW(reading->arena, struct node);
  *node = (struct node){.kind = kind, .name = reading->name, .text = words};
  if (parent->last == NULL)
    parent->first = node;
  else
    parent->last->next = node;
  parent->last = node;
  return node;
}

static int open_node(struct reading *reading, enum node_kind kind)
{
  if (reading->depth == ODATA_DEPTH_MAX) {
    reading->error =
        text_format(reading->arena, "the answer is JSON of more than %d levels", ODATA_DEPTH_MAX);
    return 0;
  }
  struct node *node = add_node(reading, kind, TEXT_NONE);
  if (node == NULL)
    return 0;
  reading->open[reading->depth++] = node;
  return 1;
}

static int on_null(void *with)
{
  return add_node(with, NODE_NULL, TEXT_NONE) != NULL;
}

static int on_truth(void *with, int is_true)
{
  return add_node(with, NODE_TEXT, is_true ? TEXT("true") : TEXT("false")) != NULL;
}

/* What was escaped lies in yajl's own buffer, and is overwritten. */
static struct text keep(struct reading *reading, const char *at, size_t length)
{
  const struct text body = reading->body, words = {at, length};
  bool lies_in_body = at >= body.at && at < body.at + body.length;
  return lies_in_body ? words : text_copy(reading->arena, words);
}

static int on_number(void *with, const char *at, size_t length)
{
  struct reading *reading = with;
  return add_node(reading, NODE_TEXT, keep(reading, at, length)) != NULL;
}

static bool has_zero(struct reading *reading, const unsigned char *at, size_t length)
{
  if (length == 0 || memchr(at, '\0', length) == NULL)
    return false;
  reading->error = TEXT("the answer is JSON with a zero byte in a text");
  return true;
}

static int on_string(void *with, const unsigned char *at, size_t length)
{
  struct reading *reading = with;
  return !has_zero(reading, at, length) &&
         add_node(reading, NODE_TEXT, keep(reading, (const char *)at, length)) != NULL;
}

static int on_name(void *with, const unsigned char *at, size_t length)
{
  struct reading *reading = with;
  if (has_zero(reading, at, length))
    return 0;
  reading->name = keep(reading, (const char *)at, length);
  return 1;
}

static int on_object(void *with)
{
  return open_node(with, NODE_OBJECT);
}

static int on_array(void *with)
{
  return open_node(with, NODE_ARRAY);
}

static int on_end(void *with)
{
  ((struct reading *)with)->depth--;
  return 1;
}

static const yajl_callbacks callbacks = {.yajl_null = on_null,
                                         .yajl_boolean = on_truth,
                                         .yajl_number = on_number,
                                         .yajl_string = on_string,
                                         .yajl_start_map = on_object,
                                         .yajl_map_key = on_name,
                                         .yajl_end_map = on_end,
                                         .yajl_start_array = on_array,
                                         .yajl_end_array = on_end};

/* The document; NULL with a reason. */
static const struct node *read_nodes(struct arena *arena, struct text body, struct text *ret_error)
{
  struct reading reading = {.arena = arena, .body = body};
  yajl_handle parser = yajl_alloc(&callbacks, NULL, &reading);
  if (parser == NULL)
    abort();
  yajl_status status = yajl_parse(parser, (const unsigned char *)body.at, body.length);
  if (status == yajl_status_ok)
    status = yajl_complete_parse(parser);
  bool good = status == yajl_status_ok && reading.root.first != NULL;
  if (!good && reading.error.length != 0) {
    *ret_error = reading.error;
  } else if (!good) {
    unsigned char *words = yajl_get_error(parser, 0, NULL, 0);
    struct text why = text_of(words == NULL ? "" : (const char *)words);
    while (why.length > 0 && why.at[why.length - 1] == '\n')
      why.length--;
    *ret_error = text_format(arena, "the answer is no JSON, at byte %zu: %.*s",
                             yajl_get_bytes_consumed(parser), TEXT_ARG(why));
    yajl_free_error(parser, words);
  }
  yajl_free(parser);
  return good ? reading.root.first : NULL;
}

/* Of members with one name the last one counts. */
static const struct node *member(const struct node *object, const char *name)
{
  const struct node *found = NULL;
  if (object == NULL || object->kind != NODE_OBJECT)
    return NULL;
  for (const struct node *one = object->first; one != NULL; one = one->next)
    if (text_is(one->name, name))
      found = one;
  return found;
}

static bool is_plain(const struct node *node)
{
  return node->kind == NODE_TEXT || node->kind == NODE_NULL;
}

static bool add_rows(struct arena *arena, struct odata_page *page, const struct node *rows,
                     int depth, struct text *ret_error);

static bool read_inlined(struct arena *arena, const struct node *value, int depth,
                         const struct odata_page **ret_page, struct text *ret_error)
{
  const struct node *rows = value->kind == NODE_OBJECT ? member(value, "results") : value;
  if (member(value, "__deferred") != NULL)
    return true;
  struct odata_page *page = ARENA_NEW(arena, struct odata_page);
  *ret_page = page;
  return add_rows(arena, page, rows == NULL ? value : rows, depth, ret_error);
}

static bool add_row(struct arena *arena, struct odata_page *page, const struct node *row, int depth,
                    struct text *ret_error)
{
  if (row->kind != NODE_OBJECT || page->count >= ODATA_ENTRIES_MAX) {
    *ret_error = TEXT("the answer holds something else than entries, or too many of them");
    return false;
  }
  struct odata_entry *entry = odata_add_entry(arena, page);
  for (const struct node *value = row->first; value != NULL; value = value->next) {
    if (text_is(value->name, "__metadata"))
      continue;
    struct odata_value *added = odata_add_value(arena, entry, value->name);
    added->text = value->text;
    if (!is_plain(value) && !read_inlined(arena, value, depth + 1, &added->inlined, ret_error))
      return false;
  }
  return true;
}

static bool add_rows(struct arena *arena, struct odata_page *page, const struct node *rows,
                     int depth, struct text *ret_error)
{
  if (rows->kind != NODE_ARRAY)
    return add_row(arena, page, rows, depth, ret_error);
  for (const struct node *row = rows->first; row != NULL; row = row->next) {
    /* A list of plain values below an entry (parameters of an error) is of no use to anybody here. */
    if (depth > 0 && row->kind != NODE_OBJECT)
      continue;
    if (!add_row(arena, page, row, depth, ret_error))
      return false;
  }
  return true;
}

/* Which of the two protocols speaks, and where its entries are. False: neither. */
static bool find_rows(const struct node *root, const struct node **ret_rows,
                      const struct node **ret_next)
{
  const struct node *d = member(root, "d"), *value = member(root, "value");
  if (d != NULL) {
    const struct node *results = member(d, "results");
    *ret_rows = results == NULL ? d : results;
    *ret_next = member(d, "__next");
    return true;
  }
  bool is_list = value != NULL && value->kind == NODE_ARRAY;
  *ret_rows = is_list ? value : root;
  *ret_next = member(root, "@odata.nextLink");
  return member(root, "@odata.context") != NULL;
}

bool odata_read_json(struct arena *arena, struct text body, struct odata_page *ret_page,
                     struct text *ret_error)
{
  const struct node *root = read_nodes(arena, body, ret_error);
  if (root == NULL)
    return false;
  const struct node *rows, *next;
  if (!find_rows(root, &rows, &next)) {
    *ret_error =
        TEXT("the answer is JSON, but not of an OData service: it has neither `d` nor `value`");
    return false;
  }
  ret_page->version = member(root, "d") != NULL ? ODATA_2 : ODATA_4;
  if (next != NULL && next->kind == NODE_TEXT)
    ret_page->next = next->text;
  return add_rows(arena, ret_page, rows, 0, ret_error);
}

/* ---- errors ---- */

/* jansson descends by itself and stops at 2048; what is deeper than ours is no answer of a service. */
static bool is_too_deep(struct text body)
{
  int depth = 0;
  bool in_text = false;
  for (size_t i = 0; i < body.length; i++) {
    char c = body.at[i];
    if (in_text) {
      i += c == '\\';
      in_text = c != '"';
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{' || c == '[') {
      if (++depth > ODATA_DEPTH_MAX)
        return true;
    } else if (c == '}' || c == ']') {
      depth--;
    }
  }
  return false;
}

static struct text text_of_string(struct arena *arena, const json_t *value)
{
  return text_copy(arena, (struct text){json_string_value(value), json_string_length(value)});
}

/* {"value": "..."}, {"#text": "..."} (XML rendered as JSON), or the text itself. */
static struct text words_of(struct arena *arena, const json_t *value)
{
  static const char *const names[] = {"value", "#text", "messageText"};
  if (json_is_object(value))
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
      if (json_is_string(json_object_get(value, names[i])))
        return text_of_string(arena, json_object_get(value, names[i]));
  return json_is_string(value) ? text_of_string(arena, value) : TEXT("");
}

bool odata_problem_of_json(struct arena *arena, struct text body, struct odata_problem *ret_problem)
{
  json_t *root = is_too_deep(body) ? NULL : json_loadb(body.at, body.length, 0, NULL);
  if (root == NULL)
    return false;
  const json_t *error = json_object_get(root, "error");
  const json_t *at = json_is_object(error) ? error : root;
  ret_problem->code = words_of(arena, json_object_get(at, "code"));
  ret_problem->message = words_of(arena, json_object_get(at, "message"));
  if (ret_problem->message.length == 0) /* a token server */
    ret_problem->message = words_of(arena, json_object_get(at, "error_description"));
  if (ret_problem->message.length == 0 && json_is_string(error))
    ret_problem->message = text_of_string(arena, error);
  json_decref(root);
  return ret_problem->code.length != 0 || ret_problem->message.length != 0;
}
