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
#include "compiler/base/words.h"
#include "compiler/tables/tables.h"
#include "runtime/providers/file.h"

struct allowed {
  struct text path;   /* of a folder or a file, after all links */
  struct text sha256; /* a file's; TEXT_NONE for a folder */
  struct allowed *next;
};

struct conf {
  const char *path;
  struct allowed *allowed;
  const struct configuration *demands; /* NULL without a file */
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

const char *conf_absolute(struct arena *arena, const struct conf *conf, struct text path)
{
  if (text_starts_with(path, "/"))
    return text_zero(arena, path);
  return text_format(arena, "%s/%.*s", file_folder_of(arena, conf->path), TEXT_ARG(path)).at;
}

static void allow(struct arena *arena, struct conf *conf, struct text path, struct text sha256)
{
  char real[PATH_MAX];
  const char *written = conf_absolute(arena, conf, path);
  /* What is not there (yet) allows nothing. */
  if (realpath(written, real) == NULL)
    return;
  struct allowed *one = ARENA_NEW(arena, struct allowed);
  one->path = text_copy(arena, text_of(real));
  one->sha256 = sha256;
  one->next = conf->allowed;
  conf->allowed = one;
}

static bool lies_in_repository(const char *path, const char *root)
{
  char real[PATH_MAX], real_root[PATH_MAX];
  return realpath(path, real) != NULL && realpath(root, real_root) != NULL &&
         lies_below(real_root, real);
}

/* A finding of the file, with its line in words. */
static void add_finding(struct diag_list *diags, const struct source_set *sources,
                        const struct diag *found, const char *path)
{
  struct place place = source_place(sources, found->primary);
  struct diag *diag = diag_add_nowhere(diags, DIAG_E1121, "%s:%u: %.*s", path, place.line,
                                       TEXT_ARG(found->headline));
  for (struct diag_line *help = found->helps; help != NULL; help = help->next)
    diag_add_help(diags, diag, "%.*s", TEXT_ARG(help->text));
  if (found->helps == NULL)
    diag_add_help(diags, diag, "`renew explain kind configuration` lists what it can say");
}

/* Who names the program of the vault on this machine allows it, without its arguments. */
static void allow_program(struct arena *arena, struct conf *conf, struct text words)
{
  struct text *argv;
  uint32_t argc;
  if (words_split(arena, words, &argv, &argc) && argc != 0)
    allow(arena, conf, argv[0], TEXT_NONE);
}

static void take_setting(struct arena *arena, struct conf *conf, const struct setting *setting)
{
  if (setting->key == KEY_ALLOW_COMMANDS)
    allow(arena, conf, setting->values[0].text, TEXT_NONE);
  if (setting->key == KEY_SECRET_COMMAND)
    allow_program(arena, conf, setting->values[0].text);
  if (setting->key == KEY_ALLOW_COMMAND)
    allow(arena, conf, setting->values[0].text, setting->values[1].text);
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
  struct stat facts;
  if (stat(path, &facts) == 0 && (facts.st_mode & S_IWOTH) != 0) {
    struct diag *diag = diag_add_nowhere(diags, DIAG_E1121, "%s may be written by everybody", path);
    diag_add_note(diags, diag, "whoever may write it could allow any command");
    diag_add_help(diags, diag, "chmod go-w %s", path);
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
  conf->demands = check_configuration(arena, sources, file, CONF_OF_MACHINE, &found);
  for (uint32_t i = 0; i < found.count; i++)
    add_finding(diags, sources, found.items[i], path);
  for (uint32_t i = 0; i < conf->demands->decl->setting_count; i++)
    take_setting(arena, conf, &conf->demands->decl->settings[i]);
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
    if (one->sha256.length == 0 && (text_is(one->path, real) || lies_below(one->path.at, real)))
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

struct text conf_way_out(struct arena *arena, const struct conf *conf, const char *file)
{
  struct stat facts;
  const char *path = conf == NULL || conf->path == NULL ? "renew.conf of this machine" : conf->path;
  if (stat(file, &facts) != 0)
    return text_format(arena, "install %s, or name another program", file);
  if (!S_ISREG(facts.st_mode))
    return text_format(arena, "name a program: %s is no file", file);
  if ((facts.st_mode & S_IWOTH) != 0)
    return text_format(arena, "chmod go-w %s", file);
  if (access(file, X_OK) != 0)
    return text_format(arena, "chmod +x %s", file);
  for (const struct allowed *one = conf == NULL ? NULL : conf->allowed; one != NULL;
       one = one->next)
    if (one->sha256.length != 0 && text_is(one->path, file))
      return text_format(arena, "where it is the right program, its new sum (sha256sum %s) into %s",
                         file, path);
  return text_format(arena, "allow commands in \"%s\" in %s", file_folder_of(arena, file), path);
}

const struct configuration *conf_demands(const struct conf *conf)
{
  return conf == NULL ? NULL : conf->demands;
}

/* "*.example" fits every host below example; anything else one host. */
static bool fits(struct text pattern, struct text host)
{
  if (text_starts_with(pattern, "*."))
    return host.length >= pattern.length && strncasecmp(host.at + host.length - pattern.length + 1,
                                                        pattern.at + 1, pattern.length - 1) == 0;
  return host.length == pattern.length && strncasecmp(host.at, pattern.at, host.length) == 0;
}

static bool any_fits(const struct setting *setting, uint32_t first, struct text host)
{
  for (uint32_t i = first; i < setting->value_count; i++)
    if (setting->values[i].kind == VALUE_TEXT && fits(setting->values[i].text, host))
      return true;
  return false;
}

/* The setting of the key that names the host, else the one that names none; NULL without. */
static const struct setting *for_host(const struct conf *conf, enum key key, struct text host)
{
  const struct setting *for_all = NULL;
  const struct decl *decl = conf == NULL || conf->demands == NULL ? NULL : conf->demands->decl;
  for (uint32_t i = 0; decl != NULL && i < decl->setting_count; i++) {
    const struct setting *setting = &decl->settings[i];
    if (setting->key != key)
      continue;
    bool names_hosts = setting->value_count > 1 && setting->values[1].kind == VALUE_TEXT;
    if (names_hosts && any_fits(setting, 1, host))
      return setting;
    if (!names_hosts && for_all == NULL)
      for_all = setting;
  }
  return for_all;
}

static bool is_loopback(struct text host)
{
  return text_is(host, "localhost") || text_ends_with(host, ".localhost") || text_is(host, "::1") ||
         text_is(host, "[::1]") || text_starts_with(host, "127.");
}

struct text conf_proxy(const struct conf *conf, struct text host)
{
  const struct decl *decl = conf == NULL || conf->demands == NULL ? NULL : conf->demands->decl;
  if (decl == NULL || is_loopback(host))
    return TEXT_NONE;
  for (uint32_t i = 0; i < decl->setting_count; i++)
    if (decl->settings[i].key == KEY_DIRECT && any_fits(&decl->settings[i], 0, host))
      return TEXT_NONE;
  const struct setting *setting = for_host(conf, KEY_PROXY, host);
  return setting == NULL ? TEXT_NONE : setting->values[0].text;
}

const char *conf_roots(struct arena *arena, const struct conf *conf, struct text host)
{
  const struct setting *setting = for_host(conf, KEY_TRUST_FILE, host);
  return setting == NULL ? NULL : conf_absolute(arena, conf, setting->values[0].text);
}

static const struct value *value_of(const struct conf *conf, enum key key, uint32_t slot)
{
  return conf == NULL || conf->demands == NULL ? NULL : decl_value(conf->demands->decl, key, slot);
}

struct text conf_vault(const struct conf *conf)
{
  const struct value *value = value_of(conf, KEY_SECRET_COMMAND, 0);
  return value == NULL ? TEXT_NONE : value->text;
}

int64_t conf_answer_ms(const struct conf *conf)
{
  enum { ANSWER_S = 60, MS = 1000 };
  const struct value *limit = value_of(conf, KEY_ANSWERS_WITHIN, 0);
  return (limit == NULL ? ANSWER_S : limit->number) * MS;
}

bool conf_mail(struct arena *arena, const struct conf *conf, struct mail_way *ret_way)
{
  const struct value *server = value_of(conf, KEY_MAIL, 0), *sender = value_of(conf, KEY_MAIL, 1);
  if (server == NULL)
    return false;
  const struct value *source = value_of(conf, KEY_MAIL_LOGIN, 0);
  const struct value *where = value_of(conf, KEY_MAIL_LOGIN, 1);
  *ret_way = (struct mail_way){.server = server->text, .sender = sender->text};
  if (source != NULL && text_is(source->text, "file"))
    ret_way->login_file = conf_absolute(arena, conf, where->text);
  else if (source != NULL)
    ret_way->login_credential = where->text;
  return true;
}
