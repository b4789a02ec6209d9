/* SPDX-License-Identifier: Apache-2.0 */
/* sorts: what each name and each member of it is, as tables. No rule about a member elsewhere. */
#include "compiler/check/ask.h"
#include "compiler/check/checker.h"

struct sort_row {
  const char *says;
  unsigned types;
};

static const struct sort_row sort_rows[SORT__COUNT] = {
    [SORT_CERTIFICATE] = {"a certificate", TYPE_CERTIFICATE},
    [SORT_VERSION] = {"a certificate", TYPE_CERTIFICATE},
    [SORT_ROOT] = {"a root certificate", TYPE_ROOT},
    [SORT_CHAIN] = {"a chain", TYPE_ROOT},
    [SORT_FINGERPRINT] = {"a fingerprint", 0},
    [SORT_FACT] = {"yes or no, known when the plan runs", 0},
    [SORT_SERVICE_KEY] = {"a service key", TYPE_SERVICEKEY},
    [SORT_KEY_VERSION] = {"a service key", TYPE_SERVICEKEY},
    [SORT_BUNDLE] = {"a bundle", TYPE_BUNDLE},
    [SORT_KEY_CERTIFICATE] = {"the certificate of a service key", TYPE_BUNDLE},
    [SORT_ARTEFACT] = {"a credential or key", TYPE_CERTIFICATE},
    [SORT_ARTEFACT_VERSION] = {"a version of a credential or key", TYPE_CERTIFICATE},
    [SORT_KEYSTORE] = {"a keystore", TYPE_KEYSTORE},
    [SORT_CA] = {"a ca", TYPE_CA},
    [SORT_SYSTEM] = {"a system", TYPE_SYSTEM},
    [SORT_FLOW] = {"a flow", TYPE_FLOW},
    [SORT_TENANT] = {"a tenant", 0},
    [SORT_ABAP] = {"an abap-system", TYPE_ABAP},
    [SORT_SPACE] = {"a space", TYPE_SPACE},
    [SORT_INSTANCE] = {"a service-instance", TYPE_INSTANCE},
    [SORT_ROLE] = {"a role", TYPE_ROLE},
    [SORT_SECRET] = {"a secret", 0},
    [SORT_WINDOW] = {"a window", TYPE_WINDOW},
    [SORT_FREEZE] = {"a freeze", 0},
    [SORT_CALENDAR] = {"a calendar", 0},
    [SORT_TABLE] = {"a table", 0},
    [SORT_PROCEDURE] = {"a procedure", 0},
    [SORT_PLAN] = {"a plan", 0},
    [SORT_SCENARIO] = {"a scenario", 0},
    [SORT_NODE] = {"a node", TYPE_NODE},
    [SORT_TARGET] = {"a communication system", TYPE_TARGET},
    [SORT_ROW] = {"a row of a table", 0},
    [SORT_NODES] = {"a set of nodes", 0},
    [SORT_TARGETS] = {"a set of communication systems", 0},
    [SORT_FLOWS] = {"a set of flows", 0},
    [SORT_TEXT] = {"a text", TYPE_TEXT},
    [SORT_WORD] = {"a word", TYPE_WORD},
    [SORT_NUMBER] = {"a number", TYPE_NUMBER},
    [SORT_DURATION] = {"a duration", TYPE_DURATION},
    [SORT_MOMENT] = {"a date", TYPE_MOMENT},
    [SORT_YES_NO] = {"yes or no", 0},
};

static const enum sort kind_sorts[KIND__COUNT] = {
    [KIND_ROLE] = SORT_ROLE,
    [KIND_SECRET] = SORT_SECRET,
    [KIND_TENANT] = SORT_TENANT,
    [KIND_ABAP] = SORT_ABAP,
    [KIND_SPACE] = SORT_SPACE,
    [KIND_KEYSTORE] = SORT_KEYSTORE,
    [KIND_SYSTEM] = SORT_SYSTEM,
    [KIND_FLOW] = SORT_FLOW,
    [KIND_CA] = SORT_CA,
    [KIND_CERTIFICATE] = SORT_CERTIFICATE,
    [KIND_CREDENTIAL] = SORT_ARTEFACT,
    [KIND_SSHKEY] = SORT_ARTEFACT,
    [KIND_PGPKEY] = SORT_ARTEFACT,
    [KIND_WINDOW] = SORT_WINDOW,
    [KIND_FREEZE] = SORT_FREEZE,
    [KIND_CALENDAR] = SORT_CALENDAR,
    [KIND_INSTANCE] = SORT_INSTANCE,
    [KIND_SERVICEKEY] = SORT_SERVICE_KEY,
    [KIND_TABLE] = SORT_TABLE,
    [KIND_PROCEDURE] = SORT_PROCEDURE,
    [KIND_PLAN] = SORT_PLAN,
    [KIND_SCENARIO] = SORT_SCENARIO,
    [KIND_PARAM] = SORT_TEXT,
};

struct member_row {
  enum sort sort;
  enum member member;
  enum sort gives;
  int key; /* the declaration must have it; -1 = none */
};

static const struct member_row member_rows[] = {
    {SORT_CERTIFICATE, MEMBER_OLD, SORT_VERSION, -1},
    {SORT_CERTIFICATE, MEMBER_NEW, SORT_VERSION, -1},
    {SORT_CERTIFICATE, MEMBER_ROOT, SORT_ROOT, -1},
    {SORT_CERTIFICATE, MEMBER_CHAIN, SORT_CHAIN, -1},
    {SORT_CERTIFICATE, MEMBER_KEYSTORE, SORT_KEYSTORE, KEY_IN},
    {SORT_CERTIFICATE, MEMBER_CA, SORT_CA, KEY_SIGNED_BY},
    {SORT_CERTIFICATE, MEMBER_FINGERPRINT, SORT_FINGERPRINT, -1},
    {SORT_CERTIFICATE, MEMBER_USED_ELSEWHERE, SORT_FACT, -1},
    {SORT_CERTIFICATE, MEMBER_FLOWS, SORT_FLOWS, -1},
    {SORT_ARTEFACT, MEMBER_OLD, SORT_ARTEFACT_VERSION, -1},
    {SORT_ARTEFACT, MEMBER_NEW, SORT_ARTEFACT_VERSION, -1},
    {SORT_ARTEFACT, MEMBER_KEYSTORE, SORT_KEYSTORE, KEY_IN},
    {SORT_VERSION, MEMBER_ROOT, SORT_ROOT, -1},
    {SORT_VERSION, MEMBER_CHAIN, SORT_CHAIN, -1},
    {SORT_VERSION, MEMBER_FINGERPRINT, SORT_FINGERPRINT, -1},
    {SORT_VERSION, MEMBER_USED_ELSEWHERE, SORT_FACT, -1},
    {SORT_ROOT, MEMBER_FINGERPRINT, SORT_FINGERPRINT, -1},
    {SORT_ROOT, MEMBER_USED_ELSEWHERE, SORT_FACT, -1},
    {SORT_SERVICE_KEY, MEMBER_OLD, SORT_KEY_VERSION, -1},
    {SORT_SERVICE_KEY, MEMBER_NEW, SORT_KEY_VERSION, -1},
    {SORT_SERVICE_KEY, MEMBER_BUNDLE, SORT_BUNDLE, -1},
    {SORT_SERVICE_KEY, MEMBER_CERTIFICATE, SORT_KEY_CERTIFICATE, -1},
    {SORT_KEY_VERSION, MEMBER_BUNDLE, SORT_BUNDLE, -1},
    {SORT_KEY_VERSION, MEMBER_CERTIFICATE, SORT_KEY_CERTIFICATE, -1},
    {SORT_TENANT, MEMBER_NODES, SORT_NODES, -1},
    {SORT_FLOW, MEMBER_NODES, SORT_NODES, -1},
    {SORT_SYSTEM, MEMBER_NODES, SORT_NODES, -1},
    {SORT_SYSTEM, MEMBER_ROOT, SORT_ROOT, -1},
    {SORT_ABAP, MEMBER_COMMUNICATION_SYSTEMS, SORT_TARGETS, -1},
    {SORT_WINDOW, MEMBER_START, SORT_MOMENT, -1},
    {SORT_WINDOW, MEMBER_END, SORT_MOMENT, -1},
    {SORT_CALENDAR, MEMBER_ISSUE, SORT_MOMENT, KEY_ISSUE_ON},
    {SORT_CALENDAR, MEMBER_ROTATE, SORT_MOMENT, KEY_ROTATE_ON},
};
enum { MEMBER_ROW_COUNT = sizeof member_rows / sizeof member_rows[0] };

const char *const member_words[MEMBER__COUNT] = {
    [MEMBER_NONE] = "",
    [MEMBER_OLD] = "old",
    [MEMBER_NEW] = "new",
    [MEMBER_ROOT] = "root",
    [MEMBER_CHAIN] = "chain",
    [MEMBER_KEYSTORE] = "keystore",
    [MEMBER_CA] = "ca",
    [MEMBER_FINGERPRINT] = "fingerprint",
    [MEMBER_USED_ELSEWHERE] = "used-elsewhere",
    [MEMBER_BUNDLE] = "bundle",
    [MEMBER_CERTIFICATE] = "certificate",
    [MEMBER_NODES] = "nodes",
    [MEMBER_FLOWS] = "flows",
    [MEMBER_COMMUNICATION_SYSTEMS] = "communication-systems",
    [MEMBER_START] = "start",
    [MEMBER_END] = "end",
    [MEMBER_ISSUE] = "issue",
    [MEMBER_ROTATE] = "rotate",
};

bool member_find(struct text word, enum member *ret_member)
{
  for (int i = MEMBER_NONE + 1; i < MEMBER__COUNT; i++)
    if (text_is(word, member_words[i])) {
      *ret_member = (enum member)i;
      return true;
    }
  return false;
}

const char *sort_says(enum sort sort)
{
  return sort_rows[sort].says;
}

unsigned sort_types(enum sort sort)
{
  return sort_rows[sort].types;
}

enum sort sort_of_kind(enum kind kind)
{
  return kind_sorts[kind];
}

enum sort sort_first(uint64_t sorts)
{
  int sort = 0;
  while (sort < SORT__COUNT - 1 && (sorts & SORT_BIT(sort)) == 0)
    sort++;
  return (enum sort)sort;
}

static const struct member_row *member_row(enum sort sort, enum member member)
{
  for (size_t i = 0; i < MEMBER_ROW_COUNT; i++)
    if (member_rows[i].sort == sort && member_rows[i].member == member)
      return &member_rows[i];
  return NULL;
}

uint64_t sort_member(uint64_t sorts, enum member member, enum sort *ret_refused)
{
  uint64_t made = 0;
  for (int sort = 0; sort < SORT__COUNT; sort++) {
    if ((sorts & SORT_BIT(sort)) == 0)
      continue;
    const struct member_row *row = member_row((enum sort)sort, member);
    if (row == NULL) {
      *ret_refused = (enum sort)sort;
      return 0;
    }
    made |= SORT_BIT(row->gives);
  }
  return made;
}

bool sort_member_key(enum sort sort, enum member member, enum key *ret_key)
{
  const struct member_row *row = member_row(sort, member);
  if (row == NULL || row->key < 0)
    return false;
  *ret_key = (enum key)row->key;
  return true;
}

uint32_t sort_members(enum sort sort, struct text *ret_words, uint32_t limit)
{
  uint32_t count = 0;
  for (size_t i = 0; i < MEMBER_ROW_COUNT && count < limit; i++)
    if (member_rows[i].sort == sort)
      ret_words[count++] = text_of(member_words[member_rows[i].member]);
  return count;
}

struct type_row {
  unsigned type;
  const char *says;
  const char *form; /* as verbs.def writes it */
};

static const struct type_row type_rows[] = {
    {TYPE_CERTIFICATE, "a certificate", "CERTIFICATE"},
    {TYPE_ROOT, "a root certificate", "ROOT"},
    {TYPE_SERVICEKEY, "a service key", "SERVICE-KEY"},
    {TYPE_BUNDLE, "a bundle of a service key", "BUNDLE"},
    {TYPE_KEYSTORE, "a keystore", "KEYSTORE"},
    {TYPE_SYSTEM, "a system", "SYSTEM"},
    {TYPE_INSTANCE, "a service-instance", "INSTANCE"},
    {TYPE_SPACE, "a space", "SPACE"},
    {TYPE_CA, "a ca", "CA"},
    {TYPE_FLOW, "a flow", "FLOW"},
    {TYPE_NODE, "a node", "NODE"},
    {TYPE_WINDOW, "a window", "WINDOW"},
    {TYPE_ABAP, "an abap-system", "ABAP-SYSTEM"},
    {TYPE_ROLE, "a role", "ROLE"},
    {TYPE_TEXT, "a text in quotes", "\"TEXT\""},
    {TYPE_WORD, "a word", "WORD"},
    {TYPE_MOMENT, "a date such as 2027-03-06T22:00", "MOMENT"},
    {TYPE_DURATION, "a duration such as 15m", "DURATION"},
    {TYPE_TARGET, "a communication system", "TARGET"},
    {TYPE_NUMBER, "a number", "NUMBER"},
};

struct text types_say(struct arena *arena, unsigned types)
{
  struct buffer words = {0};
  unsigned left = types;
  for (size_t i = 0; i < sizeof type_rows / sizeof type_rows[0]; i++) {
    if ((left & type_rows[i].type) == 0)
      continue;
    left &= ~type_rows[i].type;
    if (words.size_bytes != 0)
      buffer_add_zero(&words, left == 0 ? " or " : ", ");
    buffer_add_zero(&words, type_rows[i].says);
  }
  struct text said = text_copy(arena, buffer_text(&words));
  buffer_free(&words);
  return said;
}

/* "KEYSTORE|SYSTEM": the same in a sentence's form. */
struct text types_form(struct arena *arena, unsigned types)
{
  struct buffer words = {0};
  unsigned left = types;
  for (size_t i = 0; i < sizeof type_rows / sizeof type_rows[0]; i++) {
    if ((left & type_rows[i].type) == 0)
      continue;
    left &= ~type_rows[i].type;
    if (words.size_bytes != 0)
      buffer_add_zero(&words, "|");
    buffer_add_zero(&words, type_rows[i].form);
  }
  struct text form = text_copy(arena, buffer_text(&words));
  buffer_free(&words);
  return form;
}

static uint64_t walk_members(enum kind kind, const enum member *members, uint32_t count)
{
  uint64_t sorts = (int)kind >= KIND_DECLARED_COUNT ? 0 : SORT_BIT(sort_of_kind(kind));
  enum sort refused;
  for (uint32_t i = 0; i < count && sorts != 0; i++)
    sorts = sort_member(sorts, members[i], &refused);
  return sorts;
}

unsigned ask_types(enum kind kind, const enum member *members, uint32_t count)
{
  uint64_t sorts = walk_members(kind, members, count);
  return sorts == 0 ? 0 : sort_rows[sort_first(sorts)].types;
}

bool ask_member(enum kind kind, const enum member *members, uint32_t count, enum member member)
{
  uint64_t sorts = walk_members(kind, members, count);
  return sorts != 0 && member_row(sort_first(sorts), member) != NULL;
}

struct text ask_form(struct arena *arena, unsigned types)
{
  return types_form(arena, types);
}
