/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_conf: both renew.conf, what the machine's names, and the state folder. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "compiler/base/words.h"
#include "compiler/pki/cert.h"
#include "runtime/cli/doctor.h"
#include "runtime/providers/conf.h"
#include "runtime/providers/file.h"
#include "runtime/providers/secrets.h"

enum { MIB = 1024 * 1024, SPACE_LEAST_MIB = 16, SPACE_GOOD_MIB = 256 };

static void look_at_repository(struct doctor *doctor)
{
  struct cli *cli = doctor->cli;
  struct source_set *sources = ARENA_NEW(cli->arena, struct source_set);
  const struct configuration *demands;
  struct diag_list diags;
  diag_list_start(&diags, cli->arena);
  if (!cli_read_demands(cli, sources, &diags, &demands)) {
    doctor_add(doctor, "repository", CHECK_OK, TEXT_NONE,
               "%s, without a renew.conf: nothing is demanded of its plans", cli->root);
    return;
  }
  doctor_witness(doctor, text_format(cli->arena, "%s/renew.conf", cli->root).at);
  if (!doctor_add_findings(doctor, "repository", &diags, sources))
    doctor_add(doctor, "repository", CHECK_OK, TEXT_NONE, "%s/renew.conf: read, nothing wrong",
               cli->root);
}

/* A folder whose programs plans may run: all of them, so nobody else may put one there. */
static void look_at_folder(struct doctor *doctor, struct text written)
{
  struct arena *arena = doctor->cli->arena;
  const char *path = conf_absolute(arena, doctor->conf, written);
  struct text quoted = doctor_quote(doctor, path);
  struct stat facts;
  if (stat(path, &facts) != 0 || !S_ISDIR(facts.st_mode)) {
    doctor_add(doctor, "commands", CHECK_WARN,
               text_format(arena, "mkdir -p %.*s", TEXT_ARG(quoted)), "%s is %s: it allows nothing",
               path, errno == ENOENT ? "not there" : "no folder");
    return;
  }
  if (doctor_is_guarded(doctor, "commands", path))
    doctor_add(doctor, "commands", CHECK_OK, TEXT_NONE, "programs in %s may be run", path);
}

/* A program of renew.conf; `listed` has its SHA-256 too, which conf_allows compares. */
static void look_at_program(struct doctor *doctor, const char *what, struct text written)
{
  struct arena *arena = doctor->cli->arena;
  const char *path = conf_absolute(arena, doctor->conf, written);
  struct text reason;
  if (conf_allows(arena, doctor->conf, path, &reason)) {
    if (doctor_is_guarded(doctor, "commands", path))
      doctor_add(doctor, "commands", CHECK_OK, TEXT_NONE, "%s %s may be run", what, path);
    return;
  }
  doctor_add(doctor, "commands", CHECK_FAIL, conf_way_out(arena, doctor->conf, path), "%s: %.*s",
             what, TEXT_ARG(reason));
}

static void look_at_roots(struct doctor *doctor, struct text written)
{
  struct arena *arena = doctor->cli->arena;
  const char *path = conf_absolute(arena, doctor->conf, written);
  struct text pem, error = TEXT_NONE;
  struct cert_list certs = {0};
  if (file_read(arena, path, &pem, &error) == FILE_FOUND &&
      cert_read_pem(arena, pem, &certs, &error) && certs.count != 0) {
    doctor_add(doctor, "trust", CHECK_OK, TEXT_NONE, "%s: %u certificates", path, certs.count);
    return;
  }
  doctor_add(doctor, "trust", CHECK_FAIL,
             text_format(arena, "put PEM roots into %.*s, or take its line out of %s",
                         TEXT_ARG(doctor_quote(doctor, path)), conf_shown(doctor->conf)),
             "%s: %.*s", path, TEXT_ARG(error.length != 0 ? error : TEXT("no certificate in it")));
}

static void look_at_mail(struct doctor *doctor)
{
  struct arena *arena = doctor->cli->arena;
  struct mail_way way;
  if (!conf_mail(arena, doctor->conf, &way))
    return;
  struct world world = {.arena = arena, .root = "/", .conf = doctor->conf};
  struct call call = {.arena = arena, .world = &world};
  struct text error = TEXT_NONE;
  bool needs_login = way.login_file != NULL || way.login_credential.length != 0;
  struct secret *login =
      needs_login ? secret_of_place(&call, way.login_file, way.login_credential, &error) : NULL;
  if (needs_login && login == NULL)
    doctor_add(doctor, "mail", CHECK_FAIL,
               way.login_file != NULL
                   ? text_format(arena,
                                 access(way.login_file, F_OK) == 0
                                     ? "chmod 600 %.*s"
                                     : "write user:password into %.*s, mode 0600",
                                 TEXT_ARG(doctor_quote(doctor, way.login_file)))
                   : text_format(arena,
                                 "LoadCredential=%.*s:/path/of/the/secret in the systemd unit",
                                 TEXT_ARG(way.login_credential)),
               "the login of %.*s: %.*s", TEXT_ARG(way.server), TEXT_ARG(error));
  else
    doctor_add(doctor, "mail", CHECK_OK, TEXT_NONE, "%.*s, from %.*s%s%s", TEXT_ARG(way.server),
               TEXT_ARG(way.sender), needs_login ? ", with its login" : "",
               doctor->live ? "" : " (not called without --live)");
  secret_free(login);
}

/* A password in the address is nobody's business. */
static struct text without_login(struct arena *arena, struct text url)
{
  const char *at = memchr(url.at, '@', url.length), *slashes = memmem(url.at, url.length, "://", 3);
  if (at == NULL || slashes == NULL || at < slashes)
    return url;
  return text_format(arena, "%.*s***%.*s", (int)(slashes + 3 - url.at), url.at,
                     (int)(url.at + url.length - at), at);
}

static void look_at_proxies(struct doctor *doctor, const struct decl *decl)
{
  static const char *const variables[] = {"https_proxy", "HTTPS_PROXY", "http_proxy", "all_proxy",
                                          "ALL_PROXY"};
  struct arena *arena = doctor->cli->arena;
  bool any = false;
  for (uint32_t i = 0; decl != NULL && i < decl->setting_count; i++)
    if (decl->settings[i].key == KEY_PROXY) {
      bool for_some =
          decl->settings[i].value_count > 1 && decl->settings[i].values[1].kind == VALUE_TEXT;
      any = true;
      doctor_add(doctor, "proxy", CHECK_OK, TEXT_NONE, "%.*s for %.*s%s",
                 TEXT_ARG(without_login(arena, decl->settings[i].values[0].text)),
                 TEXT_ARG(for_some ? decl->settings[i].values[1].text : TEXT("every host")),
                 decl->settings[i].value_count > 2 ? " and others" : "");
    }
  for (size_t i = 0; !any && i < sizeof variables / sizeof *variables; i++) {
    const char *value = getenv(variables[i]);
    if (value == NULL || value[0] == '\0')
      continue;
    doctor_add(doctor, "proxy", CHECK_WARN,
               text_format(arena, "proxy \"%.*s\" in %s",
                           TEXT_ARG(without_login(arena, text_of(value))),
                           doctor->conf != NULL && decl != NULL ? conf_shown(doctor->conf)
                                                                : "/etc/renew/renew.conf"),
               "$%s is set, and never used: only renew.conf names a proxy", variables[i]);
    return;
  }
  if (!any)
    doctor_add(doctor, "proxy", CHECK_OK, TEXT_NONE, "none: every host is reached directly");
}

static void look_at_settings(struct doctor *doctor, const struct decl *decl)
{
  struct text *argv;
  uint32_t argc;
  for (uint32_t i = 0; i < decl->setting_count; i++) {
    const struct setting *setting = &decl->settings[i];
    struct text first = setting->value_count == 0 ? TEXT_NONE : setting->values[0].text;
    if (setting->key == KEY_ALLOW_COMMANDS)
      look_at_folder(doctor, first);
    if (setting->key == KEY_ALLOW_COMMAND)
      look_at_program(doctor, "program", first);
    if (setting->key == KEY_SECRET_COMMAND &&
        words_split(doctor->cli->arena, first, &argv, &argc) && argc != 0)
      look_at_program(doctor, "the vault's program", argv[0]);
    if (setting->key == KEY_TRUST_FILE)
      look_at_roots(doctor, first);
  }
  look_at_mail(doctor);
}

void doctor_configuration(struct doctor *doctor)
{
  struct cli *cli = doctor->cli;
  const char *found = conf_find(cli->arena);
  const char *path = found == NULL ? NULL : cli_absolute(cli, found);
  struct diag_list diags;
  diag_list_start(&diags, cli->arena);
  doctor->conf = conf_read(cli->arena, path, cli->root, &diags);
  const struct configuration *demands = conf_demands(doctor->conf);
  if (path == NULL)
    doctor_add(
        doctor, "machine", CHECK_OK, TEXT_NONE,
        "no renew.conf (/etc/renew, ~/.config/renew): plans run no command, nobody is mailed");
  else if (access(path, F_OK) != 0)
    doctor_add(doctor, "machine", CHECK_FAIL,
               getenv("RENEW_CONFIG") != NULL
                   ? TEXT("unset RENEW_CONFIG")
                   : text_format(cli->arena, "write %.*s", TEXT_ARG(doctor_quote(doctor, path))),
               "%s, which RENEW_CONFIG names, is not there", path);
  else if (!doctor_add_findings(doctor, "machine", &diags, NULL) &&
           doctor_is_guarded(doctor, "machine", path))
    doctor_add(doctor, "machine", CHECK_OK, TEXT_NONE, "%s: read, nothing wrong", path);
  doctor_witness(doctor, path);
  if (demands != NULL)
    look_at_settings(doctor, demands->decl);
  look_at_proxies(doctor, demands == NULL ? NULL : demands->decl);
  look_at_repository(doctor);
}

static void look_at_space(struct doctor *doctor, const char *folder)
{
  struct statvfs disk;
  if (statvfs(folder, &disk) != 0)
    return;
  uint64_t free_mib = (uint64_t)disk.f_bavail * disk.f_frsize / MIB;
  enum check_result result = free_mib < SPACE_LEAST_MIB  ? CHECK_FAIL
                             : free_mib < SPACE_GOOD_MIB ? CHECK_WARN
                                                         : CHECK_OK;
  doctor_add(doctor, "space", result,
             result == CHECK_OK ? TEXT_NONE
                                : text_format(doctor->cli->arena, "make room below %.*s",
                                              TEXT_ARG(doctor_quote(doctor, folder))),
             "%llu MiB free at %s%s", (unsigned long long)free_mib, folder,
             result == CHECK_OK ? "" : ": a run that cannot write stops");
}

/* The first folder upwards that is there: where the rest would be made. */
static const char *nearest_folder(struct doctor *doctor, const char *path)
{
  while (access(path, F_OK) != 0 && strcmp(path, "/") != 0)
    path = file_folder_of(doctor->cli->arena, path)[0] == '\0'
               ? "/"
               : file_folder_of(doctor->cli->arena, path);
  return path;
}

static void look_at_runs(struct doctor *doctor, struct store *store)
{
  struct arena *arena = doctor->cli->arena;
  struct run_row *runs;
  size_t count;
  uint32_t open_count = 0;
  bool good = true;
  store_runs(store, arena, &runs, &count);
  for (size_t i = 0; i < count; i++) {
    struct journal_verdict verdict;
    struct diag_list diags;
    diag_list_start(&diags, arena);
    open_count += runs[i].state == RUN_OPEN || runs[i].state == RUN_CANCELLING;
    store_verify(store, arena, runs[i].id, &diags, &verdict);
    good = !doctor_add_findings(doctor, "journal", &diags, NULL) && good;
    if (runs[i].begun_ms / 1000 > doctor->past_s) {
      doctor->past_s = runs[i].begun_ms / 1000;
      doctor->past_of = text_format(arena, "run %.*s", TEXT_ARG(runs[i].id)).at;
    }
  }
  struct diag_list unread;
  diag_list_start(&unread, arena);
  store_read_well(store, &unread);
  good = !doctor_add_findings(doctor, "journal", &unread, NULL) && good;
  if (good)
    doctor_add(doctor, "journal", CHECK_OK, TEXT_NONE,
               "%zu runs, %u of them open; every journal verifies", count, open_count);
}

void doctor_state(struct doctor *doctor)
{
  struct cli *cli = doctor->cli;
  const char *folder = file_folder_of(cli->arena, cli->store);
  struct store *store = NULL;
  struct diag_list diags;
  diag_list_start(&diags, cli->arena);
  enum store_result result = store_open(cli->store, STORE_TO_READ, &diags, &store);
  const char *there = nearest_folder(doctor, folder);
  struct stat facts;
  bool is_folder = stat(there, &facts) == 0 && S_ISDIR(facts.st_mode);
  bool can_write = !is_folder || access(there, W_OK | X_OK) == 0;
  struct text chown = text_format(cli->arena, "chown %u %.*s", (unsigned)geteuid(),
                                  TEXT_ARG(doctor_quote(doctor, there)));
  if (!can_write)
    doctor_add(doctor, "state", CHECK_FAIL, chown, "%s may not be written by this user", there);
  else if (result == STORE_NONE)
    doctor_add(doctor, "state", CHECK_OK, TEXT_NONE, "%s is not there yet: the first run makes it",
               cli->store);
  else if (!doctor_add_findings(doctor, "state", &diags, NULL) && result == STORE_OK)
    doctor_add(doctor, "state", CHECK_OK, TEXT_NONE, "%s opens; its folder is yours alone",
               cli->store);
  if (access(text_format(cli->arena, "%s/suspect", folder).at, F_OK) == 0)
    doctor_add(doctor, "state", CHECK_WARN, TEXT("look at the disk (dmesg), then renew resume RUN"),
               "a write to %s may not have reached the disk", folder);
  look_at_space(doctor, there);
  if (result == STORE_OK)
    look_at_runs(doctor, store);
  store_close(store);
}
