/* SPDX-License-Identifier: Apache-2.0 */
/*
 * form_types: the upper-case words of the forms of grammar/keys.def: which values they take.
 *
 * (1) A name where a value is due means a param of that type.
 */
#include "compiler/check/checker.h"

enum form_class {
  FORM_TEXT,
  FORM_URL,
  FORM_DN,
  FORM_MAIL,
  FORM_NAME,
  FORM_NODE,
  FORM_NUMBER,
  FORM_DURATION,
  FORM_DATE,
  FORM_DATETIME,
  FORM_TIME,
  FORM_YESNO,
  FORM_MONTHDAY,
  FORM_WEEKDAY,
  FORM_MOMENT,
  FORM_VALUE,
  FORM_VERSION,
  FORM_THING
};

struct form_type {
  struct text name;
  enum form_class class;
  enum kind kind; /* FORM_THING */
  const char *says;
};

#define NAMED(literal) {literal, sizeof(literal) - 1}
static const struct form_type form_types[] = {
    {NAMED("TEXT"), FORM_TEXT, 0, "a text in quotes"},
    {NAMED("URL"), FORM_URL, 0, "an address in quotes such as \"https://host/path\""},
    {NAMED("DN"), FORM_DN, 0, "a distinguished name in quotes such as \"CN=name,O=Organisation,C=DE\""},
    {NAMED("MAIL"), FORM_MAIL, 0, "a mail address in quotes"},
    {NAMED("NAME"), FORM_NAME, 0, "a name"},
    {NAMED("NODE"), FORM_NODE, 0, "the name of a node"},
    {NAMED("NUMBER"), FORM_NUMBER, 0, "a number"},
    {NAMED("DURATION"), FORM_DURATION, 0, "a duration such as 30d or 1h30m"},
    {NAMED("DATE"), FORM_DATE, 0, "a date such as 2027-03-01"},
    {NAMED("DATETIME"), FORM_DATETIME, 0, "a date with time such as 2027-03-06T22:00"},
    {NAMED("TIME"), FORM_TIME, 0, "a time of day such as 22:00"},
    {NAMED("YESNO"), FORM_YESNO, 0, "yes or no"},
    {NAMED("MONTHDAY"), FORM_MONTHDAY, 0, "a day of the year such as March 1"},
    {NAMED("WEEKDAY"), FORM_WEEKDAY, 0, "a day of the week such as saturday"},
    {NAMED("MOMENT"), FORM_MOMENT, 0, "a date such as 2027-03-06T22:00, or a path such as calendar.issue"},
    {NAMED("VALUE"), FORM_VALUE, 0, "a value"},
    {NAMED("VERSION"), FORM_VERSION, KIND_CERTIFICATE, "a certificate's version such as client.new"},
    {NAMED("PLAN"), FORM_THING, KIND_PLAN, "a plan"},
    {NAMED("ROLE"), FORM_THING, KIND_ROLE, "a role"},
    {NAMED("SECRET"), FORM_THING, KIND_SECRET, "a secret"},
    {NAMED("TENANT"), FORM_THING, KIND_TENANT, "a tenant"},
    {NAMED("ABAP-SYSTEM"), FORM_THING, KIND_ABAP, "an abap-system"},
    {NAMED("SPACE"), FORM_THING, KIND_SPACE, "a space"},
    {NAMED("KEYSTORE"), FORM_THING, KIND_KEYSTORE, "a keystore"},
    {NAMED("SYSTEM"), FORM_THING, KIND_SYSTEM, "a system"},
    {NAMED("FLOW"), FORM_THING, KIND_FLOW, "a flow"},
    {NAMED("CA"), FORM_THING, KIND_CA, "a ca"},
    {NAMED("CERTIFICATE"), FORM_THING, KIND_CERTIFICATE, "a certificate"},
    {NAMED("CREDENTIAL"), FORM_THING, KIND_CREDENTIAL, "a credential"},
    {NAMED("SSH-KEY"), FORM_THING, KIND_SSHKEY, "an ssh-key"},
    {NAMED("PGP-KEY"), FORM_THING, KIND_PGPKEY, "a pgp-key"},
    {NAMED("WINDOW"), FORM_THING, KIND_WINDOW, "a window"},
    {NAMED("CALENDAR"), FORM_THING, KIND_CALENDAR, "a calendar"},
    {NAMED("SERVICE-INSTANCE"), FORM_THING, KIND_INSTANCE, "a service-instance"},
    {NAMED("SERVICE-KEY"), FORM_THING, KIND_SERVICEKEY, "a service-key"},
};

static const char *const weekdays[] = {"monday", "tuesday",  "wednesday", "thursday",
                                       "friday", "saturday", "sunday"};

const struct form_type *form_type_find(struct text name)
{
  for (size_t i = 0; i < sizeof form_types / sizeof form_types[0]; i++)
    if (text_equal(name, form_types[i].name))
      return &form_types[i];
  return NULL;
}

const char *form_type_says(const struct form_type *type)
{
  return type->says;
}

bool form_type_is_number(const struct form_type *type)
{
  return type->class == FORM_NUMBER;
}

/* The value of a term that stands for itself; false where the type takes no such term. */
static bool take_literal(const struct form_type *type, const struct term *term, struct value *value)
{
  value->text = term->text;
  value->number = term->number;
  switch (type->class) {
  case FORM_TEXT:
  case FORM_URL:
  case FORM_DN:
  case FORM_MAIL:
    value->kind = VALUE_TEXT;
    return term->kind == TERM_TEXT;
  case FORM_NAME:
    value->kind = VALUE_WORD;
    return term->kind == TERM_NAME;
  case FORM_NODE:
    value->kind = term->kind == TERM_TEXT ? VALUE_TEXT : VALUE_WORD;
    return term->kind == TERM_NAME || term->kind == TERM_TEXT;
  case FORM_NUMBER:
    value->kind = VALUE_NUMBER;
    return term->kind == TERM_NUMBER;
  case FORM_DURATION:
    value->kind = VALUE_DURATION;
    return term->kind == TERM_DURATION;
  case FORM_DATE:
    value->kind = VALUE_DATE;
    return term->kind == TERM_DATE;
  case FORM_DATETIME:
    value->kind = VALUE_DATETIME;
    return term->kind == TERM_DATETIME;
  case FORM_TIME:
    value->kind = VALUE_TIME;
    return term->kind == TERM_TIME;
  case FORM_YESNO:
    value->kind = VALUE_YES_NO;
    return term->kind == TERM_YES_NO;
  case FORM_MONTHDAY:
    value->kind = VALUE_MONTH_DAY;
    return term->kind == TERM_MONTH_DAY;
  case FORM_WEEKDAY:
    value->kind = VALUE_WORD;
    for (size_t i = 0; i < sizeof weekdays / sizeof weekdays[0]; i++)
      if (term->kind == TERM_NAME && text_is(term->text, weekdays[i]))
        return true;
    return false;
  case FORM_MOMENT:
    value->kind = term->kind == TERM_DATE ? VALUE_DATE : VALUE_DATETIME;
    return term->kind == TERM_DATE || term->kind == TERM_DATETIME;
  case FORM_VALUE:
    value->kind = term->kind == TERM_TEXT       ? VALUE_TEXT
                  : term->kind == TERM_NUMBER   ? VALUE_NUMBER
                  : term->kind == TERM_DURATION ? VALUE_DURATION
                  : term->kind == TERM_YES_NO   ? VALUE_YES_NO
                  : term->kind == TERM_DATE     ? VALUE_DATE
                                                : VALUE_DATETIME;
    return term->kind != TERM_NAME && term->kind != TERM_PATH && term->kind != TERM_EXPR;
  case FORM_VERSION:
  case FORM_THING:
    return false;
  }
  return false;
}

/* The sorts of names that a type takes: a param of its sort, or the thing itself. */
static uint64_t type_sorts(const struct form_type *type)
{
  switch (type->class) {
  case FORM_TEXT:
  case FORM_URL:
  case FORM_DN:
  case FORM_MAIL:
    return SORT_BIT(SORT_TEXT);
  case FORM_NUMBER:
    return SORT_BIT(SORT_NUMBER);
  case FORM_DURATION:
    return SORT_BIT(SORT_DURATION);
  case FORM_DATE:
  case FORM_DATETIME:
  case FORM_MOMENT:
    return SORT_BIT(SORT_MOMENT);
  case FORM_YESNO:
    return SORT_BIT(SORT_YES_NO);
  case FORM_THING:
    return SORT_BIT(sort_of_kind(type->kind));
  case FORM_VERSION:
    return SORT_BIT(SORT_VERSION) | SORT_BIT(SORT_ARTEFACT_VERSION);
  case FORM_NAME:
  case FORM_NODE:
  case FORM_TIME:
  case FORM_MONTHDAY:
  case FORM_WEEKDAY:
  case FORM_VALUE:
    return 0;
  }
  return 0;
}

struct wanted { /* what all alternatives together take */
  uint64_t sorts;
  uint32_t kinds;
  bool has_thing;
  bool has_secret;
  bool has_text;
  const struct form_type *const *types;
  uint32_t type_count;
};

static struct wanted sum_up(const struct form_type *const *types, uint32_t type_count)
{
  struct wanted wanted = {.types = types, .type_count = type_count};
  for (uint32_t i = 0; i < type_count; i++) {
    const struct form_type *type = types[i];
    wanted.sorts |= type_sorts(type);
    if (type->class == FORM_THING)
      wanted.kinds |= 1u << type->kind;
    if (type->class == FORM_VERSION)
      wanted.kinds |= kinds_of_artefacts();
    wanted.has_thing |= type->class == FORM_THING || type->class == FORM_MOMENT ||
                        type->class == FORM_VERSION;
    wanted.has_secret |= type->class == FORM_THING && type->kind == KIND_SECRET;
    wanted.has_text |= (type_sorts(type) & SORT_BIT(SORT_TEXT)) != 0;
  }
  return wanted;
}

/* "a flow, a system or a target" */
static struct text wanted_says(struct checker *c, const struct wanted *wanted)
{
  struct buffer words = {0};
  for (uint32_t i = 0; i < wanted->type_count; i++)
    buffer_format(&words, "%s%s",
                  i == 0                         ? ""
                  : i + 1 == wanted->type_count ? " or "
                                                : ", ",
                  wanted->types[i]->says);
  struct text says = text_copy(c->arena, buffer_text(&words));
  buffer_free(&words);
  return says;
}

/* `every sat`; of `every day` and `every second saturday` the key that has rules. */
static void suggest_weekday(struct checker *c, struct diag *diag, const struct token *token)
{
  enum { SHORT_MIN = 3, DAYS = sizeof weekdays / sizeof weekdays[0] };
  struct text days[DAYS], meant = TEXT_NONE;
  bool alone = true;
  for (size_t i = 0; i < DAYS; i++) {
    days[i] = text_of(weekdays[i]);
    if (token->text.length >= SHORT_MIN && token->text.length < days[i].length &&
        memcmp(days[i].at, token->text.at, token->text.length) == 0)
      meant = days[i];
  }
  if (meant.length == 0)
    meant = text_nearest_alone(token->text, days, DAYS, &alone);
  if (meant.length != 0)
    diag_add_fix(c->diags, diag, alone ? FIX_SAFE : FIX_UNSAFE, token->span, meant,
                 "write `%.*s`", TEXT_ARG(meant));
  else
    diag_add_help(c->diags, diag,
                  "any other rule is written: rrule \"FREQ=MONTHLY;BYDAY=1SA\" from 22:00 until 02:00");
}

static bool report_value(struct checker *c, const char *what, const struct wanted *wanted,
                         const struct token *token)
{
  const struct term *term = token->term;
  struct diag *diag;
  if (term->kind == TERM_TEXT && wanted->has_secret) {
    diag = diag_add(c->diags, DIAG_E1003, token->span,
                    "`%s` takes the name of a secret, not a text", what);
    diag_set_label(c->diags, diag, "a secret is never written here");
    diag_add_help(c->diags, diag, "declare it: secret NAME from file \"/run/secrets/...\"");
    return false;
  }
  diag = diag_add(c->diags, DIAG_E0402, token->span, "%s does not fit behind `%s`", term_says(term),
                  what);
  if (wanted->has_text && term->kind == TERM_NAME) {
    struct text quoted = text_format(c->arena, "\"%.*s\"", TEXT_ARG(term->text));
    diag_set_label(c->diags, diag, "write it in quotes: %.*s", TEXT_ARG(quoted));
    /* With more behind it, the word may be the one that is too many. */
    struct text bytes = c->sources->files[token->span.file].bytes;
    uint32_t end = token->span.at + token->span.length;
    while (end < bytes.length && (bytes.at[end] == ' ' || bytes.at[end] == '\r'))
      end++;
    bool last = end == bytes.length || bytes.at[end] == '\n' || bytes.at[end] == '#';
    diag_add_fix(c->diags, diag, last ? FIX_SAFE : FIX_UNSAFE, token->span, quoted, "write %.*s",
                 TEXT_ARG(quoted));
  } else {
    struct text says = wanted_says(c, wanted);
    diag_set_label(c->diags, diag, "expected: %.*s", TEXT_ARG(says));
    if (wanted->type_count == 1 && wanted->types[0]->class == FORM_WEEKDAY)
      suggest_weekday(c, diag, token);
  }
  return false;
}

static bool report_kind(struct checker *c, const char *what, const struct wanted *wanted,
                        const struct token *token, const struct resolved *found)
{
  struct text says = wanted_says(c, wanted);
  struct diag *diag =
      diag_add(c->diags, DIAG_E0401, token->span, "`%s` needs %.*s", what, TEXT_ARG(says));
  diag_set_label(c->diags, diag, "this is %s", sort_says(sort_first(found->sorts)));
  if (found->decl != DECL_NONE)
    names_show_declared(c, diag, found->decl);
  return false;
}

/* A name where a literal is due: a param, or a text without its quotes. */
static bool take_param(struct checker *c, const struct scope *scope, const char *what,
                       const struct wanted *wanted, const struct token *token,
                       struct capture *capture)
{
  const struct term *term = token->term;
  struct resolved found;
  struct text nearest = TEXT_NONE;
  bool alone;
  bool known = term->kind == TERM_PATH || names_local(scope, term->text) != NULL ||
               names_find(c, scope->unit, term->text, (struct span){0}) != DECL_NONE;
  if (!known)
    nearest = names_nearest(c, scope, term->text, 1u << KIND_PARAM, &alone);
  if (!known && c->units[scope->unit].names_incomplete)
    return false;
  if (!known && nearest.length == 0)
    return report_value(c, what, wanted, token);
  if (!names_resolve(c, scope, term, 1u << KIND_PARAM, &found))
    return false;
  if ((found.sorts & ~wanted->sorts) != 0)
    return wanted->has_text ? report_value(c, what, wanted, token)
                            : report_kind(c, what, wanted, token, &found);
  capture->value.kind = VALUE_REF;
  capture->value.decl = found.decl;
  if (found.decl == DECL_NONE) { /* a local: its value is known where the step is expanded */
    capture->operand = ARENA_NEW(c->arena, struct operand);
    *capture->operand = found.operand;
  }
  return true;
}

static void check_literal(struct checker *c, const struct scope *scope, const char *what,
                          const struct form_type *type, const struct term *term,
                          const struct value *value)
{
  if (term->kind == TERM_TEXT)
    values_check_text(c, scope, term, what);
  if (type->class == FORM_URL)
    values_check_url(c, value, what);
  if (type->class == FORM_DN)
    values_check_name(c, value);
  if (type->class == FORM_MAIL)
    values_check_mail(c, value);
}

/* Takes the token as a value of one of the types; false with a finding where it is none. */
bool form_take_value(struct checker *c, const struct scope *scope, const char *what,
                     const struct form_type *const *types, uint32_t type_count,
                     const struct token *token, struct capture *capture)
{
  const struct term *term = token->term;
  capture->value.span = token->span;
  for (uint32_t i = 0; i < type_count; i++)
    if (take_literal(types[i], term, &capture->value)) {
      check_literal(c, scope, what, types[i], term, &capture->value);
      return true;
    }
  struct wanted wanted = sum_up(types, type_count);
  if ((term->kind != TERM_NAME && term->kind != TERM_PATH) || wanted.sorts == 0)
    return report_value(c, what, &wanted, token);
  if (!wanted.has_thing)
    return take_param(c, scope, what, &wanted, token, capture);
  struct resolved found;
  if (!names_resolve(c, scope, term, wanted.kinds, &found))
    return false;
  if ((found.sorts & ~wanted.sorts) != 0)
    return report_kind(c, what, &wanted, token, &found);
  capture->value.kind = found.operand.member_count == 0 ? VALUE_REF : VALUE_MEMBER;
  capture->value.decl = found.decl;
  capture->value.member = found.operand.members[0];
  capture->operand = ARENA_NEW(c->arena, struct operand);
  *capture->operand = found.operand;
  return true;
}

enum sort param_sort(enum param_type type)
{
  switch (type) {
  case PARAM_STRING:
    return SORT_TEXT;
  case PARAM_NUMBER:
    return SORT_NUMBER;
  case PARAM_DURATION:
    return SORT_DURATION;
  case PARAM_DATE:
  case PARAM_DATETIME:
    return SORT_MOMENT;
  case PARAM_YES_NO:
    return SORT_YES_NO;
  }
  return SORT_TEXT;
}
