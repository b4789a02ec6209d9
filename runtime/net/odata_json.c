/* SPDX-License-Identifier: Apache-2.0 */
/* odata_json: OData 2.0: {"d":{...}}, {"d":{"results":[...],"__next":"..."}}; OData 4.0:
 * {"@odata.context":"...","value":[...],"@odata.nextLink":"..."}, {"@odata.context":"...",...}; errors of
 * both: {"error":{...}}. */
#include <jansson.h>

#include "runtime/net/odata_int.h"

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

static json_t *open_json(struct arena *arena, struct text body, struct text *ret_error)
{
  json_error_t error;
  if (is_too_deep(body)) {
    *ret_error = text_format(arena, "the answer is JSON of more than %d levels", ODATA_DEPTH_MAX);
    return NULL;
  }
  json_t *root = json_loadb(body.at, body.length, 0, &error);
  if (root == NULL)
    *ret_error =
        text_format(arena, "the answer is no JSON, at byte %d: %s", error.position, error.text);
  return root;
}

static struct text text_of_json(struct arena *arena, const json_t *value)
{
  switch (json_typeof(value)) {
  case JSON_STRING:
    return text_copy(arena, (struct text){json_string_value(value), json_string_length(value)});
  case JSON_INTEGER:
    return text_format(arena, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
  case JSON_REAL:
    return text_format(arena, "%.17g", json_real_value(value));
  case JSON_TRUE:
    return TEXT("true");
  case JSON_FALSE:
    return TEXT("false");
  case JSON_OBJECT:
  case JSON_ARRAY:
  case JSON_NULL:
    break;
  }
  return TEXT_NONE;
}

static bool add_rows(struct arena *arena, struct odata_page *page, const json_t *rows, int depth,
                     struct text *ret_error);

static bool read_inlined(struct arena *arena, const json_t *value, int depth,
                         const struct odata_page **ret_page, struct text *ret_error)
{
  const json_t *rows = json_is_object(value) ? json_object_get(value, "results") : value;
  if (json_is_object(value) && json_object_get(value, "__deferred") != NULL)
    return true;
  struct odata_page *page = ARENA_NEW(arena, struct odata_page);
  *ret_page = page;
  return add_rows(arena, page, rows == NULL ? value : rows, depth, ret_error);
}

static bool add_row(struct arena *arena, struct odata_page *page, const json_t *row, int depth,
                    struct text *ret_error)
{
  const char *name;
  json_t *value;
  if (!json_is_object(row) || page->count >= ODATA_ENTRIES_MAX) {
    *ret_error = TEXT("the answer holds something else than entries, or too many of them");
    return false;
  }
  struct odata_entry *entry = odata_add_entry(arena, page);
  json_object_foreach((json_t *)row, name, value)
  {
    if (text_is(text_of(name), "__metadata"))
      continue;
    struct odata_value *added = odata_add_value(arena, entry, text_copy(arena, text_of(name)));
    added->text = text_of_json(arena, value);
    if ((json_is_object(value) || json_is_array(value)) &&
        !read_inlined(arena, value, depth + 1, &added->inlined, ret_error))
      return false;
  }
  return true;
}

static bool add_rows(struct arena *arena, struct odata_page *page, const json_t *rows, int depth,
                     struct text *ret_error)
{
  size_t i;
  json_t *row;
  if (!json_is_array(rows))
    return add_row(arena, page, rows, depth, ret_error);
  json_array_foreach((json_t *)rows, i, row)
  {
    /* A list of plain values below an entry (parameters of an error) is of no use to anybody here. */
    if (depth > 0 && !json_is_object(row))
      continue;
    if (!add_row(arena, page, row, depth, ret_error))
      return false;
  }
  return true;
}

/* Which of the two protocols speaks, and where its entries are. False: neither. */
static bool find_rows(const json_t *root, const json_t **ret_rows, const json_t **ret_next)
{
  const json_t *d = json_is_object(root) ? json_object_get(root, "d") : NULL;
  if (d != NULL) {
    const json_t *results = json_is_object(d) ? json_object_get(d, "results") : NULL;
    *ret_rows = results == NULL ? d : results;
    *ret_next = json_is_object(d) ? json_object_get(d, "__next") : NULL;
    return true;
  }
  const json_t *value = json_is_object(root) ? json_object_get(root, "value") : NULL;
  bool has_context = json_is_object(root) && json_object_get(root, "@odata.context") != NULL;
  *ret_rows = json_is_array(value) ? value : root;
  *ret_next = json_is_object(root) ? json_object_get(root, "@odata.nextLink") : NULL;
  return json_is_array(value) || has_context;
}

bool odata_read_json(struct arena *arena, struct text body, struct odata_page *ret_page,
                     struct text *ret_error)
{
  json_t *root = open_json(arena, body, ret_error);
  if (root == NULL)
    return false;
  const json_t *rows = NULL, *next = NULL;
  bool good = find_rows(root, &rows, &next);
  if (!good)
    *ret_error =
        TEXT("the answer is JSON, but not of an OData service: it has neither `d` nor `value`");
  if (json_is_string(next))
    ret_page->next = text_of_json(arena, next);
  good = good && add_rows(arena, ret_page, rows, 0, ret_error);
  json_decref(root);
  return good;
}

/* {"value": "..."}, {"#text": "..."} (XML rendered as JSON), or the text itself. */
static struct text words_of(struct arena *arena, const json_t *value)
{
  static const char *const names[] = {"value", "#text", "messageText"};
  if (json_is_object(value))
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
      if (json_is_string(json_object_get(value, names[i])))
        return text_of_json(arena, json_object_get(value, names[i]));
  return json_is_string(value) ? text_of_json(arena, value) : TEXT("");
}

bool odata_problem_of_json(struct arena *arena, struct text body, struct odata_problem *ret_problem)
{
  struct text ignored;
  json_t *root = open_json(arena, body, &ignored);
  if (root == NULL)
    return false;
  const json_t *error = json_object_get(root, "error");
  const json_t *at = json_is_object(error) ? error : root;
  ret_problem->code = words_of(arena, json_object_get(at, "code"));
  ret_problem->message = words_of(arena, json_object_get(at, "message"));
  if (ret_problem->message.length == 0) /* a token server */
    ret_problem->message = words_of(arena, json_object_get(at, "error_description"));
  if (ret_problem->message.length == 0 && json_is_string(error))
    ret_problem->message = text_of_json(arena, error);
  json_decref(root);
  return ret_problem->code.length != 0 || ret_problem->message.length != 0;
}
