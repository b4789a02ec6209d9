/* SPDX-License-Identifier: Apache-2.0 */
/* scan: see scan.h. */
#include "runtime/scan/scan.h"

#include <string.h>
#include <sys/stat.h>

#include "runtime/scan/container.h"

static const char flow_folder[] = "src/main/resources/scenarioflows/integrationflow/";

struct scanner {
  struct arena *arena;
  struct scan *scan;
  struct container_budget budget;
  uint32_t capacity;
};

void scan_add_trouble(struct arena *arena, struct scan *scan, struct text path, struct text says)
{
  /* Full at each power of two. */
  uint32_t count = scan->trouble_count;
  if ((count & (count - 1)) == 0)
    scan->troubles = arena_grow(arena, scan->troubles, count, count == 0 ? 1 : count * 2,
                                sizeof *scan->troubles);
  scan->troubles[scan->trouble_count++] = (struct scan_trouble){path, says};
}

static void add_trouble(struct scanner *scanner, struct text path, struct text says)
{
  scan_add_trouble(scanner->arena, scanner->scan, path, says);
}

/* The value of a header of META-INF/MANIFEST.MF: its name in whatever case, lines folded at 72 bytes by a
 * blank (JAR File Specification); what stands behind ';' is no part of a symbolic name. */
static struct text manifest_value(struct arena *arena, struct text manifest, const char *header)
{
  size_t length = strlen(header);
  const char *at = manifest.at, *end = manifest.at + manifest.length;
  while (at < end) {
    const char *line_end = memchr(at, '\n', (size_t)(end - at));
    line_end = line_end == NULL ? end : line_end;
    if ((size_t)(line_end - at) > length && strncasecmp(at, header, length) == 0 &&
        at[length] == ':') {
      struct buffer out = {0};
      const char *from = at + length + 1;
      for (;;) {
        size_t count = (size_t)(line_end - from);
        count -= count > 0 && from[count - 1] == '\r';
        buffer_add(&out, from, count);
        if (line_end >= end || line_end + 1 >= end || line_end[1] != ' ')
          break;
        from = line_end + 2;
        line_end = memchr(from, '\n', (size_t)(end - from));
        line_end = line_end == NULL ? end : line_end;
      }
      struct text value = text_copy(arena, buffer_text(&out));
      buffer_free(&out);
      while (text_starts_with(value, " "))
        value.at++, value.length--;
      return value;
    }
    at = line_end + 1;
  }
  return TEXT("");
}

static struct text before_semicolon(struct text a)
{
  const char *end = a.length == 0 ? NULL : memchr(a.at, ';', a.length);
  if (end != NULL)
    a.length = (size_t)(end - a.at);
  while (a.length > 0 && a.at[a.length - 1] == ' ')
    a.length--;
  return a;
}

/* Programs that write archives do not agree on the case of what stands behind the dot. */
static bool ends_with(struct text name, const char *lower)
{
  size_t length = strlen(lower);
  return name.length >= length && strncasecmp(name.at + name.length - length, lower, length) == 0;
}

/* "folder/x.iflw" -> "x" */
static struct text stem(struct text path)
{
  const char *slash = memrchr(path.at, '/', path.length);
  size_t from = slash == NULL ? 0 : (size_t)(slash + 1 - path.at);
  struct text name = {path.at + from, path.length - from};
  if (ends_with(name, ".iflw"))
    name.length -= 5;
  return name;
}

/* What may call the keystore's service: a mapping can call Java. */
static bool is_script(struct text name)
{
  static const char *const ends[] = {".groovy", ".gsh", ".js", ".java", ".xsl", ".xslt"};
  for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
    if (ends_with(name, ends[i]))
      return true;
  return false;
}

static bool read_named(struct scanner *scanner, struct container *container, struct text name,
                       struct text shown, struct text *ret_bytes)
{
  uint32_t index;
  struct text error;
  *ret_bytes = TEXT_NONE;
  if (!container_find(container, name, &index))
    return false;
  uint64_t limit = is_script(name) ? SCAN_SCRIPT_MAX : SCAN_ENTRY_MAX;
  if (container_read(container, index, limit, ret_bytes, &error))
    return true;
  add_trouble(scanner, text_format(scanner->arena, "%.*s%.*s", TEXT_ARG(shown), TEXT_ARG(name)),
              error);
  return false;
}

static struct scanned_flow *add_flow(struct scanner *scanner)
{
  struct scan *scan = scanner->scan;
  if (scan->count == scanner->capacity) {
    scanner->capacity = scanner->capacity == 0 ? 16 : scanner->capacity * 2;
    scan->flows = arena_grow(scanner->arena, scan->flows, scan->count, scanner->capacity,
                             sizeof *scan->flows);
  }
  return memset(&scan->flows[scan->count++], 0, sizeof *scan->flows);
}

/* What a bundle holds beside its model: who it is, and its scripts. */
static void take_bundle(struct scanner *scanner, struct container *container, struct text root,
                        struct text shown, struct scanned_flow *flow)
{
  struct arena *arena = scanner->arena;
  struct text manifest;
  struct text name = text_format(arena, "%.*sMETA-INF/MANIFEST.MF", TEXT_ARG(root));
  if (read_named(scanner, container, name, shown, &manifest)) {
    struct text id = before_semicolon(manifest_value(arena, manifest, "Bundle-SymbolicName"));
    flow->id = id.length != 0 ? id : flow->id;
    flow->name = manifest_value(arena, manifest, "Bundle-Name");
    flow->version = manifest_value(arena, manifest, "Bundle-Version");
  }
  struct text resources = text_format(arena, "%.*ssrc/main/resources/", TEXT_ARG(root));
  for (uint32_t i = container_first(container, resources); i < container_count(container); i++) {
    struct text entry = container_name(container, i), bytes;
    if (!text_starts_with(entry, resources.at))
      break;
    if (is_script(entry) && read_named(scanner, container, entry, shown, &bytes))
      uses_of_script(arena, (struct text){entry.at + root.length, entry.length - root.length},
                     bytes, &flow->uses);
  }
}

static void take_collections(struct arena *arena, const struct flow *model,
                             struct scanned_flow *flow)
{
  uint32_t capacity = 0;
  for (uint32_t i = 0; i < model->count; i++) {
    struct text id;
    bool is_new = flow_value(&model->elements[i], TEXT("scriptBundleId"), &id) && id.length != 0 &&
                  flow->collection_count < SCAN_COLLECTIONS_MAX;
    for (uint32_t j = 0; is_new && j < flow->collection_count; j++)
      is_new = !text_equal(flow->collections[j], id);
    if (!is_new)
      continue;
    if (flow->collection_count == capacity) {
      capacity = capacity == 0 ? 4 : capacity * 2;
      flow->collections = arena_grow(arena, flow->collections, flow->collection_count, capacity,
                                     sizeof *flow->collections);
    }
    flow->collections[flow->collection_count++] = id;
  }
}

void scan_link(struct arena *arena, struct scan *scan)
{
  struct text_map places;
  text_map_start(&places, arena);
  for (uint32_t i = 0; i < scan->count; i++)
    if (scan->flows[i].bytes.length == 0)
      text_map_add(&places, scan->flows[i].id, i, NULL);
  for (uint32_t i = 0; i < scan->count; i++) {
    struct scanned_flow *flow = &scan->flows[i];
    for (uint32_t j = 0; j < flow->collection_count; j++) {
      uint32_t place;
      if (!text_map_find(&places, flow->collections[j], &place))
        continue;
      const struct uses *of = &scan->flows[place].uses;
      for (uint32_t k = 0; k < of->count; k++) {
        struct use *use = uses_add(arena, &flow->uses);
        *use = of->items[k];
        use->script = text_format(arena, "%.*s of the script collection %.*s",
                                  TEXT_ARG(use->script), TEXT_ARG(flow->collections[j]));
      }
    }
    flow->collection_count = 0;
  }
}

static void scan_model(struct scanner *scanner, struct container *container, struct text entry,
                       struct text shown)
{
  struct arena *arena = scanner->arena;
  struct scanned_flow flow = {.path =
                                  text_format(arena, "%.*s%.*s", TEXT_ARG(shown), TEXT_ARG(entry)),
                              .id = stem(entry),
                              .name = TEXT(""),
                              .version = TEXT("")};
  struct text bytes, error, parameters = TEXT_NONE;
  struct flow model;
  if (!read_named(scanner, container, entry, shown, &bytes))
    return;
  if (!flow_text(arena, bytes, &bytes, &error) || !flow_read(arena, bytes, &model, &error)) {
    add_trouble(scanner, flow.path, error);
    return;
  }
  flow.bytes = bytes;
  const char *place = memmem(entry.at, entry.length, flow_folder, sizeof flow_folder - 1);
  struct text root = {entry.at, place == NULL ? 0 : (size_t)(place - entry.at)};
  size_t folder = entry.length - stem(entry).length - 5;
  if (place != NULL)
    read_named(scanner, container,
               text_format(arena, "%.*ssrc/main/resources/parameters.prop", TEXT_ARG(root)), shown,
               &parameters);
  else if (!read_named(
               scanner, container,
               text_format(arena, "%.*s.parameters.prop", (int)(entry.length - 5), entry.at), shown,
               &parameters))
    read_named(scanner, container, text_format(arena, "%.*sparameters.prop", (int)folder, entry.at),
               shown, &parameters);
  struct properties properties;
  properties_read(arena, parameters, &properties);
  uses_of_flow(arena, &model, &properties, &flow.uses);
  take_collections(arena, &model, &flow);
  if (place != NULL)
    take_bundle(scanner, container, root, shown, &flow);
  flow.name = flow.name.length != 0 ? flow.name : flow.id;
  *add_flow(scanner) = flow;
}

/* A collection of scripts is a bundle without a model. */
static void scan_scripts(struct scanner *scanner, struct container *container, struct text manifest,
                         struct text shown)
{
  struct arena *arena = scanner->arena;
  struct text root = {manifest.at, manifest.length - strlen("META-INF/MANIFEST.MF")};
  struct text models = text_format(arena, "%.*s%s", TEXT_ARG(root), flow_folder);
  uint32_t first = container_first(container, models);
  if (first < container_count(container) &&
      text_starts_with(container_name(container, first), models.at))
    return;
  struct scanned_flow flow = {
      .path = text_format(arena, "%.*s%.*s", TEXT_ARG(shown), TEXT_ARG(manifest)),
      .id = TEXT(""),
      .name = TEXT(""),
      .version = TEXT(""),
      .bytes = TEXT("")};
  take_bundle(scanner, container, root, shown, &flow);
  flow.id = flow.id.length != 0 ? flow.id : TEXT("a collection of scripts");
  flow.name = flow.name.length != 0 ? flow.name : flow.id;
  if (flow.uses.count != 0)
    *add_flow(scanner) = flow;
}

static bool is_zip(struct text bytes)
{
  /* The second: one without entries. */
  return bytes.length > 4 &&
         (memcmp(bytes.at, "PK\3\4", 4) == 0 || memcmp(bytes.at, "PK\5\6", 4) == 0);
}

static void scan_container(struct scanner *scanner, struct container *container, struct text shown,
                           int depth);

static void scan_zip(struct scanner *scanner, struct text bytes, struct text path, int depth)
{
  struct text error;
  if (depth > SCAN_DEPTH_MAX) {
    add_trouble(scanner, path, TEXT("lies more than 4 archives deep"));
    return;
  }
  struct container *inner = container_of_zip(scanner->arena, bytes, &scanner->budget, &error);
  if (inner == NULL)
    add_trouble(scanner, path, error);
  else
    scan_container(scanner, inner, text_format(scanner->arena, "%.*s!", TEXT_ARG(path)), depth);
  container_free(inner);
}

/* What the other artifacts of a package are named `_content`, too; not all of them are archives. */
static void scan_inner(struct scanner *scanner, struct container *container, struct text name,
                       struct text shown, int depth)
{
  struct text bytes,
      path = text_format(scanner->arena, "%.*s%.*s", TEXT_ARG(shown), TEXT_ARG(name));
  if (!read_named(scanner, container, name, shown, &bytes))
    return;
  if (is_zip(bytes))
    scan_zip(scanner, bytes, path, depth);
  else if (ends_with(name, ".zip"))
    add_trouble(scanner, path, TEXT("is no zip archive"));
}

static void scan_container(struct scanner *scanner, struct container *container, struct text shown,
                           int depth)
{
  for (uint32_t i = 0; i < container_count(container); i++) {
    struct text name = container_name(container, i);
    /* Of two with one name the first tells that there are two. */
    if (i > 0 && text_equal(container_name(container, i - 1), name))
      continue;
    if (ends_with(name, ".iflw"))
      scan_model(scanner, container, name, shown);
    else if (text_ends_with(name, "META-INF/MANIFEST.MF"))
      scan_scripts(scanner, container, name, shown);
    else if (ends_with(name, ".zip") || text_ends_with(name, "_content"))
      scan_inner(scanner, container, name, shown, depth + 1);
  }
}

/* A flow on its own: its bundle's folder where it lies in one, else the folder that it lies in. */
static void scan_one(struct scanner *scanner, const char *path)
{
  struct arena *arena = scanner->arena;
  struct text whole = text_of(path), error;
  const char *place = memmem(path, whole.length, flow_folder, sizeof flow_folder - 1);
  const char *slash = strrchr(path, '/');
  size_t root = place != NULL   ? (size_t)(place - path)
                : slash != NULL ? (size_t)(slash + 1 - path)
                                : 0;
  const char *folder = root == 0 ? "." : text_zero(arena, (struct text){path, root});
  struct container *container =
      container_of_folder(arena, folder, place != NULL, &scanner->budget, &error);
  if (container == NULL)
    add_trouble(scanner, whole, error);
  else
    scan_model(scanner, container, (struct text){path + root, whole.length - root},
               (struct text){path, root});
  container_free(container);
}

void scan_bundle(struct arena *arena, struct text bytes, struct text shown, struct scan *scan)
{
  struct scanner scanner = {.arena = arena,
                            .scan = scan,
                            .budget = {SCAN_TOTAL_MAX, SCAN_ENTRIES_MAX},
                            .capacity = scan->count};
  if (is_zip(bytes))
    scan_zip(&scanner, bytes, shown, 1);
  else
    add_trouble(&scanner, shown, TEXT("is no zip archive"));
}

void scan_path(struct arena *arena, const char *path, struct scan *ret_scan)
{
  *ret_scan = (struct scan){0};
  struct scanner scanner = {
      .arena = arena, .scan = ret_scan, .budget = {SCAN_TOTAL_MAX, SCAN_ENTRIES_MAX}};
  struct text bytes, error, whole = text_of(path);
  struct stat facts;
  if (stat(path, &facts) == 0 && S_ISDIR(facts.st_mode)) {
    struct container *container = container_of_folder(arena, path, true, &scanner.budget, &error);
    const char *slash = text_ends_with(whole, "/") ? "" : "/";
    if (container == NULL)
      add_trouble(&scanner, whole, error);
    else
      scan_container(&scanner, container, text_format(arena, "%s%s", path, slash), 0);
    container_free(container);
  } else if (ends_with(whole, ".iflw") && stat(path, &facts) == 0) {
    scan_one(&scanner, path);
  } else if (!container_read_file(arena, path, SCAN_ENTRY_MAX, &scanner.budget, &bytes, &error)) {
    add_trouble(&scanner, whole, error);
  } else if (!is_zip(bytes)) {
    add_trouble(&scanner, whole, TEXT("is neither a flow (.iflw), a zip archive nor a folder"));
  } else {
    scan_zip(&scanner, bytes, whole, 1);
  }
  scan_link(arena, ret_scan);
}
