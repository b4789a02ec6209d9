/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_journal: the record of a run: as lines for people, as NDJSON, and the proof of its chain. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/cli/cli_run.h"

static enum exit_code say_verdict(struct cli *cli, const struct journal_verdict *verdict)
{
  if (verdict->damaged) {
    fprintf(stderr, "the journal is damaged at record %lld: %s; the %lld records before it are right\n",
            (long long)verdict->good_count + 1, verdict->reason, (long long)verdict->good_count);
    return EXIT_NEEDS_DECISION;
  }
  if (!cli->quiet)
    printf("%lld records, unbroken; head %.*s\n", (long long)verdict->good_count,
           TEXT_ARG(verdict->head));
  if (verdict->torn_bytes > 0)
    printf("the file ends with %zu bytes that are no whole record: it was cut while it was written\n",
           verdict->torn_bytes);
  return EXIT_OK;
}

static enum exit_code verify_file(struct cli *cli, const char *path)
{
  struct buffer bytes = {0};
  char piece[8192];
  size_t got;
  FILE *file = fopen(path, "rb");
  if (file == NULL)
    return cli_unreadable(cli, "the journal", path, strerror(errno));
  while ((got = fread(piece, 1, sizeof piece, file)) > 0)
    buffer_add(&bytes, piece, got);
  int reason = ferror(file) != 0 ? errno : 0;
  fclose(file);
  if (reason != 0) {
    buffer_free(&bytes);
    return cli_unreadable(cli, "the journal", path, strerror(reason));
  }
  struct journal_verdict verdict;
  enum exit_code code = EXIT_ANSWER_NO;
  if (journal_verify_file(cli->arena, buffer_text(&bytes), &verdict))
    code = say_verdict(cli, &verdict);
  else
    fprintf(stderr, "renew: %s is no exported journal: not one record is in it\n", path);
  buffer_free(&bytes);
  return code;
}

static enum exit_code export(const struct journal_row *rows, size_t row_count, const char *path)
{
  struct buffer bytes = {0};
  for (size_t i = 0; i < row_count; i++)
    journal_export_row(&rows[i], &bytes);
  bool written = true;
  if (strcmp(path, "-") == 0)
    written = fwrite(bytes.bytes, 1, bytes.size_bytes, stdout) == bytes.size_bytes;
  else
    written = cli_write_file(path, buffer_text(&bytes));
  if (!written)
    fprintf(stderr, "renew: %s cannot be written: %s\n", path, strerror(errno));
  buffer_free(&bytes);
  return written ? EXIT_OK : EXIT_CANNOT_WORK;
}

static void list(const struct journal_row *rows, size_t row_count)
{
  for (size_t i = 0; i < row_count; i++)
    printf("%5lld %.*s %-8.*s %.*s\n", (long long)rows[i].seq, TEXT_ARG(rows[i].utc),
           TEXT_ARG(rows[i].kind), TEXT_ARG(rows[i].step));
}

static enum exit_code verify(struct cli *cli, struct opened *opened)
{
  struct journal_verdict verdict;
  enum store_result result =
      store_verify(opened->store, opened->arena, opened->run.id, opened->diags, &verdict);
  if (result != STORE_OK) {
    cli_report(cli, opened->diags, NULL);
    return cli_exit_of_store(result);
  }
  return say_verdict(cli, &verdict);
}

int cmd_journal(struct cli *cli)
{
  bool verifies = cli_take_flag(cli, "--verify");
  const char *target = cli_take_value(cli, "--export");
  /* The records have one form for programs, and it is that of the export. */
  if (target == NULL && !verifies && cli->report.format == REPORT_JSON)
    target = "-";
  if (!cli_arguments(cli, 1, 1))
    return EXIT_USAGE;
  if (verifies && strpbrk(cli->argv[0], "./") != NULL)
    return verify_file(cli, cli->argv[0]);
  struct opened opened;
  enum exit_code code = cli_open_run(cli, STORE_TO_READ, text_of(cli->argv[0]), &opened);
  if (code == EXIT_OK && verifies)
    code = verify(cli, &opened);
  if (code == EXIT_OK && (target != NULL || !verifies)) {
    struct journal_row *rows;
    size_t row_count;
    store_journal(opened.store, opened.arena, opened.run.id, &rows, &row_count);
    code = cli_has_read(cli, &opened);
    if (code == EXIT_OK && target != NULL)
      code = export(rows, row_count, target);
    else if (code == EXIT_OK)
      list(rows, row_count);
  }
  cli_close(&opened);
  return code;
}
