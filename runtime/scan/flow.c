/* SPDX-License-Identifier: Apache-2.0 */
/* flow: see flow.h. */
#include "runtime/scan/flow.h"

#include <iconv.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>
#include <strings.h>

static const char model[] = "http://www.omg.org/spec/BPMN/20100524/MODEL";

enum { DECLARATION_MAX = 200 };

/* What the XML declaration says; "" where it says nothing, or there is none. */
static const char *declared_encoding(struct text bytes, char words[static DECLARATION_MAX + 1])
{
  size_t length = bytes.length < DECLARATION_MAX ? bytes.length : DECLARATION_MAX;
  memcpy(words, bytes.at, length);
  words[length] = '\0';
  char *end = strstr(words, "?>");
  if (strncmp(words, "<?xml", strlen("<?xml")) != 0 || end == NULL)
    return "";
  *end = '\0';
  char *at = strstr(words, "encoding");
  char *open = at == NULL ? NULL : strpbrk(at, "\"'");
  char *close = open == NULL ? NULL : strchr(open + 1, *open);
  if (close == NULL)
    return "";
  *close = '\0';
  return open + 1;
}

/* The encoding that the bytes are in, as iconv calls it; NULL: UTF-8, or one that is not known. Of another
 * one that holds '<' as one byte the declaration tells; what it says of UTF-16 is then wrong. */
static const char *encoding_of(struct text bytes)
{
  static const char *const known[] = {"ISO-8859-1", "ISO-8859-15", "windows-1252"};
  static const struct {
    const char *begin, *name;
  } units[] = {
      {"\xff\xfe", "UTF-16LE"}, {"\xfe\xff", "UTF-16BE"}, {"<\0", "UTF-16LE"}, {"\0<", "UTF-16BE"}};
  for (size_t i = 0; bytes.length >= 2 && i < sizeof units / sizeof *units; i++)
    if (memcmp(bytes.at, units[i].begin, 2) == 0)
      return units[i].name;
  char words[DECLARATION_MAX + 1];
  const char *said = declared_encoding(bytes, words);
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcasecmp(said, known[i]) == 0)
      return known[i];
  return NULL;
}

bool flow_text(struct arena *arena, struct text bytes, struct text *ret_text,
               struct text *ret_error)
{
  *ret_text = bytes;
  const char *encoding = bytes.length > FLOW_BYTES_MAX ? NULL : encoding_of(bytes);
  if (encoding == NULL)
    return true;
  iconv_t converter = iconv_open("UTF-8", encoding);
  if (converter == (iconv_t)-1) {
    *ret_error = text_format(arena, "is written in %s, which this machine cannot read", encoding);
    return false;
  }
  /* No character of these takes more than three bytes for each of its own. */
  size_t left = bytes.length, room = bytes.length * 3;
  char *from = (char *)(uintptr_t)bytes.at, *out = arena_alloc(arena, room + 1), *to = out;
  bool good = iconv(converter, &from, &left, &to, &room) != (size_t)-1;
  iconv_close(converter);
  if (!good) {
    *ret_error = text_format(arena, "is damaged: it is no %s from byte %zu on", encoding,
                             bytes.length - left + 1);
    return false;
  }
  *ret_text = (struct text){out, (size_t)(to - out)};
  return true;
}

/* Behind the end of `<!--...-->`, `<![CDATA[...]]>` or `<?...?>` at `at`; `at` itself where none begins
 * there; `end` where it does not end. */
static const char *behind_quoted(const char *at, const char *end)
{
  static const struct {
    const char *open, *close;
  } quotes[] = {{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}};
  for (size_t i = 0; i < sizeof quotes / sizeof *quotes; i++) {
    size_t length = strlen(quotes[i].open), close = strlen(quotes[i].close);
    if ((size_t)(end - at) < length || memcmp(at, quotes[i].open, length) != 0)
      continue;
    const char *found = memmem(at + length, (size_t)(end - at) - length, quotes[i].close, close);
    return found == NULL ? end : found + close;
  }
  return at;
}

/* Behind the tag at `at`; NULL: it has too many attributes. */
static const char *behind_tag(const char *at, const char *end)
{
  uint32_t equals = 0;
  char quote = '\0';
  for (; at < end && (quote != '\0' || *at != '>'); at++) {
    if (quote != '\0')
      quote = *at == quote ? '\0' : quote;
    else if (*at == '"' || *at == '\'')
      quote = *at;
    else if (*at == '=' && ++equals > FLOW_ATTRIBUTES_MAX)
      return NULL;
  }
  return at;
}

/* What must not reach the parser; NULL: nothing. A DOCTYPE can only stand before the first element, and
 * without one no entity can be declared. */
static const char *refused(struct text bytes)
{
  if (bytes.length > FLOW_BYTES_MAX)
    return "is larger than 16 MiB";
  if (bytes.length == 0)
    return "is empty";
  if (memchr(bytes.at, '\0', bytes.length) != NULL)
    return "is no text: it has a zero byte";
  bool is_prolog = true;
  const char *end = bytes.at + bytes.length;
  for (const char *at = bytes.at; at < end && (at = memchr(at, '<', (size_t)(end - at))) != NULL;) {
    const char *behind = behind_quoted(at, end);
    if (behind == at && is_prolog && at + 1 < end && at[1] == '!')
      return "has a DOCTYPE, which a flow never has";
    if (behind == at) {
      is_prolog = false;
      behind = behind_tag(at, end);
    }
    if (behind == NULL)
      return "has an element with more than 500 attributes";
    at = behind;
  }
  return NULL;
}

static struct text copy_of(struct arena *arena, const xmlChar *words)
{
  return words == NULL ? TEXT("") : text_copy(arena, text_of((const char *)words));
}

static struct text attribute(struct arena *arena, const xmlNode *node, const char *name)
{
  xmlChar *words = xmlGetNoNsProp(node, BAD_CAST name);
  struct text value = copy_of(arena, words);
  xmlFree(words);
  return value;
}

/* Its own text; of elements inside it nobody speaks, and their text would be read at every level. */
static struct text content(struct arena *arena, const xmlNode *node)
{
  xmlChar *words = xmlNodeListGetString(node->doc, node->children, 1);
  struct text value = copy_of(arena, words);
  xmlFree(words);
  return value;
}

static bool is_model(const xmlNode *node, const char *name)
{
  return node->type == XML_ELEMENT_NODE && node->ns != NULL &&
         strcmp((const char *)node->ns->href, model) == 0 &&
         strcmp((const char *)node->name, name) == 0;
}

static const xmlNode *child(const xmlNode *node, const char *name)
{
  for (const xmlNode *at = node->children; at != NULL; at = at->next)
    if (at->type == XML_ELEMENT_NODE && strcmp((const char *)at->name, name) == 0)
      return at;
  return NULL;
}

static void read_properties(struct arena *arena, const xmlNode *node, struct flow_element *element)
{
  const xmlNode *extension = child(node, "extensionElements");
  uint32_t capacity = 0;
  for (const xmlNode *at = extension == NULL ? NULL : extension->children; at != NULL;
       at = at->next) {
    const xmlNode *key = at->type == XML_ELEMENT_NODE ? child(at, "key") : NULL;
    if (key == NULL)
      continue;
    const xmlNode *value = child(at, "value");
    if (element->count == capacity) {
      capacity = capacity == 0 ? 16 : capacity * 2;
      element->properties = arena_grow(arena, element->properties, element->count, capacity,
                                       sizeof *element->properties);
    }
    /* Programs that lay XML out anew put blanks around the text. */
    element->properties[element->count++] =
        (struct flow_property){text_trimmed(content(arena, key)),
                               value == NULL ? TEXT("") : text_trimmed(content(arena, value)),
                               (uint32_t)xmlGetLineNo(key)};
  }
}

struct reading {
  struct arena *arena;
  struct flow *flow;
  uint32_t capacity;
  struct text_map names; /* of participants, by id */
  struct text *name_list;
  uint32_t name_count, name_capacity;
};

static void add_element(struct reading *reading, const xmlNode *node, enum flow_place place)
{
  struct arena *arena = reading->arena;
  struct flow_element element = {.place = place,
                                 .id = attribute(arena, node, "id"),
                                 .name = attribute(arena, node, "name"),
                                 .component = TEXT(""),
                                 .direction = TEXT(""),
                                 .system = TEXT(""),
                                 .line = (uint32_t)xmlGetLineNo(node)};
  read_properties(arena, node, &element);
  if (place == FLOW_CHANNEL) {
    flow_value(&element, TEXT("ComponentType"), &element.component);
    flow_value(&element, TEXT("direction"), &element.direction);
    bool receives = text_is(element.direction, "Receiver");
    uint32_t index;
    if (text_map_find(&reading->names, attribute(arena, node, receives ? "targetRef" : "sourceRef"),
                      &index))
      element.system = reading->name_list[index];
  } else {
    flow_value(&element, TEXT("activityType"), &element.component);
  }
  struct flow *flow = reading->flow;
  if (flow->count == reading->capacity) {
    reading->capacity = reading->capacity == 0 ? 64 : reading->capacity * 2;
    flow->elements =
        arena_grow(arena, flow->elements, flow->count, reading->capacity, sizeof element);
  }
  flow->elements[flow->count++] = element;
}

static void add_name(struct reading *reading, const xmlNode *node)
{
  if (reading->name_count == reading->name_capacity) {
    reading->name_capacity = reading->name_capacity == 0 ? 16 : reading->name_capacity * 2;
    reading->name_list = arena_grow(reading->arena, reading->name_list, reading->name_count,
                                    reading->name_capacity, sizeof *reading->name_list);
  }
  reading->name_list[reading->name_count] = attribute(reading->arena, node, "name");
  text_map_add(&reading->names, attribute(reading->arena, node, "id"), reading->name_count, NULL);
  reading->name_count++;
}

/* In the order of the document, without recursion: depth is the writer's choice. */
static const xmlNode *after(const xmlNode *node, const xmlNode *root)
{
  if (node->children != NULL && node->type == XML_ELEMENT_NODE)
    return node->children;
  while (node != root && node->next == NULL)
    node = node->parent;
  return node == root ? NULL : node->next;
}

/* False: there are too many. */
static bool read_tree(struct reading *reading, const xmlNode *root)
{
  for (const xmlNode *at = root; at != NULL; at = after(at, root))
    if (is_model(at, "participant"))
      add_name(reading, at);
  for (const xmlNode *at = root; at != NULL; at = after(at, root)) {
    bool is_channel = is_model(at, "messageFlow");
    if (!is_channel && !is_model(at, "callActivity") && !is_model(at, "serviceTask"))
      continue;
    if (reading->flow->count == FLOW_ELEMENTS_MAX)
      return false;
    add_element(reading, at, is_channel ? FLOW_CHANNEL : FLOW_STEP);
  }
  return true;
}

static struct text no_xml(struct arena *arena, const xmlError *error)
{
  if (error == NULL)
    return TEXT("cannot be read as XML");
  if (strstr(error->message, "Excessive depth") != NULL)
    return text_format(arena, "has more than 256 elements inside each other (line %d)",
                       error->line);
  return text_visible(arena, text_format(arena, "is no XML: line %d: %.*s", error->line,
                                         (int)strcspn(error->message, "\n"), error->message));
}

bool flow_read(struct arena *arena, struct text bytes, struct flow *ret_flow,
               struct text *ret_error)
{
  *ret_flow = (struct flow){0};
  const char *why = refused(bytes);
  if (why != NULL) {
    *ret_error = text_of(why);
    return false;
  }
  xmlParserCtxt *parser = xmlNewParserCtxt();
  xmlDoc *document = parser == NULL
                         ? NULL
                         : xmlCtxtReadMemory(parser, bytes.at, (int)bytes.length, NULL, "UTF-8",
                                             XML_PARSE_NONET | XML_PARSE_NOERROR |
                                                 XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES);
  const xmlNode *root = document == NULL ? NULL : xmlDocGetRootElement(document);
  bool good = root != NULL && is_model(root, "definitions");
  if (good) {
    struct reading reading = {.arena = arena, .flow = ret_flow};
    text_map_start(&reading.names, arena);
    good = read_tree(&reading, root);
    if (!good)
      *ret_error = TEXT("has more than 100,000 channels and steps");
  } else if (document != NULL) {
    *ret_error = TEXT("is XML, but no integration flow (no bpmn2:definitions)");
  } else {
    *ret_error = no_xml(arena, parser == NULL ? NULL : xmlCtxtGetLastError(parser));
  }
  xmlFreeDoc(document);
  xmlFreeParserCtxt(parser);
  return good;
}

bool flow_value(const struct flow_element *element, struct text key, struct text *ret_value)
{
  for (uint32_t i = 0; i < element->count; i++)
    if (text_equal(element->properties[i].key, key)) {
      *ret_value = element->properties[i].value;
      return true;
    }
  return false;
}

/* "A&B": a company's name, and no reference. Nothing that is one ends later than its name can be long. */
static bool is_bare(const char *at, const char *end)
{
  static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789#";
  enum { REFERENCE_MAX = 10 };
  const char *behind = at + 1;
  while (behind < end && behind - at < REFERENCE_MAX &&
         memchr(letters, *behind, sizeof letters - 1))
    behind++;
  return behind == end || behind == at + 1 || *behind != ';';
}

/* The rows as one document: they stand beside each other. */
static struct text whole_table(struct arena *arena, struct text rows)
{
  struct buffer out = {0};
  buffer_add_zero(&out, "<table>");
  for (const char *at = rows.at, *end = at + rows.length; at < end;) {
    const char *next = memchr(at, '&', (size_t)(end - at));
    buffer_add(&out, at, (size_t)((next == NULL ? end : next) - at));
    if (next != NULL)
      buffer_add_zero(&out, is_bare(next, end) ? "&amp;" : "&");
    at = next == NULL ? end : next + 1;
  }
  buffer_add_zero(&out, "</table>");
  struct text whole = text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return whole;
}

uint32_t flow_table(struct arena *arena, struct text value, struct flow_cell **ret_cells)
{
  *ret_cells = NULL;
  while (value.length != 0 && strchr(" \t\r\n", value.at[0]) != NULL)
    value.at++, value.length--;
  if (!text_starts_with(value, "<row>") && !text_starts_with(value, "<row "))
    return 0;
  struct text whole = whole_table(arena, value);
  if (refused(whole) != NULL)
    return 0;
  xmlDoc *document = xmlReadMemory(whole.at, (int)whole.length, NULL, "UTF-8",
                                   XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
  if (document == NULL)
    return 0;
  uint32_t count = 0, capacity = 0, row = 0;
  const xmlNode *root = xmlDocGetRootElement(document);
  for (const xmlNode *line = root->children; line != NULL; line = line->next, row++)
    for (const xmlNode *cell = line->children; cell != NULL; cell = cell->next) {
      if (cell->type != XML_ELEMENT_NODE)
        continue;
      if (count == capacity) {
        capacity = capacity == 0 ? 8 : capacity * 2;
        *ret_cells = arena_grow(arena, *ret_cells, count, capacity, sizeof **ret_cells);
      }
      (*ret_cells)[count++] =
          (struct flow_cell){attribute(arena, cell, "id"), content(arena, cell), row};
    }
  xmlFreeDoc(document);
  return count;
}
