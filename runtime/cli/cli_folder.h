/* SPDX-License-Identifier: Apache-2.0 */
/* cli_folder: a folder for a while. */
#ifndef RENEW_CLI_CLI_FOLDER_H
#define RENEW_CLI_CLI_FOLDER_H

#include "runtime/cli/cli.h"

/* $TMPDIR/NAME.XXXXXX (else in /dev/shm or /tmp), for us only; NULL with a message. */
const char *cli_temporary_folder(struct cli *cli, const char *name);
/* With all that is in it; links are removed, not followed. */
void cli_remove_folder(const char *folder);

#endif
