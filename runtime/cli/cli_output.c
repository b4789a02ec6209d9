/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cli_output: where findings go: to the terminal as they come, into the documents of --format and
 * --report at the end, into the log.
 *
 * (1) A document is written also where nothing was found, and after an error of use: who waits for the
 *     file finds one, and it says what happened.
 * (2) A document asked for with --format goes to stdout: it is the answer. Other findings are messages
 *     and go to stderr.
 * (3) The log takes lines of JSON, one write a line, at the end of the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/cli/cli.h"

struct report_file {
  enum report_format format;
  const char *path;
  struct buffer lines; /* of a format that follows the findings */
};

struct output {
  struct findings findings;
  struct report_file *files;
  uint32_t file_count;
  const char *log_path;
  int log_fd;
  bool log_failed;
};

void cli_output_start(struct cli *cli)
{
  cli->output = ARENA_NEW(cli->arena, struct output);
  findings_start(&cli->output->findings, cli->arena);
  cli->output->log_fd = -1;
}

bool cli_format_of(const char *word, size_t length, enum report_format *ret_format)
{
  for (int i = 0; i < REPORT__COUNT; i++)
    if (strlen(report_format_words[i]) == length &&
        memcmp(report_format_words[i], word, length) == 0) {
      *ret_format = (enum report_format)i;
      return true;
    }
  return false;
}

bool cli_add_report(struct cli *cli, const char *word)
{
  struct output *output = cli->output;
  const char *equals = strchr(word, '=');
  enum report_format format;
  if (equals == NULL || equals[1] == '\0' || !cli_format_of(word, (size_t)(equals - word), &format))
    return cli_usage(cli, "--report needs FORMAT=FILE, such as sarif=renew.sarif, not `%s`",
                     word) == EXIT_OK;
  output->files = arena_grow(cli->arena, output->files, output->file_count, output->file_count + 1,
                             sizeof *output->files);
  output->files[output->file_count++] =
      (struct report_file){.format = format, .path = cli_absolute(cli, equals + 1)};
  return true;
}

bool cli_open_log(struct cli *cli, const char *path)
{
  struct output *output = cli->output;
  output->log_path = cli_absolute(cli, path);
  output->log_fd =
      open(output->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600);
  struct stat facts;
  if (output->log_fd >= 0 && fstat(output->log_fd, &facts) == 0 && S_ISREG(facts.st_mode))
    return true;
  fprintf(stderr, "renew: --log %s: %s\n", path,
          output->log_fd < 0 ? strerror(errno) : "it is no regular file");
  if (output->log_fd >= 0)
    close(output->log_fd);
  output->log_fd = -1;
  return false;
}

void cli_log(struct cli *cli, struct text line)
{
  struct output *output = cli->output;
  if (output == NULL || output->log_fd < 0 || output->log_failed)
    return;
  ssize_t written = write(output->log_fd, line.at, line.length);
  if (written == (ssize_t)line.length)
    return;
  output->log_failed = true;
  fprintf(stderr, "renew: --log %s cannot be written: %s\n", output->log_path, strerror(errno));
}

bool cli_logs(const struct cli *cli)
{
  return cli->output != NULL && cli->output->log_fd >= 0;
}

bool cli_is_text(const struct cli *cli)
{
  return cli->report.format == REPORT_HUMAN || cli->report.format == REPORT_PLAIN;
}

bool cli_wants_cases(const struct cli *cli)
{
  bool wants = report_is_document(cli->report.format);
  for (uint32_t i = 0; i < cli->output->file_count; i++)
    wants = wants || report_is_document(cli->output->files[i].format);
  return wants;
}

struct findings *cli_findings(struct cli *cli)
{
  return &cli->output->findings;
}

void cli_output_misuse(struct cli *cli, struct text says)
{
  if (cli->output != NULL)
    findings_misuse(&cli->output->findings, says);
}

void cli_output_take(struct cli *cli, const struct diag_list *diags,
                     const struct source_set *sources)
{
  struct output *output = cli->output;
  if (output == NULL)
    return;
  struct buffer out = {0};
  report_write(diags, sources, &cli->report, &out);
  if (out.size_bytes != 0)
    fwrite(out.bytes, 1, out.size_bytes, stderr);
  out.size_bytes = 0;
  findings_take(&output->findings, diags, sources);
  for (uint32_t i = 0; i < output->file_count; i++) {
    struct report_options options = {.format = output->files[i].format};
    report_write(diags, sources, &options, &output->files[i].lines);
  }
  if (output->log_fd >= 0) {
    struct report_options options = {.format = REPORT_JSON};
    report_write(diags, sources, &options, &out);
    cli_log(cli, buffer_text(&out));
  }
  buffer_free(&out);
}

/* From the repository that a CI checks out to our root: files are named from there. */
static struct text prefix_of(struct cli *cli)
{
  struct text root = text_of(cli->root);
  for (size_t length = root.length; length > 0; length--) {
    if (length != root.length && root.at[length] != '/')
      continue;
    const char *mark = text_format(cli->arena, "%.*s/.git", (int)length, root.at).at;
    if (access(mark, F_OK) != 0)
      continue;
    return length == root.length ? TEXT("")
                                 : text_format(cli->arena, "%.*s/", (int)(root.length - length - 1),
                                               root.at + length + 1);
  }
  return TEXT("");
}

static int64_t now_s(void)
{
  const char *epoch = getenv("SOURCE_DATE_EPOCH");
  char *end = NULL;
  long long given = epoch == NULL ? 0 : strtoll(epoch, &end, 10);
  return epoch != NULL && end != epoch && *end == '\0' ? given : (int64_t)time(NULL);
}

/* GitHub names a file; what is added to it is shown on the page of the job. */
static void add_summary(struct cli *cli, const struct report_about *about)
{
  const char *path = getenv("GITHUB_STEP_SUMMARY");
  struct buffer out = {0};
  if (path == NULL || path[0] == '\0')
    return;
  report_summary(&cli->output->findings, about, &out);
  int fd = out.size_bytes == 0 ? -1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  bool written = fd >= 0 && write(fd, out.bytes, out.size_bytes) == (ssize_t)out.size_bytes;
  if (out.size_bytes != 0 && !written)
    fprintf(stderr, "renew: $GITHUB_STEP_SUMMARY %s cannot be written: %s\n", path,
            strerror(errno));
  if (fd >= 0)
    close(fd);
  buffer_free(&out);
}

int cli_output_end(struct cli *cli, int code)
{
  struct output *output = cli->output;
  struct report_about about = {.version = TEXT(RENEW_VERSION),
                               .verb = text_of(cli->verb),
                               .prefix = prefix_of(cli),
                               .now_s = now_s(),
                               .exit_code = code};
  struct buffer out = {0};
  bool has_github = cli->report.format == REPORT_GITHUB;
  report_document(&output->findings, cli->report.format, &about, &out);
  if (out.size_bytes > 0)
    fwrite(out.bytes, 1, out.size_bytes, stdout);
  for (uint32_t i = 0; i < output->file_count; i++) {
    struct report_file *file = &output->files[i];
    has_github = has_github || file->format == REPORT_GITHUB;
    if (report_is_document(file->format)) {
      out.size_bytes = 0;
      report_document(&output->findings, file->format, &about, &out);
    }
    struct text bytes = buffer_text(report_is_document(file->format) ? &out : &file->lines);
    if (!cli_write_file(file->path, bytes.at == NULL ? TEXT("") : bytes)) {
      fprintf(stderr, "renew: --report: %s cannot be written: %s\n", file->path, strerror(errno));
      code = code == EXIT_OK ? EXIT_CANNOT_WORK : code;
    }
    buffer_free(&file->lines);
  }
  if (has_github)
    add_summary(cli, &about);
  if (output->log_failed && code == EXIT_OK)
    code = EXIT_CANNOT_WORK;
  if (output->log_fd >= 0)
    close(output->log_fd);
  buffer_free(&out);
  return code;
}
