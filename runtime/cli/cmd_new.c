/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_new: writes a first plan: a template (plans/templates) with the answers of whoever begins.
 *
 * (1) Asks on a terminal only; else, and with --no-input, what no option says is the default.
 * (2) What is written was compiled before, elsewhere: it has no finding, not even a style.
 * (3) Nothing is overwritten. A file of roles that is there is kept where it has the roles.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/tables/embedded.h"
#include "runtime/cli/cli.h"
#include "runtime/cli/cli_folder.h"
#include "runtime/cli/new_answers.h"
#include "runtime/cli/new_flows.h"

enum { ANSWER_BYTES_MAX = 4096, FILE_LIMIT_BYTES = 1024 * 1024 };

static const struct template
{
  const char *name;
  const char *says;
}
templates[] = {
#define TEMPLATE(id, name, says) {name, says},
#include "runtime/cli/new_questions.def"
};

static const struct question questions[] = {
#define QUESTION(template, option, answer, asks, otherwise, name)                                  \
  {TEMPLATE_##template, option, ANSWER_##answer, asks, otherwise, name},
#include "runtime/cli/new_questions.def"
};
enum { QUESTION_COUNT = sizeof questions / sizeof questions[0] };

struct scaffold {
  struct cli *cli;
  enum question_template of;
  struct text plan_words, role_words; /* the template, then what is to be written */
  struct replacements replacements;
  const char *plan_path, *roles_path;
  struct text added; /* the names of the roles that the file lacked, with commas; "" */
  bool keeps_roles, names_people;
  const struct new_flows *flows; /* NULL: none were given */
  bool has_alias;                /* somebody named it */
};

static bool find_template(struct cli *cli, const char *word, enum question_template *ret)
{
  struct text names[TEMPLATE__COUNT];
  for (int i = 0; i < TEMPLATE__COUNT; i++) {
    names[i] = text_of(templates[i].name);
    *ret = (enum question_template)i;
    if (strcmp(word, templates[i].name) == 0)
      return true;
  }
  struct text nearest = text_nearest(text_of(word), names, TEMPLATE__COUNT);
  if (nearest.length != 0)
    return cli_usage(cli, "there is no template `%s`; did you mean `%.*s`?", word,
                     TEXT_ARG(nearest)) == EXIT_OK;
  struct buffer list = {0};
  for (int i = 0; i < TEMPLATE__COUNT; i++)
    buffer_format(&list, "\n  %-17s %s", templates[i].name, templates[i].says);
  cli_usage(cli, "there is no template `%s`, but:%s", word, list.bytes);
  buffer_free(&list);
  return false;
}

static struct text template_text(struct cli *cli, const char *name, const char *ending)
{
  const struct embedded *file = embedded_find(template_files, template_files_count,
                                              text_format(cli->arena, "%s%s", name, ending).at);
  return file == NULL ? TEXT_NONE : (struct text){file->content, file->length};
}

/* One question on the terminal until it is answered; false where the terminal is gone. */
static bool ask(struct scaffold *scaffold, const struct question *question, const char *offered,
                int number, int count)
{
  char line[ANSWER_BYTES_MAX];
  struct arena *arena = scaffold->cli->arena;
  for (;;) {
    fprintf(stderr, "%d/%d %s\n    [%s]: ", number, count, question->asks, offered);
    fflush(stderr);
    if (fgets(line, sizeof line, stdin) == NULL) {
      fprintf(stderr, "\nrenew: no answer; nothing was written\n");
      return false;
    }
    struct text answer = text_copy(arena, text_of(line));
    while (answer.length > 0 && strchr(" \t\r\n", answer.at[answer.length - 1]) != NULL)
      answer.length--;
    bool is_default = answer.length == 0 && offered == question->otherwise;
    if (is_default)
      return true;
    if (answer.length == 0)
      answer = text_of(offered);
    else
      scaffold->has_alias |= question->kind == ANSWER_ALIAS;
    struct replacements before = scaffold->replacements;
    const char *wrong =
        answer_take(arena, question, answer, scaffold->plan_words, &scaffold->replacements);
    scaffold->names_people |= question->kind == ANSWER_PEOPLE;
    if (wrong == NULL)
      return true;
    scaffold->replacements = before;
    fprintf(stderr, "    `%.*s` %s\n", TEXT_ARG(text_visible(arena, answer)), wrong);
  }
}

/* What is taken where nobody says anything: the flows that were given know the alias. */
static const char *otherwise(struct scaffold *scaffold, const struct question *question)
{
  const struct new_flows *flows = scaffold->flows;
  struct replacements none = {.count = 0};
  if (question->kind != ANSWER_ALIAS || flows == NULL || flows->alias.length == 0 ||
      answer_take(scaffold->cli->arena, question, flows->alias, scaffold->plan_words, &none) !=
          NULL)
    return question->otherwise;
  return text_zero(scaffold->cli->arena, flows->alias);
}

static void tell_otherwise(const struct scaffold *scaffold, const struct question *question,
                           const char *taken)
{
  const struct new_flows *flows = scaffold->flows;
  if (scaffold->cli->quiet)
    return;
  fprintf(stderr, "renew: no %s given, taken: %s", question->option, taken);
  if (taken != question->otherwise) {
    fprintf(stderr, ", which %u of %u flow%s name%s", flows->count, flows->total,
            flows->total == 1 ? "" : "s", flows->count == 1 ? "s" : "");
    if (flows->others.length != 0)
      fprintf(stderr, " (others name %.*s)",
              TEXT_ARG(text_visible(scaffold->cli->arena, flows->others)));
  }
  fputs("\n", stderr);
}

static enum exit_code take_answers(struct scaffold *scaffold)
{
  struct cli *cli = scaffold->cli;
  const char *given[QUESTION_COUNT] = {NULL};
  int count = 0, number = 0;
  for (int i = 0; i < QUESTION_COUNT; i++) {
    if (questions[i].of != scaffold->of)
      continue;
    given[i] = cli_take_value(cli, questions[i].option);
    count++;
  }
  if (!cli_arguments(cli, 0, 0))
    return EXIT_USAGE;
  bool asks = isatty(STDIN_FILENO) && isatty(STDERR_FILENO) && !cli->no_input;
  for (int i = 0; i < QUESTION_COUNT; i++) {
    if (questions[i].of != scaffold->of)
      continue;
    number++;
    const char *taken = otherwise(scaffold, &questions[i]);
    scaffold->has_alias |= questions[i].kind == ANSWER_ALIAS && given[i] != NULL;
    if (given[i] == NULL && asks && !ask(scaffold, &questions[i], taken, number, count))
      return EXIT_USAGE;
    if (given[i] == NULL && !asks) {
      tell_otherwise(scaffold, &questions[i], taken);
      given[i] = taken == questions[i].otherwise ? NULL : taken;
    }
    if (given[i] == NULL)
      continue;
    scaffold->names_people |= questions[i].kind == ANSWER_PEOPLE;
    const char *wrong = answer_take(cli->arena, &questions[i], text_of(given[i]),
                                    scaffold->plan_words, &scaffold->replacements);
    if (wrong != NULL)
      return cli_usage(cli, "%s `%.*s` %s", questions[i].option,
                       TEXT_ARG(text_visible(cli->arena, text_of(given[i]))), wrong);
  }
  scaffold->plan_words = answers_apply(cli->arena, scaffold->plan_words, &scaffold->replacements);
  scaffold->role_words = answers_apply(cli->arena, scaffold->role_words, &scaffold->replacements);
  return EXIT_OK;
}

/* A new file, never one that is there. */
static bool write_new(const char *path, struct text words)
{
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) {
    fprintf(stderr, "renew: %s cannot be written: %s\n", path, strerror(errno));
    return false;
  }
  close(fd);
  if (cli_write_file(path, words))
    return true;
  fprintf(stderr, "renew: %s cannot be written: %s\n", path, strerror(errno));
  unlink(path);
  return false;
}

static bool make_folder(const char *folder)
{
  if (mkdir(folder, 0777) == 0 || errno == EEXIST)
    return true;
  fprintf(stderr, "renew: the folder %s cannot be made: %s\n", folder, strerror(errno));
  return false;
}

/* Compiles what is to be written, in a folder of its own: (2). */
static enum exit_code try_out(struct scaffold *scaffold, struct text roles)
{
  struct cli *cli = scaffold->cli;
  const char *folder = cli_temporary_folder(cli, "renew-new");
  if (folder == NULL)
    return EXIT_CANNOT_WORK;
  const char *root = cli->root;
  const char *org = text_format(cli->arena, "%s/org", folder).at;
  const char *plan = text_format(cli->arena, "%s/plan.renew", folder).at;
  const char *people = text_format(cli->arena, "%s/roles.renew", org).at;
  enum exit_code code = EXIT_CANNOT_WORK;
  if (make_folder(org) && write_new(plan, scaffold->plan_words) && write_new(people, roles)) {
    struct compiled compiled;
    cli->root = folder;
    cli_compile(cli, plan, TEXT_NONE, &compiled);
    code = EXIT_OK;
    if (compiled.diags->count != 0) {
      cli_report(cli, compiled.diags, compiled.sources);
      fprintf(stderr, "renew: the plan would have these findings; nothing was written\n");
      code = EXIT_ANSWER_NO;
    }
    arena_free(compiled.arena);
  }
  cli->root = root;
  cli_remove_folder(folder);
  return code;
}

static enum exit_code refuse_existing(struct scaffold *scaffold)
{
  struct stat facts;
  if (lstat(scaffold->plan_path, &facts) != 0)
    return EXIT_OK;
  fprintf(stderr,
          "renew: %s is there already and is not overwritten; another file: renew new %s -o FILE\n",
          scaffold->plan_path, templates[scaffold->of].name);
  return EXIT_CANNOT_WORK;
}

static bool declares(struct text words, struct text name)
{
  enum { AT = sizeof "role " - 1 };
  for (size_t at = 0; at < words.length;) {
    const char *end = memchr(words.at + at, '\n', words.length - at);
    size_t length = end == NULL ? words.length - at : (size_t)(end - words.at) - at;
    struct text line = {words.at + at, length};
    if (text_starts_with(line, "role ") && line.length > AT + name.length &&
        memcmp(line.at + AT, name.at, name.length) == 0 &&
        strchr(" {\"", line.at[AT + name.length]) != NULL)
      return true;
    at += length + 1;
  }
  return false;
}

/* What is there, with the roles of the template that it lacks behind it; nothing of it is changed. */
static struct text add_missing(struct scaffold *scaffold, struct text there)
{
  enum { AT = sizeof "role " - 1 };
  struct buffer words = {0}, names = {0};
  struct text ours = scaffold->role_words;
  bool takes = false;
  buffer_add_text(&words, there);
  for (size_t at = 0; at < ours.length;) {
    const char *end = memchr(ours.at + at, '\n', ours.length - at);
    size_t length = end == NULL ? ours.length - at : (size_t)(end - ours.at) - at;
    struct text line = {ours.at + at, length};
    if (text_starts_with(line, "role ")) {
      struct text name = {line.at + AT, strcspn(line.at + AT, " {\n")};
      takes = !declares(there, name);
      if (takes) {
        buffer_add_zero(&words, "\n");
        buffer_format(&names, "%s%.*s", names.size_bytes == 0 ? "" : ", ", TEXT_ARG(name));
      }
    }
    if (takes)
      buffer_format(&words, "%.*s\n", TEXT_ARG(line));
    takes = takes && !text_is(line, "}");
    at += length + 1;
  }
  struct arena *arena = scaffold->cli->arena;
  scaffold->added = text_copy(arena, buffer_text(&names));
  struct text all = text_copy(arena, buffer_text(&words));
  buffer_free(&words);
  buffer_free(&names);
  return all;
}

/* The roles that are written, or those that are there with the ones that they lack. */
static enum exit_code settle_roles(struct scaffold *scaffold)
{
  struct cli *cli = scaffold->cli;
  struct stat facts;
  struct text roles = scaffold->role_words;
  scaffold->keeps_roles = lstat(scaffold->roles_path, &facts) == 0;
  if (scaffold->keeps_roles &&
      !cli_read_file(cli->arena, scaffold->roles_path, FILE_LIMIT_BYTES, &roles)) {
    fprintf(stderr, "renew: %s cannot be read: %s\n", scaffold->roles_path, strerror(errno));
    return EXIT_CANNOT_WORK;
  }
  if (scaffold->keeps_roles)
    scaffold->role_words = roles = add_missing(scaffold, roles);
  enum exit_code code = try_out(scaffold, roles);
  if (code == EXIT_ANSWER_NO && scaffold->keeps_roles)
    fprintf(stderr,
            "renew: %s is there already and is kept as it is: add the roles that it lacks, or "
            "write into another folder with -o FOLDER/FILE\n",
            scaffold->roles_path);
  return code;
}

static int line_count(struct text words)
{
  int count = 0;
  for (size_t i = 0; i < words.length; i++)
    count += words.at[i] == '\n';
  return count;
}

/* The plan's name, and a role of the other side: what the next commands are about. */
static struct text word_behind(struct text words, const char *before, bool last)
{
  struct text found = TEXT_NONE;
  size_t length = strlen(before);
  for (size_t i = 0; i + length < words.length; i++) {
    if ((i != 0 && words.at[i - 1] != '\n') || memcmp(words.at + i, before, length) != 0)
      continue;
    const char *word = words.at + i + length;
    found = (struct text){word, strcspn(word, " ")};
    if (!last)
      break;
  }
  return found;
}

static void say_next(const struct scaffold *scaffold)
{
  struct cli *cli = scaffold->cli;
  if (cli->quiet)
    return;
  const char *slash = strrchr(scaffold->plan_path, '/');
  const char *base = slash == NULL ? scaffold->plan_path : slash + 1;
  int stem = (int)(strlen(base) - strlen(".renew"));
  struct text plan = word_behind(scaffold->plan_words, "plan ", false);
  struct text role = word_behind(
      template_text(cli, templates[scaffold->of].name, ".roles.renew.txt"), "role ", true);
  bool is_kept = scaffold->keeps_roles && scaffold->added.length == 0;
  printf("written: %s (%d lines)%s%s", scaffold->plan_path, line_count(scaffold->plan_words),
         is_kept ? "; kept as it is: " : ", ", scaffold->roles_path);
  if (scaffold->added.length != 0)
    printf(" (added: %.*s; the others are as they were)", TEXT_ARG(scaffold->added));
  printf("\n");
  if (is_kept && scaffold->names_people)
    printf("note: the mail addresses of your answer are not written: change them in %s\n",
           scaffold->roles_path);
  if (scaffold->of == TEMPLATE_DOWNTIME)
    printf("advice: a downtime is not expected often. Where the receiver can accept two "
           "certificates at once,\n        nothing has to stop: renew new overlap\n");
  printf("next:\n"
         "  renew check\n"
         "  renew show %.*s --role %.*s\n"
         "  renew plan %.*s --profile demo\n",
         stem, base, TEXT_ARG(role), TEXT_ARG(plan));
}

static enum exit_code write_both(struct scaffold *scaffold, const char *folder)
{
  struct cli *cli = scaffold->cli;
  if (!make_folder(folder) || !make_folder(text_format(cli->arena, "%s/org", folder).at))
    return EXIT_CANNOT_WORK;
  if (!scaffold->keeps_roles && !write_new(scaffold->roles_path, scaffold->role_words))
    return EXIT_CANNOT_WORK;
  if (!write_new(scaffold->plan_path, scaffold->plan_words))
    return EXIT_CANNOT_WORK;
  if (scaffold->added.length != 0 && !cli_write_file(scaffold->roles_path, scaffold->role_words)) {
    fprintf(stderr, "renew: %s cannot be written: %s\n", scaffold->roles_path, strerror(errno));
    return EXIT_CANNOT_WORK;
  }
  say_next(scaffold);
  return EXIT_OK;
}

void cli_help_new(void)
{
  for (int i = 0; i < TEMPLATE__COUNT; i++) {
    printf("  %-17s %s\n                    takes", templates[i].name, templates[i].says);
    for (int j = 0; j < QUESTION_COUNT; j++)
      if (questions[j].of == (enum question_template)i)
        printf(" %s", questions[j].option);
    puts("");
  }
  puts("");
}

int cmd_new(struct cli *cli)
{
  const char *path = cli_take_value(cli, "-o"), *flows = cli_take_value(cli, "--flows");
  struct scaffold scaffold = {.cli = cli, .plan_path = path == NULL ? "client.renew" : path};
  bool is_named = cli->argc > 0 && cli->argv[0][0] != '-';
  if (is_named && !find_template(cli, cli->argv[0], &scaffold.of))
    return EXIT_USAGE;
  if (is_named) {
    cli->argv++;
    cli->argc--;
  }
  const char *name = templates[scaffold.of].name;
  if (!text_ends_with(text_of(scaffold.plan_path), ".renew") ||
      text_ends_with(text_of(scaffold.plan_path), ".test.renew"))
    return cli_usage(cli, "-o names a plan file, which ends in .renew, not `%s`",
                     scaffold.plan_path);
  const char *folder = dirname(text_zero(cli->arena, text_of(scaffold.plan_path)));
  bool is_here = strcmp(folder, ".") == 0;
  scaffold.roles_path =
      is_here ? "org/roles.renew" : text_format(cli->arena, "%s/org/roles.renew", folder).at;
  if (flows != NULL && scaffold.of != TEMPLATE_OVERLAP && scaffold.of != TEMPLATE_DOWNTIME)
    return cli_usage(cli, "--flows goes with overlap and downtime: there flows call a receiver");
  scaffold.plan_words = template_text(cli, name, ".renew.txt");
  scaffold.role_words = template_text(cli, name, ".roles.renew.txt");
  struct new_flows found;
  enum exit_code code = refuse_existing(&scaffold);
  if (code == EXIT_OK && flows != NULL) {
    code = new_flows_read(cli, flows, &found);
    scaffold.flows = &found;
  }
  if (code == EXIT_OK)
    code = take_answers(&scaffold);
  if (code == EXIT_OK && flows != NULL)
    code = new_flows_put(cli, &found, scaffold.has_alias, &scaffold.plan_words);
  if (code == EXIT_OK)
    code = settle_roles(&scaffold);
  if (code == EXIT_OK)
    code = write_both(&scaffold, folder);
  return code;
}
