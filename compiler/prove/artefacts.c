/* SPDX-License-Identifier: Apache-2.0 */
/*
 * artefacts: a role uses a certificate, root or key only if it made it, owns the place where it
 * lives, or was given it before (E0503, E0504); and what is given is used (W0506).
 *
 * (1) What stands there when the run begins (.old, a key's declared certificate) everybody may name.
 * (2) The certificate exists from `gets ... signed by` on, where the plan has such a step; what no
 *     step of the plan makes, the owner of its place has from the beginning.
 * (3) The root of a new certificate comes with `gets`, and travels apart from the certificate.
 */
#include "compiler/prove/knowledge_int.h"

/* The forms of one declaration that are had and given apart. */
enum form { FORM_PAIR, FORM_NEW, FORM_ROOT, FORM_ANY, FORM__COUNT };

struct entry { /* a role gets it, or uses it, at a step */
  uint32_t role;
  uint32_t step;
  uint32_t next;
};

struct entries {
  uint32_t *first; /* [resource * FORM__COUNT + form] */
  struct entry *items;
  uint32_t count, capacity;
};

struct artefacts {
  struct judging *j;
  struct entries had;  /* who has what, from which step on */
  struct entries used; /* the last use by a role */
  bool *is_made;       /* by resource: a step of the plan makes it */
  bool *is_signed;
  bool *is_created;
};

enum { FROM_THE_BEGINNING = UINT32_MAX - 1, ROLE_ANY = UINT32_MAX - 1 };

static void entries_start(struct judging *j, struct entries *entries)
{
  size_t count = (size_t)j->graph->resource_count * FORM__COUNT;
  entries->first = arena_array(j->arena, count, sizeof *entries->first);
  for (size_t i = 0; i < count; i++)
    entries->first[i] = INDEX_NONE;
}

static void entries_add(struct judging *j, struct entries *entries, uint32_t resource,
                        enum form form, uint32_t role, uint32_t step)
{
  if (entries->count == entries->capacity) {
    uint32_t capacity = entries->capacity == 0 ? 64 : entries->capacity * 2;
    entries->items =
        arena_grow(j->arena, entries->items, entries->count, capacity, sizeof *entries->items);
    entries->capacity = capacity;
  }
  uint32_t *first = &entries->first[(size_t)resource * FORM__COUNT + form];
  entries->items[entries->count] = (struct entry){role, step, *first};
  *first = entries->count++;
}

static enum kind kind_of(const struct judging *j, uint32_t resource)
{
  return j->graph->resources[resource].kind;
}

/* FORM_ANY: everybody has it. */
static enum form form_of(const struct judging *j, const struct argument *argument)
{
  enum kind kind = kind_of(j, argument->resource);
  if (kind == KIND_SYSTEM)
    return argument->members[0] == MEMBER_ROOT ? FORM_ROOT : FORM_ANY;
  if (argument->members[0] != MEMBER_NEW)
    return FORM_ANY;
  if (kind == KIND_CERTIFICATE &&
      (argument->members[1] == MEMBER_ROOT || argument->members[1] == MEMBER_CHAIN))
    return FORM_ROOT;
  return kind_is_artefact(kind) || kind == KIND_SERVICEKEY ? FORM_NEW : FORM_ANY;
}

static uint32_t reference(const struct judging *j, uint32_t resource, enum key key)
{
  const struct graph_value *value = graph_setting_value(j->graph, resource, key, 0);
  return value == NULL || value->kind != VALUE_REF ? INDEX_NONE : value->resource;
}

/* Who owns the place where it lives; ROLE_ANY where nobody is said to. */
static uint32_t owner_of(const struct judging *j, uint32_t resource)
{
  enum kind kind = kind_of(j, resource);
  uint32_t place = resource;
  if (kind_is_artefact(kind)) {
    place = reference(j, resource, KEY_IN);
    if (place == INDEX_NONE)
      place = reference(j, resource, KEY_ISSUED_BY);
  } else if (kind == KIND_SERVICEKEY) {
    place = reference(j, resource, KEY_OF);
  }
  if (place == INDEX_NONE)
    return ROLE_ANY;
  uint32_t owner = reference(j, place, KEY_OWNER);
  if (owner == INDEX_NONE && reference(j, place, KEY_OF) != INDEX_NONE)
    owner = reference(j, reference(j, place, KEY_OF), KEY_OWNER);
  return owner == INDEX_NONE ? ROLE_ANY : owner;
}

/* ---- who gets what at which step ---- */

static void note_making(struct artefacts *a, const struct step *step)
{
  const struct argument *object = step_argument(a->j->graph, step, PART_OBJECT, 0);
  if (object == NULL || object->kind != ARGUMENT_RESOURCE || object->members[0] != MEMBER_NEW)
    return;
  bool creates = step->verb == VERB_CREATES, gets = step->verb == VERB_GETS;
  a->is_created[object->resource] |= creates;
  a->is_signed[object->resource] |= gets;
  a->is_made[object->resource] |=
      creates || gets || step->verb == VERB_EXPORTS || step->verb == VERB_ACTIVATES;
}

static bool is_external(const struct judging *j, uint32_t resource)
{
  const struct graph_value *type = graph_setting_value(j->graph, resource, KEY_KEY_TYPE, 0);
  return type != NULL && text_is(type->text, "external-certificate");
}

/* The pair of an external key is the caller's own. */
static void callers_have(struct artefacts *a)
{
  struct judging *j = a->j;
  for (uint32_t i = 0; i < j->graph->resource_count; i++) {
    const struct graph_setting *calls;
    for (uint32_t nth = 0; kind_of(j, i) == KIND_SYSTEM &&
                           (calls = graph_setting_nth(j->graph, i, KEY_CALLS, nth)) != NULL;
         nth++) {
      if (calls->values.count < 2)
        continue;
      const struct graph_value *with = &j->graph->values[calls->values.first + 1];
      if (with->kind == VALUE_REF && kind_of(j, with->resource) == KIND_SERVICEKEY &&
          is_external(j, with->resource))
        entries_add(j, &a->had, with->resource, FORM_NEW, owner_of(j, i), FROM_THE_BEGINNING);
    }
  }
}

static void begin(struct artefacts *a)
{
  struct judging *j = a->j;
  for (uint32_t i = 0; i < j->graph->step_count; i++)
    if (j->graph->steps[i].kind == STEP_ACTION)
      note_making(a, &j->graph->steps[i]);
  for (uint32_t i = 0; i < j->graph->resource_count; i++) {
    enum kind kind = kind_of(j, i);
    if (kind == KIND_SYSTEM)
      entries_add(j, &a->had, i, FORM_ROOT, owner_of(j, i), FROM_THE_BEGINNING);
    if ((!kind_is_artefact(kind) && kind != KIND_SERVICEKEY) || a->is_made[i])
      continue;
    entries_add(j, &a->had, i, FORM_NEW, owner_of(j, i), FROM_THE_BEGINNING);
    entries_add(j, &a->had, i, FORM_ROOT, owner_of(j, i), FROM_THE_BEGINNING);
  }
  callers_have(a);
}

static void have(struct artefacts *a, const struct argument *argument, uint32_t role, uint32_t step)
{
  enum form form = form_of(a->j, argument);
  if (form == FORM_ANY)
    return;
  entries_add(a->j, &a->had, argument->resource, form, role, step);
  if (argument->members[1] == MEMBER_CHAIN)
    entries_add(a->j, &a->had, argument->resource, FORM_NEW, role, step);
}

static void have_all(struct artefacts *a, uint32_t resource, uint32_t role, uint32_t step)
{
  entries_add(a->j, &a->had, resource, FORM_NEW, role, step);
  entries_add(a->j, &a->had, resource, FORM_ROOT, role, step);
}

static void give(struct artefacts *a, const struct step *step, uint32_t index)
{
  const struct graph *graph = a->j->graph;
  const struct argument *thing, *to;
  for (uint32_t i = 0; (thing = step_argument(graph, step, PART_OBJECT, i)) != NULL; i++)
    for (uint32_t k = 0; (to = step_argument(graph, step, PART_RECIPIENT, k)) != NULL; k++)
      if (thing->kind == ARGUMENT_RESOURCE && to->kind == ARGUMENT_RESOURCE)
        have(a, thing, to->resource, index);
}

static void gain(struct artefacts *a, const struct step *step, uint32_t index)
{
  const struct argument *object = step_argument(a->j->graph, step, PART_OBJECT, 0);
  if (object == NULL || object->kind != ARGUMENT_RESOURCE)
    return;
  uint32_t resource = object->resource;
  switch (step->verb) {
  case VERB_CREATES:
    entries_add(a->j, &a->had, resource, FORM_PAIR, step->role, index);
    if (!a->is_signed[resource])
      have_all(a, resource, step->role, index);
    return;
  case VERB_GETS:
  case VERB_ACTIVATES:
    have_all(a, resource, step->role, index);
    return;
  case VERB_EXPORTS:
    have(a, object, step->role, index);
    if (form_of(a->j, object) == FORM_NEW)
      have_all(a, resource, step->role, index);
    return;
  case VERB_REPLACES:
    object = step_argument(a->j->graph, step, PART_WITH, 0);
    if (object != NULL && object->kind == ARGUMENT_RESOURCE &&
        kind_is_artefact(kind_of(a->j, object->resource)))
      have_all(a, object->resource, owner_of(a->j, object->resource), index);
    return;
  case VERB_GIVES:
    give(a, step, index);
    return;
  default: /* the other verbs make and move nothing that is had */
    return;
  }
}

/* ---- uses ---- */

static bool has(const struct artefacts *a, uint32_t resource, enum form form, uint32_t role,
                uint32_t at)
{
  uint32_t next = a->had.first[(size_t)resource * FORM__COUNT + form];
  for (; next != INDEX_NONE; next = a->had.items[next].next) {
    const struct entry *entry = &a->had.items[next];
    if (entry->role != role && entry->role != ROLE_ANY)
      continue;
    if (entry->step == FROM_THE_BEGINNING || stands_before(a->j->graph, entry->step, at))
      return true;
  }
  return false;
}

/* Another role that has it before `at`, else the role itself later, else anybody; NULL without. */
static const struct entry *find_holder(const struct artefacts *a, uint32_t resource, enum form form,
                                       uint32_t role, uint32_t at, bool *ret_before)
{
  const struct entry *found = NULL;
  *ret_before = false;
  uint32_t next = a->had.first[(size_t)resource * FORM__COUNT + form];
  for (; next != INDEX_NONE; next = a->had.items[next].next) {
    const struct entry *entry = &a->had.items[next];
    bool before = entry->step == FROM_THE_BEGINNING || stands_before(a->j->graph, entry->step, at);
    if (entry->role == ROLE_ANY || entry->step == at || (entry->role == role && before))
      continue;
    bool better = found == NULL ||
                  (before != *ret_before ? before : entry->role == role || found->role != role);
    if (better) {
      found = entry;
      *ret_before = before;
    }
  }
  return found;
}

static void point_at_holder(struct artefacts *a, struct diag *diag, const struct entry *holder,
                            uint32_t role, bool before)
{
  struct judging *j = a->j;
  if (holder->step == FROM_THE_BEGINNING)
    return;
  const struct step *step = &j->graph->steps[holder->step];
  if (before)
    diag_add_label(j->diags, diag, step_span(j, step), "`%.*s` has it from here on",
                   TEXT_ARG(role_word(j, holder->role)));
  else
    diag_add_label(j->diags, diag, step_span(j, step), "`%.*s` gets it only here",
                   TEXT_ARG(role_word(j, holder->role == ROLE_ANY ? role : holder->role)));
}

static void help_to_give(struct artefacts *a, struct diag *diag, const struct step *step,
                         const struct argument *argument, uint32_t holder)
{
  struct judging *j = a->j;
  struct text label = TEXT("hand-over");
  if (label_exists(j, label))
    label = text_format(j->arena, "hand-over-to-%.*s", TEXT_ARG(role_word(j, step->role)));
  struct text line = text_format(
      j->arena, "%.*s: %.*s gives %.*s to %.*s", TEXT_ARG(label), TEXT_ARG(role_word(j, holder)),
      TEXT_ARG(argument_word(j, argument)), TEXT_ARG(role_word(j, step->role)));
  propose_line_before(j, diag, step, label, line);
}

static void report_use(struct artefacts *a, uint32_t index, const struct argument *argument)
{
  struct judging *j = a->j;
  const struct step *step = &j->graph->steps[index];
  bool gives = step->verb == VERB_GIVES;
  enum diag_code code = gives ? DIAG_E0504 : DIAG_E0503;
  struct text word = argument_word(j, argument), role = role_word(j, step->role);
  if (!first_time(j, code, step, TEXT_NONE))
    return;
  bool before;
  const struct entry *holder =
      find_holder(a, argument->resource, form_of(j, argument), step->role, index, &before);
  struct diag *diag =
      gives ? diag_add(j->diags, code, word_span(j, step, word),
                       "`%.*s` does not have `%.*s` yet: it cannot give it", TEXT_ARG(role),
                       TEXT_ARG(word))
            : diag_add(j->diags, code, word_span(j, step, word), "`%.*s` was never given `%.*s`",
                       TEXT_ARG(role), TEXT_ARG(word));
  diag_set_label(j->diags, diag, gives ? "handed over here" : "used here");
  if (holder == NULL) {
    diag_add_help(j->diags, diag,
                  "no step makes it: write `creates` and `gets ... signed by` first");
    return;
  }
  point_at_holder(a, diag, holder, step->role, before);
  if (before)
    help_to_give(a, diag, step, argument, holder->role);
  else if (holder->role == step->role)
    diag_add_help(j->diags, diag, "move this step behind that one");
  else
    diag_add_help(j->diags, diag, "have it made and handed over before this step");
}

static void demand(struct artefacts *a, uint32_t index, const struct argument *argument)
{
  if (argument->kind != ARGUMENT_RESOURCE)
    return;
  enum form form = form_of(a->j, argument);
  const struct step *step = &a->j->graph->steps[index];
  if (form == FORM_ANY || has(a, argument->resource, form, step->role, index))
    return;
  /* Who is handed a certificate has its intermediates: they are part of what is delivered. */
  if (argument->members[1] == MEMBER_CHAIN &&
      has(a, argument->resource, FORM_NEW, step->role, index))
    return;
  report_use(a, index, argument);
}

static void demand_part(struct artefacts *a, uint32_t index, enum part part)
{
  const struct argument *argument;
  const struct step *step = &a->j->graph->steps[index];
  for (uint32_t nth = 0; (argument = step_argument(a->j->graph, step, part, nth)) != NULL; nth++)
    demand(a, index, argument);
}

/* The request is made with the key pair: who asks for the signature has made it. */
static void demand_pair(struct artefacts *a, uint32_t index)
{
  struct judging *j = a->j;
  const struct step *step = &j->graph->steps[index];
  const struct argument *object = step_argument(j->graph, step, PART_OBJECT, 0);
  if (object == NULL || object->kind != ARGUMENT_RESOURCE || !a->is_created[object->resource] ||
      has(a, object->resource, FORM_PAIR, step->role, index) ||
      !first_time(j, DIAG_E0503, step, TEXT("pair")))
    return;
  bool before;
  const struct entry *maker =
      find_holder(a, object->resource, FORM_PAIR, step->role, index, &before);
  struct text word = argument_word(j, object);
  struct diag *diag = diag_add(j->diags, DIAG_E0503, word_span(j, step, word),
                               "`%.*s` does not have the key pair of `%.*s` here",
                               TEXT_ARG(role_word(j, step->role)), TEXT_ARG(word));
  diag_set_label(j->diags, diag, "the request is made with it");
  if (maker != NULL)
    diag_add_label(j->diags, diag, step_span(j, &j->graph->steps[maker->step]),
                   "`%.*s` makes it here", TEXT_ARG(role_word(j, maker->role)));
  diag_add_help(j->diags, diag, "who creates the pair has it signed, and does so first");
}

static void judge_uses(struct artefacts *a, uint32_t index)
{
  switch (a->j->graph->steps[index].verb) {
  case VERB_GIVES:
  case VERB_ACCEPTS:
  case VERB_IMPORTS:
  case VERB_AUTHORIZES:
  case VERB_REVOKES:
    demand_part(a, index, PART_OBJECT);
    return;
  case VERB_REPLACES:
    demand_part(a, index, PART_WITH);
    return;
  case VERB_SWITCHES:
    demand_part(a, index, PART_PLACE);
    return;
  case VERB_GETS:
    demand_pair(a, index);
    return;
  default: /* the other verbs need nothing in hand */
    return;
  }
}

/* ---- W0506 ---- */

/* A root is used as a root; of a key every form is the key. */
static enum form use_form(const struct judging *j, const struct argument *argument)
{
  enum form form = form_of(j, argument);
  if (kind_of(j, argument->resource) == KIND_SERVICEKEY)
    return FORM_ANY;
  return form;
}

static void note_uses(struct artefacts *a, uint32_t index)
{
  struct judging *j = a->j;
  const struct step *step = &j->graph->steps[index];
  for (uint32_t i = 0; i < step->arguments.count; i++) {
    const struct argument *argument = &j->graph->arguments[step->arguments.first + i];
    if (argument->kind != ARGUMENT_RESOURCE || argument->part == PART_RECIPIENT)
      continue;
    enum form form = use_form(j, argument);
    entries_add(j, &a->used, argument->resource, form, step->role, index);
    if (form != FORM_ANY)
      entries_add(j, &a->used, argument->resource, FORM_ANY, step->role, index);
    if (step->checks != INDEX_NONE) /* the step's own role asked for the check */
      entries_add(j, &a->used, argument->resource, form, j->graph->steps[step->checks].role, index);
  }
}

/* The newest entry stands first. */
static bool is_used_after(const struct artefacts *a, const struct argument *thing, uint32_t role,
                          uint32_t index)
{
  enum form form = use_form(a->j, thing);
  uint32_t next = a->used.first[(size_t)thing->resource * FORM__COUNT + form];
  for (; next != INDEX_NONE && a->used.items[next].step > index; next = a->used.items[next].next)
    if (a->used.items[next].role == role)
      return true;
  return false;
}

static void judge_gift(struct artefacts *a, uint32_t index)
{
  struct judging *j = a->j;
  const struct step *step = &j->graph->steps[index];
  const struct argument *thing, *to;
  for (uint32_t i = 0; (thing = step_argument(j->graph, step, PART_OBJECT, i)) != NULL; i++)
    for (uint32_t k = 0; (to = step_argument(j->graph, step, PART_RECIPIENT, k)) != NULL; k++) {
      if (thing->kind != ARGUMENT_RESOURCE || to->kind != ARGUMENT_RESOURCE ||
          is_used_after(a, thing, to->resource, index))
        continue;
      struct text word = argument_word(j, thing), role = role_word(j, to->resource);
      /* Where a step was given to the wrong role, what the right one was handed looks unused. */
      if (diag_list_has_code(j->diags, DIAG_E0502) || !first_time(j, DIAG_W0506, step, role))
        continue;
      struct diag *diag =
          diag_add(j->diags, DIAG_W0506, word_span(j, step, word),
                   "`%.*s` is given `%.*s` and never uses it", TEXT_ARG(role), TEXT_ARG(word));
      diag_set_label(j->diags, diag, "no later step of `%.*s` names it", TEXT_ARG(role));
      if (form_of(j, thing) == FORM_ROOT)
        diag_add_help(
            j->diags, diag,
            "write the step that uses it, `%.*s imports %.*s into SYSTEM`, or take it out",
            TEXT_ARG(role), TEXT_ARG(word));
      else
        diag_add_help(
            j->diags, diag,
            "write the step that uses it, or take it out: a message needs no certificate");
    }
}

void artefacts_judge(struct judging *j)
{
  struct artefacts a = {.j = j};
  uint32_t count = j->graph->resource_count;
  entries_start(j, &a.had);
  entries_start(j, &a.used);
  a.is_made = arena_array(j->arena, count, sizeof *a.is_made);
  a.is_signed = arena_array(j->arena, count, sizeof *a.is_signed);
  a.is_created = arena_array(j->arena, count, sizeof *a.is_created);
  begin(&a);
  for (uint32_t i = 0; i < j->graph->step_count; i++)
    if (j->graph->steps[i].kind == STEP_ACTION) {
      gain(&a, &j->graph->steps[i], i);
      note_uses(&a, i);
    }
  for (uint32_t i = 0; i < j->graph->step_count; i++) {
    if (j->graph->steps[i].kind != STEP_ACTION || j->graph->steps[i].checks != INDEX_NONE ||
        graph_is_never(j->graph, j->graph->steps[i].guard))
      continue;
    judge_uses(&a, i);
    if (j->graph->steps[i].verb == VERB_GIVES)
      judge_gift(&a, i);
  }
}
