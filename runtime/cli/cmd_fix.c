/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_fix: applies the fixes of findings to the files themselves.
 *
 * (1) A round of fixes stays only if the file then has no error more than before, its words and lines
 *     not one finding more, and the findings that were fixed are gone. Where the round does not hold,
 *     its fixes are tried one by one, and what does not hold alone is left for a person.
 *     First the text is mended; once it is clean its plans are judged, and what the proof proposes is
 *     held to the same: there the same finding at a later step is another one, for a message that is
 *     missing often shows the next. Where all of it together leaves as many errors, none of it stays.
 * (2) Rounds end when nothing changes, at the latest after ROUNDS_MAX.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "compiler/base/difference.h"
#include "compiler/base/fix.h"
#include "compiler/syntax/parse.h"
#include "runtime/cli/cli.h"

enum { ROUNDS_MAX = 100 };

struct fixing {
  struct cli *cli;
  struct fix_choice choice;
  bool codes[DIAG__COUNT];
  bool dry_run;
  bool judges; /* the plans, too: once the text is clean */
  const char *path;
  struct text_map skip;
  uint32_t fixed_count;
  enum exit_code code;
};

/* One text, compiled. */
struct state {
  struct compiled compiled;
  bool clean; /* no error before its plans are judged: they are judged only then */
  uint32_t syntax_findings;
};

static void worse(struct fixing *fixing, enum exit_code code)
{
  if (code > fixing->code)
    fixing->code = code;
}

static uint32_t count_syntax(const struct source_set *sources)
{
  struct arena *arena = arena_new("fix", 0);
  struct diag_list diags;
  diag_list_start(&diags, arena);
  parse_source(arena, sources, 0, &diags);
  uint32_t count = diags.count;
  arena_free(arena);
  return count;
}

static void look(struct fixing *fixing, struct text bytes, struct state *ret)
{
  cli_compile_text(fixing->cli, fixing->path, bytes, &ret->compiled);
  ret->clean = ret->compiled.program != NULL && !diag_list_has_errors(ret->compiled.diags);
  if (fixing->judges && ret->clean)
    cli_check_plans(&ret->compiled, NULL, NULL);
  diag_list_sort(ret->compiled.diags);
  ret->syntax_findings =
      ret->compiled.sources->count == 0 ? 0 : count_syntax(ret->compiled.sources);
}

/* The finding's name; of a plan's, with the words at its place. */
static struct text key_of(struct arena *arena, const struct fixing *fixing,
                          const struct state *state, const struct diag *diag)
{
  struct text key = fix_key(arena, diag);
  if (!fixing->judges || !diag->has_place)
    return key;
  struct text words = source_text(state->compiled.sources, diag->primary);
  return text_format(arena, "%.*s %.*s", TEXT_ARG(key), TEXT_ARG(words));
}

static uint32_t count_key(struct arena *arena, const struct fixing *fixing,
                          const struct state *state, struct text key)
{
  const struct diag_list *diags = state->compiled.diags;
  uint32_t count = 0;
  for (uint32_t i = 0; i < diags->count; i++)
    count += text_equal(key_of(arena, fixing, state, diags->items[i]), key);
  return count;
}

/* cmd_fix.c (1) */
static bool holds(const struct fixing *fixing, const struct state *before,
                  const struct state *after, const struct buffer *fixed)
{
  const struct diag_list *was = before->compiled.diags, *is = after->compiled.diags;
  if (after->compiled.program == NULL || is->error_count > was->error_count ||
      after->syntax_findings > before->syntax_findings || (fixing->judges && !after->clean))
    return false;
  struct arena *arena = arena_new("fix", 0);
  const struct diag *const *items = (const void *)fixed->bytes;
  bool gone = true;
  for (size_t i = 0; i < fixed->size_bytes / sizeof *items && gone; i++) {
    struct text key = key_of(arena, fixing, before, items[i]);
    gone = count_key(arena, fixing, after, key) < count_key(arena, fixing, before, key);
  }
  arena_free(arena);
  return gone;
}

/* Tries one round; true where it held: *state is then that of the new text. */
static bool try_round(struct fixing *fixing, struct state *state, bool only_first)
{
  struct arena *arena = arena_new("fix", 0);
  struct buffer text = {0}, fixed = {0};
  fixing->choice.only_first = only_first;
  fixing->choice.skip = &fixing->skip;
  bool held = false;
  if (fix_apply(state->compiled.diags, state->compiled.sources, 0, &fixing->choice, arena, &text,
                &fixed)) {
    struct state after;
    look(fixing, buffer_text(&text), &after);
    held = holds(fixing, state, &after, &fixed);
    const struct diag *first = *(const struct diag *const *)(const void *)fixed.bytes;
    if (held)
      fixing->fixed_count += (uint32_t)(fixed.size_bytes / sizeof first);
    else if (only_first)
      text_map_add(&fixing->skip, fix_key(fixing->cli->arena, first), 0, NULL);
    arena_free((held ? state : &after)->compiled.arena);
    if (held)
      *state = after;
  }
  buffer_free(&text);
  buffer_free(&fixed);
  arena_free(arena);
  return held;
}

static bool any_left(const struct fixing *fixing, const struct state *state)
{
  struct arena *arena = arena_new("fix", 0);
  bool any = false;
  for (uint32_t i = 0; i < state->compiled.diags->count && !any; i++)
    any = fix_fits(state->compiled.diags->items[i], 0, &fixing->choice, arena);
  arena_free(arena);
  return any;
}

static void finish(struct fixing *fixing, struct text before, const struct state *state)
{
  struct cli *cli = fixing->cli;
  const struct source *source = &state->compiled.sources->files[0];
  if (fixing->dry_run) {
    struct buffer out = {0};
    difference_unified(source->path, before, source->bytes, isatty(STDOUT_FILENO), &out);
    if (out.size_bytes != 0)
      fwrite(out.bytes, 1, out.size_bytes, stdout);
    buffer_free(&out);
  } else if (fixing->fixed_count != 0 && !cli_rewrite_file(fixing->path, source->bytes)) {
    fprintf(stderr, "renew: %s cannot be written: %s\n", fixing->path, strerror(errno));
    worse(fixing, EXIT_CANNOT_WORK);
    return;
  }
  uint32_t left = state->compiled.diags->error_count;
  if (!cli->quiet && (fixing->fixed_count != 0 || left != 0)) {
    FILE *stream = fixing->dry_run ? stderr : stdout;
    fprintf(stream, "%.*s: %u finding%s %s", TEXT_ARG(source->path), fixing->fixed_count,
            fixing->fixed_count == 1 ? "" : "s", fixing->dry_run ? "would be fixed" : "fixed");
    if (left != 0)
      fprintf(stream, ", %u error%s left for you: renew check %s", left, left == 1 ? "" : "s",
              fixing->path);
    fprintf(stream, "\n");
  }
  worse(fixing, left != 0 ? EXIT_ANSWER_NO : EXIT_OK);
}

static void fix_rounds(struct fixing *fixing, struct state *state)
{
  for (int round = 0; round < ROUNDS_MAX && any_left(fixing, state); round++)
    if (!try_round(fixing, state, false))
      try_round(fixing, state, true);
}

/* cmd_fix.c (1): what the proof proposes. */
static void judge(struct fixing *fixing, struct state *clean)
{
  struct state judged;
  fixing->judges = true;
  struct text text = text_copy(fixing->cli->arena, clean->compiled.sources->files[0].bytes);
  look(fixing, text, &judged);
  arena_free(clean->compiled.arena);
  uint32_t fixed_count = fixing->fixed_count, errors = judged.compiled.diags->error_count;
  fix_rounds(fixing, &judged);
  if (errors != 0 && judged.compiled.diags->error_count >= errors) {
    arena_free(judged.compiled.arena);
    look(fixing, text, &judged);
    fixing->fixed_count = fixed_count;
  }
  *clean = judged;
}

static void fix_file(struct fixing *fixing, const char *path)
{
  struct compiled read;
  fixing->path = path;
  fixing->fixed_count = 0;
  text_map_start(&fixing->skip, fixing->cli->arena);
  if (!cli_read_source(fixing->cli, path, &read)) {
    worse(fixing, cli_report(fixing->cli, read.diags, read.sources));
    arena_free(read.arena);
    return;
  }
  struct text before = read.sources->files[0].bytes;
  struct state state;
  fixing->judges = false;
  look(fixing, before, &state);
  fix_rounds(fixing, &state);
  if (state.compiled.program != NULL && !diag_list_has_errors(state.compiled.diags))
    judge(fixing, &state);
  finish(fixing, before, &state);
  arena_free(state.compiled.arena);
  arena_free(read.arena);
}

/* CODE... among the arguments; the others are files. */
static void take_codes(struct fixing *fixing)
{
  struct cli *cli = fixing->cli;
  int kept = 0;
  for (int i = 0; i < cli->argc; i++) {
    enum diag_code code;
    if (!diag_code_find(text_of(cli->argv[i]), &code)) {
      cli->argv[kept++] = cli->argv[i];
      continue;
    }
    fixing->codes[code] = true;
    fixing->choice.codes = fixing->codes;
  }
  cli->argc = kept;
}

int cmd_fix(struct cli *cli)
{
  struct fixing fixing = {.cli = cli};
  bool safe = cli_take_flag(cli, "--safe");
  fixing.choice.unsafe = cli_take_flag(cli, "--unsafe");
  fixing.dry_run = cli_take_flag(cli, "--dry-run");
  bool edition = cli_take_flag(cli, "--edition");
  if (!cli_arguments(cli, 0, cli->argc))
    return EXIT_USAGE;
  if (safe && fixing.choice.unsafe)
    return cli_usage(cli, "--safe and --unsafe exclude each other");
  if (edition) {
    printf("edition 1 is the first and the newest: there is nothing to lift\n");
    return EXIT_OK;
  }
  take_codes(&fixing);
  cli->wants_style = true;
  size_t count;
  char **paths;
  if (cli_take_files(cli, FILES_OF_PLANS, &paths, &count) != EXIT_OK)
    return EXIT_USAGE;
  cli_tell_ignored(cli);
  for (size_t i = 0; i < count; i++)
    fix_file(&fixing, paths[i]);
  return fixing.code;
}
