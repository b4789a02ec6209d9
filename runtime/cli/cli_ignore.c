/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_ignore: the file .renewignore at the root: what a verb that was given no file leaves out. Who names a
 * file means it, whatever stands here.
 *
 * (1) A line is a pattern, written as in .gitignore: `tests/` a folder, `*.wrong.renew` a name at any depth,
 *     `old/x*.renew` a path from the root, `!` takes back what a line above left out; the last line that
 *     fits counts. What lies in a folder that is left out cannot be taken back.
 * (2) `**` is not part of it; a line with it is told, and fits nothing.
 * (3) A file with a NUL byte is no text: that is told, and it leaves out nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cli/cli.h"

enum { IGNORE_BYTES_MAX = 65536 };

struct ignore_line {
  const char *pattern;
  bool is_folder, is_path, takes_back;
};

struct ignore {
  struct ignore_line *lines;
  size_t line_count;
};

static bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

static void take_line(struct cli *cli, struct ignore *ignore, struct text line, unsigned number)
{
  struct ignore_line taken = {0};
  while (line.length > 0 && is_blank(line.at[line.length - 1]))
    line.length--;
  if (line.length == 0 || line.at[0] == '#')
    return;
  if (line.at[0] == '!') {
    taken.takes_back = true;
    line.at++, line.length--;
  }
  if (line.length > 0 && line.at[line.length - 1] == '/') {
    taken.is_folder = true;
    line.length--;
  }
  taken.is_path = memchr(line.at, '/', line.length) != NULL;
  if (line.length > 0 && line.at[0] == '/')
    line.at++, line.length--;
  taken.pattern = text_zero(cli->arena, line);
  if (strstr(taken.pattern, "**") != NULL) {
    fprintf(stderr, "renew: .renewignore:%u: `**` is not understood: name the folder (`tests/`)\n",
            number);
    return;
  }
  ignore->lines[ignore->line_count++] = taken;
}

/* NULL where there is none, or where it cannot be read, which is told. A pipe must not hang the verb. */
static FILE *open_ignore(const struct cli *cli)
{
  const char *path = text_format(cli->arena, "%s/.renewignore", cli->root).at;
  struct stat facts;
  if (lstat(path, &facts) != 0 && errno == ENOENT)
    return NULL;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  bool is_file = fd >= 0 && fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
  FILE *file = is_file ? fdopen(fd, "r") : NULL;
  if (file != NULL)
    return file;
  fprintf(stderr, "renew: .renewignore cannot be read: %s: nothing is left out\n",
          fd >= 0 ? "it is no regular file" : strerror(errno));
  if (fd >= 0)
    close(fd);
  return NULL;
}

struct ignore *cli_ignore_read(struct cli *cli)
{
  struct ignore *ignore = ARENA_NEW(cli->arena, struct ignore);
  FILE *file = open_ignore(cli);
  char *bytes = arena_array(cli->arena, IGNORE_BYTES_MAX + 1, 1);
  *ignore = (struct ignore){0};
  if (file == NULL)
    return ignore;
  struct text rest = {bytes, fread(bytes, 1, IGNORE_BYTES_MAX, file)};
  if (!feof(file) && fgetc(file) != EOF)
    fprintf(stderr, "renew: .renewignore is longer than %d bytes: the rest is not read\n",
            IGNORE_BYTES_MAX);
  fclose(file);
  /* Among 70,000 random bytes a line is now and then one `*`, which would leave out everything. */
  if (memchr(rest.at, '\0', rest.length) != NULL) {
    fprintf(stderr, "renew: .renewignore is no text file: nothing is left out\n");
    return ignore;
  }
  ignore->lines = arena_array(cli->arena, rest.length + 1, sizeof *ignore->lines);
  for (unsigned number = 1; rest.length > 0; number++) {
    const char *end = memchr(rest.at, '\n', rest.length);
    size_t length = end == NULL ? rest.length : (size_t)(end - rest.at);
    take_line(cli, ignore, (struct text){rest.at, length}, number);
    length += end == NULL ? 0 : 1;
    rest.at += length, rest.length -= length;
  }
  return ignore;
}

bool cli_ignores(const struct ignore *ignore, const char *path, bool is_folder)
{
  const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
  for (size_t i = ignore->line_count; i > 0; i--) {
    const struct ignore_line *line = &ignore->lines[i - 1];
    if ((!line->is_folder || is_folder) &&
        fnmatch(line->pattern, line->is_path ? path : name, FNM_PATHNAME) == 0)
      return !line->takes_back;
  }
  return false;
}

void cli_tell_ignored(const struct cli *cli)
{
  if (cli->ignored_count != 0 && !cli->quiet)
    fprintf(stderr, "renew: .renewignore leaves out %u file%s or folder%s\n", cli->ignored_count,
            cli->ignored_count == 1 ? "" : "s", cli->ignored_count == 1 ? "" : "s");
}
