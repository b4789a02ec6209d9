/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cert_plans: what a plan's dates and steps mean for the certificates and service keys that it renews.
 * The order of the steps is not judged here.
 */
#include "compiler/check/checker.h"
#include "compiler/pki/cert.h"

#include <string.h>
#include <time.h>

enum { DAY_S = 86400, WEEK_S = 7 * DAY_S };

static const struct decl *decl_at(const struct checker *c, uint32_t index)
{
  return &c->program->decls[index];
}

/* ---- W0707 ---- */

static void add_wait(const struct stmt *stmt, void *with)
{
  int64_t *waits_s = with;
  const struct part_value *duration =
      stmt->kind == STMT_STEP && stmt->verb == VERB_WAITS ? parts_find(stmt, PART_FOR) : NULL;
  if (duration != NULL && duration->operands != NULL &&
      duration->operands->kind == OPERAND_DURATION)
    *waits_s += duration->operands->number;
}

static void check_lead(struct checker *c, const struct decl *plan, const struct decl *renewed)
{
  int64_t lead_s, waits_s = 0, window_s = 0;
  uint32_t window = facts_ref(decl_value(plan, KEY_DURING, 0));
  if (!facts_number(c, renewed, KEY_RENEW, VALUE_DURATION, &lead_s))
    return;
  /* A weekly window that has just closed opens again in a week. */
  if (window != DECL_NONE && decl_setting(decl_at(c, window), KEY_EVERY) != NULL)
    window_s = WEEK_S;
  facts_each_step(plan, add_wait, &waits_s);
  if (lead_s >= window_s + waits_s)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_W0707, decl_value(renewed, KEY_RENEW, 0)->span,
                               "the renewal of `%.*s` begins too late for plan `%.*s`",
                               TEXT_ARG(renewed->name), TEXT_ARG(plan->name));
  diag_set_label(c->diags, diag, "%s before the end", facts_days(c->arena, lead_s).at);
  if (window_s != 0)
    diag_add_label(c->diags, diag, decl_value(plan, KEY_DURING, 0)->span,
                   "the window may be a week away");
  if (waits_s != 0)
    diag_add_note(c->diags, diag, "the plan's own waits take %s", facts_days(c->arena, waits_s).at);
  diag_add_help(c->diags, diag, "write `renew %s before expiry` or more",
                facts_days(c->arena, window_s + waits_s + WEEK_S).at);
}

/* ---- W0710 ---- */

static bool day_of(const struct value *moment, int64_t *ret_day_s)
{
  struct tm fields = {0};
  if (moment == NULL || (moment->kind != VALUE_DATE && moment->kind != VALUE_DATETIME) ||
      moment->text.length < strlen("2027-03-01"))
    return false;
  char day[sizeof "2027-03-01"];
  memcpy(day, moment->text.at, sizeof day - 1);
  day[sizeof day - 1] = '\0';
  if (strptime(day, "%Y-%m-%d", &fields) == NULL)
    return false;
  *ret_day_s = (int64_t)timegm(&fields);
  return true;
}

/* The certificate in a file that the plan stands on: the sender's, or the authority's. */
static void check_deadline(struct checker *c, const struct decl *plan, uint32_t renewed)
{
  const struct value *deadline = facts_value(c, plan, KEY_DEADLINE, 0);
  int64_t deadline_s;
  uint32_t holder = renewed;
  enum key key = KEY_CERTIFICATE_FROM;
  if (decl_at(c, renewed)->kind == KIND_CERTIFICATE) {
    holder = facts_ref(decl_value(decl_at(c, renewed), KEY_SIGNED_BY, 0));
    key = KEY_CERTIFICATE_FILE;
  }
  const struct cert *cert = holder == DECL_NONE ? NULL : c->leaves[holder];
  if (cert == NULL || !day_of(deadline, &deadline_s) || cert->not_after_s >= deadline_s)
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_W0710, decl_value(decl_at(c, holder), key, 0)->span,
               "this certificate ends before plan `%.*s` has to be done", TEXT_ARG(plan->name));
  diag_set_label(c->diags, diag, "valid until %.*s",
                 TEXT_ARG(cert_time_text(c->arena, cert->not_after_s)));
  diag_add_label(c->diags, diag, decl_value(plan, KEY_DEADLINE, 0)->span, "the deadline");
  diag_add_help(c->diags, diag, "ask for a newer certificate, or take an earlier deadline");
}

/* ---- W0716: an authority cannot sign beyond its own end ---- */

static void check_authority(struct checker *c, const struct decl *decl)
{
  uint32_t ca = facts_ref(decl_value(decl, KEY_SIGNED_BY, 0));
  int64_t valid_s;
  if (ca == DECL_NONE || c->leaves[ca] == NULL || c->now_s == 0 ||
      !facts_number(c, decl, KEY_VALID_FOR, VALUE_DURATION, &valid_s))
    return;
  int64_t left_s = c->leaves[ca]->not_after_s - c->now_s;
  if (left_s > 0 && valid_s > left_s)
    certs_report_validity(c, decl_value(decl, KEY_VALID_FOR, 0), valid_s, left_s / DAY_S * DAY_S,
                          text_format(c->arena, "the authority `%.*s` itself is valid",
                                      TEXT_ARG(decl_at(c, ca)->name))
                              .at);
}

/* ---- E0712: flows that compare names (SAP-7f84-18) ---- */

struct deployment {
  const struct checker *c;
  uint32_t flow;
  bool found;
};

static void look_for_deploys(const struct stmt *stmt, void *with)
{
  struct deployment *deployment = with;
  if (stmt->kind == STMT_FOLLOW) {
    /* The flow may be a parameter there. Procedures do not follow themselves (E0312), but a circle
     * is looked into before it is refused: one level is enough to know that it may deploy. */
    const struct decl *procedure = decl_at(deployment->c, stmt->procedure);
    for (const struct stmt *inner = procedure->body == NULL ? NULL : procedure->body->stmts;
         inner != NULL; inner = inner->next)
      deployment->found |= inner->kind != STMT_STEP || inner->verb == VERB_DEPLOYS;
    return;
  }
  const struct part_value *object = parts_find(stmt, PART_OBJECT);
  if (stmt->verb == VERB_DEPLOYS && object != NULL && object->operands != NULL)
    deployment->found |=
        object->operands->kind != OPERAND_DECL || object->operands->decl == deployment->flow;
}

static bool known_subject(const struct checker *c, uint32_t thing, struct text *ret_subject)
{
  if (c->leaves[thing] != NULL && decl_at(c, thing)->kind == KIND_SERVICEKEY) {
    *ret_subject = c->leaves[thing]->subject;
    return true;
  }
  return facts_text(facts_value(c, decl_at(c, thing), KEY_SUBJECT, 0), ret_subject);
}

static void check_name(struct checker *c, uint32_t flow, uint32_t thing, struct span caller)
{
  const struct value *name = facts_value(c, decl_at(c, flow), KEY_AUTHORIZE, 1);
  struct text wanted, subject;
  if (!facts_text(name, &wanted) || !known_subject(c, thing, &subject) ||
      facts_same_name(wanted, subject))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0712, name->span, "`%.*s` will not let `%.*s` in",
                               TEXT_ARG(decl_at(c, flow)->name), TEXT_ARG(decl_at(c, thing)->name));
  diag_set_label(c->diags, diag, "its certificate has the subject `%.*s`",
                 TEXT_ARG(text_visible(c->arena, subject)));
  diag_add_label(c->diags, diag, caller, "it is called with it here");
  diag_add_help(c->diags, diag,
                "write the new subject, and a step that deploys the flow; or "
                "`authorize user-role` and a service key");
}

static bool calls_with(const struct setting *setting, uint32_t thing, uint32_t *ret_flow)
{
  if (setting->key != KEY_CALLS || facts_ref(&setting->values[1]) != thing)
    return false;
  *ret_flow = facts_ref(&setting->values[0]);
  return *ret_flow != DECL_NONE;
}

static void check_caller(struct checker *c, const struct decl *plan, const struct value *renewed,
                         uint32_t flow)
{
  struct deployment deployment = {c, flow, false};
  if (!facts_is_word(c, decl_at(c, flow), KEY_AUTHORIZE, "client-certificate"))
    return;
  facts_each_step(plan, look_for_deploys, &deployment);
  if (deployment.found || plan->body == NULL || plan->body->stmts == NULL)
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0712, renewed->span, "plan `%.*s` does not deploy `%.*s` again",
               TEXT_ARG(plan->name), TEXT_ARG(decl_at(c, flow)->name));
  diag_set_label(c->diags, diag,
                 "a flow that compares names keeps the old one until it is deployed");
  diag_add_label(c->diags, diag, decl_value(decl_at(c, flow), KEY_AUTHORIZE, 0)->span,
                 "it compares names");
  diag_add_help(c->diags, diag, "add a step `LABEL: ROLE deploys %.*s` behind the new certificate",
                TEXT_ARG(decl_at(c, flow)->name));
}

/* The `calls` lines of systems, by what they call with: a program may have many of both. */
struct calls {
  uint32_t *first; /* by declaration: 1 + the first of its lines; 0: none */
  struct call {
    const struct setting *setting;
    uint32_t next;
  } * items;
  uint32_t count;
};

static void find_calls(struct checker *c, struct calls *calls)
{
  struct program *program = c->program;
  uint32_t most = 0;
  for (uint32_t i = 0; i < program->decl_count; i++)
    most += decl_at(c, i)->kind == KIND_SYSTEM ? decl_at(c, i)->setting_count : 0;
  *calls = (struct calls){.first = arena_array(c->arena, program->decl_count, sizeof(uint32_t)),
                          .items = arena_array(c->arena, most + 1, sizeof(struct call))};
  /* From the last: each list is then in the order of the text. */
  for (uint32_t i = program->decl_count; i-- > 0;)
    for (uint32_t j = decl_at(c, i)->kind == KIND_SYSTEM ? decl_at(c, i)->setting_count : 0;
         j-- > 0;) {
      const struct setting *setting = &decl_at(c, i)->settings[j];
      uint32_t with = setting->key == KEY_CALLS ? facts_ref(&setting->values[1]) : DECL_NONE;
      if (with == DECL_NONE)
        continue;
      calls->items[++calls->count] = (struct call){setting, calls->first[with]};
      calls->first[with] = calls->count;
    }
}

static void check_renewed(struct checker *c, const struct calls *calls, const struct decl *plan,
                          const struct value *renewed)
{
  uint32_t thing = facts_ref(renewed), flow;
  if (thing == DECL_NONE || facts_is_broken(c, thing))
    return;
  check_lead(c, plan, decl_at(c, thing));
  check_deadline(c, plan, thing);
  for (uint32_t i = calls->first[thing]; i != 0; i = calls->items[i].next)
    if (calls_with(calls->items[i].setting, thing, &flow) && !facts_is_broken(c, flow))
      check_caller(c, plan, renewed, flow);
}

static void check_names(struct checker *c, const struct decl *system)
{
  for (uint32_t j = 0; j < system->setting_count; j++) {
    const struct setting *setting = &system->settings[j];
    uint32_t thing = setting->key == KEY_CALLS ? facts_ref(&setting->values[1]) : DECL_NONE, flow;
    if (thing != DECL_NONE && calls_with(setting, thing, &flow) && !facts_is_broken(c, flow) &&
        !facts_is_broken(c, thing) &&
        facts_is_word(c, decl_at(c, flow), KEY_AUTHORIZE, "client-certificate"))
      check_name(c, flow, thing, setting->values[1].span);
  }
}

void cert_plans_check(struct checker *c)
{
  struct calls calls;
  find_calls(c, &calls);
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    const struct decl *decl = decl_at(c, i);
    if (facts_is_broken(c, i))
      continue;
    if (decl->kind == KIND_CERTIFICATE)
      check_authority(c, decl);
    if (decl->kind == KIND_SYSTEM)
      check_names(c, decl);
    const struct setting *renews = decl->kind == KIND_PLAN ? decl_setting(decl, KEY_RENEWS) : NULL;
    for (uint32_t j = 0; renews != NULL && j < renews->value_count; j++)
      check_renewed(c, &calls, decl, &renews->values[j]);
  }
}
