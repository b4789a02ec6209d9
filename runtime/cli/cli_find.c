/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_find: the plan files below the root, and a plan by its name. Nothing is judged here: a file
 * that cannot be read holds no plan that could be named.
 *
 * (1) A folder with a root's mark of its own (renew.conf, .git) is another repository and is not
 *     entered; neither is a hidden one, nor what .renewignore leaves out (cli_ignore.c).
 * (2) A name means a plan first, then a file: `client` is client.renew where no plan is called so.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/syntax/parse.h"
#include "runtime/cli/cli.h"

enum { FOLDER_DEPTH_MAX = 64, NAMES_SHOWN_MAX = 8 };

bool cli_is_root(struct cli *cli, const char *folder)
{
  return faccessat(AT_FDCWD, text_format(cli->arena, "%s/renew.conf", folder).at, F_OK,
                   AT_SYMLINK_NOFOLLOW) == 0 ||
         access(text_format(cli->arena, "%s/.git", folder).at, F_OK) == 0;
}

struct walking {
  struct cli *cli;
  enum file_wanted wanted;
  const struct ignore *ignore;
  size_t root_length;  /* with its slash */
  struct buffer paths; /* const char * */
};

static void walk(struct walking *w, const char *folder, int depth)
{
  struct cli *cli = w->cli;
  DIR *dir = opendir(folder);
  if (dir == NULL || depth > FOLDER_DEPTH_MAX) {
    if (dir != NULL)
      closedir(dir);
    return;
  }
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    if (entry->d_name[0] == '.')
      continue;
    struct text name = text_of(entry->d_name);
    const char *path = text_format(cli->arena, "%s/%s", folder, entry->d_name).at;
    struct stat facts;
    if (lstat(path, &facts) != 0)
      continue;
    bool is_scenario = text_ends_with(name, ".test.renew"), is_folder = S_ISDIR(facts.st_mode);
    bool fits = S_ISREG(facts.st_mode) && text_ends_with(name, ".renew") &&
                (w->wanted == FILES_OF_BOTH || (w->wanted == FILES_OF_SCENARIOS) == is_scenario);
    if ((!is_folder && !fits) || (is_folder && cli_is_root(cli, path)))
      continue;
    if (w->ignore != NULL && cli_ignores(w->ignore, path + w->root_length, is_folder))
      cli->ignored_count++;
    else if (is_folder)
      walk(w, path, depth + 1);
    else
      buffer_add(&w->paths, &path, sizeof path);
  }
  closedir(dir);
}

static int compare_paths(const void *a, const void *b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *shown_path(struct cli *cli, const char *path)
{
  size_t length = strlen(cli->root);
  return length > 1 && strncmp(path, cli->root, length) == 0 ? path + length + 1 : path;
}

static char **find_below(struct cli *cli, const char *folder, enum file_wanted wanted,
                         size_t *ret_count)
{
  /* What somebody names is meant, whatever .renewignore says of it. */
  bool is_named = strcmp(folder, cli->root) != 0;
  struct walking w = {
      .cli = cli, .wanted = wanted, .ignore = is_named ? NULL : cli_ignore_read(cli)};
  w.root_length = strlen(cli->root) + 1;
  cli->ignored_count = 0;
  walk(&w, folder, 0);
  size_t count = w.paths.size_bytes / sizeof(char *);
  char **found = arena_array(cli->arena, count + 1, sizeof *found);
  if (count != 0)
    memcpy(found, w.paths.bytes, w.paths.size_bytes);
  buffer_free(&w.paths);
  qsort(found, count, sizeof *found, compare_paths);
  *ret_count = count;
  return found;
}

char **cli_find_files(struct cli *cli, enum file_wanted wanted, size_t *ret_count)
{
  return find_below(cli, cli->root, wanted, ret_count);
}

static void take_name(void *of, const struct declared *declared)
{
  struct text *wanted = of;
  if (text_is(declared->kind, "plan") && text_equal(declared->name, *wanted))
    *wanted = TEXT_NONE;
}

/* A folder, and not the name of a plan that is called like one. */
static bool is_folder(struct cli *cli, const char *word)
{
  struct stat facts;
  struct text name = text_of(word);
  if (text_ends_with(name, ".renew") || stat(word, &facts) != 0 || !S_ISDIR(facts.st_mode))
    return false;
  if (strchr(word, '/') == NULL && word[0] != '.')
    cli_each_declared(cli, take_name, &name);
  return name.length != 0;
}

enum exit_code cli_take_files(struct cli *cli, enum file_wanted wanted, char ***ret_paths,
                              size_t *ret_count)
{
  if (cli->argc == 0) {
    *ret_paths = cli_find_files(cli, wanted, ret_count);
    return EXIT_OK;
  }
  struct buffer paths = {0};
  enum exit_code code = EXIT_OK;
  for (int i = 0; i < cli->argc && code == EXIT_OK; i++) {
    size_t count = 1;
    char **below = &cli->argv[i];
    if (is_folder(cli, cli->argv[i]))
      below = find_below(cli, cli->argv[i], wanted, &count);
    if (count == 0)
      code = cli_usage(cli, "there is no %s below the folder %s",
                       wanted == FILES_OF_SCENARIOS ? "*.test.renew" : "*.renew", cli->argv[i]);
    else
      buffer_add(&paths, below, count * sizeof *below);
  }
  *ret_count = paths.size_bytes / sizeof(char *);
  *ret_paths = arena_array(cli->arena, *ret_count + 1, sizeof(char *));
  if (*ret_count != 0)
    memcpy(*ret_paths, paths.bytes, paths.size_bytes);
  buffer_free(&paths);
  return code;
}

struct text cli_nearest_file(struct cli *cli, const char *path)
{
  size_t count;
  char **files = cli_find_files(cli, FILES_OF_BOTH, &count);
  const char *slash = strrchr(path, '/');
  struct text *names = arena_array(cli->arena, count + 1, sizeof *names);
  for (size_t i = 0; i < count; i++)
    names[i] = text_of(strrchr(files[i], '/') + 1);
  struct text nearest = text_nearest(text_of(slash == NULL ? path : slash + 1), names, count);
  for (size_t i = 0; nearest.length != 0 && i < count; i++)
    if (names[i].at == nearest.at)
      return text_of(shown_path(cli, files[i]));
  return TEXT_NONE;
}

/* A plan, or a file by its stem. */
struct named {
  struct text name;
  const char *path;
  bool is_plan;
};

struct named_list {
  struct buffer items; /* struct named */
};

static void add_named(struct named_list *list, struct text name, const char *path, bool is_plan)
{
  struct named named = {name, path, is_plan};
  buffer_add(&list->items, &named, sizeof named);
}

/* What the file declares at its top, however wrong the rest of it is. */
static void read_declared(struct cli *cli, const char *path, cli_take_declared *take, void *of)
{
  struct arena *arena = arena_new("plan names", 0);
  struct source_set sources;
  struct diag_list dropped;
  uint32_t file;
  size_t bad_offset;
  diag_list_start(&dropped, arena);
  size_t root_length = strcmp(cli->root, "/") == 0 ? 0 : strlen(cli->root);
  source_set_start(&sources, arena, text_of(cli->root));
  if (source_open(&sources, text_of(path + root_length + 1), &file, &bad_offset) == SOURCE_OK) {
    const struct ast_file *ast = parse_source(arena, &sources, file, &dropped);
    for (const struct line *line = ast->lines; line != NULL; line = line->next) {
      const struct term *kind = line->phrases == NULL ? NULL : line->phrases->terms;
      const struct term *name = kind == NULL ? NULL : kind->next;
      bool declares = line->kind == LINE_PLAIN && line->label.length == 0 && name != NULL &&
                      kind->kind == TERM_NAME && name->kind == TERM_NAME;
      if (!declares)
        continue;
      bool has_title = name->next != NULL && name->next->kind == TERM_TEXT;
      struct declared declared = {kind->text, text_copy(cli->arena, name->text),
                                  has_title ? text_copy(cli->arena, name->next->text) : TEXT_NONE,
                                  path};
      take(of, &declared);
    }
  }
  arena_free(arena);
}

void cli_each_declared(struct cli *cli, cli_take_declared *take, void *of)
{
  size_t file_count;
  char **files = cli_find_files(cli, FILES_OF_PLANS, &file_count);
  for (size_t i = 0; i < file_count; i++)
    read_declared(cli, files[i], take, of);
}

static void take_plan(void *of, const struct declared *declared)
{
  if (text_is(declared->kind, "plan"))
    add_named(of, declared->name, declared->path, true);
}

/* The names of its plans, and its own. */
static void read_names(struct cli *cli, const char *path, struct named_list *list)
{
  const char *slash = strrchr(path, '/');
  const char *base = slash == NULL ? path : slash + 1;
  struct text stem = {base, strlen(base) - strlen(".renew")};
  read_declared(cli, path, take_plan, list);
  add_named(list, text_copy(cli->arena, stem), path, false);
}

static enum exit_code several(struct cli *cli, const char *word, const struct named *items,
                              size_t count, bool plans)
{
  struct buffer files = {0};
  for (size_t i = 0; i < count; i++)
    if (items[i].is_plan == plans && text_is(items[i].name, word))
      buffer_format(&files, "\n  %s", shown_path(cli, items[i].path));
  enum exit_code code =
      cli_usage(cli, "`%s` is the name of several %s; name the file of the one that is meant:%s",
                word, plans ? "plans" : "files", files.bytes);
  buffer_free(&files);
  return code;
}

static enum exit_code nothing_named(struct cli *cli, const char *word, const struct named *items,
                                    size_t count)
{
  struct text *names = arena_array(cli->arena, count + 1, sizeof *names);
  size_t plan_count = 0;
  for (size_t i = 0; i < count; i++)
    if (items[i].is_plan)
      names[plan_count++] = items[i].name;
  struct text nearest = text_nearest(text_of(word), names, plan_count);
  if (nearest.length != 0)
    return cli_usage(cli, "there is no plan `%s` below %s; did you mean `%.*s`?", word, cli->root,
                     TEXT_ARG(nearest));
  if (plan_count == 0)
    return cli_usage(cli,
                     "there is no plan `%s`, and no other plan, below %s; begin with: renew new",
                     word, cli->root);
  struct buffer some = {0};
  for (size_t i = 0; i < plan_count && i < NAMES_SHOWN_MAX; i++)
    buffer_format(&some, "\n  %.*s", TEXT_ARG(names[i]));
  if (plan_count > NAMES_SHOWN_MAX)
    buffer_format(&some, "\n  and %zu more", plan_count - NAMES_SHOWN_MAX);
  enum exit_code code = cli_usage(cli, "there is no plan and no file `%s`; the plans below %s:%s",
                                  word, cli->root, some.bytes);
  buffer_free(&some);
  return code;
}

/* Written like a file, or one: then it is not looked for. */
static bool is_path(const char *word)
{
  struct text text = text_of(word);
  struct stat facts;
  return strchr(word, '/') != NULL || text_ends_with(text, ".renew") ||
         text_ends_with(text, ".rplan") || (stat(word, &facts) == 0 && !S_ISDIR(facts.st_mode));
}

enum exit_code cli_find_plan(struct cli *cli, const char *word, const char **ret_path)
{
  *ret_path = word;
  if (is_path(word))
    return EXIT_OK;
  struct named_list list = {0};
  size_t file_count;
  char **files = cli_find_files(cli, FILES_OF_PLANS, &file_count);
  for (size_t i = 0; i < file_count; i++)
    read_names(cli, files[i], &list);
  const struct named *items = (const struct named *)(void *)list.items.bytes;
  size_t count = list.items.size_bytes / sizeof *items;
  uint32_t found[2] = {0};
  const struct named *of[2] = {NULL, NULL}; /* a file of that name, a plan of that name */
  for (size_t i = 0; i < count; i++)
    if (text_is(items[i].name, word)) {
      found[items[i].is_plan]++;
      of[items[i].is_plan] = &items[i];
    }
  enum exit_code code = EXIT_OK;
  bool plans = found[true] != 0;
  if (found[plans] == 0)
    code = nothing_named(cli, word, items, count);
  else if (found[plans] > 1)
    code = several(cli, word, items, count, plans);
  else
    *ret_path = shown_path(cli, of[plans]->path);
  if (code == EXIT_OK && plans)
    cli->plan = of[true]->name;
  /* The path is shown below the root, and must be found from here too. */
  if (code == EXIT_OK && access(*ret_path, F_OK) != 0)
    *ret_path = of[plans]->path;
  buffer_free(&list.items);
  return code;
}
