/* SPDX-License-Identifier: Apache-2.0 */
/* mail: see mail.h. */
#include "runtime/net/mail.h"

#include <string.h>
#include <time.h>

#include "runtime/net/library.h"

enum { SMTP_REFUSED = 500, SMTP_LATER = 400 };

struct parts {
  CURL *curl;
  struct curl_slist *recipients, *headers;
  curl_mime *mime;
};

/* A header's value is one line: what would begin another one becomes a blank. */
static struct text one_line(struct arena *arena, struct text words)
{
  char *line = arena_alloc(arena, words.length + 1);
  for (size_t i = 0; i < words.length; i++)
    line[i] = (unsigned char)words.at[i] < ' ' ? ' ' : words.at[i];
  line[words.length] = '\0';
  return (struct text){line, words.length};
}

static bool is_plain(struct text words)
{
  for (size_t i = 0; i < words.length; i++)
    if ((unsigned char)words.at[i] > '~')
      return false;
  return true;
}

/* RFC 2047: words beyond ASCII as base64, in pieces that end at characters and stay below 75. */
static struct text encoded(struct arena *arena, struct text words)
{
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  enum { PIECE_BYTES = 42 };
  if (is_plain(words))
    return words;
  struct buffer out = {0};
  for (size_t at = 0; at < words.length;) {
    size_t length = words.length - at < PIECE_BYTES ? words.length - at : PIECE_BYTES;
    while (at + length < words.length && ((unsigned char)words.at[at + length] & 0xc0) == 0x80)
      length--;
    buffer_add_zero(&out, at == 0 ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?");
    for (size_t i = 0; i < length; i += 3) {
      unsigned char triple[3] = {0};
      size_t have = length - i < 3 ? length - i : 3;
      memcpy(triple, words.at + at + i, have);
      unsigned bits = (unsigned)triple[0] << 16 | (unsigned)triple[1] << 8 | triple[2];
      buffer_format(&out, "%c%c%c%c", digits[bits >> 18], digits[bits >> 12 & 63],
                    have > 1 ? digits[bits >> 6 & 63] : '=', have > 2 ? digits[bits & 63] : '=');
    }
    buffer_add_zero(&out, "?=");
    at += length;
  }
  struct text line = text_copy(arena, buffer_text(&out));
  buffer_free(&out);
  return line;
}

static void add_header(struct arena *arena, struct parts *parts, const char *name,
                       struct text value)
{
  struct text line = text_format(arena, "%s: %.*s", name, TEXT_ARG(value));
  parts->headers = curl_slist_append(parts->headers, line.at);
}

static void add_headers(struct arena *arena, struct parts *parts, const struct mail_wish *wish)
{
  static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  time_t now = (time_t)wish->now_s;
  struct tm utc;
  gmtime_r(&now, &utc);
  add_header(arena, parts, "Date",
             text_format(arena, "%s, %d %s %d %02d:%02d:%02d +0000", days[utc.tm_wday], utc.tm_mday,
                         months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                         utc.tm_sec));
  add_header(arena, parts, "From", text_format(arena, "renew <%.*s>", TEXT_ARG(wish->sender)));
  add_header(arena, parts, "To", text_format(arena, "<%.*s>", TEXT_ARG(wish->recipient)));
  add_header(arena, parts, "Subject", encoded(arena, one_line(arena, wish->subject)));
  add_header(arena, parts, "Message-ID", text_format(arena, "<%.*s>", TEXT_ARG(wish->message_id)));
  add_header(arena, parts, "Auto-Submitted", TEXT("auto-generated")); /* RFC 3834: no auto-reply */
}

static void add_bodies(struct arena *arena, struct parts *parts, const struct mail_wish *wish)
{
  parts->mime = curl_mime_init(parts->curl);
  curl_mimepart *body = curl_mime_addpart(parts->mime);
  curl_mime_data(body, wish->words.at, wish->words.length);
  curl_mime_type(body, "text/plain; charset=utf-8");
  curl_mime_encoder(body, "quoted-printable");
  if (wish->attachment.length == 0)
    return;
  curl_mimepart *attached = curl_mime_addpart(parts->mime);
  curl_mime_data(attached, wish->attachment.at, wish->attachment.length);
  curl_mime_type(attached, "application/x-pem-file");
  curl_mime_filename(attached, text_zero(arena, wish->attachment_name));
  curl_mime_encoder(attached, "base64");
}

static void set_options(struct arena *arena, struct parts *parts, const struct mail_wish *wish,
                        char *error)
{
  CURL *curl = parts->curl;
  curl_easy_setopt(curl, CURLOPT_URL, text_zero(arena, wish->server));
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, text_zero(arena, wish->sender));
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, parts->recipients);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, parts->headers);
  curl_easy_setopt(curl, CURLOPT_MIMEPOST, parts->mime);
  curl_easy_setopt(curl, CURLOPT_USE_SSL,
                   wish->user != NULL ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
  if (wish->user != NULL) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, wish->user);
    curl_easy_setopt(curl, CURLOPT_PASSWORD, wish->password);
  }
  if (wish->roots_file != NULL)
    curl_easy_setopt(curl, CURLOPT_CAINFO, wish->roots_file);
  curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)wish->timeout_ms);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
}

static enum mail_end judge(CURL *curl, CURLcode code)
{
  long status = 0;
  curl_off_t sent = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &sent);
  if (code == CURLE_OK)
    return MAIL_ACCEPTED;
  if (status >= SMTP_REFUSED || code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED)
    return MAIL_REFUSED;
  if (status >= SMTP_LATER)
    return MAIL_LATER;
  return sent > 0 ? MAIL_IN_DOUBT : MAIL_LATER;
}

enum mail_end mail_send(struct arena *arena, const struct mail_wish *wish, struct text *ret_says)
{
  char error[CURL_ERROR_SIZE] = "";
  struct parts parts = {.curl = net_library_handle()};
  if (parts.curl == NULL) {
    *ret_says = TEXT("libcurl could not be started");
    return MAIL_LATER;
  }
  parts.recipients = curl_slist_append(NULL, text_zero(arena, wish->recipient));
  add_headers(arena, &parts, wish);
  add_bodies(arena, &parts, wish);
  set_options(arena, &parts, wish, error);
  CURLcode code = curl_easy_perform(parts.curl);
  long status = 0;
  curl_easy_getinfo(parts.curl, CURLINFO_RESPONSE_CODE, &status);
  enum mail_end end = judge(parts.curl, code);
  *ret_says = end == MAIL_ACCEPTED
                  ? text_format(arena, "%.*s took the message for %.*s", TEXT_ARG(wish->server),
                                TEXT_ARG(wish->recipient))
                  : text_format(arena, "%.*s: %s%s", TEXT_ARG(wish->server),
                                error[0] != '\0' ? error : curl_easy_strerror(code),
                                status != 0 ? text_format(arena, " (%ld)", status).at : "");
  curl_easy_cleanup(parts.curl);
  curl_mime_free(parts.mime);
  curl_slist_free_all(parts.recipients);
  curl_slist_free_all(parts.headers);
  return end;
}
