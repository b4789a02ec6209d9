/* SPDX-License-Identifier: Apache-2.0 */
/* conf: see conf.h. */
#include "runtime/providers/conf.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/digest.h"
#include "compiler/syntax/parse.h"
#include "runtime/providers/file.h"

struct allowed {
  struct text path;   /* of a folder or a file, after all links */
  struct text sha256; /* a file's; TEXT_NONE for a folder */
  struct allowed *next;
};

struct conf {
  const char *path;
  struct allowed *allowed;
};

const char *conf_find(struct arena *arena)
{
  const char *named = getenv("RENEW_CONFIG");
  if (named != NULL && named[0] != '\0')
    return named;
  static const char system_wide[] = "/etc/renew/renew.conf";
  if (access(system_wide, F_OK) == 0)
    return system_wide;
  const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
  const char *own = NULL;
  if (base != NULL && base[0] == '/')
    own = text_format(arena, "%s/renew/renew.conf", base).at;
  else if (home != NULL && home[0] == '/')
    own = text_format(arena, "%s/.config/renew/renew.conf", home).at;
  return own != NULL && access(own, F_OK) == 0 ? own : NULL;
}

const char *conf_shown(const struct conf *conf)
{
  return conf->path == NULL ? "no renew.conf was found" : conf->path;
}

static bool lies_below(const char *folder, const char *file)
{
  size_t length = strlen(folder);
  if (strcmp(folder, "/") == 0)
    return true;
  return strncmp(folder, file, length) == 0 && file[length] == '/';
}

static const char *absolute(struct arena *arena, const struct conf *conf, struct text path)
{
  if (text_starts_with(path, "/"))
    return text_zero(arena, path);
  return text_format(arena, "%s/%.*s", file_folder_of(arena, conf->path), TEXT_ARG(path)).at;
}

static void allow(struct arena *arena, struct conf *conf, struct text path, struct text sha256)
{
  char real[PATH_MAX];
  const char *written = absolute(arena, conf, path);
  /* What is not there (yet) allows nothing. */
  if (realpath(written, real) == NULL)
    return;
  struct allowed *one = ARENA_NEW(arena, struct allowed);
  one->path = text_copy(arena, text_of(real));
  one->sha256 = sha256;
  one->next = conf->allowed;
  conf->allowed = one;
}

/* The n-th term of the line's first phrase, where it is of that kind. */
static const struct term *term_at(const struct line *line, uint32_t n, enum term_kind kind)
{
  if (line->phrase_count != 1 || n >= line->phrases->term_count)
    return NULL;
  const struct term *term = line->phrases->terms;
  for (; n > 0; n--)
    term = term->next;
  return term->kind == kind ? term : NULL;
}

static bool word_is(const struct line *line, uint32_t n, const char *word)
{
  const struct term *term = term_at(line, n, TERM_NAME);
  return term != NULL && text_is(term->text, word);
}

/* allow commands in "FOLDER" */
static const struct term *allowed_folder(const struct line *line)
{
  const struct clause *clause = line->clauses;
  bool fits = word_is(line, 0, "allow") && word_is(line, 1, "commands") &&
              line->phrases->term_count == 2 && line->clause_count == 1 &&
              text_is(clause->preposition, "in") && clause->phrase_count == 1 &&
              clause->phrases->term_count == 1;
  return fits && clause->phrases->terms->kind == TERM_TEXT ? clause->phrases->terms : NULL;
}

static void read_line(struct arena *arena, struct conf *conf, const struct line *line,
                      struct diag_list *diags)
{
  if (line->kind == LINE_BROKEN)
    return;
  const struct term *folder = allowed_folder(line);
  const struct term *file = term_at(line, 2, TERM_TEXT), *hex = term_at(line, 4, TERM_TEXT);
  if (folder != NULL) {
    allow(arena, conf, folder->text, TEXT_NONE);
  } else if (word_is(line, 0, "allow") && word_is(line, 1, "command") && file != NULL &&
             word_is(line, 3, "sha256") && hex != NULL && hex->text.length == DIGEST_HEX) {
    allow(arena, conf, file->text, hex->text);
  } else {
    struct diag *diag =
        diag_add(diags, DIAG_E1121, line->span, "this line says nothing that renew.conf can say");
    diag_set_label(diags, diag, "allows nothing");
    diag_add_help(diags, diag, "allow commands in \"/etc/renew/commands.d\"");
    diag_add_help(diags, diag, "allow command \"/usr/sbin/nginx\" sha256 \"64 hex digits\"");
  }
}

static bool lies_in_repository(const char *path, const char *root)
{
  char real[PATH_MAX], real_root[PATH_MAX];
  return realpath(path, real) != NULL && realpath(root, real_root) != NULL &&
         lies_below(real_root, real);
}

const struct conf *conf_read(struct arena *arena, const char *path, const char *root,
                             struct diag_list *diags)
{
  struct conf *conf = ARENA_NEW(arena, struct conf);
  if (path == NULL)
    return conf;
  conf->path = text_zero(arena, text_of(path));
  struct text bytes, error;
  struct source_set *sources = ARENA_NEW(arena, struct source_set);
  uint32_t file;
  size_t bad_offset;
  if (root != NULL && lies_in_repository(path, root)) {
    struct diag *diag =
        diag_add_nowhere(diags, DIAG_E1121, "%s lies in the repository of the plan", path);
    diag_add_note(diags, diag, "whoever may edit the plan could then allow any command");
    diag_add_help(diags, diag, "keep it in /etc/renew/renew.conf or ~/.config/renew/renew.conf");
    return conf;
  }
  if (file_read(arena, path, &bytes, &error) != FILE_FOUND) {
    diag_add_nowhere(diags, DIAG_E1121, "%.*s", TEXT_ARG(error));
    return conf;
  }
  source_set_start(sources, arena, TEXT(""));
  if (source_give(sources, text_of(conf->path), bytes, &file, &bad_offset) != SOURCE_OK) {
    diag_add_nowhere(diags, DIAG_E1121, "%s is not UTF-8 text", path);
    return conf;
  }
  /* Places of these findings would need this source set; the messages name line and file
   * instead. */
  struct diag_list found;
  diag_list_start(&found, arena);
  const struct ast_file *ast = parse_source(arena, sources, file, &found);
  for (const struct line *line = ast->lines; line != NULL; line = line->next)
    read_line(arena, conf, line, &found);
  for (uint32_t i = 0; i < found.count; i++) {
    struct place place = source_place(sources, found.items[i]->primary);
    struct diag *diag = diag_add_nowhere(diags, DIAG_E1121, "%s:%u: %.*s", path, place.line,
                                         TEXT_ARG(found.items[i]->headline));
    for (struct diag_line *help = found.items[i]->helps; help != NULL; help = help->next)
      diag_add_help(diags, diag, "%.*s", TEXT_ARG(help->text));
  }
  return conf;
}

static bool has_digest(struct arena *arena, const char *file, struct text expected)
{
  struct text bytes, error;
  if (file_read(arena, file, &bytes, &error) != FILE_FOUND)
    return false;
  struct digest digest = digest_of(bytes);
  return strncasecmp(digest.hex, expected.at, DIGEST_HEX) == 0;
}

bool conf_allows(struct arena *arena, const struct conf *conf, const char *file,
                 struct text *ret_reason)
{
  char real[PATH_MAX];
  struct stat facts;
  if (realpath(file, real) == NULL || stat(real, &facts) != 0 || !S_ISREG(facts.st_mode) ||
      access(real, X_OK) != 0) {
    *ret_reason = text_format(arena, "%s is no program that can be run", file);
    return false;
  }
  if ((facts.st_mode & S_IWOTH) != 0) {
    *ret_reason = text_format(arena, "%s may be written by everybody", real);
    return false;
  }
  bool is_listed = false;
  for (const struct allowed *one = conf == NULL ? NULL : conf->allowed; one != NULL;
       one = one->next) {
    if (one->sha256.length == 0 && lies_below(one->path.at, real))
      return true;
    if (one->sha256.length == 0 || !text_is(one->path, real))
      continue;
    is_listed = true;
    if (has_digest(arena, real, one->sha256))
      return true;
  }
  *ret_reason = is_listed
                    ? text_format(arena, "%s is listed with another SHA-256", real)
                    : text_format(arena, "%s lies in no allowed folder and is not listed", real);
  return false;
}
