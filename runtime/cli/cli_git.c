/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_git: files as they were at a revision of the repository, read by git itself; nothing is checked out
 * and nothing is written.
 *
 * (1) Only `git cat-file` and `git rev-parse` run: no hook, no filter, no fetch from a remote.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/cli/cli.h"
#include "runtime/engine/clock.h"
#include "runtime/providers/spawn.h"

enum { GIT_LIMIT_MS = 30000 };

static const char *find_git(struct cli *cli)
{
  const char *path = getenv("PATH");
  for (const char *at = path == NULL ? "/usr/bin" : path; *at != '\0';) {
    const char *end = strchrnul(at, ':');
    const char *program = text_format(cli->arena, "%.*s/git", (int)(end - at), at).at;
    if (at[0] == '/' && access(program, X_OK) == 0)
      return program;
    at = *end == '\0' ? end : end + 1;
  }
  return NULL;
}

/* Runs git at the root; its output is ret_bytes. False where it cannot run or does not end with 0. */
static bool run_git(struct cli *cli, const char *const *arguments, struct arena *arena,
                    struct text *ret_bytes)
{
  const char *home = getenv("HOME"), *program = find_git(cli);
  const char *environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin",
                               "LC_ALL=C",
                               "GIT_OPTIONAL_LOCKS=0",
                               "GIT_TERMINAL_PROMPT=0",
                               "GIT_NO_LAZY_FETCH=1",
                               text_format(cli->arena, "HOME=%s", home == NULL ? "/" : home).at,
                               NULL};
  const char *argv[8] = {"git"};
  for (int i = 0; arguments[i] != NULL && i < 6; i++)
    argv[i + 1] = arguments[i];
  int fd = program == NULL ? -1 : memfd_create("git", MFD_CLOEXEC);
  if (fd < 0)
    return false;
  struct spawn_wish wish = {.program = program,
                            .argv = argv,
                            .environment = environment,
                            .folder = cli->root,
                            .output_fd = fd,
                            .lock_fd = -1,
                            .until_ms = clock_monotonic_ms() + GIT_LIMIT_MS,
                            .monotonic_ms = clock_monotonic_ms};
  struct spawn_end end = {0};
  struct stat facts;
  bool good = spawn_and_wait(&wish, &end) && !end.is_late && WIFEXITED(end.status) &&
              WEXITSTATUS(end.status) == 0 && fstat(fd, &facts) == 0 &&
              facts.st_size <= SOURCE_LIMIT_BYTES;
  if (good) {
    char *bytes = arena_alloc(arena, (size_t)facts.st_size + 1);
    ssize_t got = pread(fd, bytes, (size_t)facts.st_size, 0);
    good = got == (ssize_t)facts.st_size;
    *ret_bytes = (struct text){bytes, (size_t)facts.st_size};
  }
  close(fd);
  return good;
}

bool cli_git_has(struct cli *cli, const char *revision)
{
  struct text ignored;
  const char *commit = text_format(cli->arena, "%s^{commit}", revision).at;
  const char *const arguments[] = {"rev-parse", "--verify", "--quiet", commit, NULL};
  return revision[0] != '-' && run_git(cli, arguments, cli->arena, &ignored);
}

int cli_git_fetch(void *of, struct arena *arena, struct text path, struct text *ret_bytes)
{
  struct cli *cli = of;
  const char *object = text_format(cli->arena, "%s:./%.*s", cli->revision, TEXT_ARG(path)).at;
  const char *const arguments[] = {"cat-file", "blob", object, NULL};
  return run_git(cli, arguments, arena, ret_bytes) ? SOURCE_OK : SOURCE_MISSING;
}
