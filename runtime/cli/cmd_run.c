/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_run: begins a run. FILE.renew is compiled first; FILE.rplan is executed as it was
 * reviewed, which somebody must have said: --digest, or a run of the same plan in this store.
 */
#include "runtime/cli/cli_demo.h"
#include "runtime/cli/cli_execute.h"

/* Before anything is opened: the plan is the one that was meant. */
static enum exit_code check_digest(struct cli *cli, const struct loaded *loaded, const char *wanted)
{
  if (wanted == NULL || text_is(loaded->digest, wanted))
    return EXIT_OK;
  struct diag_list list, *diags = &list; /* what the compiler found was reported */
  diag_list_start(diags, loaded->compiled.arena);
  struct diag *diag =
      diag_add_nowhere(diags, DIAG_E1102, "this plan is not the one with digest %s", wanted);
  diag_add_note(diags, diag, "its digest is %.*s", TEXT_ARG(loaded->digest));
  diag_add_help(diags, diag, "take the plan file that was reviewed, or have this one reviewed");
  cli_report(cli, diags, NULL);
  return EXIT_NOT_APPROVED;
}

static enum exit_code check_approval(struct cli *cli, const char *path, struct opened *opened)
{
  if (store_knows_digest(opened->store, opened->run.digest))
    return EXIT_OK;
  struct diag *diag = diag_add_nowhere(opened->diags, DIAG_E1120,
                                       "nobody has said that %s is the "
                                       "plan that was reviewed",
                                       path);
  diag_add_help(opened->diags, diag, "name the digest of the review: renew run %s --digest %.*s",
                path, TEXT_ARG(opened->run.digest));
  cli_report(cli, opened->diags, NULL);
  return EXIT_NOT_APPROVED;
}

static enum exit_code begin(struct cli *cli, const struct loaded *loaded, const char *digest)
{
  struct opened opened;
  enum exit_code code = cli_open_store(cli, STORE_TO_CREATE, &opened);
  if (code == EXIT_OK) {
    opened.checked = loaded->checked;
    opened.proven = loaded->proven;
    opened.run = (struct run_row){.rplan = loaded->bytes,
                                  .digest = loaded->digest,
                                  .root = text_of(cli->root),
                                  .by = cli_signer(cli)};
    if (cli->is_demo)
      opened.run.id = TEXT(DEMO_PREFIX);
    if (loaded->from_rplan && digest == NULL)
      code = check_approval(cli, cli->argv[0], &opened);
  }
  if (code == EXIT_OK)
    code = cli_begin(cli, &opened);
  cli_close(&opened);
  return code;
}

int cmd_run(struct cli *cli)
{
  const char *digest = cli_take_value(cli, "--digest");
  if (!cli_arguments(cli, 1, 1))
    return EXIT_USAGE;
#ifndef FAULTS
  if (cli->at_s != 0 && !cli->is_demo)
    return cli_usage(cli, "a run acts now: --at is for `plan`, `check` and `--profile demo`");
#endif
  struct loaded loaded;
  enum exit_code code = cli_load(cli, cli->argv[0], true, &loaded);
  if (code == EXIT_OK)
    code = check_digest(cli, &loaded, digest);
  if (code == EXIT_OK)
    code = begin(cli, &loaded, digest);
  arena_free(loaded.compiled.arena);
  return code;
}
