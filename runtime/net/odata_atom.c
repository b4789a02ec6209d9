/* SPDX-License-Identifier: Apache-2.0 */
/* odata_atom: feeds, entries and errors in XML, and the entity sets of an EDMX document. */
#include <string.h>

#include "runtime/net/odata_int.h"

#define NS_ATOM "http://www.w3.org/2005/Atom"
#define NS_DATA "http://schemas.microsoft.com/ado/2007/08/dataservices"
#define NS_META NS_DATA "/metadata"

/* From `at` behind the next `ending`; the end of the body where there is none. */
static size_t behind(struct text body, size_t at, const char *ending)
{
  const char *found = memmem(body.at + at, body.length - at, ending, strlen(ending));
  return found == NULL ? body.length : (size_t)(found - body.at) + strlen(ending);
}

/* Reads the tag that begins at `at`; counts its attributes by their quotes. */
static size_t skip_tag(struct text body, size_t at, int *ret_attributes)
{
  char quote = '\0';
  *ret_attributes = 0;
  for (; at < body.length; at++) {
    char c = body.at[at];
    if (quote != '\0') {
      quote = c == quote ? '\0' : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
      (*ret_attributes)++;
    } else if (c == '>') {
      return at + 1;
    }
  }
  return body.length;
}

/* libxml2 compares each attribute of an element with each other one, and has its own ideas of depth:
 * a body that would cost more than its size is not given to it. */
static const char *find_excess(struct text body)
{
  int depth = 0, attributes;
  for (size_t at = 0; at < body.length;) {
    const char *open = memchr(body.at + at, '<', body.length - at);
    if (open == NULL)
      return NULL;
    at = (size_t)(open - body.at);
    struct text rest = {open, body.length - at};
    if (text_starts_with(rest, "<!DOCTYPE") || text_starts_with(rest, "<!ENTITY"))
      return "it has a DOCTYPE, which no OData answer has";
    if (text_starts_with(rest, "<!--")) {
      at = behind(body, at + 4, "-->");
    } else if (text_starts_with(rest, "<![CDATA[")) {
      at = behind(body, at, "]]>");
    } else if (text_starts_with(rest, "<?")) {
      at = behind(body, at, "?>");
    } else {
      bool closes = text_starts_with(rest, "</");
      at = skip_tag(body, at, &attributes);
      bool is_empty = at >= 2 && body.at[at - 2] == '/';
      depth += closes ? -1 : is_empty ? 0 : 1;
      if (attributes > ODATA_ATTRIBUTES_MAX)
        return "one of its elements has too many attributes";
      if (depth > ODATA_DEPTH_MAX)
        return "its elements are nested too deeply";
    }
  }
  return NULL;
}

static void be_silent(void *with, xmlErrorPtr error)
{
  (void)with;
  (void)error;
}

xmlDoc *odata_open_xml(struct arena *arena, struct text body, struct text *ret_error)
{
  size_t bad = 0;
  const char *excess = text_is_utf8(body, &bad) ? find_excess(body) : "it is not UTF-8";
  if (excess != NULL || memchr(body.at, '\0', body.length) != NULL || body.length > INT32_MAX) {
    *ret_error = text_format(arena, "the answer is XML that is not read: %s",
                             excess != NULL ? excess : "it holds zero bytes");
    return NULL;
  }
  xmlSetStructuredErrorFunc(NULL, be_silent); /* of this thread */
  xmlDoc *doc = xmlReadMemory(body.at, (int)body.length, NULL, "UTF-8",
                              XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_NOERROR |
                                  XML_PARSE_NOWARNING | XML_PARSE_COMPACT);
  xmlSetStructuredErrorFunc(NULL, NULL);
  if (doc != NULL && (doc->intSubset != NULL || xmlDocGetRootElement(doc) == NULL)) {
    xmlFreeDoc(doc);
    doc = NULL;
  }
  if (doc == NULL) {
    const xmlError *error = xmlGetLastError();
    *ret_error = text_format(
        arena, "the answer is no well-formed XML, line %d: %.*s", error == NULL ? 0 : error->line,
        TEXT_ARG(odata_said(
            arena,
            text_of(error == NULL || error->message == NULL ? "it ends early" : error->message))));
  }
  return doc;
}

static bool is_element(const xmlNode *node, const char *space, const char *name)
{
  return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0 &&
         (space == NULL || (node->ns != NULL && strcmp((const char *)node->ns->href, space) == 0));
}

static struct text content_of(struct arena *arena, const xmlNode *node)
{
  xmlChar *content = xmlNodeGetContent(node);
  struct text text = text_copy(arena, text_of(content == NULL ? "" : (const char *)content));
  xmlFree(content);
  return text;
}

static struct text attribute_of(struct arena *arena, const xmlNode *node, const char *space,
                                const char *name)
{
  xmlChar *value = space == NULL ? xmlGetNoNsProp(node, BAD_CAST name)
                                 : xmlGetNsProp(node, BAD_CAST name, BAD_CAST space);
  struct text text = value == NULL ? TEXT_NONE : text_copy(arena, text_of((const char *)value));
  xmlFree(value);
  return text;
}

static void add_properties(struct arena *arena, struct odata_entry *entry,
                           const xmlNode *properties)
{
  for (const xmlNode *node = properties->children; node != NULL; node = node->next) {
    if (node->type != XML_ELEMENT_NODE)
      continue;
    struct odata_value *value =
        odata_add_value(arena, entry, text_copy(arena, text_of((const char *)node->name)));
    if (!text_is(attribute_of(arena, node, NS_META, "null"), "true"))
      value->text = content_of(arena, node);
  }
}

static bool read_feed(struct arena *arena, const xmlNode *feed, struct odata_page *page,
                      struct text *ret_error);
static bool read_entry(struct arena *arena, const xmlNode *node, struct odata_page *page,
                       struct text *ret_error);

/* <link title="EntryPoints"><m:inline><feed>...: what $expand put there. */
static bool read_link(struct arena *arena, const xmlNode *link, struct odata_entry *entry,
                      struct text *ret_error)
{
  for (const xmlNode *node = link->children; node != NULL; node = node->next) {
    if (!is_element(node, NS_META, "inline"))
      continue;
    struct odata_page *page = ARENA_NEW(arena, struct odata_page);
    struct odata_value *value =
        odata_add_value(arena, entry, attribute_of(arena, link, NULL, "title"));
    value->inlined = page;
    for (const xmlNode *inside = node->children; inside != NULL; inside = inside->next)
      if ((is_element(inside, NS_ATOM, "feed") && !read_feed(arena, inside, page, ret_error)) ||
          (is_element(inside, NS_ATOM, "entry") && !read_entry(arena, inside, page, ret_error)))
        return false;
  }
  return true;
}

static bool read_entry(struct arena *arena, const xmlNode *node, struct odata_page *page,
                       struct text *ret_error)
{
  if (page->count >= ODATA_ENTRIES_MAX) {
    *ret_error = TEXT("the answer holds too many entries");
    return false;
  }
  struct odata_entry entry = {0};
  for (const xmlNode *part = node->children; part != NULL; part = part->next) {
    if (is_element(part, NS_META, "properties")) /* a media entry has them here */
      add_properties(arena, &entry, part);
    else if (is_element(part, NS_ATOM, "content"))
      for (const xmlNode *inside = part->children; inside != NULL; inside = inside->next) {
        if (is_element(inside, NS_META, "properties"))
          add_properties(arena, &entry, inside);
      }
    else if (is_element(part, NS_ATOM, "link") && !read_link(arena, part, &entry, ret_error))
      return false;
  }
  *odata_add_entry(arena, page) = entry;
  return true;
}

static bool read_feed(struct arena *arena, const xmlNode *feed, struct odata_page *page,
                      struct text *ret_error)
{
  for (const xmlNode *node = feed->children; node != NULL; node = node->next) {
    if (is_element(node, NS_ATOM, "entry") && !read_entry(arena, node, page, ret_error))
      return false;
    if (is_element(node, NS_ATOM, "link") &&
        text_is(attribute_of(arena, node, NULL, "rel"), "next"))
      page->next = attribute_of(arena, node, NULL, "href");
  }
  return true;
}

bool odata_read_atom(struct arena *arena, struct text body, struct odata_page *ret_page,
                     struct text *ret_error)
{
  xmlDoc *doc = odata_open_xml(arena, body, ret_error);
  if (doc == NULL)
    return false;
  const xmlNode *root = xmlDocGetRootElement(doc);
  bool good = true;
  if (is_element(root, NS_ATOM, "feed")) {
    good = read_feed(arena, root, ret_page, ret_error);
  } else if (is_element(root, NS_ATOM, "entry")) {
    good = read_entry(arena, root, ret_page, ret_error);
  } else if (root->ns != NULL && strcmp((const char *)root->ns->href, NS_DATA) == 0) {
    struct odata_value *value =
        odata_add_value(arena, odata_add_entry(arena, ret_page),
                        text_copy(arena, text_of((const char *)root->name)));
    value->text = content_of(arena, root);
  } else {
    *ret_error = text_format(arena, "the answer is XML, but not of an OData service: <%s>",
                             (const char *)root->name);
    good = false;
  }
  xmlFreeDoc(doc);
  return good;
}

bool odata_problem_of_xml(struct arena *arena, struct text body, struct odata_problem *ret_problem)
{
  struct text ignored;
  xmlDoc *doc = odata_open_xml(arena, body, &ignored);
  if (doc == NULL)
    return false;
  const xmlNode *root = xmlDocGetRootElement(doc);
  bool is_error = is_element(root, NULL, "error");
  for (const xmlNode *node = root->children; is_error && node != NULL; node = node->next) {
    if (is_element(node, NULL, "code"))
      ret_problem->code = content_of(arena, node);
    if (is_element(node, NULL, "message"))
      ret_problem->message = content_of(arena, node);
  }
  xmlFreeDoc(doc);
  return is_error;
}

/* "com.sap.hci.api.KeystoreEntry" -> "KeystoreEntry" */
static struct text last_name(struct text name)
{
  for (size_t i = name.length; i > 0; i--)
    if (name.at[i - 1] == '.')
      return (struct text){name.at + i, name.length - i};
  return name;
}

static const xmlNode *find_type(const xmlNode *schema, struct arena *arena, struct text wanted)
{
  for (const xmlNode *node = schema->children; node != NULL; node = node->next)
    if (is_element(node, NULL, "EntityType") &&
        text_equal(attribute_of(arena, node, NULL, "Name"), wanted))
      return node;
  return NULL;
}

static void add_properties_of(struct arena *arena, const xmlNode *type, struct odata_set *set)
{
  uint32_t room = 0;
  for (const xmlNode *node = type->children; node != NULL; node = node->next)
    room += is_element(node, NULL, "Property") || is_element(node, NULL, "NavigationProperty");
  set->properties = arena_array(arena, (size_t)room + 1, sizeof *set->properties);
  for (const xmlNode *node = type->children; node != NULL; node = node->next)
    if (is_element(node, NULL, "Property") || is_element(node, NULL, "NavigationProperty"))
      set->properties[set->property_count++] = attribute_of(arena, node, NULL, "Name");
}

/* Not deeper than odata_open_xml lets through. */
static void add_sets(struct arena *arena, const xmlNode *node, const xmlNode *schema,
                     struct odata_model *model)
{
  for (; node != NULL; node = node->next) {
    bool is_set = is_element(node, NULL, "EntitySet");
    if (is_set || is_element(node, NULL, "FunctionImport")) {
      if ((model->count & (model->count - 1)) == 0)
        model->sets =
            arena_grow(arena, model->sets, model->count,
                       model->count == 0 ? 1 : (size_t)model->count * 2, sizeof *model->sets);
      struct odata_set *set = &model->sets[model->count++];
      *set = (struct odata_set){.name = attribute_of(arena, node, NULL, "Name")};
      const xmlNode *type =
          is_set && schema != NULL
              ? find_type(schema, arena, last_name(attribute_of(arena, node, NULL, "EntityType")))
              : NULL;
      if (type != NULL)
        add_properties_of(arena, type, set);
    }
    if (node->type == XML_ELEMENT_NODE)
      add_sets(arena, node->children, is_element(node, NULL, "Schema") ? node : schema, model);
  }
}

bool odata_read_model(struct arena *arena, struct text body, struct odata_model *ret_model,
                      struct text *ret_error)
{
  xmlDoc *doc = odata_open_xml(arena, body, ret_error);
  *ret_model = (struct odata_model){0};
  if (doc == NULL)
    return false;
  bool is_edmx = is_element(xmlDocGetRootElement(doc), NULL, "Edmx");
  if (is_edmx)
    add_sets(arena, xmlDocGetRootElement(doc), NULL, ret_model);
  else
    *ret_error = TEXT("the answer is no EDMX document");
  xmlFreeDoc(doc);
  return is_edmx;
}
