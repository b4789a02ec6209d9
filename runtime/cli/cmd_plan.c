/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_plan: the dry run, and with -o the compiled plan that people approve. The file is written
 * first: what the preview then shows is what stands in it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "compiler/graph/views.h"
#include "compiler/prove/explain.h"
#include "runtime/cli/cli_run.h"
#include "runtime/cli/cli_times.h"
#include "runtime/engine/clock.h"

static enum exit_code write_plan(struct cli *cli, const struct loaded *loaded, const char *path,
                                 bool is_told)
{
  const struct graph *graph = loaded->checked.graph;
  if (!cli_write_file(path, loaded->bytes)) {
    fprintf(stderr, "renew: %s cannot be written: %s\n", path, strerror(errno));
    return EXIT_CANNOT_WORK;
  }
  if (is_told && !cli->quiet && cli_is_text(cli)) {
    printf("template %.*s\n", TEXT_ARG(graph->template_digest));
    printf("plan     %.*s\n", TEXT_ARG(loaded->digest));
    printf("written to %s; run it with: renew run %s --digest %.*s\n\n", path, path,
           TEXT_ARG(loaded->digest));
  }
  return EXIT_OK;
}

/* The digest that was reviewed is the template's (no values in it) or the plan's. */
static enum exit_code check_digest(struct cli *cli, const struct loaded *loaded, const char *wanted)
{
  struct text template_digest = loaded->checked.graph->template_digest;
  if (wanted == NULL || text_is(loaded->digest, wanted) || text_is(template_digest, wanted))
    return EXIT_OK;
  struct diag_list list, *diags = &list; /* what the compiler found was reported */
  diag_list_start(diags, loaded->compiled.arena);
  struct diag *diag =
      diag_add_nowhere(diags, DIAG_E1102, "this plan is not the one with digest %s", wanted);
  diag_add_note(diags, diag, "its template has %.*s", TEXT_ARG(template_digest));
  diag_add_note(diags, diag, "the plan has %.*s", TEXT_ARG(loaded->digest));
  diag_add_help(diags, diag,
                "have this plan reviewed, or look without it: nothing secret is read "
                "then");
  cli_report(cli, diags, NULL);
  return EXIT_NOT_APPROVED;
}

/* The proof's table, as a reviewer reads it. */
static void review_phases(struct arena *arena, const struct proof *proof, struct review *review)
{
  const struct explanation *explanation = explain_proof(arena, proof);
  struct buffer phases = {0}, orders = {0};
  for (uint32_t i = 0; i < explanation->connection_count; i++) {
    const struct explain_connection *c = &explanation->connections[i];
    for (uint32_t j = 0; j < c->phase_count; j++) {
      struct review_phase phase = {j == 0 ? explain_who(arena, c) : TEXT_NONE,
                                   c->phases[j].begins, c->phases[j].presents,
                                   c->phases[j].accepts};
      buffer_add(&phases, &phase, sizeof phase);
    }
    for (uint32_t j = 0; j < c->reason_count; j++) {
      struct review_order order = {c->reasons[j].before, c->reasons[j].after, c->reasons[j].says};
      if (order.before.length != 0)
        buffer_add(&orders, &order, sizeof order);
    }
  }
  review->phase_count = (uint32_t)(phases.size_bytes / sizeof *review->phases);
  review->phases = arena_array(arena, (size_t)review->phase_count + 1, sizeof *review->phases);
  if (review->phase_count != 0)
    memcpy(review->phases, phases.bytes, phases.size_bytes);
  review->order_count = (uint32_t)(orders.size_bytes / sizeof *review->orders);
  review->orders = arena_array(arena, (size_t)review->order_count + 1, sizeof *review->orders);
  if (review->order_count != 0)
    memcpy(review->orders, orders.bytes, orders.size_bytes);
  buffer_free(&phases);
  buffer_free(&orders);
}

static void review_proof(struct arena *arena, const struct proof *proof, int64_t now_s,
                         struct review *review)
{
  const struct ways_back *ways;
  const struct timetable *times = cli_times(arena, proof, now_s, &ways);
  static const char *const standings[] = {[STANDING_ASSUMED] = "assumed",
                                          [STANDING_STATED] = "stated",
                                          [STANDING_CHECKED] = "checked",
                                          [STANDING_OBSERVED] = "observed"};
  review->verdict = text_of(verdict_words[proof->verdict]);
  review->why = proof->verdict == VERDICT_UNSAFE
                    ? TEXT("`renew check` shows the shortest way to the refused connection.")
                    : TEXT("Under the assumptions below, no allowed order, pause or crash of this "
                           "plan lets a named node open a connection that its receiver does not "
                           "accept.");
  for (uint32_t i = 0; i < proof->obligation_count; i++)
    review_add_obligation(arena, review, timetable_obligation(arena, times, i));
  review->times = cli_time_notes(arena, times, ways);
  review_phases(arena, proof, review);
  review->assumption_count = proof->assumption_count;
  review->assumptions = arena_array(arena, proof->assumption_count, sizeof *review->assumptions);
  for (uint32_t i = 0; i < proof->assumption_count; i++) {
    const struct proof_assumption *from = &proof->assumptions[i];
    review->assumptions[i] =
        (struct review_assumption){from->id, standings[from->standing], from->says};
  }
}

static void print_review(struct cli *cli, const struct loaded *loaded)
{
  const struct graph *graph = loaded->checked.graph;
  struct review review = {.name = text_of(cli->argv[0]), .digest = loaded->digest};
  struct buffer out = {0};
  int64_t now_s = cli->at_s != 0 ? cli->at_s : clock_real_now_s();
  review_proof(cli->arena, prove_plan(loaded->compiled.arena, &loaded->checked), now_s, &review);
  review_add_sign_offs(cli->arena, graph, &review);
  view_review(graph, &review, &out);
  fwrite(out.bytes, 1, out.size_bytes, stdout);
  buffer_free(&out);
}

int cmd_plan(struct cli *cli)
{
  const char *path = cli_take_value(cli, "-o"), *digest = cli_take_value(cli, "--digest");
  const char *as = cli_take_value(cli, "--as");
  bool trusts = cli_take_flag(cli, "--trust-plan");
  struct preview_wish wish = {.live = cli_take_flag(cli, "--live"),
                              .exit_code = cli_take_flag(cli, "--exit-code"),
                              .trusted = trusts || digest != NULL};
  if (!cli_arguments(cli, 1, 1))
    return EXIT_USAGE;
  if (wish.live && cli->is_demo)
    return cli_usage(cli, "--profile demo has no live landscape to look at: leave --live away");
  if (wish.trusted && !wish.live)
    return cli_usage(cli, "%s is for --live: without it no secret is read and no command is run",
                     trusts ? "--trust-plan" : "--digest");
  if (as != NULL && strcmp(as, "markdown") != 0 && strcmp(as, "md") != 0)
    return cli_usage(cli, "--as is markdown, not `%s`", as);
  if (as != NULL && (wish.live || wish.exit_code))
    return cli_usage(cli,
                     "--as markdown is the plan as it is reviewed, not a dry run: leave --%s away",
                     wish.live ? "live" : "exit-code");
  struct loaded loaded;
  enum exit_code code = cli_load(cli, cli->argv[0], path != NULL, &loaded);
  if (code == EXIT_OK)
    code = check_digest(cli, &loaded, digest);
  if (code == EXIT_OK && path != NULL)
    code = write_plan(cli, &loaded, path, as == NULL);
  int result = code;
  wish.digest = loaded.digest;
  if (code == EXIT_OK && as != NULL)
    print_review(cli, &loaded);
  else if (code == EXIT_OK)
    result = cli_preview(cli, &loaded.proven, &wish);
  arena_free(loaded.compiled.arena);
  return result;
}
