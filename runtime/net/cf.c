/* SPDX-License-Identifier: Apache-2.0 */
/* cf: see cf.h. Forms: the API's documentation, version 3; recorded answers of CAPI 3.188.0. */
#include "runtime/net/cf.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

enum { TITLE_MAX = 80, DETAIL_MAX = 600 };

static struct text words_of(struct arena *arena, const json_t *value)
{
  return json_is_string(value)
             ? text_copy(arena, (struct text){json_string_value(value), json_string_length(value)})
             : TEXT("");
}

static struct text words_at(struct arena *arena, const json_t *object, const char *name)
{
  return words_of(arena, json_object_get(object, name));
}

static struct text shortened(struct arena *arena, struct text words, size_t limit)
{
  struct text shown = text_visible(arena, words);
  if (shown.length <= limit)
    return shown;
  while (limit > 0 && ((unsigned char)shown.at[limit] & 0xc0) == 0x80)
    limit--;
  return text_format(arena, "%.*s...", (int)limit, shown.at);
}

static struct text href(struct arena *arena, const json_t *links, const char *name)
{
  return words_at(arena, json_object_get(links, name), "href");
}

/* What stands behind the last slash: in links of a job the new resource's guid. */
static struct text last_part(struct text address)
{
  const char *slash = address.length == 0 ? NULL : memrchr(address.at, '/', address.length);
  if (slash == NULL)
    return address;
  return (struct text){slash + 1, address.length - (size_t)(slash + 1 - address.at)};
}

/* The text that stands for one member of an object; TEXT_NONE: it is left out. */
typedef struct text text_of_member(struct arena *arena, const char *name, const json_t *value);

static struct text string_of(struct arena *arena, const char *name, const json_t *value)
{
  (void)name;
  if (!json_is_string(value))
    return TEXT_NONE;
  struct text words = words_of(arena, value);
  return words.length != 0 ? words : TEXT(""); /* an empty label is one */
}

static struct text relation_of(struct arena *arena, const char *name, const json_t *value)
{
  (void)name;
  struct text guid = words_at(arena, json_object_get(value, "data"), "guid");
  return guid.length != 0 ? guid : TEXT_NONE;
}

static struct text link_of(struct arena *arena, const char *name, const json_t *value)
{
  struct text guid = last_part(words_at(arena, value, "href"));
  return guid.length != 0 && strcmp(name, "self") != 0 ? guid : TEXT_NONE;
}

static struct cf_pairs pairs_of(struct arena *arena, const json_t *object, text_of_member *take)
{
  struct cf_pairs pairs = {0};
  const char *name;
  json_t *value;
  if (!json_is_object(object))
    return pairs;
  pairs.items = arena_array(arena, json_object_size(object) + 1, sizeof *pairs.items);
  json_object_foreach((json_t *)(uintptr_t)object, name, value)
  {
    struct text words = take(arena, name, value);
    if (words.at != NULL)
      pairs.items[pairs.count++] = (struct cf_pair){text_copy(arena, text_of(name)), words};
  }
  return pairs;
}

static struct cf_resource resource_of(struct arena *arena, const json_t *object)
{
  const json_t *last = json_object_get(object, "last_operation");
  const json_t *metadata = json_object_get(object, "metadata");
  return (struct cf_resource){
      .guid = words_at(arena, object, "guid"),
      .name = words_at(arena, object, "name"),
      .type = words_at(arena, object, "type"),
      .created_at = words_at(arena, object, "created_at"),
      .operation = words_at(arena, last, "type"),
      .state = words_at(arena, last, "state"),
      .description = words_at(arena, last, "description"),
      .relations = pairs_of(arena, json_object_get(object, "relationships"), relation_of),
      .labels = pairs_of(arena, json_object_get(metadata, "labels"), string_of),
      .annotations = pairs_of(arena, json_object_get(metadata, "annotations"), string_of),
  };
}

static struct cf_resource job_of(struct arena *arena, const json_t *object)
{
  return (struct cf_resource){
      .guid = words_at(arena, object, "guid"),
      .created_at = words_at(arena, object, "created_at"),
      .operation = words_at(arena, object, "operation"),
      .state = words_at(arena, object, "state"),
      .relations = pairs_of(arena, json_object_get(object, "links"), link_of),
  };
}

static void read_errors(struct arena *arena, const json_t *errors, struct cf_body *body)
{
  body->errors = arena_array(arena, json_array_size(errors) + 1, sizeof *body->errors);
  for (size_t i = 0; i < json_array_size(errors); i++) {
    const json_t *one = json_array_get(errors, i);
    if (!json_is_object(one))
      continue;
    body->errors[body->error_count++] =
        (struct cf_error){json_integer_value(json_object_get(one, "code")),
                          words_at(arena, one, "title"), words_at(arena, one, "detail")};
  }
}

static void read_page(struct arena *arena, const json_t *object, struct cf_body *body)
{
  const json_t *pagination = json_object_get(object, "pagination");
  const json_t *resources = json_object_get(object, "resources");
  body->form = CF_PAGE;
  body->total = json_integer_value(json_object_get(pagination, "total_results"));
  body->next = href(arena, pagination, "next");
  body->resources = arena_array(arena, json_array_size(resources) + 1, sizeof *body->resources);
  for (size_t i = 0; i < json_array_size(resources); i++)
    if (json_is_object(json_array_get(resources, i)))
      body->resources[body->resource_count++] = resource_of(arena, json_array_get(resources, i));
}

static void read_one(struct arena *arena, const json_t *object, struct cf_body *body)
{
  bool is_job = json_is_string(json_object_get(object, "operation")) &&
                json_is_string(json_object_get(object, "state"));
  body->form = is_job ? CF_JOB : CF_RESOURCE;
  body->resources = ARENA_NEW(arena, struct cf_resource);
  body->resources[0] = is_job ? job_of(arena, object) : resource_of(arena, object);
  body->resource_count = 1;
  if (is_job)
    read_errors(arena, json_object_get(object, "errors"), body);
}

/* {"error_code","description"} of version 2, {"error","error_description"} of UAA and of brokers. */
static struct text other_words(struct arena *arena, const json_t *object)
{
  static const char *const titles[] = {"error_code", "error"}, *const details[] = {
                                                                   "description",
                                                                   "error_description"};
  struct text title = TEXT(""), detail = TEXT("");
  for (size_t i = 0; i < sizeof titles / sizeof *titles; i++) {
    title = title.length != 0 ? title : words_at(arena, object, titles[i]);
    detail = detail.length != 0 ? detail : words_at(arena, object, details[i]);
  }
  title = shortened(arena, title, TITLE_MAX);
  detail = shortened(arena, detail, DETAIL_MAX);
  return text_format(arena, "%.*s%s%.*s", TEXT_ARG(title),
                     title.length != 0 && detail.length != 0 ? ": " : "", TEXT_ARG(detail));
}

static void read_object(struct arena *arena, const json_t *object, struct cf_body *body)
{
  const json_t *links = json_object_get(object, "links");
  body->form = CF_OTHER;
  if (json_is_array(json_object_get(object, "resources"))) {
    read_page(arena, object, body);
  } else if (json_is_string(json_object_get(object, "guid"))) {
    read_one(arena, object, body);
  } else if (json_is_array(json_object_get(object, "errors"))) {
    body->form = CF_ERRORS;
    read_errors(arena, json_object_get(object, "errors"), body);
  } else if (json_is_object(json_object_get(links, "cloud_controller_v3"))) {
    const json_t *api = json_object_get(links, "cloud_controller_v3");
    body->form = CF_ROOT;
    body->api = href(arena, links, "cloud_controller_v3");
    body->version = words_at(arena, json_object_get(api, "meta"), "version");
    body->uaa = href(arena, links, "uaa");
    if (body->uaa.length == 0)
      body->uaa = href(arena, links, "login");
  } else if (json_is_object(json_object_get(object, "credentials"))) {
    body->form = CF_CREDENTIALS;
  } else if (json_is_string(json_object_get(object, "access_token"))) {
    body->form = CF_TOKEN;
  } else {
    body->says = other_words(arena, object);
  }
}

struct cf_body cf_read(struct arena *arena, struct text body)
{
  struct cf_body read = {.form = CF_EMPTY, .next = TEXT(""), .says = TEXT("")};
  size_t blanks = 0;
  while (blanks < body.length && isspace((unsigned char)body.at[blanks]))
    blanks++;
  if (blanks == body.length)
    return read;
  json_t *object = json_loadb(body.at, body.length, JSON_DECODE_ANY, NULL);
  read.form = object == NULL ? CF_NOT_JSON : CF_OTHER;
  if (json_is_object(object))
    read_object(arena, object, &read);
  json_decref(object);
  return read;
}

const char *cf_form_word(enum cf_form form)
{
  static const char *const words[] = {"empty", "no JSON", "other",    "root",        "errors",
                                      "page",  "job",     "resource", "credentials", "token"};
  return words[form];
}

struct text cf_value(const struct cf_pairs *pairs, const char *name)
{
  for (uint32_t i = 0; i < pairs->count; i++)
    if (text_is(pairs->items[i].name, name))
      return pairs->items[i].value;
  return TEXT("");
}

bool cf_has_error(const struct cf_body *body, int64_t code)
{
  for (uint32_t i = 0; i < body->error_count; i++)
    if (body->errors[i].code == code)
      return true;
  return false;
}

/* "CF-ResourceNotFound" among bytes that are no JSON: a recorded answer leaves out a name. */
static struct text title_among(struct arena *arena, struct text bytes)
{
  const char *at = bytes.length == 0 ? NULL : memmem(bytes.at, bytes.length, "\"CF-", 4);
  if (at == NULL)
    return TEXT("");
  size_t left = bytes.length - (size_t)(at + 1 - bytes.at), length = 0;
  while (length < left && length < TITLE_MAX &&
         (isalnum((unsigned char)at[1 + length]) || at[1 + length] == '-'))
    length++;
  return text_copy(arena, (struct text){at + 1, length});
}

struct text cf_errors_text(struct arena *arena, const struct cf_body *body, struct text bytes)
{
  struct text says = TEXT("");
  for (uint32_t i = 0; i < body->error_count; i++) {
    const struct cf_error *error = &body->errors[i];
    struct text detail = shortened(arena, error->detail, DETAIL_MAX);
    struct text title = shortened(arena, error->title, TITLE_MAX);
    says =
        text_format(arena, "%.*s%s%.*s%s%.*s", TEXT_ARG(says), i == 0 ? "" : "; ", TEXT_ARG(title),
                    title.length != 0 && detail.length != 0 ? ": " : "", TEXT_ARG(detail));
  }
  return says.length != 0 || body->form != CF_NOT_JSON ? says : title_among(arena, bytes);
}

/* ---- credentials ---- */

/* A text copied out of the cockpit holds a backslash and an n for each line end. */
static struct text with_line_ends(struct arena *arena, struct text pem)
{
  char *out = arena_alloc(arena, pem.length + 1);
  size_t length = 0;
  for (size_t i = 0; i < pem.length; i++) {
    bool is_escape = pem.at[i] == '\\' && i + 1 < pem.length && pem.at[i + 1] == 'n';
    out[length++] = is_escape ? '\n' : pem.at[i];
    i += is_escape;
  }
  return (struct text){out, length};
}

static json_t *parse(const struct secret *body)
{
  return json_loadb((const char *)secret_view(body), secret_size_bytes(body), 0, NULL);
}

bool cf_read_credentials(struct arena *arena, const struct secret *body,
                         struct cf_credentials *ret_credentials)
{
  json_t *root = parse(body);
  const json_t *credentials = json_object_get(root, "credentials");
  const json_t *oauth = json_object_get(credentials, "oauth");
  const json_t *at = json_is_object(oauth) ? oauth : credentials;
  const json_t *details = json_object_get(at, "certificatedetails");
  bool is_there = json_is_object(credentials);
  if (is_there) {
    struct text certificate = words_at(arena, at, "certificate");
    *ret_credentials = (struct cf_credentials){
        .client = words_at(arena, at, "clientid"),
        .token_url = words_at(arena, at, "tokenurl"),
        .url = words_at(arena, at, "url"),
        .is_nested = at == oauth,
        .has_secret = json_string_length(json_object_get(at, "clientsecret")) != 0,
        .has_key = json_string_length(json_object_get(at, "key")) != 0,
        .certificate = with_line_ends(arena, certificate),
        .valid_until = words_at(arena, details, "validuntil"),
        .subject = words_at(arena, details, "subjectdn"),
        .issuer = words_at(arena, details, "issuerdn"),
        .serial = words_at(arena, details, "serialnumber"),
    };
  }
  json_decref(root);
  return is_there;
}

struct secret *cf_credentials_json(const struct secret *body)
{
  json_t *root = parse(body);
  const json_t *credentials = json_object_get(root, "credentials");
  struct secret *out = NULL;
  if (json_is_object(credentials)) {
    size_t size_bytes = json_dumpb(credentials, NULL, 0, JSON_INDENT(2));
    out = secret_new(size_bytes);
    if (out != NULL)
      json_dumpb(credentials, (char *)secret_bytes(out), size_bytes, JSON_INDENT(2));
  }
  json_decref(root);
  return out;
}
