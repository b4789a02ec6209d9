/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_sign: a person confirms a step that was done by hand, or approves one that is gated. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/base/digest.h"
#include "runtime/cli/cli_run.h"
#include "runtime/crypto/file_form.h"
#include "runtime/providers/abap.h"

enum { EVIDENCE_LIMIT_BYTES = 16 * 1024 * 1024 };

static enum exit_code read_whole(struct cli *cli, const char *path, struct text *ret_bytes)
{
  /* A pipe without a writer would hang the verb; what the shell hands over below /dev has one. */
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat facts;
  if (fd >= 0 && fstat(fd, &facts) == 0 && S_ISFIFO(facts.st_mode) &&
      strncmp(path, "/dev/", strlen("/dev/")) != 0) {
    close(fd);
    return cli_unreadable(cli, "the evidence file", path, "it is no regular file");
  }
  if (fd >= 0)
    fcntl(fd, F_SETFL, 0);
  FILE *file = fd < 0 ? NULL : fdopen(fd, "rb");
  struct buffer bytes = {0};
  char piece[8192];
  size_t got;
  if (file == NULL)
    return cli_unreadable(cli, "the evidence file", path, strerror(errno));
  while ((got = fread(piece, 1, sizeof piece, file)) > 0 &&
         bytes.size_bytes <= EVIDENCE_LIMIT_BYTES)
    buffer_add(&bytes, piece, got);
  int reason = ferror(file) != 0 ? errno : 0;
  fclose(file);
  enum exit_code code = EXIT_OK;
  if (reason != 0)
    code = cli_unreadable(cli, "the evidence file", path, strerror(reason));
  else if (bytes.size_bytes > EVIDENCE_LIMIT_BYTES)
    code = cli_unreadable(cli, "the evidence file", path, "it is larger than 16 MiB");
  else
    *ret_bytes = text_copy(cli->arena, buffer_text(&bytes));
  buffer_free(&bytes);
  return code;
}

/* Evidence is kept under its digest: the journal names it, and nobody can exchange it unseen. */
static enum exit_code keep_evidence(struct cli *cli, const char *path, struct signing *signing)
{
  struct text bytes;
  enum exit_code code = read_whole(cli, path, &bytes);
  if (code != EXIT_OK)
    return code;
  enum file_form form = file_form_of(bytes);
  if (file_form_may_hold_key(form))
    return cli_usage(cli, "the evidence file %s is %s: nothing of it was kept, and nothing was signed; "
                          "a key belongs to nobody's evidence", path, file_form_words(form));
  struct digest digest = digest_of(bytes);
  const char *folder = store_folder(signing->store);
  struct text evidence = text_format(cli->arena, "%s/evidence", folder);
  struct text of_run =
      text_format(cli->arena, "%.*s/%.*s", TEXT_ARG(evidence), TEXT_ARG(signing->run->id));
  struct text kept = text_format(cli->arena, "%.*s/%s", TEXT_ARG(of_run), digest.hex);
  bool made = (mkdir(evidence.at, 0700) == 0 || errno == EEXIST) &&
              (mkdir(of_run.at, 0700) == 0 || errno == EEXIST) && cli_write_file(kept.at, bytes);
  if (!made) {
    fprintf(stderr, "renew: the evidence cannot be kept in %.*s: %s; nothing was signed\n",
            TEXT_ARG(of_run), strerror(errno));
    return EXIT_CANNOT_WORK;
  }
  signing->evidence = text_format(cli->arena, "evidence/%.*s/%s", TEXT_ARG(signing->run->id),
                                  digest.hex);
  signing->evidence_sha256 = text_copy(cli->arena, digest_text(&digest));
  return EXIT_OK;
}

static void say(struct cli *cli, const struct signing *signing, enum signoff_means means,
                bool complete)
{
  if (cli->quiet)
    return;
  const struct step *step = &signing->graph->steps[signing->step];
  const char *did = means == MEANS_CONFIRM ? "confirmed" : means == MEANS_APPROVE ? "approved"
                                                                                  : "rejected";
  printf("%s %.*s: %.*s\n", did, TEXT_ARG(step->id), TEXT_ARG(step->sentence));
  if (means == MEANS_REJECT)
    printf("the step has failed; try again: renew retry %.*s %.*s\n", TEXT_ARG(signing->run->id),
           TEXT_ARG(text_shell_word(cli->arena, step->id)));
  else if (!complete)
    printf("more sign-offs are needed: renew tasks\n");
  else
    printf("go on with: renew resume %.*s\n", TEXT_ARG(signing->run->id));
}

/* The journal has it in the words of the remark; the step's provider compares it. */
static enum exit_code take_fingerprint(struct cli *cli, const char *hex, const char **note)
{
  if (hex == NULL)
    return EXIT_OK;
  struct text print = abap_print_of(cli->arena, text_of(hex));
  if (print.length == 0)
    return cli_usage(cli, "%s is no fingerprint: 40 hex digits (SHA-1) or 64 (SHA-256), with or "
                          "without colons", hex);
  *note = text_format(cli->arena, "fingerprint %.*s%s%s", TEXT_ARG(print), *note == NULL ? "" : "; ",
                      *note == NULL ? "" : *note).at;
  return EXIT_OK;
}

int cmd_sign(struct cli *cli)
{
  bool reject = cli_take_flag(cli, "--reject");
  const char *note = cli_take_value(cli, "--note"), *evidence = cli_take_value(cli, "--evidence");
  const char *fingerprint = cli_take_value(cli, "--fingerprint");
  const char *behalf = cli_take_value(cli, "--on-behalf-of");
  const char *because = cli_take_value(cli, "--because");
  if (!cli_arguments(cli, 2, 2))
    return EXIT_USAGE;
  if (take_fingerprint(cli, fingerprint, &note) != EXIT_OK)
    return EXIT_USAGE;
  if (behalf != NULL && (because == NULL || evidence == NULL))
    return cli_usage(cli, "--on-behalf-of needs --because TEXT and --evidence FILE: how the answer came");
  struct opened opened;
  struct signing signing;
  enum exit_code code = cli_open_signing(cli, &opened, &signing);
  if (code == EXIT_OK && evidence != NULL)
    code = keep_evidence(cli, evidence, &signing);
  if (code == EXIT_OK) {
    signing.note = text_of(note);
    signing.because = text_of(because);
    signing.on_behalf_of = text_of(behalf);
    enum signoff_means means = MEANS_CONFIRM;
    bool complete = false;
    enum signing_result result = signoff_sign(&signing, reject, opened.diags, &means, &complete);
    code = cli_end_signing(cli, &opened, result);
    if (code == EXIT_OK)
      say(cli, &signing, means, complete);
  }
  cli_close(&opened);
  return code;
}
