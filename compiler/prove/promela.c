/* SPDX-License-Identifier: Apache-2.0 */
/* promela: see promela.h. The file is written from top to bottom: the prelude, what is so at the
 * beginning, what each step does, then a process for each role, each caller and each receiver that
 * reads its trust late. */
#include <string.h>

#include "compiler/graph/views.h"
#include "compiler/prove/promela_int.h"

static const char prelude[] =
    "#define note printf\n"
    "#define NONE 0 /* an alias without a pair */\n"
    "#define OLD 1\n"
    "#define NEW 2\n"
    "#define TODO 0\n"
    "#define BEGUN 1 /* the journal holds its beginning; what it does takes time */\n"
    "#define ENDED 2 /* it did what it does, and the journal does not know yet */\n"
    "#define DONE 3\n"
    "#define done(s) (is[s] == DONE)\n"
    "\n"
    "/* One process of a caller, any of them: what is true of each of them alone is true of all.\n"
    "   Callers do nothing to one another, so one of them is watched at a time, each in its turn\n"
    "   (-DALL watches all at once). */\n"
    "typedef caller {\n"
    "  bool runs;  /* the node runs */\n"
    "  bool here;  /* the process is there */\n"
    "  byte holds; /* what it read last */\n"
    "  int ends    /* bits: the loads (restarts, times) at whose end it will be gone */\n"
    "}\n"
    "#ifdef ALL\n"
    "#define watched(c) true\n"
    "#else\n"
    "byte who;\n"
    "#define watched(c) (who == c)\n"
    "#endif\n"
    "\n"
    "/* A new process reads what there is. */\n"
    "inline fresh(c, store)\n"
    "{ at[c].runs = true; at[c].here = true; at[c].holds = store; at[c].ends = 0 }\n"
    "inline gone(c)\n"
    "{ at[c].here = false; at[c].holds = NONE; at[c].ends = 0 }\n"
    "/* A restart: the process is one of those that will be gone at its end, or one that it "
    "starts. */\n"
    "inline load_begins(c, store, load)\n"
    "{ if :: !watched(c)\n"
    "     :: watched(c) && at[c].runs && at[c].here -> at[c].ends = at[c].ends | load\n"
    "     :: watched(c) -> fresh(c, store)\n"
    "  fi }\n"
    "inline load_ends(c, load)\n"
    "{ if :: watched(c) && (at[c].ends & load) -> gone(c) :: else fi }\n"
    "/* Time: whoever has not read again by its end is gone with its cache and its connections. "
    "*/\n"
    "inline time_begins(c, store, load)\n"
    "{ if :: !watched(c) || !at[c].runs\n"
    "     :: watched(c) && at[c].runs && at[c].here -> at[c].ends = at[c].ends | load\n"
    "     :: watched(c) && at[c].runs -> fresh(c, store)\n"
    "  fi }\n"
    "inline time_ends(c, load)\n"
    "{ load_ends(c, load) }\n"
    "inline starts(c, store)\n"
    "{ if :: watched(c) && !at[c].runs -> fresh(c, store) :: else fi }\n"
    "inline stops(c)\n"
    "{ if :: watched(c) -> gone(c); at[c].runs = false :: else fi }\n"
    "inline is_looked_for(c, store)\n"
    "{ if :: watched(c) && at[c].here -> at[c].holds = store :: else fi }\n";

void promela_say(struct buffer *out, struct text text)
{
  for (size_t i = 0; i < text.length; i++) {
    char c = text.at[i];
    if (c == '*' && i + 1 < text.length && text.at[i + 1] == '/')
      buffer_add_zero(out, "*");
    else if (c == '"' || c == '\\' || c == '%' || c == '\n' || c == '\t')
      buffer_add_zero(out, c == '"' ? "'" : c == '%' ? "percent" : c == '\\' ? "/" : " ");
    else if (!(c == '/' && i != 0 && text.at[i - 1] == '*'))
      buffer_add(out, &c, 1);
  }
}

static void name_steps(struct promela *p)
{
  p->step_ids = arena_array(p->arena, (size_t)p->graph->step_count + 1, sizeof *p->step_ids);
  for (uint32_t i = 0; i < p->graph->step_count; i++)
    if (p->graph->steps[i].kind != STEP_JOIN)
      p->step_ids[i] =
          promela_id(p, text_format(p->arena, "s_%.*s", TEXT_ARG(p->graph->steps[i].id)));
}

static void put_head(struct promela *p, struct buffer *out)
{
  const struct graph *graph = p->graph;
  buffer_add_zero(out, "/*\n * ");
  promela_say(out, graph->name);
  buffer_add_zero(out, ": ");
  promela_say(out, graph->title);
  buffer_format(
      out,
      "\n * A plan of renew (policy %.*s) as a model for SPIN. Run it:\n"
      " *\n"
      " *   spin -a FILE.pml && gcc -O2 -DSAFETY -DVECTORSZ=16384 -o pan pan.c && ./pan -m1000000\n"
      " *   errors: 0    no allowed order, pause or crash lets a caller be refused\n"
      " *   errors: 1    spin -t FILE.pml tells the way there (gcc -DBFS: the shortest)\n"
      " *\n"
      " * -DALL           watches all callers at once (their number is an exponent)\n"
      " * -DNO_CRASH      without crashes and repetitions\n"
      " *\n"
      " * A pause is not written anywhere: nobody here has to go on, so every state is one in "
      "which the\n"
      " * plan may rest for ever. Dates (when a certificate expires) are no part of this model.\n"
      " */\n\n",
      TEXT_ARG(graph->policy));
}

static void put_variable(struct buffer *out, struct text_map *seen, const char *type,
                         struct text name, const char *value)
{
  if (name.length != 0 && text_map_add(seen, name, 0, NULL))
    buffer_format(out, "%s %.*s = %s;\n", type, TEXT_ARG(name), value);
}

static void put_world(struct promela *p, struct buffer *out, struct buffer *choices)
{
  struct text_map seen, begun;
  text_map_start(&seen, p->arena);
  text_map_start(&begun, p->arena);
  buffer_add_zero(out,
                  "\n/* The world at the beginning: the old one is in use, and accepted. */\n");
  for (uint32_t i = 0; i < p->graph->resource_count; i++)
    if (p->touched[i])
      put_variable(out, &seen, "byte", promela_alias(p, i), "OLD");
  for (uint32_t i = 0; i < p->caller_count; i++) {
    const struct promela_caller *c = &p->callers[i];
    put_variable(out, &seen, "byte", c->source, "OLD");
    put_variable(out, &seen, "bool", promela_accepts(p, c->receiver, c->certificate, VERSION_OLD),
                 "true");
    put_variable(out, &seen, "bool", promela_accepts(p, c->receiver, c->certificate, VERSION_NEW),
                 "false");
    struct text old = promela_root(p, c->receiver, c->certificate, VERSION_OLD);
    struct text new = promela_root(p, c->receiver, c->certificate, VERSION_NEW);
    put_variable(out, &seen, "bool", old, "true");
    put_variable(out, &seen, "bool", new, "false");
    if (new.length != 0 && text_map_add(&begun, new, 0, NULL))
      buffer_format(choices, "    %.*s = same_root_%u;\n", TEXT_ARG(new), c->certificate);
  }
  buffer_add_zero(out, "\n/* Who opens connections. */\n");
  for (uint32_t i = 0; i < p->caller_count; i++)
    buffer_format(out, "#define %.*s %u\n", TEXT_ARG(p->callers[i].id), i);
  buffer_format(out, "caller at[%u];\n", p->caller_count == 0 ? 1 : p->caller_count);
}

/* A receiver that reads its trust late judges by a copy: one of its processes, any of them. */

static bool is_late(const struct promela *p, uint32_t receiver)
{
  if (promela_trust_seconds(p, receiver) <= 0)
    return false;
  for (uint32_t i = 0; i < p->caller_count; i++)
    if (p->callers[i].receiver == receiver)
      return true;
  return false;
}

static struct text copy_of(struct promela *p, uint32_t receiver, struct text variable)
{
  return text_format(p->arena, "door_%u_%.*s", receiver, TEXT_ARG(variable));
}

typedef void judged_fn(struct promela *p, uint32_t receiver, struct text variable, void *with);

/* Each variable that the receiver judges by, once. */
static void each_judged(struct promela *p, uint32_t receiver, judged_fn *call, void *with)
{
  struct text_map seen;
  text_map_start(&seen, p->arena);
  for (uint32_t i = 0; i < p->caller_count; i++) {
    const struct promela_caller *c = &p->callers[i];
    if (c->receiver != receiver)
      continue;
    for (int version = VERSION_OLD; version <= VERSION_NEW; version++) {
      enum promela_version v = (enum promela_version)version;
      struct text variables[] = {promela_accepts(p, receiver, c->certificate, v),
                                 promela_root(p, receiver, c->certificate, v)};
      for (int n = 0; n < 2; n++)
        if (variables[n].length != 0 && text_map_add(&seen, variables[n], 0, NULL))
          call(p, receiver, variables[n], with);
    }
  }
}

static void declare_copy(struct promela *p, uint32_t receiver, struct text variable, void *with)
{
  buffer_format(with, "bool %.*s;\n", TEXT_ARG(copy_of(p, receiver, variable)));
}

static void read_copy(struct promela *p, uint32_t receiver, struct text variable, void *with)
{
  buffer_format(with, "  %.*s = %.*s;\n", TEXT_ARG(copy_of(p, receiver, variable)),
                TEXT_ARG(variable));
}

static void compare_copy(struct promela *p, uint32_t receiver, struct text variable, void *with)
{
  buffer_format(with, " || %.*s != %.*s", TEXT_ARG(copy_of(p, receiver, variable)),
                TEXT_ARG(variable));
}

static void put_doors(struct promela *p, struct buffer *out)
{
  for (uint32_t i = 0; i < p->graph->resource_count; i++) {
    if (!is_late(p, i))
      continue;
    buffer_format(
        out,
        "\n/* %.*s reads its trust whenever it likes, and in %lld seconds at the latest. */\n"
        "bool door_%u_here; int door_%u_ends;\n",
        TEXT_ARG(p->graph->resources[i].name), (long long)promela_trust_seconds(p, i), i, i);
    each_judged(p, i, declare_copy, out);
    buffer_format(out, "inline door_%u_reads()\n{ door_%u_here = true; door_%u_ends = 0;\n", i, i,
                  i);
    each_judged(p, i, read_copy, out);
    buffer_format(
        out,
        "}\n"
        "inline door_%u_time_begins(load)\n"
        "{ if :: door_%u_here -> door_%u_ends = door_%u_ends | load\n"
        "     :: door_%u_reads() fi }\n"
        "inline door_%u_time_ends(load)\n"
        "{ if :: door_%u_ends & load -> door_%u_here = false; door_%u_ends = 0 :: else fi }\n",
        i, i, i, i, i, i, i, i, i);
  }
}

static void put_copies(struct promela *p, struct buffer *out, struct buffer *processes)
{
  for (uint32_t i = 0; i < p->graph->resource_count; i++) {
    if (!is_late(p, i))
      continue;
    buffer_format(out, "    door_%u_reads();\n", i);
    buffer_format(processes,
                  "\nactive proctype door_%u_acts()\n{ (is_ready);\n"
                  "end:\n  do\n  :: atomic { door_%u_here && (false",
                  i, i);
    each_judged(p, i, compare_copy, processes);
    buffer_format(processes, ") -> door_%u_reads() }\n  od\n}\n", i);
  }
}

/* Steps. */

/* Where only what happens is heard of, whoever hears nothing does not wait. */
static void say_behind(struct promela *p, uint32_t step, uint32_t before, struct buffer *guard)
{
  uint8_t hows = promela_hows(p, step, before);
  const char *joins = "";
  if ((hows & 1u << HOW_ALWAYS) != 0) {
    buffer_format(guard, " && done(%.*s)", TEXT_ARG(p->step_ids[before]));
    return;
  }
  buffer_format(guard, " && (done(%.*s) || !(", TEXT_ARG(p->step_ids[before]));
  for (int how = HOW_OTHER; how <= HOW_BOTH; how++) {
    if ((hows & 1u << how) == 0)
      continue;
    buffer_add_zero(guard, joins);
    joins = " || ";
    if (how != HOW_ITSELF)
      promela_say_happens(p, before, true, guard);
    if (how == HOW_BOTH)
      buffer_add_zero(guard, " && ");
    if (how != HOW_OTHER)
      promela_say_happens(p, step, false, guard);
  }
  buffer_add_zero(guard, "))");
}

static void say_needs(struct promela *p, uint32_t step, struct buffer *says, struct buffer *guard)
{
  for (uint32_t j = 0; j < step; j++) {
    if (!promela_is_said(p, step, j))
      continue;
    buffer_format(
        says, "%s%.*s%s", says->size_bytes == 0 ? "" : ", ", TEXT_ARG(p->graph->steps[j].id),
        !promela_was_told(p, step, j)                        ? ""
        : (promela_hows(p, step, j) & 1u << HOW_ALWAYS) != 0 ? " (was told)"
                                                             : " (was told, where it is sent)");
    say_behind(p, step, j, guard);
  }
}

static void put_inline(struct promela *p, uint32_t step, const char *when,
                       const struct buffer *lines, struct buffer *out)
{
  buffer_format(out, "inline %.*s_%s()\n{\n", TEXT_ARG(p->step_ids[step]), when);
  if (p->graph->steps[step].guard == INDEX_NONE &&
      p->graph->steps[step].on_failure != FAILURE_CONTINUE) {
    buffer_add_text(out, buffer_text(lines));
    buffer_add_zero(out, "  skip\n}\n");
    return;
  }
  buffer_add_zero(out, "  if ::");
  promela_say_happens(p, step, false, out);
  buffer_add_zero(out, " ->\n");
  buffer_add_text(out, buffer_text(lines));
  buffer_add_zero(out, "    skip\n  :: else\n  fi\n}\n");
}

static void put_rows(struct promela *p, uint32_t step, const struct promela_deed *deed,
                     const struct buffer *guard, struct buffer *out)
{
  const struct step *row = &p->graph->steps[step];
  struct text id = p->step_ids[step];
  bool lasts = deed->second.size_bytes != 0, acts_at_all = deed->first.size_bytes != 0;
  struct buffer words = {0};
  promela_say(&words, row->id);
  buffer_format(out, "  :: atomic { is[%.*s] == TODO%s", TEXT_ARG(id),
                guard->size_bytes == 0 ? "" : guard->bytes);
  if (!acts_at_all) {
    buffer_format(out, " ->\n       is[%.*s] = DONE; to_do--; note(\"%u %s: done\\n\") }\n",
                  TEXT_ARG(id), row->number, words.bytes);
    buffer_free(&words);
    return;
  }
  if (!deed->touches_world && deed->touched == 1) {
    struct text only = p->callers[deed->touched_only].id;
    buffer_format(out, " && watched(%.*s)", TEXT_ARG(only));
  }
  buffer_format(out, " ->\n       note(\"%u %s: begins\\n\"); %.*s_begins(); is[%.*s] = %s }\n",
                row->number, words.bytes, TEXT_ARG(id), TEXT_ARG(id), lasts ? "BEGUN" : "ENDED");
  if (!deed->touches_world && deed->touched == 1)
    buffer_format(
        out, "  :: atomic { is[%.*s] == TODO%s && !watched(%.*s) -> is[%.*s] = DONE; to_do-- }\n",
        TEXT_ARG(id), guard->size_bytes == 0 ? "" : guard->bytes,
        TEXT_ARG(p->callers[deed->touched_only].id), TEXT_ARG(id));
  if (lasts)
    buffer_format(out,
                  "  :: atomic { is[%.*s] == BEGUN -> %.*s_ends(); is[%.*s] = ENDED;\n"
                  "       note(\"%u %s: ends\\n\") }\n",
                  TEXT_ARG(id), TEXT_ARG(id), TEXT_ARG(id), row->number, words.bytes);
  buffer_format(
      out,
      "  :: atomic { is[%.*s] == ENDED -> is[%.*s] = DONE; to_do--; note(\"%u %s: done\\n\") }\n",
      TEXT_ARG(id), TEXT_ARG(id), row->number, words.bytes);
  buffer_format(out,
                "#ifndef NO_CRASH\n"
                "  :: atomic { is[%.*s] == BEGUN || is[%.*s] == ENDED ->\n"
                "       note(\"%u %s: a crash, and it begins again\\n\"); %.*s_begins();\n"
                "       is[%.*s] = %s }\n"
                "#endif\n",
                TEXT_ARG(id), TEXT_ARG(id), row->number, words.bytes, TEXT_ARG(id), TEXT_ARG(id),
                lasts ? "BEGUN" : "ENDED");
  buffer_free(&words);
}

/* A step in the plan's words, as a comment. */
static void say_step(struct promela *p, const struct step *row, const char *begins,
                     struct buffer *out)
{
  buffer_format(out, "%s%u %.*s: ", begins, row->number, TEXT_ARG(row->id));
  promela_say(out, row->sentence);
  if (row->guard != INDEX_NONE) {
    struct buffer words = {0};
    view_guard(p->graph, row->guard, &words);
    buffer_add_zero(out, "\n     only when ");
    promela_say(out, buffer_text(&words));
    buffer_free(&words);
  }
  buffer_add_zero(out, " */\n");
}

static void put_step(struct promela *p, uint32_t step, struct buffer *people,
                     struct buffer *choices)
{
  const struct step *row = &p->graph->steps[step];
  struct promela_deed deed;
  struct buffer says = {0}, guard = {0};
  promela_deed(p, step, &deed);
  promela_put_failure(p, step, deed.first.size_bytes != 0, choices);
  if (deed.first.size_bytes != 0)
    say_step(p, row, "\n/* ", &p->deeds[step]);
  if (deed.first.size_bytes != 0)
    put_inline(p, step, "begins", &deed.first, &p->deeds[step]);
  if (deed.second.size_bytes != 0)
    put_inline(p, step, "ends", &deed.second, &p->deeds[step]);
  say_needs(p, step, &says, &guard);
  say_step(p, row, "  /* ", people);
  people->size_bytes -= strlen(" */\n");
  buffer_format(people, "%s%s */\n", says.size_bytes == 0 ? "" : "\n     behind ",
                says.size_bytes == 0 ? "" : says.bytes);
  put_rows(p, step, &deed, &guard, people);
  buffer_free(&says);
  buffer_free(&guard);
  buffer_free(&deed.first);
  buffer_free(&deed.second);
}

static uint32_t doer(const struct graph *graph, const struct step *step)
{
  return step->role != INDEX_NONE ? step->role
         : step->roles.count != 0 ? graph->indices[step->roles.first]
                                  : INDEX_NONE;
}

/* One process a role: it may go on with each step of its own whose turn has come, as it knows. */
static uint32_t put_people(struct promela *p, struct buffer *processes, struct buffer *choices)
{
  uint32_t count = 0;
  for (uint32_t role = 0; role < p->graph->resource_count; role++) {
    struct buffer people = {0};
    for (uint32_t i = 0; i < p->graph->step_count; i++)
      if (p->graph->steps[i].kind != STEP_JOIN && doer(p->graph, &p->graph->steps[i]) == role)
        put_step(p, i, &people, choices);
    if (people.size_bytes != 0) {
      struct text name = p->graph->resources[role].name;
      struct text id = promela_id(p, text_format(p->arena, "%.*s_acts", TEXT_ARG(name)));
      buffer_format(processes, "\n/* %.*s */\nactive proctype %.*s()\n{ (is_ready);\nend:\n  do\n",
                    TEXT_ARG(name), TEXT_ARG(id));
      buffer_add_text(processes, buffer_text(&people));
      buffer_add_zero(processes, "  od\n}\n");
      count++;
    }
    buffer_free(&people);
  }
  return count;
}

/* What the caller holds is not accepted by whoever judges. */
static void say_refused(struct promela *p, const struct promela_caller *c, struct buffer *out)
{
  bool late = is_late(p, c->receiver);
  buffer_add_zero(out, "at[me].holds == NONE");
  for (int version = VERSION_OLD; version <= VERSION_NEW; version++) {
    enum promela_version v = (enum promela_version)version;
    struct text variables[] = {promela_accepts(p, c->receiver, c->certificate, v),
                               promela_root(p, c->receiver, c->certificate, v)};
    for (int n = 0; n < 2; n++) {
      if (variables[n].length == 0)
        continue;
      struct text judged = late ? copy_of(p, c->receiver, variables[n]) : variables[n];
      buffer_format(out, "\n       || (at[me].holds == %s && !%.*s",
                    v == VERSION_NEW ? "NEW" : "OLD", TEXT_ARG(judged));
      if (late)
        buffer_format(out, " && door_%u_here", c->receiver);
      buffer_add_zero(out, ")");
    }
  }
}

static bool puts_new(const struct promela *p, uint32_t index, uint32_t certificate)
{
  const struct step *step = &p->graph->steps[index];
  const struct writes_row *writes = effect_writes(step->effect);
  if (step->kind == STEP_JOIN || writes == NULL || writes->thing != MODEL_ALIAS ||
      writes->value == WRITTEN_NONE)
    return false;
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &p->graph->arguments[step->arguments.first + i];
    if (argument->kind == ARGUMENT_RESOURCE && argument->resource == certificate &&
        promela_version_of(argument) == VERSION_NEW)
      return true;
  }
  return false;
}

/* Where each exchange has a condition, the new pair is the goal only in the cases in which one is done. */
static void say_exchanged(struct promela *p, uint32_t certificate, struct buffer *out)
{
  struct buffer any = {0};
  bool is_always = false;
  for (uint32_t i = 0; i < p->graph->step_count && !is_always; i++) {
    if (!puts_new(p, i, certificate))
      continue;
    is_always = p->graph->steps[i].guard == INDEX_NONE;
    buffer_add_zero(&any, any.size_bytes == 0 ? " && (" : " || ");
    if (!is_always)
      promela_say_guard(p, p->graph->steps[i].guard, &any);
  }
  if (!is_always && any.size_bytes != 0)
    buffer_format(out, "%s)", any.bytes);
  buffer_free(&any);
}

static void put_caller(struct promela *p, const struct promela_caller *c, struct buffer *out)
{
  const struct graph *graph = p->graph;
  struct buffer says = {0};
  buffer_format(&says, "%.*s%s%.*s", TEXT_ARG(graph->resources[c->presenter].name),
                c->node.length == 0 ? "" : " on ", TEXT_ARG(c->node));
  buffer_format(out,
                "\n/* %s calls %.*s with %.*s */\n#define me %.*s\nactive proctype %.*s_acts()\n"
                "{ (is_ready);\nend:\n  do\n"
                "  /* it reads again, whenever it likes */\n"
                "  :: atomic { watched(me) && at[me].here && at[me].holds != %.*s ->\n"
                "       at[me].holds = %.*s;",
                says.bytes, TEXT_ARG(graph->resources[c->receiver].name),
                TEXT_ARG(graph->resources[c->certificate].name), TEXT_ARG(c->id), TEXT_ARG(c->id),
                TEXT_ARG(c->source), TEXT_ARG(c->source));
  if (c->waits != 0)
    buffer_format(out, " at[me].ends = at[me].ends & %u;", 0x7fffffffu & ~c->waits);
  buffer_format(out,
                " note(\"   %s reads again\\n\") }\n"
                "  /* it opens a connection; the receiver must not refuse it */\n"
                "  :: atomic { watched(me) && at[me].runs && at[me].here && (",
                says.bytes);
  say_refused(p, c, out);
  buffer_format(out,
                ") ->\n       note(\"   %s is refused with %%d (0 nothing, 1 old, 2 new)\\n\", "
                "at[me].holds);\n       assert(false) }\n",
                says.bytes);
  if (c->is_node && c->is_renewed && !c->is_any) {
    buffer_format(out,
                  "  /* when all is done it runs, and has the new one for sure */\n"
                  "  :: atomic { to_do == 0%s && watched(me) && (!at[me].runs ||\n"
                  "         (at[me].here && at[me].holds != NEW",
                  p->may_fail ? " && !has_failed" : "");
    say_exchanged(p, c->certificate, out);
    buffer_format(out,
                  ")) ->\n"
                  "       note(\"   all is done, and %s is stopped or may have the old one\\n\");\n"
                  "       assert(false) }\n",
                  says.bytes);
  }
  buffer_add_zero(out, "  od\n}\n#undef me\n");
  buffer_free(&says);
}

static void put_init(struct promela *p, const struct buffer *choices, struct buffer *out)
{
  buffer_add_zero(out, "\ninit {\n  atomic {\n#ifndef ALL\n    if\n");
  for (uint32_t i = 0; i < p->caller_count; i++)
    buffer_format(out, "    :: who = %.*s\n", TEXT_ARG(p->callers[i].id));
  if (p->caller_count == 0)
    buffer_add_zero(out, "    :: true\n");
  buffer_add_zero(out, "    fi;\n#endif\n");
  buffer_add_text(out, buffer_text(choices));
  for (uint32_t i = 0; i < p->caller_count; i++)
    buffer_format(out, "    if :: watched(%.*s) -> fresh(%.*s, OLD) :: else fi;\n",
                  TEXT_ARG(p->callers[i].id), TEXT_ARG(p->callers[i].id));
  buffer_add_zero(out, "    is_ready = true\n  }\n}\n");
}

static bool is_too_large(struct promela *p, uint32_t processes)
{
  if (p->why.length == 0 && processes > PROMELA_PROCESSES_MAX)
    p->why = text_format(p->arena, "the model has %u people, callers and receivers; SPIN takes %d",
                         processes, PROMELA_PROCESSES_MAX);
  return p->why.length != 0;
}

static void put_steps_head(struct promela *p, struct buffer *out)
{
  buffer_add_zero(out, "\n/* The steps, by their numbers in the plan. */\n");
  for (uint32_t i = 0, n = 0; i < p->graph->step_count; i++)
    if (p->graph->steps[i].kind != STEP_JOIN)
      buffer_format(out, "#define %.*s %u\n", TEXT_ARG(p->step_ids[i]), n++);
  buffer_format(out, "byte is[%u];\nshort to_do = %u;\nbool is_ready;\n", p->graph->action_count,
                p->graph->action_count);
}

bool promela_write(struct arena *arena, const struct graph *graph, struct buffer *ret_bytes,
                   struct text *ret_why)
{
  if (graph->action_count > PROMELA_STEPS_MAX) {
    *ret_why = text_format(arena, "the plan has %u steps; a model takes %d", graph->action_count,
                           PROMELA_STEPS_MAX);
    return false;
  }
  struct promela p = {.arena = arena, .graph = graph};
  struct buffer choices = {0}, processes = {0};
  text_map_start(&p.names, arena);
  p.door_waits = arena_array(arena, (size_t)graph->resource_count + 1, sizeof *p.door_waits);
  promela_find_callers(&p);
  name_steps(&p);
  p.deeds = arena_array(arena, (size_t)graph->step_count + 1, sizeof *p.deeds);
  promela_find_needs(&p);
  put_head(&p, ret_bytes);
  buffer_add_zero(ret_bytes, prelude);
  promela_put_facts(&p, ret_bytes, &choices);
  put_world(&p, ret_bytes, &choices);
  put_steps_head(&p, ret_bytes);
  put_doors(&p, ret_bytes);
  uint32_t count = put_people(&p, &processes, &choices);
  for (uint32_t i = 0; i < p.caller_count; i++)
    put_caller(&p, &p.callers[i], &processes);
  put_copies(&p, &choices, &processes);
  put_init(&p, &choices, &processes);
  buffer_add_zero(ret_bytes, "\n/* What the steps do. */\n");
  for (uint32_t i = 0; i < graph->step_count; i++) {
    buffer_add_text(ret_bytes, buffer_text(&p.deeds[i]));
    buffer_free(&p.deeds[i]);
  }
  buffer_add_text(ret_bytes, buffer_text(&processes));
  bool fits = !is_too_large(&p, count + p.caller_count);
  *ret_why = p.why;
  buffer_free(&choices);
  buffer_free(&processes);
  return fits;
}
