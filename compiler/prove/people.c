/* SPDX-License-Identifier: Apache-2.0 */
/*
 * people: what a role may do, whether it can be reached, and who answers for it: E0501, E0502, E0507,
 * W0508, E0512, W0513, E0515.
 */
#include <strings.h>

#include "compiler/prove/knowledge_int.h"

struct people {
  struct judging *j;
  bool *is_seen;       /* by resource: what is said once about a role was said */
  uint32_t first_stop; /* a step; INDEX_NONE */
};

static const struct graph_value *setting(const struct judging *j, uint32_t resource, enum key key)
{
  return graph_setting_value(j->graph, resource, key, 0);
}

static uint32_t reference(const struct judging *j, uint32_t resource, enum key key)
{
  const struct graph_value *value = setting(j, resource, key);
  return value == NULL || value->kind != VALUE_REF ? INDEX_NONE : value->resource;
}

static uint32_t member_count(const struct judging *j, uint32_t role)
{
  uint32_t count = 0;
  while (graph_setting_nth(j->graph, role, KEY_MEMBER, count) != NULL)
    count++;
  return count;
}

/* A person is a mail address: the name is free. */
static struct text member_mail(const struct judging *j, uint32_t role, uint32_t nth)
{
  const struct graph_setting *member = graph_setting_nth(j->graph, role, KEY_MEMBER, nth);
  return member->values.count < 2 ? TEXT_NONE : j->graph->values[member->values.first + 1].text;
}

static bool same_mail(struct text a, struct text b)
{
  return a.length == b.length && strncasecmp(a.at, b.at, a.length) == 0;
}

/* Persons of the role, each once. */
static uint32_t person_count(const struct judging *j, uint32_t role)
{
  uint32_t persons = 0;
  for (uint32_t i = 0; i < member_count(j, role); i++) {
    bool again = false;
    for (uint32_t k = 0; k < i; k++)
      again |= same_mail(member_mail(j, role, i), member_mail(j, role, k));
    persons += !again;
  }
  return persons;
}

/* ---- a role is there ---- */

static void label_declared(const struct judging *j, struct diag *diag, uint32_t resource)
{
  struct span span;
  if (declared_at(j, resource, &span))
    diag_add_label(j->diags, diag, span, "`%.*s` is declared here",
                   TEXT_ARG(j->graph->resources[resource].name));
}

static void judge_stand_in(struct people *p, uint32_t role)
{
  struct judging *j = p->j;
  struct span span;
  if (person_count(j, role) != 1 || !declared_at(j, role, &span))
    return;
  struct diag *diag = diag_add(j->diags, DIAG_W0508, span, "`%.*s` has a single member",
                               TEXT_ARG(role_word(j, role)));
  diag_set_label(j->diags, diag, "nobody stands in when that person is away");
  diag_add_help(j->diags, diag, "name a second one: member NAME \"MAIL\" certificate \"FILE\"");
}

static void judge_role(struct people *p, const struct step *step, uint32_t role, const char *why)
{
  struct judging *j = p->j;
  if (j->graph->resources[role].kind != KIND_ROLE || p->is_seen[role])
    return;
  p->is_seen[role] = true;
  judge_stand_in(p, role);
  if (setting(j, role, KEY_REACH) != NULL)
    return;
  struct text word = role_word(j, role);
  struct diag *diag = diag_add(j->diags, DIAG_E0501, word_span(j, step, word),
                               "nobody can reach `%.*s`", TEXT_ARG(word));
  diag_set_label(j->diags, diag, "%s", why);
  label_declared(j, diag, role);
  diag_add_help(j->diags, diag, "write in the role: reach by mail \"ADDRESS\"");
}

/* ---- a role may do it ---- */

/* What the step changes, and which its owner alone may change; INDEX_NONE without. */
static uint32_t changed_place(const struct judging *j, const struct step *step)
{
  enum part part = PART_PLACE;
  switch (step->verb) {
  case VERB_ACCEPTS:
  case VERB_IMPORTS:
  case VERB_REPLACES:
  case VERB_REMOVES:
  case VERB_CREATES:
  case VERB_DELETES:
  case VERB_ACTIVATES:
  case VERB_EXPORTS:
  case VERB_AUTHORIZES:
    break;
  case VERB_STARTS:
  case VERB_STOPS:
  case VERB_RESTARTS:
  case VERB_DEPLOYS:
  case VERB_UNDEPLOYS:
  case VERB_BACKS_UP:
  case VERB_RESTORES:
  case VERB_SWITCHES:
    part = PART_OBJECT;
    break;
  default: /* the other verbs change no place that is owned */
    return INDEX_NONE;
  }
  if (step->effect == EFFECT_ADD_INSTANCE) /* whose it is stands in it, not in its space */
    part = PART_OBJECT;
  const struct argument *argument = step_argument(j->graph, step, part, 0);
  return argument == NULL || argument->kind != ARGUMENT_RESOURCE ? INDEX_NONE : argument->resource;
}

static uint32_t owner_of_place(const struct judging *j, uint32_t place)
{
  uint32_t owner = reference(j, place, KEY_OWNER);
  if (owner == INDEX_NONE && j->graph->resources[place].kind == KIND_KEYSTORE &&
      reference(j, place, KEY_OF) != INDEX_NONE)
    owner = reference(j, reference(j, place, KEY_OF), KEY_OWNER);
  return owner;
}

/* `held by`: nobody else can make its key. */
static void judge_holder(struct people *p, const struct step *step)
{
  struct judging *j = p->j;
  const struct argument *made = step_argument(j->graph, step, PART_OBJECT, 0);
  if (step->verb != VERB_CREATES || made == NULL || made->kind != ARGUMENT_RESOURCE ||
      j->graph->resources[made->resource].kind != KIND_CERTIFICATE)
    return;
  uint32_t holder = reference(j, made->resource, KEY_HELD_BY);
  if (holder == INDEX_NONE || holder == step->role)
    return;
  struct text role = role_word(j, step->role), name = j->graph->resources[made->resource].name;
  struct diag *diag = diag_add(j->diags, DIAG_E0502, word_span(j, step, role),
                               "`%.*s` cannot make `%.*s`", TEXT_ARG(role), TEXT_ARG(name));
  diag_set_label(j->diags, diag, "`%.*s` is held by `%.*s`, who alone has its private key",
                 TEXT_ARG(name), TEXT_ARG(role_word(j, holder)));
  diag_add_help(j->diags, diag, "write `%.*s creates %.*s.new`", TEXT_ARG(role_word(j, holder)),
                TEXT_ARG(name));
}

static void judge_right(struct people *p, const struct step *step)
{
  struct judging *j = p->j;
  uint32_t place = changed_place(j, step);
  uint32_t owner = place == INDEX_NONE ? INDEX_NONE : owner_of_place(j, place);
  if (owner == INDEX_NONE || owner == step->role || !first_time(j, DIAG_E0502, step, TEXT_NONE))
    return;
  struct text role = role_word(j, step->role), name = j->graph->resources[place].name;
  struct diag *diag = diag_add(j->diags, DIAG_E0502, word_span(j, step, role),
                               "`%.*s` may not change `%.*s`", TEXT_ARG(role), TEXT_ARG(name));
  diag_set_label(j->diags, diag, "it belongs to `%.*s`", TEXT_ARG(role_word(j, owner)));
  struct span span;
  if (declared_at(j, place, &span))
    diag_add_label(j->diags, diag, span, "its owner is said here");
  diag_add_help(j->diags, diag, "let `%.*s` do it, or change `owner` of `%.*s`",
                TEXT_ARG(role_word(j, owner)), TEXT_ARG(name));
}

/* ---- approvals ---- */

/* The only person who could approve is the one who acts. */
static bool is_same_person(const struct judging *j, const struct step *step, uint32_t approver)
{
  bool two_roles = approver != step->role;
  if (!two_roles && !step->not_author)
    return false;
  return person_count(j, approver) == 1 && person_count(j, step->role) == 1 &&
         same_mail(member_mail(j, approver, 0), member_mail(j, step->role, 0));
}

static void judge_four_eyes(struct people *p, const struct step *step, uint32_t approver)
{
  struct judging *j = p->j;
  uint32_t persons = person_count(j, approver);
  bool same = is_same_person(j, step, approver);
  bool too_few = persons != 0 && step->sign_off_count > persons;
  struct text name = role_word(j, approver);
  if ((same || too_few) && first_time(j, DIAG_E0507, step, TEXT_NONE)) {
    struct diag *diag = same ? diag_add(j->diags, DIAG_E0507, step_span(j, step),
                                        "the person who acts is the only one who may approve")
                             : diag_add(j->diags, DIAG_E0507, step_span(j, step),
                                        "`%.*s` has %u member%s, and %u must sign", TEXT_ARG(name),
                                        persons, persons == 1 ? "" : "s", step->sign_off_count);
    diag_set_label(j->diags, diag, "nobody else can sign it off");
    label_declared(j, diag, approver);
    diag_add_help(j->diags, diag, "name another member in `%.*s`, or another role behind `by`",
                  TEXT_ARG(name));
    return;
  }
  bool claims_two = step->not_author || step->sign_off_count > 1;
  if (!claims_two || persons != 0 || !first_time(j, DIAG_W0508, step, TEXT("members")))
    return;
  struct diag *diag = diag_add(j->diags, DIAG_W0508, step_span(j, step),
                               "`%.*s` names no members: anybody may sign for it", TEXT_ARG(name));
  diag_set_label(j->diags, diag, "two persons are asked for, and nobody is named");
  label_declared(j, diag, approver);
  diag_add_help(j->diags, diag, "name them in the role: member NAME \"MAIL\" certificate \"FILE\"");
}

static void judge_channel(struct people *p, const struct step *step, uint32_t approver)
{
  struct judging *j = p->j;
  const struct graph_value *channel = setting(j, approver, KEY_SIGN_OFF);
  if (channel == NULL || text_is(channel->text, "console") ||
      !first_time(j, DIAG_E0512, step, TEXT_NONE))
    return;
  struct diag *diag = diag_add(j->diags, DIAG_E0512, step_span(j, step),
                               "`%.*s` signs off by %.*s, and no such answer can be taken yet",
                               TEXT_ARG(role_word(j, approver)), TEXT_ARG(channel->text));
  diag_set_label(j->diags, diag, "this step waits for its sign-off");
  label_declared(j, diag, approver);
  diag_add_help(j->diags, diag, "write `sign-off by console` in the role");
}

/* ---- a start that waits for a person ---- */

/* A flow that was stopped: INDEX_NONE where nothing is stopped. */
static uint32_t first_stop(const struct graph *graph)
{
  for (uint32_t i = 0; i < graph->step_count; i++)
    if (graph->steps[i].kind == STEP_ACTION && graph->steps[i].effect == EFFECT_STOP)
      return i;
  return INDEX_NONE;
}

static void judge_pause(struct people *p, const struct step *step, uint32_t index)
{
  struct judging *j = p->j;
  if (step->effect != EFFECT_START || p->first_stop == INDEX_NONE ||
      !stands_before(j->graph, p->first_stop, index) || !first_time(j, DIAG_W0513, step, TEXT_NONE))
    return;
  struct diag *diag = diag_add(j->diags, DIAG_W0513, step_span(j, step),
                               "the flow stays down until somebody signs");
  diag_set_label(j->diags, diag, "this start waits for a sign-off");
  diag_add_help(j->diags, diag,
                "let the sign-off stand at the step that changes something before it");
}

static void judge_sign_off(struct people *p, const struct step *step, uint32_t index)
{
  if (!step->needs_sign_off)
    return;
  uint32_t approver = step->sign_off_role == INDEX_NONE ? step->role : step->sign_off_role;
  judge_role(p, step, approver, "its sign-off is waited for");
  judge_four_eyes(p, step, approver);
  judge_channel(p, step, approver);
  judge_pause(p, step, index);
}

/* ---- sealed hand-overs ---- */

static void judge_seal(struct people *p, const struct step *step)
{
  struct judging *j = p->j;
  const struct argument *to;
  for (uint32_t i = 0; (to = step_argument(j->graph, step, PART_RECIPIENT, i)) != NULL; i++) {
    if (!step->sealed || to->kind != ARGUMENT_RESOURCE || setting(j, to->resource, KEY_SEAL_TO) ||
        !first_time(j, DIAG_E0515, step, TEXT_NONE))
      continue;
    struct text role = role_word(j, to->resource);
    struct diag *diag = diag_add(j->diags, DIAG_E0515, word_span(j, step, role),
                                 "nothing can be sealed for `%.*s`", TEXT_ARG(role));
    diag_set_label(j->diags, diag, "it has no certificate to encrypt for");
    label_declared(j, diag, to->resource);
    diag_add_help(j->diags, diag, "write in the role: seal-to file \"FILE.pem\"");
  }
}

static void judge_step(struct people *p, const struct step *step)
{
  for (uint32_t i = 0; i < step->roles.count; i++)
    judge_role(p, step, p->j->graph->indices[step->roles.first + i], "it acts here");
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &p->j->graph->arguments[step->arguments.first + i];
    if (argument->kind == ARGUMENT_RESOURCE)
      judge_role(p, step, argument->resource, "it is spoken to here");
  }
  judge_holder(p, step);
  judge_right(p, step);
  judge_seal(p, step);
}

void people_judge(struct judging *j)
{
  struct people p = {.j = j};
  p.is_seen = arena_array(j->arena, j->graph->resource_count, sizeof *p.is_seen);
  p.first_stop = first_stop(j->graph);
  for (uint32_t i = 0; i < j->graph->step_count; i++) {
    const struct step *step = &j->graph->steps[i];
    if (step->kind != STEP_ACTION || step->checks != INDEX_NONE ||
        graph_is_never(j->graph, step->guard))
      continue;
    judge_step(&p, step);
    judge_sign_off(&p, step, i);
  }
  for (uint32_t i = 0; i < j->graph->undo_count; i++)
    judge_step(&p, &j->graph->undo[i]);
}
