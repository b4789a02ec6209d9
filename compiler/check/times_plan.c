/* SPDX-License-Identifier: Apache-2.0 */
/*
 * times_plan: a plan's dates against its window, the freezes and the provider's calendar, seen from
 * now. Without a now, and where a date has no value yet, nothing is said.
 */
#include "compiler/check/checker.h"

enum { MS = 1000, DAY_S = 86400, SPARE_DAYS = 7, FREEZES_MAX = 256 };

/* An instant that a plan names: as a start it counts from its latest, as a deadline from its
 * earliest. */
struct moment {
  bool is_known;
  int64_t earliest_ms, latest_ms;
  struct span span;
};

struct plan_times {
  struct checker *c;
  const struct decl *plan;
  uint32_t window; /* DECL_NONE without */
  struct schedule schedule;
  bool has_schedule;
  struct schedule *freezes; /* FREEZES_MAX at most */
  uint32_t *freeze_decls;
  uint32_t freeze_count;
  struct moment start, deadline, aim, rotate;
  int64_t now_ms;
};

static const struct decl *window_of(const struct plan_times *t)
{
  return t->window == DECL_NONE ? NULL : &t->c->program->decls[t->window];
}

static struct text says(const struct plan_times *t, int64_t utc_ms)
{
  return times_says(t->c, window_of(t), utc_ms);
}

static struct moment moment_of_days(struct plan_times *t, uint32_t calendar_decl,
                                    enum member member, struct span span)
{
  struct calendar calendar;
  struct calendar_day issue, rotate;
  struct zone zone;
  bool has_rotate;
  struct moment moment = {.span = span};
  if (!times_calendar(t->c, calendar_decl, &zone, &calendar) ||
      !calendar_cycle(&calendar, t->now_ms, &issue, &has_rotate, &rotate) ||
      (member == MEMBER_ROTATE && !has_rotate))
    return moment;
  const struct calendar_day *day = member == MEMBER_ROTATE ? &rotate : &issue;
  moment = (struct moment){true, day->earliest_ms, day->latest_ms, span};
  if (has_rotate && !t->rotate.is_known)
    t->rotate = (struct moment){true, rotate.earliest_ms, rotate.latest_ms,
                                t->c->program->decls[calendar_decl].name_span};
  return moment;
}

static struct moment moment_of_text(struct plan_times *t, struct text text, struct span span)
{
  struct zone zone = {.kind = ZONE_UTC};
  bool is_utc, is_day;
  int64_t naive_s;
  struct moment moment = {.span = span};
  const struct decl *window = window_of(t);
  if (!naive_read(text, &naive_s, &is_utc, &is_day))
    return moment;
  if (!is_utc && window != NULL && decl_value(window, KEY_ZONE, 0) != NULL &&
      !zone_find(decl_value(window, KEY_ZONE, 0)->text, &zone))
    return moment;
  enum local_kind kind;
  int64_t utc_ms = zone_to_utc(&zone, naive_s, &kind) * MS;
  if (!is_utc && !is_day && kind != LOCAL_PLAIN) {
    struct diag *diag =
        diag_add(t->c->diags, kind == LOCAL_GAP ? DIAG_W0806 : DIAG_W0807, span,
                 kind == LOCAL_GAP ? "the clocks skip this time" : "this time comes twice");
    diag_set_label(t->c->diags, diag,
                   kind == LOCAL_GAP ? "read as %.*s" : "the first one counts: %.*s",
                   TEXT_ARG(says(t, utc_ms)));
  }
  return (struct moment){true, utc_ms, utc_ms, span};
}

static struct moment moment_of_value(struct plan_times *t, enum key key, uint32_t slot)
{
  const struct value *written = decl_value(t->plan, key, slot);
  const struct value *value = times_value(t->c, t->plan, key, slot);
  if (value == NULL || flaw_within(t->c, written->span))
    return (struct moment){0};
  if (value->kind == VALUE_MEMBER && t->c->program->decls[value->decl].kind == KIND_CALENDAR)
    return moment_of_days(t, value->decl, value->member, written->span);
  if (value->kind == VALUE_DATE || value->kind == VALUE_DATETIME)
    return moment_of_text(t, value->text, written->span);
  return (struct moment){0};
}

static void read_aim(struct plan_times *t)
{
  const struct value *length = times_value(t->c, t->plan, KEY_AIM, 0);
  struct moment after = moment_of_value(t, KEY_AIM, 1);
  if (length == NULL || !after.is_known)
    return;
  int64_t at_ms = after.latest_ms + length->number * MS;
  t->aim = (struct moment){true, at_ms, at_ms, decl_value(t->plan, KEY_AIM, 0)->span};
}

/* `calendar … rotates CERT`, where the plan renews it. */
static void read_rotation(struct plan_times *t)
{
  const struct program *program = t->c->program;
  for (uint32_t i = 0; i < program->decl_count; i++) {
    const struct value *rotates = program->decls[i].kind == KIND_CALENDAR
                                      ? decl_value(&program->decls[i], KEY_ROTATES, 0)
                                      : NULL;
    const struct value *renewed;
    for (uint32_t slot = 0; rotates != NULL && rotates->kind == VALUE_REF &&
                            (renewed = decl_value(t->plan, KEY_RENEWS, slot)) != NULL;
         slot++)
      if (renewed->kind == VALUE_REF && renewed->decl == rotates->decl)
        moment_of_days(t, i, MEMBER_ISSUE, rotates->span);
  }
}

static void report_rotation(struct plan_times *t, struct span span, const char *what)
{
  struct checker *c = t->c;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0816, span, "the provider rotates before %s of plan `%.*s`", what,
               TEXT_ARG(t->plan->name));
  diag_set_label(c->diags, diag, "the rotation may be as early as %.*s",
                 TEXT_ARG(says(t, t->rotate.earliest_ms)));
  diag_add_label(c->diags, diag, t->rotate.span, "the calendar");
}

/* A wait behind the rotation, and a switch behind the wait. */
static void check_waits(struct plan_times *t)
{
  bool waits = false;
  struct span span = {0};
  for (const struct stmt *stmt = t->plan->body->stmts; stmt != NULL; stmt = stmt->next) {
    const struct stmt *step = stmt;
    while (step->kind != STMT_STEP && step->children != NULL)
      step = step->children;
    if (step->kind != STMT_STEP || step->poisoned)
      continue;
    if (step->verb == VERB_SWITCHES && waits) {
      report_rotation(t, span, "the switch");
      return;
    }
    for (const struct part_value *part = step->parts;
         step->verb == VERB_WAITS && part != NULL && !waits; part = part->next) {
      const struct operand *at = part->operands;
      struct moment moment = {0};
      if (part->part != PART_UNTIL || at == NULL)
        continue;
      if (at->kind == OPERAND_MOMENT)
        moment = moment_of_text(t, at->text, at->span);
      else if (at->kind == OPERAND_DECL && at->member_count == 1 &&
               t->c->program->decls[at->decl].kind == KIND_CALENDAR)
        moment = moment_of_days(t, at->decl, at->members[0], at->span);
      waits = moment.is_known && moment.latest_ms > t->rotate.earliest_ms;
      span = at->span;
    }
  }
}

static void check_target(struct plan_times *t)
{
  struct moment end = t->deadline.is_known ? t->deadline : t->rotate;
  if (t->rotate.is_known && t->deadline.is_known &&
      t->deadline.earliest_ms > t->rotate.earliest_ms) {
    report_rotation(t, t->deadline.span, "the deadline");
    return;
  }
  if (t->rotate.is_known && t->aim.is_known && t->aim.latest_ms > t->rotate.earliest_ms) {
    report_rotation(t, t->aim.span, "the target");
    return;
  }
  if (!t->aim.is_known || !end.is_known)
    return;
  int64_t days = (end.earliest_ms - t->aim.latest_ms) / MS / DAY_S;
  if (days >= SPARE_DAYS)
    return;
  struct diag *diag =
      diag_add(t->c->diags, DIAG_W0811, t->aim.span, "hardly any time is left behind the target");
  diag_set_label(t->c->diags, diag, "%lld day%s from here until %s",
                 (long long)(days < 0 ? 0 : days), days == 1 ? "" : "s",
                 t->deadline.is_known ? "the deadline" : "the rotation");
  diag_add_label(t->c->diags, diag, end.span, "%.*s", TEXT_ARG(says(t, end.earliest_ms)));
}

/* E0804, E0805: what the freezes leave between start and deadline. */
static void check_openings(struct plan_times *t, int64_t from_ms)
{
  struct checker *c = t->c;
  int64_t end_ms = t->deadline.is_known ? t->deadline.earliest_ms : INT64_MAX;
  struct opening opening;
  int freeze;
  const struct schedule *window = t->has_schedule ? &t->schedule : NULL;
  if (window == NULL && (!t->deadline.is_known || !t->start.is_known))
    return;
  if (schedule_next_free(window, t->freezes, t->freeze_count, from_ms, 0, &opening, &freeze) &&
      opening.start_ms < end_ms)
    return;
  bool opens = window == NULL ||
               (schedule_next(window, from_ms, &opening, NULL) && opening.start_ms < end_ms);
  const struct decl *by = window_of(t);
  if (opens && freeze >= 0) {
    const struct decl *frozen = &c->program->decls[t->freeze_decls[freeze]];
    struct diag *diag = diag_add(c->diags, DIAG_E0805, t->plan->name_span,
                                 "plan `%.*s` lies in a freeze", TEXT_ARG(t->plan->name));
    diag_set_label(c->diags, diag,
                   by == NULL ? "freeze `%.*s` covers all the time that it has"
                              : "freeze `%.*s` covers every opening of its window that is left",
                   TEXT_ARG(frozen->name));
    diag_add_label(c->diags, diag, frozen->name_span, "the freeze");
    return;
  }
  if (opens || !t->deadline.is_known)
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0804, decl_value(t->plan, KEY_DURING, 0)->span,
               "window `%.*s` never opens between start and deadline", TEXT_ARG(by->name));
  if (schedule_next(window, from_ms, &opening, NULL))
    diag_set_label(c->diags, diag, "it opens %.*s", TEXT_ARG(says(t, opening.start_ms)));
  else
    diag_set_label(c->diags, diag, "it does not open again");
  diag_add_label(c->diags, diag, t->deadline.span, "the deadline is %.*s",
                 TEXT_ARG(says(t, t->deadline.earliest_ms)));
}

static bool window_is_past(const struct plan_times *t)
{
  struct opening opening;
  return t->has_schedule && !schedule_next(&t->schedule, t->now_ms, &opening, NULL);
}

static void check_plan(struct plan_times *t)
{
  struct checker *c = t->c;
  t->start = moment_of_value(t, KEY_STARTS_ON, 0);
  t->deadline = moment_of_value(t, KEY_DEADLINE, 0);
  read_aim(t);
  read_rotation(t);
  if (t->start.is_known && t->deadline.is_known && t->deadline.earliest_ms <= t->start.latest_ms) {
    struct diag *diag =
        diag_add(c->diags, DIAG_E0808, t->deadline.span, "the deadline lies before the start");
    diag_set_label(c->diags, diag, "%.*s", TEXT_ARG(says(t, t->deadline.earliest_ms)));
    diag_add_label(c->diags, diag, t->start.span, "the start: %.*s",
                   TEXT_ARG(says(t, t->start.latest_ms)));
    return;
  }
  if (t->deadline.is_known && t->deadline.latest_ms <= t->now_ms) {
    struct diag *diag =
        diag_add(c->diags, DIAG_W0814, t->deadline.span,
                 "the deadline of plan `%.*s` lies in the past", TEXT_ARG(t->plan->name));
    diag_set_label(c->diags, diag, "%.*s", TEXT_ARG(says(t, t->deadline.latest_ms)));
    return;
  }
  check_target(t);
  if (t->rotate.is_known)
    check_waits(t);
  bool starts_later = t->start.is_known && t->start.latest_ms > t->now_ms;
  if (!window_is_past(t)) /* told at the window */
    check_openings(t, starts_later ? t->start.latest_ms : t->now_ms);
}

static void open_plan(struct checker *c, const struct decl *plan, struct plan_times *t)
{
  const struct value *during = decl_value(plan, KEY_DURING, 0);
  *t = (struct plan_times){
      .c = c, .plan = plan, .window = DECL_NONE, .now_ms = c->now_s * (int64_t)MS};
  if (during != NULL && during->kind == VALUE_REF &&
      c->program->decls[during->decl].kind == KIND_WINDOW) {
    t->window = during->decl;
    t->has_schedule = times_schedule(c, during->decl, &t->schedule);
  }
  uint32_t freeze_count = 0;
  for (uint32_t i = 0; i < c->program->decl_count && freeze_count < FREEZES_MAX; i++)
    freeze_count += c->program->decls[i].kind == KIND_FREEZE;
  t->freezes = arena_array(c->arena, freeze_count, sizeof *t->freezes);
  t->freeze_decls = arena_array(c->arena, freeze_count, sizeof *t->freeze_decls);
  for (uint32_t i = 0; i < c->program->decl_count && t->freeze_count < freeze_count; i++)
    if (c->program->decls[i].kind == KIND_FREEZE && !c->program->decls[i].poisoned &&
        times_schedule(c, i, &t->freezes[t->freeze_count]))
      t->freeze_decls[t->freeze_count++] = i;
}

static void close_plan(struct plan_times *t)
{
  schedule_free(&t->schedule);
  for (uint32_t i = 0; i < t->freeze_count; i++)
    schedule_free(&t->freezes[i]);
}

/* The keystore that both plans change; DECL_NONE without. */
static uint32_t common_keystore(const struct checker *c, const struct decl *a, const struct decl *b)
{
  const struct value *of_a, *of_b;
  for (uint32_t i = 0; (of_a = decl_value(a, KEY_RENEWS, i)) != NULL; i++)
    for (uint32_t j = 0; (of_b = decl_value(b, KEY_RENEWS, j)) != NULL; j++) {
      if (of_a->kind != VALUE_REF || of_b->kind != VALUE_REF)
        continue;
      const struct value *in_a = decl_value(&c->program->decls[of_a->decl], KEY_IN, 0);
      const struct value *in_b = decl_value(&c->program->decls[of_b->decl], KEY_IN, 0);
      if (in_a != NULL && in_b != NULL && in_a->kind == VALUE_REF && in_b->kind == VALUE_REF &&
          in_a->decl == in_b->decl)
        return in_a->decl;
    }
  return DECL_NONE;
}

/* The one opening that a plan has left; false where it can take another one. */
static bool only_opening(const struct plan_times *t, struct opening *ret_opening)
{
  struct opening next;
  int64_t end_ms = t->deadline.is_known ? t->deadline.earliest_ms : INT64_MAX;
  return t->has_schedule && schedule_next(&t->schedule, t->now_ms, ret_opening, NULL) &&
         ret_opening->start_ms < end_ms &&
         !(schedule_next(&t->schedule, ret_opening->end_ms, &next, NULL) && next.start_ms < end_ms);
}

static void check_pair(struct plan_times *a, struct plan_times *b)
{
  struct checker *c = a->c;
  struct opening of_a, of_b;
  uint32_t keystore = common_keystore(c, a->plan, b->plan);
  if (keystore == DECL_NONE || !only_opening(a, &of_a) || !only_opening(b, &of_b) ||
      of_a.start_ms >= of_b.end_ms || of_b.start_ms >= of_a.end_ms)
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_W0812, b->plan->name_span,
               "plans `%.*s` and `%.*s` change the same keystore in the same window",
               TEXT_ARG(a->plan->name), TEXT_ARG(b->plan->name));
  diag_set_label(c->diags, diag, "both have one opening: %.*s", TEXT_ARG(says(b, of_b.start_ms)));
  diag_add_label(c->diags, diag, a->plan->name_span, "the other plan");
  diag_add_label(c->diags, diag, c->program->decls[keystore].name_span, "the keystore");
}

void times_check_plans(struct checker *c)
{
  enum { PAIRS_MAX = 64 };
  struct plan_times *seen[PAIRS_MAX];
  uint32_t count = 0;
  for (uint32_t i = 0; i < c->program->decl_count && c->now_s != 0; i++) {
    const struct decl *plan = &c->program->decls[i];
    if (plan->kind != KIND_PLAN || plan->poisoned || plan->body == NULL || c->infos[i].has_broken)
      continue;
    struct plan_times *t = ARENA_NEW(c->arena, struct plan_times);
    open_plan(c, plan, t);
    check_plan(t);
    for (uint32_t j = 0; j < count; j++)
      check_pair(seen[j], t);
    if (count < PAIRS_MAX)
      seen[count++] = t;
    else
      close_plan(t);
  }
  for (uint32_t i = 0; i < count; i++)
    close_plan(seen[i]);
}
