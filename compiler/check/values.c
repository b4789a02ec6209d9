/* SPDX-License-Identifier: Apache-2.0 */
/* values: addresses, distinguished names, mail addresses, dates: what the text itself must be. */
#include "compiler/check/checker.h"

#include <ctype.h>
#include <string.h>

static bool has_param(struct text text)
{
  return memmem(text.at, text.length, "${", 2) != NULL;
}

static struct diag *report_address(struct checker *c, const struct value *value, const char *what,
                                   const char *label)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0407, value->span, "`%s` needs an address", what);
  diag_set_label(c->diags, diag, "%s", label);
  diag_add_help(c->diags, diag, "an address looks like \"https://host.example/path\"");
  return diag;
}

static bool is_host_char(char byte)
{
  return isalnum((unsigned char)byte) || strchr("-._:[]", byte) != NULL;
}

void values_check_url(struct checker *c, const struct value *value, const char *what)
{
  struct text url = value->text;
  if (has_param(url))
    return;
  const char *scheme = memmem(url.at, url.length, "://", 3);
  if (!text_starts_with(url, "https://") && !text_starts_with(url, "http://")) {
    struct diag *diag = report_address(c, value, what,
                                       scheme == NULL ? "it does not begin with https://"
                                                      : "only https:// and http:// are known here");
    if (scheme != NULL && strcmp(what, key_words[KEY_URL]) == 0)
      diag_add_help(c->diags, diag,
                    "a system that speaks something else is declared without `url`; its title may "
                    "say where it is");
    return;
  }
  size_t at = (size_t)(scheme - url.at) + strlen("://"), end = at;
  while (end < url.length && strchr("/?#", url.at[end]) == NULL)
    end++;
  struct text host = {url.at + at, end - at};
  const char *user = memchr(host.at, '@', host.length);
  if (user != NULL) {
    struct diag *diag = diag_add(c->diags, DIAG_E1001, value->span,
                                 "the address of `%s` holds a user or a password", what);
    diag_set_label(c->diags, diag, "nothing may stand before an @ here");
    diag_add_help(c->diags, diag, "write `login basic with SECRET`, and the secret's source");
    return;
  }
  for (size_t i = 0; i < host.length; i++)
    if (!is_host_char(host.at[i])) {
      report_address(c, value, what, "the host's name holds a character that none has");
      return;
    }
  if (host.length == 0 || host.at[0] == ':' || host.at[0] == '.')
    report_address(c, value, what, "the host's name is missing");
  for (size_t i = end; i < url.length; i++)
    if (isspace((unsigned char)url.at[i])) {
      report_address(c, value, what, "a blank stands in it; write %20");
      return;
    }
}

static bool is_loopback(struct text url)
{
  return text_starts_with(url, "http://127.") || text_starts_with(url, "http://[::1]") ||
         text_starts_with(url, "http://localhost");
}

void values_warn_plain_http(struct checker *c, const struct value *value, const char *what)
{
  if (value->kind != VALUE_TEXT || !text_starts_with(value->text, "http:") ||
      is_loopback(value->text))
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_W0408, value->span, "`%s` is a plain http: address", what);
  diag_set_label(c->diags, diag, "whoever is on the way can read and change what is sent");
  diag_add_help(c->diags, diag, "write https:, or allow it here with the reason");
}

void values_check_mail(struct checker *c, const struct value *value)
{
  struct text mail = value->text;
  if (has_param(mail))
    return;
  const char *at = memchr(mail.at, '@', mail.length);
  bool good = at != NULL && at != mail.at && at + 1 != mail.at + mail.length &&
              memchr(at + 1, '@', (size_t)(mail.at + mail.length - at - 1)) == NULL;
  for (size_t i = 0; good && i < mail.length; i++)
    good = !isspace((unsigned char)mail.at[i]) && strchr(",;<>", mail.at[i]) == NULL;
  if (good)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0407, value->span, "this is no mail address");
  diag_set_label(c->diags, diag, "one address such as \"team@company.example\" is expected");
}

static const char *const name_attributes[] = {
    "CN",  "O",  "OU", "C", "L",     "ST",           "STREET",       "DC",
    "UID", "SN", "GN", "E", "title", "serialNumber", "emailAddress", "postalCode",
};

static bool is_attribute(struct text word)
{
  for (size_t i = 0; i < sizeof name_attributes / sizeof name_attributes[0]; i++)
    if (word.length == strlen(name_attributes[i]) &&
        strncasecmp(word.at, name_attributes[i], word.length) == 0)
      return true;
  bool is_oid = word.length != 0 && isdigit((unsigned char)word.at[0]);
  for (size_t i = 0; is_oid && i < word.length; i++)
    is_oid = isdigit((unsigned char)word.at[i]) || word.at[i] == '.';
  return is_oid;
}

static struct text trim(struct text text)
{
  while (text.length != 0 && text.at[0] == ' ') {
    text.at++;
    text.length--;
  }
  while (text.length != 0 && text.at[text.length - 1] == ' ')
    text.length--;
  return text;
}

/* What is wrong with ATTRIBUTE=value; NULL where nothing is. */
static const char *wrong_part(struct arena *arena, struct text part)
{
  const char *equals = memchr(part.at, '=', part.length);
  if (equals == NULL)
    return text_format(arena, "`%.*s` lacks an =", TEXT_ARG(trim(part))).at;
  struct text word = trim((struct text){part.at, (size_t)(equals - part.at)});
  struct text value = trim((struct text){equals + 1, (size_t)(part.at + part.length - equals - 1)});
  if (!is_attribute(word))
    return text_format(arena, "`%.*s` is no attribute that is known (CN, O, OU, C, L, ST, DC ...)",
                       TEXT_ARG(word))
        .at;
  if (value.length == 0)
    return text_format(arena, "nothing stands behind `%.*s=`", TEXT_ARG(word)).at;
  if (text_is(word, "C") && value.length != 2)
    return text_format(arena, "`%.*s` is no country of two letters", TEXT_ARG(value)).at;
  return NULL;
}

/* RFC 4514: parts with commas or + between them, a backslash before what is meant literally. */
void values_check_name(struct checker *c, const struct value *value)
{
  struct text name = value->text;
  if (has_param(name))
    return;
  const char *wrong = NULL;
  for (size_t at = 0; at <= name.length && wrong == NULL;) {
    size_t end = at;
    while (end < name.length && name.at[end] != ',' && name.at[end] != '+')
      end += name.at[end] == '\\' && end + 1 < name.length ? 2 : 1;
    wrong = wrong_part(c->arena, (struct text){name.at + at, end - at});
    at = end + 1;
  }
  if (wrong == NULL)
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0409, value->span, "this distinguished name cannot be read");
  diag_set_label(c->diags, diag, "%s", wrong);
  diag_add_help(c->diags, diag, "a name looks like \"CN=client,O=Company,C=DE\"");
}

static bool read_digits(struct text word, size_t at, size_t count, int *ret_number)
{
  int number = 0;
  if (at + count > word.length)
    return false;
  for (size_t i = at; i < at + count; i++) {
    if (!isdigit((unsigned char)word.at[i]))
      return false;
    number = number * 10 + (word.at[i] - '0');
  }
  *ret_number = number;
  return true;
}

static int days_of(int year, int month)
{
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[month - 1] + (month == 2 && leap);
}

bool values_is_date(struct text word)
{
  int year, month, day;
  return word.length == strlen("2027-03-01") && word.at[4] == '-' && word.at[7] == '-' &&
         read_digits(word, 0, 4, &year) && read_digits(word, 5, 2, &month) &&
         read_digits(word, 8, 2, &day) && month >= 1 && month <= 12 && day >= 1 &&
         day <= days_of(year, month);
}

bool values_is_datetime(struct text word)
{
  int hour, minute, second = 0;
  if (word.length != 0 && word.at[word.length - 1] == 'Z')
    word.length--;
  if (word.length < strlen("2027-03-01T22:00") || word.at[10] != 'T' || word.at[13] != ':' ||
      !values_is_date((struct text){word.at, 10}))
    return false;
  if (!read_digits(word, 11, 2, &hour) || !read_digits(word, 14, 2, &minute) || hour > 23 ||
      minute > 59)
    return false;
  if (word.length == strlen("2027-03-01T22:00"))
    return true;
  return word.length == strlen("2027-03-01T22:00:00") && word.at[16] == ':' &&
         read_digits(word, 17, 2, &second) && second <= 59;
}
