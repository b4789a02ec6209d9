/* SPDX-License-Identifier: Apache-2.0 */
/* command: see command.h. Starting and ending the process is spawn.c. */
#include "runtime/providers/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "compiler/base/digest.h"
#include "compiler/base/words.h"
#include "runtime/providers/conf.h"
#include "runtime/providers/file.h"
#include "runtime/providers/spawn.h"

enum {
  TOKEN_HEX = 32,
  OUTPUT_SHOWN_BYTES = 400, /* of standard error, in a message */
  LOCK_NOTE_BYTES = 64
};

static const char *const search_path[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
                                          "/usr/bin",        "/sbin",          "/bin"};
static const char path_setting[] =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/* Where the plan file lies: relative programs and the working folder start there. */
static const char *plan_folder(const struct call *call)
{
  if (call->step == NULL || call->step->source >= call->graph->source_count)
    return call->world->root;
  return file_folder_of(call->arena,
                        plan_path(call, call->graph->sources[call->step->source].path));
}

bool command_split(const struct call *call, struct text words, const char *what,
                   struct command *ret_command)
{
  struct command command = {.what = what, .folder = plan_folder(call)};
  if (!words_split(call->arena, words, &command.argv, &command.argc) || command.argc == 0)
    return false;
  for (uint32_t i = 0; i < command.argc; i++)
    command.argv[i] = fill_node(call, command.argv[i]);
  *ret_command = command;
  return true;
}

struct command command_of_step(const struct call *call)
{
  return (struct command){.argv = call->graph->texts + call->step->argv.first,
                          .argc = call->step->argv.count,
                          .folder = plan_folder(call),
                          .what = ""};
}

static const char *find_program(const struct call *call, const struct command *command)
{
  struct text name = command->argv[0];
  if (text_starts_with(name, "/"))
    return text_zero(call->arena, name);
  if (memchr(name.at, '/', name.length) != NULL)
    return text_format(call->arena, "%s/%.*s", command->folder, TEXT_ARG(name)).at;
  for (size_t i = 0; i < sizeof search_path / sizeof *search_path; i++) {
    const char *path = text_format(call->arena, "%s/%.*s", search_path[i], TEXT_ARG(name)).at;
    if (access(path, X_OK) == 0)
      return path;
  }
  return text_zero(call->arena, name);
}

bool command_is_allowed(const struct call *call, const struct command *command,
                        const char **ret_program, struct text *ret_reason)
{
  if (command->argc == 0 || command->argv[0].length == 0) {
    *ret_reason = TEXT("the command has no word");
    return false;
  }
  const char *program = find_program(call, command);
  if (!conf_allows(call->arena, call->world->conf, program, ret_reason))
    return false;
  *ret_program = program;
  return true;
}

void command_prepare(const struct call *call, const struct command *command,
                     struct diag_list *diags)
{
  const char *program;
  struct text reason;
  if (command_is_allowed(call, command, &program, &reason))
    return;
  struct diag *diag = diag_add_nowhere(
      diags, DIAG_E1011, "the executor's configuration does not allow the command of `%.*s`",
      TEXT_ARG(call->step->id));
  diag_set_label(diags, diag, "%.*s", TEXT_ARG(reason));
  diag_add_note(diags, diag, "%.*s", TEXT_ARG(reason));
  struct text way = command->argc == 0 || command->argv[0].length == 0
                        ? TEXT("write the program and its words")
                        : conf_way_out(call->arena, call->world->conf, find_program(call, command));
  diag_add_help(diags, diag, "%.*s", TEXT_ARG(way));
}

static const char **make_environment(const struct call *call)
{
  enum { VARIABLES = 7 };
  struct arena *arena = call->arena;
  const char **environment = arena_array(arena, VARIABLES, sizeof *environment);
  struct text step = call->step == NULL ? TEXT("") : call->step->id;
  struct digest token = digest_of_two(call->run, text_format(arena, "\n%.*s", TEXT_ARG(step)));
  uint32_t count = 0;
  environment[count++] = path_setting;
  environment[count++] = "LANG=C.UTF-8";
  environment[count++] = text_format(arena, "RENEW_RUN=%.*s", TEXT_ARG(call->run)).at;
  environment[count++] = text_format(arena, "RENEW_STEP=%.*s", TEXT_ARG(step)).at;
  environment[count++] = text_format(arena, "RENEW_ATTEMPT=%u", call->attempt).at;
  environment[count++] = text_format(arena, "RENEW_TOKEN=%.*s", TOKEN_HEX, token.hex).at;
  return environment;
}

static const char **make_argv(const struct call *call, const struct command *command)
{
  const char **argv = arena_array(call->arena, (size_t)command->argc + 1, sizeof *argv);
  for (uint32_t i = 0; i < command->argc; i++)
    argv[i] = text_zero(call->arena, command->argv[i]);
  return argv;
}

static struct text log_name(const struct call *call, const char *what)
{
  struct text step = step_file_name(call);
  return text_format(call->arena, "%.*s%s%s", TEXT_ARG(step), what[0] == '\0' ? "" : ".", what);
}

static const char *lock_path(const struct call *call, const char *what)
{
  return run_path(call, "locks",
                  text_format(call->arena, "%.*s.lock", TEXT_ARG(log_name(call, what))));
}

/* The notes in a lock file: they tell a server that an ended command left behind from a command
 * that still runs, and what happened from what never began. Without a note the lock alone
 * decides. */
static const char note_begun[] = "begun\n", note_well[] = "ended well\n",
                  note_badly[] = "ended badly\n", note_killed[] = "ended by a signal\n";

static void write_note(int fd, const char *note)
{
  if (ftruncate(fd, 0) == 0 && pwrite(fd, note, strlen(note), 0) < 0)
    return;
}

enum command_past command_past(const struct call *call, const char *what, int64_t *ret_at_ns)
{
  struct text note, error;
  const char *path = lock_path(call, what);
  if (file_read(call->arena, path, &note, &error) != FILE_FOUND || note.length == 0)
    return COMMAND_NEVER;
  *ret_at_ns = file_changed_ns(path);
  return text_is(note, note_well)    ? COMMAND_ENDED_WELL
         : text_is(note, note_badly) ? COMMAND_ENDED_BADLY
                                     : COMMAND_BEGUN;
}

void command_forget(const struct call *call, const char *what)
{
  struct text ignored;
  file_remove(call->arena, lock_path(call, what), &ignored);
}

/* A locked descriptor; -1 where another process holds the lock (*ret_holds) or it cannot be
 * made. */
static int take_lock(const char *path, bool *ret_holds)
{
  for (int attempt = 0; attempt < 2; attempt++) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
      return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
      return fd;
    char note[LOCK_NOTE_BYTES] = "";
    ssize_t got = pread(fd, note, sizeof note - 1, 0);
    close(fd);
    *ret_holds = true;
    if (got <= 0 || strncmp(note, "ended", strlen("ended")) != 0)
      return -1;
    /* Its command ended; what still holds the lock is a server that it started. */
    unlink(path);
    *ret_holds = false;
  }
  return -1;
}

static struct command_result start_failed(const struct call *call, enum command_end end,
                                          const char *what, const char *path)
{
  return (struct command_result){
      .end = end, .says = text_format(call->arena, "%s %s: %s", what, path, strerror(errno))};
}

static struct text last_words(const struct call *call, const char *err_path)
{
  struct text words, error;
  if (file_read(call->arena, err_path, &words, &error) != FILE_FOUND)
    return TEXT("");
  while (words.length > 0 &&
         (words.at[words.length - 1] == '\n' || words.at[words.length - 1] == '\r'))
    words.length--;
  size_t cut = words.length > OUTPUT_SHOWN_BYTES ? words.length - OUTPUT_SHOWN_BYTES : 0;
  return (struct text){words.at + cut, words.length - cut};
}

static struct command_result describe_end(const struct call *call, const struct command *command,
                                          const struct spawn_end *ended, const char *output,
                                          const char *errors)
{
  struct command_result result = {.end = COMMAND_EXITED, .status = ended->status, .output = output};
  struct text said = last_words(call, errors);
  if (ended->is_late) {
    result.end = COMMAND_LATE;
    result.says = text_format(call->arena, "`%.*s` did not end in time and was ended",
                              TEXT_ARG(command->argv[0]));
  } else if (WIFSIGNALED(ended->status)) {
    result.end = COMMAND_SIGNALLED;
    result.status = WTERMSIG(ended->status);
    result.says = text_format(call->arena, "`%.*s` was ended by signal %d",
                              TEXT_ARG(command->argv[0]), result.status);
  } else {
    result.status = WEXITSTATUS(ended->status);
    result.says = text_format(call->arena, "`%.*s` ended with %d%s%.*s", TEXT_ARG(command->argv[0]),
                              result.status, said.length == 0 ? "" : ": ", TEXT_ARG(said));
  }
  return result;
}

/* Names who still runs: every process that has the lock file open as its descriptor. */
static struct command_result orphan(const struct call *call, const char *lock)
{
  pid_t pid = spawn_find_holder(lock);
  return (struct command_result){
      .end = COMMAND_ORPHAN,
      .status = pid,
      .says = pid > 0 ? text_format(call->arena,
                                    "a command of an earlier attempt still runs "
                                    "(orphan pid %d)",
                                    (int)pid)
                      : TEXT("a command of an earlier attempt still runs (orphan)")};
}

const char *command_output(const struct call *call, const char *what, uint32_t attempt)
{
  struct text name = log_name(call, what);
  return text_format(call->arena, "%s/%.*s-%u.out", run_path(call, "logs", TEXT_NONE),
                     TEXT_ARG(name), attempt)
      .at;
}

struct command_result command_run(const struct call *call, const struct command *command)
{
  struct command_result result = {.end = COMMAND_REFUSED};
  const char *program;
  if (!command_is_allowed(call, command, &program, &result.says))
    return result;
  struct text name = log_name(call, command->what), error;
  const char *logs = run_path(call, "logs", TEXT_NONE), *locks = run_path(call, "locks", TEXT_NONE);
  const char *lock = lock_path(call, command->what);
  const char *output = command_output(call, command->what, call->attempt);
  const char *errors =
      text_format(call->arena, "%s/%.*s-%u.err", logs, TEXT_ARG(name), call->attempt).at;
  if (!file_make_folder(call->arena, logs, 0700, &error) ||
      !file_make_folder(call->arena, locks, 0700, &error))
    return (struct command_result){.end = COMMAND_FAILED, .says = error};
  bool is_held = false;
  int lock_fd = take_lock(lock, &is_held);
  if (lock_fd < 0)
    return is_held ? orphan(call, lock) : start_failed(call, COMMAND_FAILED, "cannot lock", lock);
  struct spawn_wish wish = {.program = program,
                            .argv = make_argv(call, command),
                            .environment = make_environment(call),
                            .folder = command->folder,
                            .input = command->input,
                            .output = output,
                            .errors = errors,
                            .output_fd = -1,
                            .lock_fd = lock_fd,
                            .until_ms = step_until_ms(call, COMMAND_LIMIT_S),
                            .monotonic_ms = call->world->monotonic_ms};
  struct spawn_end ended;
  write_note(lock_fd, note_begun);
  if (spawn_and_wait(&wish, &ended)) {
    result = describe_end(call, command, &ended, output, errors);
    /* A late one may have left its session: then the lock goes on speaking. */
    if (!ended.is_late)
      write_note(lock_fd, ended.status == 0           ? note_well
                          : WIFSIGNALED(ended.status) ? note_killed
                                                      : note_badly);
  } else {
    result = start_failed(call, COMMAND_FAILED, "cannot start", program);
    write_note(lock_fd, note_badly);
  }
  close(lock_fd);
  return result;
}

enum outcome command_outcome(const struct call *call, const struct command_result *result,
                             struct answer *answer)
{
  enum { ORPHAN_RETRY_S = 2 };
  answer->says = result->says;
  switch (result->end) {
  case COMMAND_EXITED:
    if (result->status == 0)
      return OUTCOME_DONE;
    answer_help(call, answer, "its output is in %s and beside it", result->output);
    return OUTCOME_REFUSED;
  case COMMAND_SIGNALLED:
  case COMMAND_LATE:
    answer_help(call, answer,
                "its output is in %s and beside it; what it had done by then is not known",
                result->output);
    return OUTCOME_IN_DOUBT;
  case COMMAND_ORPHAN:
    answer->retry_after_s = ORPHAN_RETRY_S;
    return OUTCOME_WAIT;
  case COMMAND_REFUSED:
    answer_set_code(answer, DIAG_E1011);
    answer_help(call, answer, "allow it in renew.conf: `allow commands in \"FOLDER\"`");
    return OUTCOME_MISCONFIGURED;
  case COMMAND_FAILED:
    return OUTCOME_MISCONFIGURED;
  }
  return OUTCOME_MISCONFIGURED;
}

struct secret *command_read_secret(const struct call *call, const struct command *command,
                                   struct text *ret_error)
{
  const char *program;
  if (!command_is_allowed(call, command, &program, ret_error))
    return NULL;
  /* Memory, not a file and not a pipe: nothing is left on a disk, and nothing blocks. */
  int memory = memfd_create("renew-secret", MFD_CLOEXEC);
  struct spawn_wish wish = {.program = program,
                            .argv = make_argv(call, command),
                            .environment = make_environment(call),
                            .folder = command->folder,
                            .output_fd = memory,
                            .lock_fd = -1,
                            .until_ms = step_until_ms(call, COMMAND_LIMIT_S),
                            .monotonic_ms = call->world->monotonic_ms};
  struct spawn_end ended;
  struct secret *secret = NULL;
  if (memory < 0 || !spawn_and_wait(&wish, &ended))
    *ret_error = text_format(call->arena, "%s cannot be started: %s", program, strerror(errno));
  else if (ended.is_late || !WIFEXITED(ended.status) || WEXITSTATUS(ended.status) != 0)
    *ret_error = text_format(call->arena, "%s did not end with 0", program);
  else if (lseek(memory, 0, SEEK_SET) != 0 || (secret = secret_read_fd(memory)) == NULL)
    *ret_error = text_format(call->arena, "what %s wrote cannot be read", program);
  if (memory >= 0)
    close(memory);
  return secret;
}
