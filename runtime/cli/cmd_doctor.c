/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_doctor: asks all checks of doctor.h and prints them, a line each, or as one JSON document. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/cli/cli_json.h"
#include "runtime/cli/doctor.h"

enum { AREA_COLUMNS = 13 };

static const char *const result_words[CHECK__COUNT] = {"ok", "warn", "fail"};

void doctor_add(struct doctor *doctor, const char *area, enum check_result result, struct text fix,
                const char *says, ...)
{
  struct arena *arena = doctor->cli->arena;
  va_list values;
  va_start(values, says);
  struct text words = text_visible(arena, text_vformat(arena, says, values));
  va_end(values);
  /* Several steps meet the same fault. */
  for (uint32_t i = 0; i < doctor->count; i++)
    if (strcmp(doctor->checks[i].area, area) == 0 && text_equal(doctor->checks[i].says, words))
      return;
  doctor->checks =
      arena_grow(arena, doctor->checks, doctor->count, doctor->count + 1, sizeof *doctor->checks);
  doctor->checks[doctor->count++] = (struct check){area, result, words, text_visible(arena, fix)};
}

bool doctor_add_findings(struct doctor *doctor, const char *area, const struct diag_list *diags,
                         const struct source_set *sources)
{
  struct arena *arena = doctor->cli->arena;
  for (uint32_t i = 0; i < diags->count; i++) {
    const struct diag *diag = diags->items[i];
    struct text place = TEXT_NONE, code = text_of(diag_code_name(diag->code));
    if (diag->has_place && sources != NULL) {
      struct place at = source_place(sources, diag->primary);
      place = text_format(arena, "line %u: ", at.line);
    }
    struct text note = diag->label.length != 0 ? diag->label
                       : diag->notes != NULL   ? diag->notes->text
                                               : TEXT_NONE;
    struct text fix = diag->helps != NULL
                          ? diag->helps->text
                          : text_format(arena, "renew explain %.*s", TEXT_ARG(code));
    doctor_add(doctor, area, diag->severity == SEVERITY_ERROR ? CHECK_FAIL : CHECK_WARN, fix,
               "%.*s%.*s%s%.*s (%.*s)", TEXT_ARG(place), TEXT_ARG(diag->headline),
               note.length == 0 ? "" : ": ", TEXT_ARG(note), TEXT_ARG(code));
  }
  return diags->count != 0;
}

struct text doctor_quote(struct doctor *doctor, const char *word)
{
  struct buffer out = {0};
  if (strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@%:,") ==
      strlen(word))
    return text_of(word);
  buffer_add_zero(&out, "'");
  for (const char *at = word; *at != '\0'; at++)
    if (*at == '\'')
      buffer_add_zero(&out, "'\\''");
    else
      buffer_add(&out, at, 1);
  buffer_add_zero(&out, "'");
  struct text quoted = text_copy(doctor->cli->arena, buffer_text(&out));
  buffer_free(&out);
  return quoted;
}

void doctor_witness(struct doctor *doctor, const char *path)
{
  struct stat facts;
  if (path == NULL || stat(path, &facts) != 0 || facts.st_mtime <= doctor->past_s)
    return;
  doctor->past_s = facts.st_mtime;
  doctor->past_of = path;
}

bool doctor_is_guarded(struct doctor *doctor, const char *area, const char *path)
{
  struct arena *arena = doctor->cli->arena;
  bool is_guarded = true;
  char *at = text_zero(arena, text_of(path));
  for (bool is_self = true;; is_self = false) {
    struct stat facts;
    struct text quoted = doctor_quote(doctor, at);
    if (stat(at, &facts) == 0) {
      /* In a folder such as /tmp nobody replaces what belongs to others. */
      bool is_shared = !is_self && S_ISDIR(facts.st_mode) && (facts.st_mode & S_ISVTX) != 0;
      if ((facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !is_shared) {
        bool by_all = (facts.st_mode & S_IWOTH) != 0;
        doctor_add(doctor, area, by_all ? CHECK_FAIL : CHECK_WARN,
                   text_format(arena, "chmod go-w %.*s", TEXT_ARG(quoted)),
                   "%s may be written by %s (mode %04o)%s%s", at,
                   by_all ? "everybody" : "its group", (unsigned)(facts.st_mode & 07777),
                   is_self ? "" : ", and so changes ", is_self ? "" : path);
        is_guarded = is_guarded && !by_all;
      }
      if (facts.st_uid != 0 && facts.st_uid != geteuid()) {
        doctor_add(doctor, area, CHECK_FAIL,
                   text_format(arena, "chown %u %.*s", (unsigned)geteuid(), TEXT_ARG(quoted)),
                   "%s belongs to user %u, who may change it", at, (unsigned)facts.st_uid);
        is_guarded = false;
      }
    }
    char *slash = strrchr(at, '/');
    if (slash == NULL || strcmp(at, "/") == 0)
      return is_guarded;
    slash[slash == at ? 1 : 0] = '\0';
  }
}

static void print_json(const struct doctor *doctor, const uint32_t counts[CHECK__COUNT])
{
  json_t *object = json_object(), *checks = json_array();
  for (uint32_t i = 0; i < doctor->count; i++) {
    const struct check *check = &doctor->checks[i];
    json_t *item = json_object();
    json_object_set_new(item, "check", json_string(check->area));
    json_object_set_new(item, "result", json_string(result_words[check->result]));
    json_object_set_new(item, "says", cli_json_text(check->says));
    if (check->fix.length != 0)
      json_object_set_new(item, "fix", cli_json_text(check->fix));
    json_array_append_new(checks, item);
  }
  json_object_set_new(object, "checks", checks);
  json_object_set_new(object, "ok", json_integer(counts[CHECK_OK]));
  json_object_set_new(object, "warnings", json_integer(counts[CHECK_WARN]));
  json_object_set_new(object, "failures", json_integer(counts[CHECK_FAIL]));
  cli_json_print(object, "renew.doctor/1");
}

static void print_text(const struct doctor *doctor, const uint32_t counts[CHECK__COUNT])
{
  for (uint32_t i = 0; i < doctor->count; i++) {
    const struct check *check = &doctor->checks[i];
    if (doctor->cli->quiet && check->result == CHECK_OK)
      continue;
    printf("%-4s  %-*s  %.*s\n", result_words[check->result], AREA_COLUMNS, check->area,
           TEXT_ARG(check->says));
    if (check->fix.length != 0)
      printf("      %-*s  fix: %.*s\n", AREA_COLUMNS, "", TEXT_ARG(check->fix));
  }
  printf("%u checks: %u ok, %u warning%s, %u failure%s\n", doctor->count, counts[CHECK_OK],
         counts[CHECK_WARN], counts[CHECK_WARN] == 1 ? "" : "s", counts[CHECK_FAIL],
         counts[CHECK_FAIL] == 1 ? "" : "s");
}

int cmd_doctor(struct cli *cli)
{
  struct doctor doctor = {.cli = cli, .live = cli_take_flag(cli, "--live")};
  if (!cli_arguments(cli, 0, cli->argc))
    return EXIT_USAGE;
  doctor_machine(&doctor);
  doctor_configuration(&doctor);
  doctor_state(&doctor);
  for (int i = 0; i < cli->argc; i++)
    doctor_plan(&doctor, cli->argv[i]);
  doctor_clock(&doctor);
  uint32_t counts[CHECK__COUNT] = {0};
  for (uint32_t i = 0; i < doctor.count; i++)
    counts[doctor.checks[i].result]++;
  if (cli->report.format == REPORT_JSON)
    print_json(&doctor, counts);
  else
    print_text(&doctor, counts);
  if (counts[CHECK_FAIL] != 0)
    return EXIT_CANNOT_WORK;
  return counts[CHECK_WARN] != 0 && cli->rules.warnings == RULE_DENY ? EXIT_ANSWER_NO : EXIT_OK;
}
