/* SPDX-License-Identifier: Apache-2.0 */
/* cli_folder: see cli_folder.h. */
#include "runtime/cli/cli_folder.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OPEN_FOLDERS_MAX = 16 };

const char *cli_temporary_folder(struct cli *cli, const char *name)
{
  const char *temporary = getenv("TMPDIR");
  /* What goes at the end needs no disk, and its fsyncs none. */
  if (temporary == NULL && access("/dev/shm", W_OK | X_OK) == 0)
    temporary = "/dev/shm";
  char *folder =
      text_zero(cli->arena,
                text_format(cli->arena, "%s/%s.XXXXXX",
                            temporary == NULL || temporary[0] == '\0' ? "/tmp" : temporary, name));
  if (mkdtemp(folder) != NULL)
    return folder;
  fprintf(stderr, "renew: no folder %s: %s\n", folder, strerror(errno));
  return NULL;
}

static int remove_entry(const char *path, const struct stat *facts, int kind, struct FTW *at)
{
  (void)facts;
  (void)kind;
  (void)at;
  return remove(path);
}

void cli_remove_folder(const char *folder)
{
  nftw(folder, remove_entry, OPEN_FOLDERS_MAX, FTW_DEPTH | FTW_PHYS);
}
