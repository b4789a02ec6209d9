/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crash: what is said when the program itself is broken (E0001): that it is not the user's mistake,
 * where the report lies, and the command to say again. The texts are made when the program starts:
 * a handler of signals may only write.
 */
#include "runtime/cli/crash.h"

#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/base/diag.h"
#include "runtime/cli/cli.h"

enum { FRAMES_MAX = 64 };

static struct text report_path, says, report_head;

static void put(int fd, struct text text)
{
  for (size_t at = 0; at < text.length;) {
    ssize_t put_bytes = write(fd, text.at + at, text.length - at);
    if (put_bytes <= 0)
      return;
    at += (size_t)put_bytes;
  }
}

static void crashed(int number)
{
  void *frames[FRAMES_MAX];
  (void)number;
  int fd = open(report_path.at, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    put(fd, report_head);
    backtrace_symbols_fd(frames, backtrace(frames, FRAMES_MAX), fd);
    close(fd);
  }
  put(STDERR_FILENO, says);
  _exit(EXIT_CANNOT_WORK);
}

/* The words of the command line as a shell takes them back. */
static struct text command_line(struct arena *arena, int argc, char **argv)
{
  struct text line = TEXT("renew");
  for (int i = 1; i < argc; i++) {
    bool plain = argv[i][0] != '\0';
    for (const char *at = argv[i]; *at != '\0'; at++)
      plain &= strchr(" \t\n'\"\\$`*?[](){}<>|&;#~!", *at) == NULL;
    line = text_format(arena, plain ? "%.*s %s" : "%.*s '%s'", TEXT_ARG(line), argv[i]);
  }
  return text_visible(arena, line);
}

void crash_watch(struct arena *arena, int argc, char **argv)
{
  const char *folder = getenv("TMPDIR");
  struct diag_list diags;
  report_path = text_format(arena, "%s/renew-report-%d.txt",
                            folder != NULL && folder[0] == '/' ? folder : "/tmp", (int)getpid());
  struct text command = command_line(arena, argc, argv);
  report_head = text_format(arena, "renew %s\n%.*s\n", RENEW_VERSION, TEXT_ARG(command));
  diag_list_start(&diags, arena);
  diag_add_nowhere(&diags, DIAG_E0001,
                   "internal error: this is a mistake in renew, not in your plan");
  if (diags.count != 0)
    says =
        text_format(arena,
                    "error[E0001]: %.*s\n"
                    "  = note: a run goes on where its journal ends: renew resume RUN\n"
                    "  = help: send the report %.*s, and the files of the plan\n"
                    "  = help: to see it again: %.*s\n",
                    TEXT_ARG(diags.items[0]->headline), TEXT_ARG(report_path), TEXT_ARG(command));
  /* The first call loads what the handler must not. */
  void *frame[1];
  backtrace(frame, 1);
  static const int always[] = {SIGABRT};
  static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
  struct sigaction action = {.sa_handler = crashed, .sa_flags = (int)SA_RESETHAND};
  sigemptyset(&action.sa_mask);
  sigaction(always[0], &action, NULL);
#ifndef __SANITIZE_ADDRESS__ /* it has its own report of these */
  for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
    sigaction(faults[i], &action, NULL);
#else
  (void)faults;
#endif
}
