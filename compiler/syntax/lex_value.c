/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex_value: what names, numbers, durations, dates and times are worth, and what is wrong with words
 * that look like one.
 *
 * (1) A wrong word still becomes the token that was meant, with a value in range, so that the line
 *     keeps its shape; FLAG_FLAWED says that a finding is there.
 */
#include "compiler/syntax/parse_int.h"

#include <stdio.h>
#include <string.h>

#include "compiler/tables/tables.h"

static struct diag *report(struct lexer *lexer, struct token *token, enum diag_code code,
                           const char *headline)
{
  struct parse *parse = lexer->parse;
  token->flags |= FLAG_FLAWED;
  if (!parse_has_room(parse))
    return NULL;
  struct text shown = parse_shown(parse, parse_token_text(parse, token));
  return diag_add(parse->diags, code, parse_token_span(parse, token), headline, TEXT_ARG(shown));
}

static struct diag *report_with_fix(struct lexer *lexer, struct token *token, enum diag_code code,
                                    const char *headline, const char *label, struct text instead)
{
  struct parse *parse = lexer->parse;
  struct diag *diag = report(lexer, token, code, headline);
  if (diag == NULL)
    return NULL;
  diag_set_label(parse->diags, diag, "%s", label);
  if (instead.length != 0)
    diag_add_fix(parse->diags, diag, FIX_SAFE, diag->primary, instead, "write `%.*s`",
                 TEXT_ARG(instead));
  return diag;
}

static struct token *add_number(struct lexer *lexer, const unsigned char *from, int kind,
                                int64_t number)
{
  struct token *token = lex_add(lexer, from, kind);
  lex_set_value(lexer, token, (struct token_value){.number = number});
  return token;
}

static bool is_digit(unsigned char byte)
{
  return byte >= '0' && byte <= '9';
}

/* Up to and including limit + 1, so that "too large" stays visible. */
static int64_t read_digits(const unsigned char **at, int64_t limit)
{
  int64_t number = 0;
  for (; is_digit(**at); (*at)++)
    number = number > limit ? limit + 1 : number * 10 + (**at - '0');
  return number > limit ? limit + 1 : number;
}

/* --- names --- */

static void report_long_name(struct lexer *lexer, struct token *token, const char *headline)
{
  struct diag *diag = report(lexer, token, DIAG_E0112, headline);
  if (diag != NULL)
    diag_set_label(lexer->parse->diags, diag, "%u bytes; a name has at most %d, a path %d",
                   token->length, NAME_LIMIT_BYTES, PATH_LIMIT_BYTES);
}

static bool name_is_long(const struct token *token, struct text written)
{
  size_t length = 0;
  for (size_t i = 0; i < written.length; i++) {
    length = written.at[i] == '.' ? 0 : length + 1;
    if (length > NAME_LIMIT_BYTES)
      return true;
  }
  return token->length > PATH_LIMIT_BYTES;
}

bool lex_name(struct lexer *lexer, const unsigned char *from, int kind)
{
  struct token *token = lex_add(lexer, from, kind);
  if (token->length <= NAME_LIMIT_BYTES)
    return true;
  struct text written = parse_token_text(lexer->parse, token);
  if (!name_is_long(token, written))
    return true;
  token->kind = TOKEN_ID;
  const char *end = memchr(written.at, '.', NAME_LIMIT_BYTES);
  size_t kept = end != NULL ? (size_t)(end - written.at) : NAME_LIMIT_BYTES;
  lex_set_value(lexer, token, (struct token_value){.text = {written.at, kept}});
  report_long_name(lexer, token, "the name `%.*s` is too long");
  return true;
}

static bool is_upper(char byte)
{
  return byte >= 'A' && byte <= 'Z';
}

static bool is_name_byte(char byte)
{
  return (byte >= 'a' && byte <= 'z') || is_digit((unsigned char)byte);
}

/* clientNew, client_new, CLIENT-NEW and client--new are client-new; empty where nothing is left. */
static struct text kebab_of(struct arena *arena, struct text word)
{
  char *bytes = arena_alloc(arena, word.length * 2 + 1);
  size_t length = 0;
  for (size_t i = 0; i < word.length; i++) {
    char byte = word.at[i];
    char last = length != 0 ? bytes[length - 1] : '.';
    bool next_is_lower = i + 1 < word.length && word.at[i + 1] >= 'a' && word.at[i + 1] <= 'z';
    bool hump = is_upper(byte) && i > 0 && word.at[i - 1] != '-' && word.at[i - 1] != '_' &&
                (!is_upper(word.at[i - 1]) || next_is_lower);
    if (hump && is_name_byte(last))
      bytes[length++] = '-';
    if (byte == '_' || byte == '-') {
      if (is_name_byte(last))
        bytes[length++] = '-';
      continue;
    }
    if (byte == '.') {
      while (length != 0 && bytes[length - 1] == '-')
        length--;
      if (length != 0 && bytes[length - 1] != '.')
        bytes[length++] = '.';
      continue;
    }
    bytes[length++] = is_upper(byte) ? (char)(byte - 'A' + 'a') : byte;
  }
  while (length != 0 && !is_name_byte(bytes[length - 1]))
    length--;
  for (size_t i = 0; i < length; i++)
    if ((i == 0 || bytes[i - 1] == '.') && is_digit((unsigned char)bytes[i]))
      return TEXT_NONE;
  return (struct text){bytes, length};
}

/* --- are they sure? --- */

static struct text first_part(struct text name)
{
  const char *dot = memchr(name.at, '.', name.length);
  return dot == NULL ? name : (struct text){name.at, (size_t)(dot - name.at)};
}

static struct text name_of(const struct parse *parse, const struct token *token)
{
  struct text value = parse->values[token->value].text;
  return first_part(value.at != NULL ? value : parse_token_text(parse, token));
}

/* A name is declared here: behind its kind, before a colon, or behind `for each`. */
static bool declares(const struct parse *parse, uint32_t index)
{
  const struct token *tokens = parse->raw.items;
  if (index + 1 < parse->raw.count && tokens[index + 1].kind == TOKEN_COLON)
    return true;
  if (index == 0)
    return false;
  const struct token *before = &tokens[index - 1];
  enum kind kind;
  return before->kind == TOKEN_FOREACH || ((before->flags & FLAG_FIRST) && before->indent == 0 &&
                                           kind_find(parse_token_text(parse, before), &kind));
}

void lex_judge_names(struct parse *parse)
{
  uint32_t from = parse->diag_start, count = parse->diags->count;
  while (from < count && parse->diags->items[from]->code != DIAG_E0106)
    from++;
  if (from == count)
    return;
  struct text_map names;
  text_map_start(&names, parse->scratch);
  for (uint32_t i = 0; i < parse->raw.count; i++) {
    const struct token *token = &parse->raw.items[i];
    bool name = token->kind == TOKEN_ID || token->kind == TOKEN_PATH;
    if (name && (!(token->flags & FLAG_FLAWED) || declares(parse, i)))
      text_map_add(&names, name_of(parse, token), 0, NULL);
  }
  for (; from < count; from++) {
    struct diag *diag = parse->diags->items[from];
    uint32_t ignored;
    if (diag->code == DIAG_E0106 && diag->fix_kind == FIX_SAFE &&
        !text_map_find(&names, first_part(diag->edits->text), &ignored))
      diag->fix_kind = FIX_UNSAFE;
  }
}

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const int month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

enum { MONTH_COUNT = 12 };

static int month_of(struct text word)
{
  for (int i = 0; i < MONTH_COUNT; i++)
    if (text_is(word, months[i]))
      return i + 1;
  return 0;
}

bool lex_wrong_yes_no(struct lexer *lexer, const unsigned char *from)
{
  bool yes = *from == 't' || *from == 'T';
  struct token *token = add_number(lexer, from, TOKEN_YESNO, yes);
  report_with_fix(lexer, token, DIAG_E0108, "`%.*s` is no value of this language",
                  "a choice is `yes` or `no`", yes ? TEXT("yes") : TEXT("no"));
  return true;
}

bool lex_yes_no(struct lexer *lexer, const unsigned char *from)
{
  add_number(lexer, from, TOKEN_YESNO, *from == 'y');
  return true;
}

/* A word that is no name: its case, its hyphens, or a month without a day. */
bool lex_word(struct lexer *lexer, const unsigned char *from)
{
  struct parse *parse = lexer->parse;
  struct text word = {(const char *)from, (size_t)(lexer->cursor - from)};
  bool truth = text_is(word, "True") || text_is(word, "False") || text_is(word, "TRUE") ||
               text_is(word, "FALSE");
  if (truth)
    return lex_wrong_yes_no(lexer, from);
  int month = month_of(word);
  if (month != 0) {
    struct token *token = add_number(lexer, from, TOKEN_MONTHDAY, month * 100 + 1);
    report_with_fix(lexer, token, DIAG_E0110, "`%.*s` lacks its day",
                    "a day of the year is a month and a number", TEXT_NONE);
    return true;
  }
  struct token *token = lex_add(lexer, from, TOKEN_ID);
  if (word.length > PATH_LIMIT_BYTES) {
    lex_set_value(lexer, token, (struct token_value){.text = TEXT("too-long")});
    report_long_name(lexer, token, "the name `%.*s` is too long");
    return true;
  }
  struct text kebab = kebab_of(parse->arena, word);
  if (kebab.length == 0)
    token->kind = TOKEN_BAD;
  else if (memchr(kebab.at, '.', kebab.length) != NULL)
    token->kind = TOKEN_PATH;
  lex_set_value(lexer, token, (struct token_value){.text = kebab});
  const char *label = word.at[word.length - 1] == '.'
                          ? "a name ends with a letter or a digit; no sentence ends here"
                          : "names are lower-case, with single hyphens between words";
  report_with_fix(lexer, token, DIAG_E0106, "`%.*s` is no name", label, kebab);
  return true;
}

/* --- numbers and durations --- */

bool lex_number(struct lexer *lexer, const unsigned char *from)
{
  const unsigned char *at = from;
  int64_t number = read_digits(&at, NUMBER_LIMIT);
  bool large = number > NUMBER_LIMIT;
  struct token *token = add_number(lexer, from, TOKEN_NUMBER, large ? NUMBER_LIMIT : number);
  if (large)
    report_with_fix(lexer, token, DIAG_E0112, "the number %.*s is too large",
                    "numbers go up to 1000000000", TEXT_NONE);
  return true;
}

static int64_t unit_seconds(unsigned char letter)
{
  switch (letter) {
  case 's':
    return 1;
  case 'm':
    return 60;
  case 'h':
    return 3600;
  case 'd':
    return 86400;
  case 'w':
    return 604800;
  default:
    return 0;
  }
}

bool lex_duration(struct lexer *lexer, const unsigned char *from)
{
  int64_t seconds = 0;
  for (const unsigned char *at = from; at < lexer->cursor;) {
    int64_t count = read_digits(&at, DURATION_LIMIT_S);
    int64_t unit = unit_seconds(*at++);
    seconds = count > DURATION_LIMIT_S / unit ? DURATION_LIMIT_S + 1 : seconds + count * unit;
    if (seconds > DURATION_LIMIT_S)
      break;
  }
  bool large = seconds > DURATION_LIMIT_S;
  struct token *token = add_number(lexer, from, TOKEN_DURATION, large ? DURATION_LIMIT_S : seconds);
  if (large)
    report_with_fix(lexer, token, DIAG_E0112, "the duration %.*s is too long",
                    "durations go up to a hundred years", TEXT_NONE);
  return true;
}

/* "30 days": the number, then a word for the unit. */
bool lex_duration_in_words(struct lexer *lexer, const unsigned char *from)
{
  struct parse *parse = lexer->parse;
  const unsigned char *at = from;
  int64_t count = read_digits(&at, DURATION_LIMIT_S);
  const unsigned char *digits_end = at;
  while (*at == ' ' || *at == '\t')
    at++;
  bool month = lexer->cursor - at >= 5 && memcmp(at, "month", 5) == 0;
  bool year = *at == 'y';
  int64_t unit = month  ? 30 * unit_seconds('d')
                 : year ? 365 * unit_seconds('d')
                        : unit_seconds(*at);
  bool large = count > DURATION_LIMIT_S / unit;
  struct token *token =
      add_number(lexer, from, TOKEN_DURATION, large ? DURATION_LIMIT_S : count * unit);
  struct text instead = TEXT_NONE;
  if (!month && !year && !large)
    instead =
        text_format(parse->arena, "%.*s%c", (int)(digits_end - from), (const char *)from, *at);
  report_with_fix(lexer, token, DIAG_E0109, "`%.*s` is no duration",
                  month || year ? "months and years have no fixed length: count days or weeks"
                                : "a duration is a number and s, m, h, d or w, without a blank",
                  instead);
  return true;
}

/* --- dates and times --- */

static bool is_leap(int64_t year)
{
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t days_of(int64_t year, int64_t month)
{
  return month == 2 && !is_leap(year) ? 28 : month_days[month - 1];
}

static int64_t clamp(int64_t number, int64_t least, int64_t most)
{
  return number < least ? least : number > most ? most : number;
}

bool lex_date(struct lexer *lexer, const unsigned char *from, int kind)
{
  struct parse *parse = lexer->parse;
  const unsigned char *at = from;
  int64_t year = read_digits(&at, NUMBER_LIMIT), month, day, hour = 0, minute = 0;
  at++;
  month = read_digits(&at, NUMBER_LIMIT);
  at++;
  day = read_digits(&at, NUMBER_LIMIT);
  if (kind == TOKEN_DATETIME) {
    at++;
    hour = read_digits(&at, NUMBER_LIMIT);
    at++;
    minute = read_digits(&at, NUMBER_LIMIT);
  }
  struct token *token = lex_add(lexer, from, kind);
  bool date_is_well =
      year >= 1 && month >= 1 && month <= MONTH_COUNT && day >= 1 && day <= days_of(year, month);
  bool time_is_well = hour <= 23 && minute <= 59;
  if (date_is_well && time_is_well)
    return true;
  int64_t near_year = clamp(year, 1, 9999), near_month = clamp(month, 1, MONTH_COUNT);
  struct text near = text_format(parse->arena, "%04d-%02d-%02d", (int)near_year, (int)near_month,
                                 (int)clamp(day, 1, days_of(near_year, near_month)));
  if (kind == TOKEN_DATETIME)
    near = text_format(parse->arena, "%.*sT%02d:%02d%s", TEXT_ARG(near), (int)clamp(hour, 0, 23),
                       (int)clamp(minute, 0, 59), lexer->cursor[-1] == 'Z' ? "Z" : "");
  lex_set_value(lexer, token, (struct token_value){.text = near});
  if (!date_is_well)
    report_with_fix(lexer, token, DIAG_E0110, "there is no day `%.*s`",
                    month > MONTH_COUNT || month < 1 ? "a date is YEAR-MONTH-DAY"
                                                     : "this month has no such day",
                    TEXT_NONE);
  else
    report_with_fix(lexer, token, DIAG_E0111, "there is no time `%.*s`",
                    "the last minute of a day is 23:59", TEXT_NONE);
  return true;
}

bool lex_time(struct lexer *lexer, const unsigned char *from)
{
  const unsigned char *at = from;
  int64_t hour = read_digits(&at, NUMBER_LIMIT);
  at++;
  int64_t minute = read_digits(&at, NUMBER_LIMIT);
  bool well = hour <= 23 && minute <= 59;
  struct token *token =
      add_number(lexer, from, TOKEN_TIME, clamp(hour, 0, 23) * 60 + clamp(minute, 0, 59));
  if (!well)
    report_with_fix(lexer, token, DIAG_E0111, "there is no time `%.*s`",
                    hour == 24 && minute == 0 ? "midnight is 00:00; a window may cross it"
                                              : "times go from 00:00 to 23:59",
                    hour == 24 && minute == 0 ? TEXT("00:00") : TEXT_NONE);
  return true;
}

bool lex_month_day(struct lexer *lexer, const unsigned char *from)
{
  const unsigned char *at = from;
  while (*at != ' ' && *at != '\t')
    at++;
  int month = month_of((struct text){(const char *)from, (size_t)(at - from)});
  while (!is_digit(*at))
    at++;
  int64_t day = read_digits(&at, NUMBER_LIMIT);
  bool well = day >= 1 && day <= month_days[month - 1];
  struct token *token =
      add_number(lexer, from, TOKEN_MONTHDAY, month * 100 + clamp(day, 1, month_days[month - 1]));
  if (!well)
    report_with_fix(lexer, token, DIAG_E0110, "there is no day `%.*s`",
                    "this month has no such day", TEXT_NONE);
  return true;
}

/* --- words that begin with a digit and are nothing of the above --- */

struct digits_shape {
  size_t colons, dots, hyphens, letters;
};

static struct digits_shape shape_of(struct text word)
{
  struct digits_shape shape = {0};
  for (size_t i = 0; i < word.length; i++) {
    shape.colons += word.at[i] == ':';
    shape.dots += word.at[i] == '.';
    shape.hyphens += word.at[i] == '-';
    shape.letters += !is_digit((unsigned char)word.at[i]) && word.at[i] != ':' &&
                     word.at[i] != '.' && word.at[i] != '-';
  }
  return shape;
}

static bool lex_wrong_time(struct lexer *lexer, const unsigned char *from)
{
  struct parse *parse = lexer->parse;
  bool one_digit = from[1] == ':' && lexer->cursor - from == 4;
  struct token *token = add_number(lexer, from, TOKEN_TIME, 0);
  struct text written = parse_token_text(parse, token);
  report_with_fix(lexer, token, DIAG_E0111, "`%.*s` is no time",
                  "a time is two digits, a colon, two digits",
                  one_digit ? text_format(parse->arena, "0%.*s", TEXT_ARG(written)) : TEXT_NONE);
  return true;
}

static bool lex_wrong_date(struct lexer *lexer, const unsigned char *from)
{
  struct token *token = lex_add(lexer, from, TOKEN_DATE);
  lex_set_value(lexer, token, (struct token_value){.text = TEXT("2000-01-01")});
  report_with_fix(lexer, token, DIAG_E0110, "`%.*s` is no date",
                  "a date is YEAR-MONTH-DAY with two digits for month and day", TEXT_NONE);
  return true;
}

/* 31.12.2027: YEAR-MONTH-DAY; TEXT_NONE where the word is something else. */
static struct text date_of_dots(struct arena *arena, struct text word)
{
  unsigned day, month, year;
  int end = 0;
  char *copy = text_zero(arena, word);
  bool fits = sscanf(copy, "%2u.%2u.%4u%n", &day, &month, &year, &end) == 3 &&
              (size_t)end == word.length && year >= 1000 && month >= 1 && month <= 12 && day >= 1 &&
              day <= 31;
  return fits ? text_format(arena, "%04u-%02u-%02u", year, month, day) : TEXT_NONE;
}

static bool lex_dotted_date(struct lexer *lexer, const unsigned char *from, struct text date)
{
  struct token *token = lex_add(lexer, from, TOKEN_DATE);
  lex_set_value(lexer, token, (struct token_value){.text = TEXT("2000-01-01")});
  report_with_fix(lexer, token, DIAG_E0110, "`%.*s` is no date",
                  "a date is YEAR-MONTH-DAY with two digits for month and day", date);
  return true;
}

/* 12/31/2027 or 31/12/2027, where only one of the two can be; else who wrote it has to say. */
bool lex_slashed_date(struct lexer *lexer, const unsigned char *from)
{
  struct arena *arena = lexer->parse->arena;
  unsigned first, second, year;
  char *copy = text_zero(arena, (struct text){(const char *)from, (size_t)(lexer->cursor - from)});
  bool fits = sscanf(copy, "%4u/%2u/%4u", &first, &second, &year) == 3 && first >= 1 &&
              second >= 1 && first <= 31 && second <= 31 && year >= 1000 && year <= 9999;
  bool is_open = fits && first <= 12 && second <= 12 && first != second;
  unsigned month = first <= 12 ? first : second, day = first <= 12 ? second : first;
  struct text date = fits && !is_open && month <= 12
                         ? text_format(arena, "%04u-%02u-%02u", year, month, day)
                         : TEXT_NONE;
  if (!is_open)
    return lex_dotted_date(lexer, from, date);
  struct token *token = lex_add(lexer, from, TOKEN_DATE);
  lex_set_value(lexer, token, (struct token_value){.text = TEXT("2000-01-01")});
  report_with_fix(lexer, token, DIAG_E0110, "`%.*s` is no date",
                  "which number is the month? a date is YEAR-MONTH-DAY", TEXT_NONE);
  return true;
}

/* 3rd-node, 10.0.0.1: a name that begins with a digit, or something of the outside world. */
static bool lex_wrong_name(struct lexer *lexer, const unsigned char *from)
{
  struct parse *parse = lexer->parse;
  struct text word = {(const char *)from, (size_t)(lexer->cursor - from)};
  struct text date = date_of_dots(parse->arena, word);
  if (date.length != 0)
    return lex_dotted_date(lexer, from, date);
  struct token *token = lex_add(lexer, from, TOKEN_TEXT);
  struct text written = parse_token_text(parse, token);
  lex_set_value(lexer, token, (struct token_value){.text = written});
  struct diag *diag = report(lexer, token, DIAG_E0106, "`%.*s` is no name");
  if (diag == NULL)
    return true;
  diag_set_label(parse->diags, diag,
                 "names begin with a letter; what the outside world calls so is text");
  if (written.length <= NAME_LIMIT_BYTES)
    diag_add_fix(parse->diags, diag, FIX_UNSAFE, diag->primary,
                 text_format(parse->arena, "\"%.*s\"", TEXT_ARG(written)), "write \"%.*s\"",
                 TEXT_ARG(written));
  return true;
}

/* 2y: what people write for days. */
static struct text days_of_years(struct arena *arena, struct text word)
{
  enum { YEARS_MAX = 50, DAYS_A_YEAR = 365 };
  const unsigned char *at = (const unsigned char *)word.at, *end = at + word.length;
  int64_t years = read_digits(&at, YEARS_MAX + 1);
  if (at + 1 != end || (*at != 'y' && *at != 'Y') || years == 0 || years > YEARS_MAX)
    return TEXT_NONE;
  return text_format(arena, "%lldd", (long long)(years * DAYS_A_YEAR));
}

/* 1.5h is 90m: the same in the largest unit that takes it whole; TEXT_NONE where none does. */
static struct text whole_duration(struct arena *arena, struct text word)
{
  enum { FRACTION_DIGITS_MAX = 3 };
  static const char units[] = "wdhms";
  const unsigned char *at = (const unsigned char *)word.at, *end = at + word.length;
  int64_t unit = unit_seconds(end[-1]), whole = read_digits(&at, NUMBER_LIMIT), scale = 1;
  if (unit == 0 || *at != '.' || end - at - 2 > FRACTION_DIGITS_MAX || whole > 10000)
    return TEXT_NONE;
  at++;
  for (; at < end - 1 && is_digit(*at); at++) {
    whole = whole * 10 + (*at - '0');
    scale *= 10;
  }
  if (at != end - 1 || whole * unit % scale != 0 || whole == 0)
    return TEXT_NONE;
  int64_t seconds = whole * unit / scale;
  const char *fits = units;
  while (seconds % unit_seconds((unsigned char)*fits) != 0)
    fits++;
  return text_format(arena, "%lld%c", (long long)(seconds / unit_seconds((unsigned char)*fits)),
                     *fits);
}

bool lex_digits(struct lexer *lexer, const unsigned char *from)
{
  enum { UNIT_LETTERS_MAX = 7 };
  struct digits_shape shape =
      shape_of((struct text){(const char *)from, (size_t)(lexer->cursor - from)});
  if (shape.colons > 0 && shape.letters <= 2)
    return lex_wrong_time(lexer, from);
  if (shape.hyphens > 0 && shape.letters == 0)
    return lex_wrong_date(lexer, from);
  if (shape.dots == 1 && shape.letters == 0 && shape.hyphens == 0) {
    struct token *token = add_number(lexer, from, TOKEN_NUMBER, 0);
    report_with_fix(lexer, token, DIAG_E0112, "`%.*s` is no whole number",
                    "numbers have no fraction", TEXT_NONE);
    return true;
  }
  if (shape.dots > 1 || shape.hyphens > 0 || shape.colons > 0 || shape.letters > UNIT_LETTERS_MAX)
    return lex_wrong_name(lexer, from);
  struct token *token = add_number(lexer, from, TOKEN_DURATION, unit_seconds('d'));
  struct text word = {(const char *)from, (size_t)(lexer->cursor - from)};
  struct text days = days_of_years(lexer->parse->arena, word);
  struct diag *diag =
      report_with_fix(lexer, token, DIAG_E0109, "`%.*s` is no duration",
                      days.length != 0 ? "years have no fixed length: count days or weeks"
                                       : "a duration is whole numbers, each with s, m, h, d or w",
                      days.length != 0 ? days : whole_duration(lexer->parse->arena, word));
  if (diag != NULL && diag->fix_kind == FIX_SAFE)
    diag->fix_kind = FIX_UNSAFE; /* the place may count in days */
  return true;
}
