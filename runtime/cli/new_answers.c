/* SPDX-License-Identifier: Apache-2.0 */
/* new_answers: see new_answers.h. */
#include "runtime/cli/new_answers.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "compiler/when/zone.h"

enum { NAME_BYTES_MAX = 64, ALIAS_BYTES_MAX = 200, NODE_ANSWERS_MAX = 64 };

static void replace(struct replacements *replacements, struct text from, struct text to)
{
  if (replacements->count < REPLACEMENTS_MAX)
    replacements->items[replacements->count++] = (struct replacement){from, to};
}

static struct text trimmed(struct text a)
{
  while (a.length > 0 && (a.at[0] == ' ' || a.at[0] == '\t'))
    a = (struct text){a.at + 1, a.length - 1};
  while (a.length > 0 && strchr(" \t\r\n", a.at[a.length - 1]) != NULL)
    a.length--;
  return a;
}

/* The part up to the next `by`; *rest moves behind it. */
static struct text next_part(struct text *rest, char by)
{
  const char *end = rest->length == 0 ? NULL : memchr(rest->at, by, rest->length);
  struct text part = {rest->at, end == NULL ? rest->length : (size_t)(end - rest->at)};
  size_t used = part.length + (end == NULL ? 0 : 1);
  *rest = (struct text){rest->at + used, rest->length - used};
  return trimmed(part);
}

/* A name as the language has it. */
static bool is_name(struct text a)
{
  bool begins = true;
  for (size_t i = 0; i < a.length; i++) {
    bool letter = islower((unsigned char)a.at[i]) != 0,
         digit = isdigit((unsigned char)a.at[i]) != 0;
    if (a.at[i] == '-' ? begins : !letter && !(digit && i != 0))
      return false;
    begins = a.at[i] == '-';
  }
  return a.length > 0 && a.length <= NAME_BYTES_MAX && !begins;
}

static bool is_plain(struct text a)
{
  for (size_t i = 0; i < a.length; i++)
    if (!isgraph((unsigned char)a.at[i]) || strchr("\"\\$<>`", a.at[i]) != NULL)
      return false;
  return a.length > 0;
}

static bool is_word_of(struct text words, struct text word)
{
  for (size_t i = 0; i + word.length <= words.length; i++) {
    bool begins = i == 0 || strchr(" \n.\"", words.at[i - 1]) != NULL;
    bool ends =
        i + word.length == words.length || strchr(" \n.,:\"", words.at[i + word.length]) != NULL;
    if (begins && ends && memcmp(words.at + i, word.at, word.length) == 0)
      return true;
  }
  return false;
}

/* https://HOST...: *ret_host is HOST. */
static bool read_address(struct text answer, struct text *ret_host)
{
  static const char scheme[] = "https://";
  if (!is_plain(answer) || !text_starts_with(answer, scheme))
    return false;
  struct text rest = {answer.at + strlen(scheme), answer.length - strlen(scheme)};
  size_t length = 0;
  while (length < rest.length && strchr("/:?#", rest.at[length]) == NULL)
    length++;
  *ret_host = (struct text){rest.at, length};
  for (size_t i = 0; i < length; i++)
    if (!isalnum((unsigned char)rest.at[i]) && strchr("-.", rest.at[i]) == NULL)
      return false;
  return length > 0 && isalnum((unsigned char)rest.at[0]) && memchr(rest.at, '.', length) != NULL;
}

static const char *take_address(struct arena *arena, const struct question *question,
                                struct text answer, struct text words, struct replacements *ret)
{
  struct text host;
  if (!read_address(answer, &host))
    return "is no address; it begins with https:// and a host, such as https://host.example/path";
  replace(ret, text_of(question->otherwise), answer);
  if (question->name[0] == '\0')
    return NULL;
  struct text label = next_part(&host, '.');
  char name[NAME_BYTES_MAX + 8];
  size_t length = 0;
  for (size_t i = 0; i < label.length && length < NAME_BYTES_MAX; i++)
    name[length++] = (char)tolower((unsigned char)label.at[i]);
  struct text made = {name, length};
  if (text_is(made, question->name))
    return NULL;
  /* A host may begin with a digit, a name may not; and it must not be a word of the plan. */
  if (!is_name(made) || is_word_of(words, made))
    made = text_format(arena, "system-%.*s", TEXT_ARG(made));
  if (!is_name(made))
    return "has a host that cannot be made a name; write its first part in letters, digits, "
           "hyphens";
  replace(ret, text_of(question->name), text_copy(arena, made));
  return NULL;
}

/* Letters of any script: flows name such aliases. */
static const char *take_alias(struct arena *arena, const struct question *question,
                              struct text answer, struct replacements *ret)
{
  if (answer.length > ALIAS_BYTES_MAX)
    return "is too long for an alias; at most 200 characters";
  bool is_alias = text_equal(text_visible(arena, answer), answer);
  for (size_t i = 0; i < answer.length; i++) {
    unsigned char c = (unsigned char)answer.at[i];
    is_alias = is_alias && (c >= 0x80 || isalnum(c) || strchr("._-", c) != NULL);
  }
  if (!is_alias)
    return "is no alias; it has letters, digits, `.`, `_` and `-` only";
  replace(ret, text_of(question->otherwise), answer);
  return NULL;
}

static const char *take_nodes(struct arena *arena, const struct question *question,
                              struct text answer, struct text words, struct replacements *ret)
{
  struct buffer list = {0};
  struct text rest = answer, seen[NODE_ANSWERS_MAX];
  size_t count = 0;
  const char *wrong = NULL;
  unsigned number = 0;
  char end;
  if (isdigit((unsigned char)answer.at[0])) {
    if (sscanf(text_zero(arena, answer), "%3u%c", &number, &end) != 1 || number == 0 ||
        number > NODE_ANSWERS_MAX)
      return "is no number of nodes; write 1 to 64, or their names with commas";
    for (unsigned i = 1; i <= number; i++)
      buffer_format(&list, "%sworker-%u", i == 1 ? "" : ", ", i);
  }
  while (number == 0 && rest.length > 0 && wrong == NULL) {
    struct text node = next_part(&rest, ',');
    bool is_default = text_is(node, "worker-1") || text_is(node, "worker-2");
    if (!is_name(node))
      wrong = "has no node names; they are lower-case words with hyphens, such as worker-1";
    else if (count == NODE_ANSWERS_MAX)
      wrong = "has more than 64 nodes";
    for (size_t i = 0; i < count && wrong == NULL; i++)
      if (text_equal(seen[i], node))
        wrong = "names a node twice";
    if (wrong == NULL && !is_default && is_word_of(words, node))
      wrong = "has a word of the plan as a node's name; take another one";
    if (wrong == NULL) {
      seen[count++] = node;
      buffer_format(&list, "%s%.*s", count == 1 ? "" : ", ", TEXT_ARG(node));
    }
  }
  if (wrong == NULL)
    replace(ret, text_of(question->otherwise), text_copy(arena, buffer_text(&list)));
  buffer_free(&list);
  return wrong;
}

static bool is_mail(struct text a)
{
  const char *at = a.length == 0 ? NULL : memchr(a.at, '@', a.length);
  if (!is_plain(a) || at == NULL || at == a.at || memchr(a.at, ',', a.length) != NULL)
    return false;
  struct text host = {at + 1, a.length - (size_t)(at + 1 - a.at)};
  return host.length > 0 && memchr(host.at, '@', host.length) == NULL &&
         isalnum((unsigned char)host.at[0]) && memchr(host.at, '.', host.length) != NULL &&
         host.at[host.length - 1] != '.';
}

static const char *take_people(struct arena *arena, const struct question *question,
                               struct text answer, struct replacements *ret)
{
  struct text rest = answer, old = text_of(question->otherwise);
  size_t count = 0, wanted = 0;
  for (const char *at = question->otherwise; at != NULL; at = strchr(at + 1, ','))
    wanted++;
  while (old.length > 0) {
    struct text from = next_part(&old, ','), mail = next_part(&rest, ',');
    if (mail.length == 0)
      break;
    if (!is_mail(mail))
      return "has a part that is no mail address such as name@host.example";
    replace(ret, from, text_copy(arena, mail));
    count++;
  }
  if (count != wanted || rest.length > 0)
    return wanted == 2 ? "must be 2 mail addresses with a comma between them"
                       : "must be 3 mail addresses with commas between them";
  return NULL;
}

static bool is_weekday(const char *word)
{
  static const char *const days[] = {"monday", "tuesday",  "wednesday", "thursday",
                                     "friday", "saturday", "sunday"};
  for (size_t i = 0; i < sizeof days / sizeof days[0]; i++)
    if (strcmp(days[i], word) == 0)
      return true;
  return false;
}

static bool is_time(unsigned hour, unsigned minute)
{
  return hour < 24 && minute < 60;
}

static const char *take_window(struct arena *arena, struct text answer, struct replacements *ret)
{
  char day[16], zone[64], end;
  unsigned from_hour, from_minute, until_hour, until_minute;
  struct zone found;
  if (sscanf(text_zero(arena, answer), "%15[a-zA-Z] %2u:%2u-%2u:%2u %63s %c", day, &from_hour,
             &from_minute, &until_hour, &until_minute, zone, &end) != 6)
    return "is no window; write it as: saturday 22:00-02:00 Europe/Berlin";
  for (char *at = day; *at != '\0'; at++)
    *at = (char)tolower((unsigned char)*at);
  if (!is_weekday(day))
    return "has no day of the week: monday to sunday";
  if (!is_time(from_hour, from_minute) || !is_time(until_hour, until_minute))
    return "has a time that is none; 00:00 to 23:59";
  if (from_hour == until_hour && from_minute == until_minute)
    return "begins and ends at the same time";
  if (!is_plain(text_of(zone)) || !zone_find(text_of(zone), &found))
    return "has an unknown time zone; write its IANA name, such as Europe/Berlin or UTC";
  replace(ret, TEXT("Europe/Berlin"), text_copy(arena, text_of(zone)));
  replace(ret, TEXT("saturday from 22:00 until 02:00"),
          text_format(arena, "%s from %02u:%02u until %02u:%02u", day, from_hour, from_minute,
                      until_hour, until_minute));
  return NULL;
}

static const char *take_space(struct arena *arena, struct text answer, struct replacements *ret)
{
  struct text rest = answer, organization = next_part(&rest, '/'), space = trimmed(rest);
  for (size_t i = 0; i < answer.length; i++)
    if (!isprint((unsigned char)answer.at[i]) || strchr("\"\\$", answer.at[i]) != NULL)
      return "has a character that cannot stand in a name of Cloud Foundry";
  if (organization.length == 0 || space.length == 0)
    return "must be ORGANIZATION/SPACE";
  replace(ret, TEXT("organization \"acme\""),
          text_format(arena, "organization \"%.*s\"", TEXT_ARG(organization)));
  replace(ret, TEXT("name \"prod\""), text_format(arena, "name \"%.*s\"", TEXT_ARG(space)));
  return NULL;
}

const char *answer_take(struct arena *arena, const struct question *question, struct text answer,
                        struct text words, struct replacements *replacements)
{
  answer = trimmed(answer);
  if (answer.length == 0)
    return "is empty";
  switch (question->kind) {
  case ANSWER_TENANT:
  case ANSWER_ADDRESS:
    return take_address(arena, question, answer, words, replacements);
  case ANSWER_ALIAS:
    return take_alias(arena, question, answer, replacements);
  case ANSWER_NODES:
    return take_nodes(arena, question, answer, words, replacements);
  case ANSWER_PEOPLE:
    return take_people(arena, question, answer, replacements);
  case ANSWER_WINDOW:
    return take_window(arena, answer, replacements);
  case ANSWER_SPACE:
    return take_space(arena, answer, replacements);
  }
  return NULL;
}

struct text answers_apply(struct arena *arena, struct text words,
                          const struct replacements *replacements)
{
  struct buffer out = {0};
  for (size_t at = 0; at < words.length;) {
    const struct replacement *longest = NULL;
    for (size_t i = 0; i < replacements->count; i++) {
      const struct replacement *item = &replacements->items[i];
      if (item->from.length <= words.length - at &&
          memcmp(words.at + at, item->from.at, item->from.length) == 0 &&
          (longest == NULL || item->from.length > longest->from.length))
        longest = item;
    }
    if (longest != NULL)
      buffer_add_text(&out, longest->to);
    else
      buffer_add(&out, words.at + at, 1);
    at += longest != NULL ? longest->from.length : 1;
  }
  struct text made = text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return made;
}
