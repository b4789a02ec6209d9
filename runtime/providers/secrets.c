/* SPDX-License-Identifier: Apache-2.0 */
/* secrets: see secrets.h. */
#include "runtime/providers/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "compiler/base/words.h"
#include "runtime/providers/command.h"
#include "runtime/providers/conf.h"
#include "runtime/providers/file.h"

/* From malloc: an arena belongs to one thread, and questions come from several. */
struct typed {
  char *name;
  struct secret *value;
  struct typed *next;
};

struct prompts {
  pthread_mutex_t mutex; /* also: one question at a time on the terminal */
  struct typed *typed;
};

struct prompts *prompts_new(struct arena *arena)
{
  struct prompts *prompts = ARENA_NEW(arena, struct prompts);
  pthread_mutex_init(&prompts->mutex, NULL);
  return prompts;
}

void prompts_free(struct prompts *prompts)
{
  if (prompts == NULL)
    return;
  while (prompts->typed != NULL) {
    struct typed *one = prompts->typed;
    prompts->typed = one->next;
    secret_free(one->value);
    free(one->name);
    free(one);
  }
  pthread_mutex_destroy(&prompts->mutex);
}

/* A copy is kept for the next question; without memory it is asked again. */
static void remember(struct prompts *prompts, struct text name, const struct secret *value)
{
  struct typed *one = calloc(1, sizeof *one);
  if (one == NULL)
    return;
  one->name = strndup(name.at, name.length);
  one->value = secret_copy(secret_view(value), secret_size_bytes(value));
  if (one->name == NULL || one->value == NULL) {
    free(one->name);
    secret_free(one->value);
    free(one);
    return;
  }
  one->next = prompts->typed;
  prompts->typed = one;
}

static struct secret *copy_of(const struct secret *secret)
{
  return secret_copy(secret_view(secret), secret_size_bytes(secret));
}

static struct secret *from_env(const struct call *call, const char *name, struct text *ret_error)
{
  const char *value = getenv(name);
  if (value != NULL)
    return secret_copy(value, strlen(value));
  *ret_error = text_format(call->arena, "the environment has no variable %s", name);
  return NULL;
}

static struct secret *from_file(const struct call *call, const char *path, enum diag_code *ret_code,
                                struct text *ret_error)
{
  struct secret *secret = NULL;
  if (file_is_open_to_others(path)) {
    *ret_code = DIAG_E1007;
    *ret_error = text_format(call->arena, "%s may be read by group or others", path);
    return NULL;
  }
  if (file_read_secret(call->arena, path, &secret, ret_error) != FILE_FOUND)
    return NULL;
  secret_cut_line_end(secret);
  return secret;
}

/* One line from the terminal, not echoed, straight into pages of its own. */
static struct secret *read_line(int terminal)
{
  struct secret *line = secret_new(SECRET_LIMIT_BYTES / 64);
  size_t have = 0;
  while (line != NULL && have < secret_size_bytes(line)) {
    ssize_t got = read(terminal, secret_bytes(line) + have, 1);
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0 || secret_view(line)[have] == '\n')
      break;
    have++;
  }
  if (line != NULL)
    secret_cut(line, have);
  return line;
}

static struct secret *ask(const struct call *call, struct text question, struct text *ret_error)
{
  struct termios before, silent;
  int terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
  if (terminal < 0 || tcgetattr(terminal, &before) != 0) {
    if (terminal >= 0)
      close(terminal);
    *ret_error = TEXT("there is no terminal to ask at");
    return NULL;
  }
  silent = before;
  silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
  /* The line may hold how far the run is. */
  const char *term = getenv("TERM");
  bool erases = term != NULL && term[0] != '\0' && strcmp(term, "dumb") != 0;
  struct text shown =
      text_format(call->arena, "%s%.*s: ", erases ? "\r\033[K" : "", TEXT_ARG(question));
  struct secret *line = NULL;
  if (tcsetattr(terminal, TCSAFLUSH, &silent) == 0 &&
      write(terminal, shown.at, shown.length) == (ssize_t)shown.length)
    line = read_line(terminal);
  tcsetattr(terminal, TCSAFLUSH, &before);
  bool ended_line = write(terminal, "\n", 1) == 1;
  close(terminal);
  if (line == NULL || !ended_line)
    *ret_error = TEXT("the terminal could not be read");
  return line;
}

struct secret *secret_ask(const struct call *call, struct text question, struct text *ret_error)
{
  if (call->world->may_prompt)
    return ask(call, question, ret_error);
  *ret_error = TEXT("it is asked for at a terminal, and there is none");
  return NULL;
}

static struct secret *from_prompt(const struct call *call, struct text name, struct text question,
                                  struct text *ret_error)
{
  struct prompts *prompts = call->world->prompts;
  if (!call->world->may_prompt) {
    *ret_error = TEXT("it is asked for at a terminal, and there is none");
    return NULL;
  }
  if (prompts == NULL)
    return ask(call, question, ret_error);
  struct secret *secret = NULL;
  pthread_mutex_lock(&prompts->mutex);
  for (struct typed *one = prompts->typed; one != NULL && secret == NULL; one = one->next)
    if (text_is(name, one->name))
      secret = copy_of(one->value);
  if (secret == NULL && (secret = ask(call, question, ret_error)) != NULL)
    remember(prompts, name, secret);
  pthread_mutex_unlock(&prompts->mutex);
  return secret;
}

static struct secret *from_credential(const struct call *call, struct text name,
                                      enum diag_code *ret_code, struct text *ret_error)
{
  const char *folder = getenv("CREDENTIALS_DIRECTORY");
  if (folder == NULL) {
    *ret_error =
        TEXT("$CREDENTIALS_DIRECTORY is not set: this is not a systemd unit with LoadCredential");
    return NULL;
  }
  const char *path = text_format(call->arena, "%s/%.*s", folder, TEXT_ARG(name)).at;
  return from_file(call, path, ret_code, ret_error);
}

/* The command of the plan, or the machine's program for the vault with what the plan wrote as its last
 * word; allowed to be run. */
static bool find_program(const struct call *call, uint32_t resource, struct command *ret_command,
                         enum diag_code *ret_code, struct text *ret_error)
{
  struct text where = setting_text(call, resource, KEY_FROM, 1), *argv;
  const char *program;
  if (text_is(setting_text(call, resource, KEY_FROM, 0), "command")) {
    if (!command_split(call, where, "secret", ret_command)) {
      *ret_error = TEXT("its command has an open quote or no word");
      return false;
    }
  } else {
    struct text words = conf_vault(call->world->conf);
    *ret_command = (struct command){.what = "secret", .folder = "/"};
    if (words.length == 0) {
      *ret_error = TEXT("no renew.conf of this machine names a `secret-command vault \"PROGRAM\"`");
      return false;
    }
    if (!words_split(call->arena, words, &argv, &ret_command->argc) || ret_command->argc == 0) {
      *ret_error = TEXT("the `secret-command` of renew.conf has an open quote or no word");
      return false;
    }
    ret_command->argv = arena_array(call->arena, ret_command->argc + 1, sizeof *argv);
    for (uint32_t i = 0; i < ret_command->argc; i++)
      ret_command->argv[i] = argv[i];
    ret_command->argv[ret_command->argc++] = where;
  }
  if (command_is_allowed(call, ret_command, &program, ret_error))
    return true;
  *ret_code = DIAG_E1011;
  return false;
}

static struct secret *from_program(const struct call *call, uint32_t resource,
                                   enum diag_code *ret_code, struct text *ret_error)
{
  struct command command;
  if (!find_program(call, resource, &command, ret_code, ret_error))
    return NULL;
  if (call->world->starts_nothing) {
    *ret_error = TEXT("its program is not started now");
    return NULL;
  }
  struct secret *secret = command_read_secret(call, &command, ret_error);
  if (secret != NULL)
    secret_cut_line_end(secret);
  return secret;
}

static bool is_from_program(const struct call *call, uint32_t resource)
{
  struct text source = setting_text(call, resource, KEY_FROM, 0);
  return text_is(source, "command") || text_is(source, "vault");
}

struct secret *secret_of_place(const struct call *call, const char *file, struct text credential,
                               struct text *ret_error)
{
  enum diag_code code;
  return file != NULL ? from_file(call, file, &code, ret_error)
                      : from_credential(call, credential, &code, ret_error);
}

struct secret *secret_of(const struct call *call, uint32_t resource, enum diag_code *ret_code,
                         struct text *ret_error)
{
  struct text name = call->graph->resources[resource].name;
  struct text source = setting_text(call, resource, KEY_FROM, 0);
  struct text where = setting_text(call, resource, KEY_FROM, 1);
  struct text error = TEXT("no memory");
  enum diag_code code = DIAG_E1009;
  struct secret *secret = NULL;
  if (text_is(source, "env"))
    secret = from_env(call, text_zero(call->arena, where), &error);
  else if (text_is(source, "file"))
    secret = from_file(call, plan_path(call, where), &code, &error);
  else if (text_is(source, "prompt"))
    secret = from_prompt(call, name, where, &error);
  else if (text_is(source, "credential"))
    secret = from_credential(call, where, &code, &error);
  else
    secret = from_program(call, resource, &code, &error);
  if (secret == NULL) {
    *ret_code = code;
    *ret_error = text_format(call->arena, "secret `%.*s`: %.*s", TEXT_ARG(name), TEXT_ARG(error));
  }
  return secret;
}

/* What to type, or to write where. */
static struct text way_out(const struct call *call, uint32_t resource, enum diag_code code)
{
  struct text source = setting_text(call, resource, KEY_FROM, 0);
  struct text where = setting_text(call, resource, KEY_FROM, 1);
  const char *credentials = getenv("CREDENTIALS_DIRECTORY");
  if (code == DIAG_E1011)
    return TEXT("allow it in renew.conf: `allow commands in \"FOLDER\"`");
  if (text_is(source, "env"))
    return text_format(call->arena, "export %.*s=...", TEXT_ARG(where));
  if (text_is(source, "file") && code == DIAG_E1007)
    return text_format(call->arena, "chmod 600 %s", plan_path(call, where));
  if (text_is(source, "file"))
    return text_format(call->arena, "write it into %s, mode 0600", plan_path(call, where));
  if (text_is(source, "credential") && credentials != NULL && code == DIAG_E1007)
    return text_format(call->arena, "chmod 400 %s/%.*s", credentials, TEXT_ARG(where));
  if (text_is(source, "credential"))
    return text_format(call->arena, "LoadCredential=%.*s:/path/of/the/secret in the systemd unit",
                       TEXT_ARG(where));
  if (text_is(source, "vault") && conf_vault(call->world->conf).length != 0)
    return text_format(call->arena, "it has to print the secret and end with 0: %.*s %.*s",
                       TEXT_ARG(conf_vault(call->world->conf)),
                       TEXT_ARG(text_shell_word(call->arena, where)));
  if (text_is(source, "vault"))
    return TEXT("secret-command vault \"PROGRAM\" in renew.conf of this machine");
  return TEXT("name another source: `secret NAME from env|file|command|prompt TEXT`");
}

bool secret_of_setting(const struct call *call, uint32_t resource, enum key key, uint32_t slot,
                       struct secret **ret_secret, struct answer *answer)
{
  uint32_t declared = setting_resource(call, resource, key, slot);
  *ret_secret = NULL;
  if (declared == INDEX_NONE)
    return true;
  *ret_secret = secret_of(call, declared, &answer->code, &answer->says);
  if (*ret_secret != NULL)
    return true;
  answer->has_code = true;
  answer->help = way_out(call, declared, answer->code);
  return false;
}

bool secret_is_later(const struct call *call, uint32_t resource)
{
  return resource != INDEX_NONE &&
         (text_is(setting_text(call, resource, KEY_FROM, 0), "prompt") ||
          (call->world->starts_nothing && is_from_program(call, resource)));
}

void secret_prepare(const struct call *call, uint32_t resource, struct diag_list *diags)
{
  if (resource == INDEX_NONE)
    return;
  bool is_prompt = text_is(setting_text(call, resource, KEY_FROM, 0), "prompt");
  if (is_prompt && call->world->may_prompt)
    return;
  struct command command;
  enum diag_code code = DIAG_E1009;
  struct text error, name = call->graph->resources[resource].name;
  struct secret *secret = NULL;
  if (call->world->starts_nothing && is_from_program(call, resource)) {
    if (find_program(call, resource, &command, &code, &error))
      return;
    error = text_format(call->arena, "secret `%.*s`: %.*s", TEXT_ARG(name), TEXT_ARG(error));
  } else {
    secret = secret_of(call, resource, &code, &error);
  }
  if (secret == NULL) {
    struct diag *diag = diag_add_nowhere(diags, code, "%.*s", TEXT_ARG(error));
    diag_add_help(diags, diag, "%.*s", TEXT_ARG(way_out(call, resource, code)));
  }
  secret_free(secret);
}
