/* SPDX-License-Identifier: Apache-2.0 */
/* carrier: see carrier.h. */
#include "runtime/providers/carrier.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "runtime/net/http.h"
#include "runtime/net/mail.h"
#include "runtime/net/url.h"
#include "runtime/providers/conf.h"
#include "runtime/providers/file.h"
#include "runtime/providers/secrets.h"

enum { CARRY_LIMIT_S = 30, HTTP_GOOD = 200, HTTP_NOT_GOOD = 300, HTTP_LATER = 500 };
enum { HTTP_TIMED_OUT = 408, HTTP_TOO_EARLY = 425, HTTP_TOO_MANY = 429 };

static struct text reach_of(const struct graph *graph, uint32_t role, uint32_t slot)
{
  const struct graph_value *value = graph_setting_value(graph, role, KEY_REACH, slot);
  return value == NULL ? TEXT("") : value->text;
}

bool carrier_reaches(const struct world *world, const struct graph *graph, uint32_t role)
{
  struct mail_way way;
  struct text by = reach_of(graph, role, 0);
  if (!text_is(by, "mail"))
    return true;
  return world != NULL && conf_mail(world->arena, world->conf, &way);
}

static const char *note_path(const struct call *call, uint32_t role, struct text name)
{
  return run_path(call, "outbox",
                  text_format(call->arena, "%.*s.to-%.*s", TEXT_ARG(name),
                              TEXT_ARG(call->graph->resources[role].name)));
}

bool carrier_is_done(const struct call *call, uint32_t role, struct text name,
                     struct text *ret_says)
{
  struct text note, error;
  if (file_read(call->arena, note_path(call, role, name), &note, &error) != FILE_FOUND)
    return false;
  if (note.length != 0 && note.at[note.length - 1] == '\n')
    note.length--;
  if (ret_says != NULL)
    *ret_says = note;
  return true;
}

static struct text message_id(const struct call *call, uint32_t role, struct text name)
{
  return text_format(call->arena, "%.*s.%.*s.%.*s@renew.invalid", TEXT_ARG(call->run),
                     TEXT_ARG(name), TEXT_ARG(call->graph->resources[role].name));
}

/* ---- a folder ---- */

static enum outcome into_folder(const struct call *call, uint32_t role, const struct letter *letter,
                                struct text name, struct answer *answer)
{
  bool of_role = text_is(reach_of(call->graph, role, 0), "file");
  struct text path = TEXT_NONE;
  const char *folder =
      of_role ? setting_path(call, role, KEY_REACH, 1) : run_path(call, "outbox", TEXT_NONE);
  /* In a folder of the role's, messages of several runs lie side by side. */
  struct text base =
      of_role ? text_format(call->arena, "%.*s-%.*s", TEXT_ARG(call->run), TEXT_ARG(name)) : name;
  if (!letter_write(call, letter, folder, base, &path, answer))
    return OUTCOME_REFUSED;
  return answer_end(call, answer, OUTCOME_DONE, "delivered: %.*s", TEXT_ARG(path));
}

/* ---- mail ---- */

/* user:password, cut in two; false with the reason. */
static bool log_on(const struct call *call, const struct mail_way *way, struct mail_wish *wish,
                   struct secret **ret_secret, struct text *ret_error)
{
  *ret_secret = NULL;
  if (way->login_file == NULL && way->login_credential.length == 0)
    return true;
  *ret_secret = secret_of_place(call, way->login_file, way->login_credential, ret_error);
  if (*ret_secret == NULL)
    return false;
  /* libcurl wants both ended by a NUL. */
  size_t size = secret_size_bytes(*ret_secret);
  struct secret *ended = secret_new(size + 1);
  if (ended == NULL) {
    *ret_error = TEXT("no memory");
    return false;
  }
  char *bytes = (char *)secret_bytes(ended);
  memcpy(bytes, secret_view(*ret_secret), size);
  bytes[size] = '\0';
  secret_free(*ret_secret);
  *ret_secret = ended;
  char *colon = memchr(bytes, ':', size);
  if (colon == NULL) {
    *ret_error = TEXT("the log-on of the mail server is not `user:password`");
    return false;
  }
  *colon = '\0';
  wish->user = bytes;
  wish->password = colon + 1;
  return true;
}

static enum outcome by_mail(const struct call *call, uint32_t role, const struct letter *letter,
                            struct text name, struct answer *answer)
{
  struct mail_way way;
  struct secret *secret;
  struct text says = TEXT_NONE;
  if (!conf_mail(call->arena, call->world->conf, &way))
    return answer_end(call, answer, OUTCOME_MISCONFIGURED, "renew.conf names no mail server");
  struct url url = {0};
  url_parse(call->arena, way.server, &url, &says);
  struct mail_wish wish = {
      .server = way.server,
      .sender = way.sender,
      .recipient = reach_of(call->graph, role, 1),
      .subject = letter->subject,
      .message_id = message_id(call, role, name),
      .words = letter->words,
      .attachment = letter->pem,
      .attachment_name = text_format(call->arena, "%.*s.pem", TEXT_ARG(name)),
      .roots_file = conf_roots(call->arena, call->world->conf, url.host),
      .now_s = call->world->now_s(),
      .timeout_ms = CARRY_LIMIT_S * 1000};
  enum mail_end end = MAIL_REFUSED;
  if (log_on(call, &way, &wish, &secret, &says))
    end = mail_send(call->arena, &wish, &says);
  secret_free(secret);
  switch (end) {
  case MAIL_ACCEPTED:
    return answer_end(call, answer, OUTCOME_DONE, "%.*s", TEXT_ARG(says));
  case MAIL_REFUSED:
    answer_help(call, answer, "check the address of the role and the mail server in %s",
                conf_shown(call->world->conf));
    return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(says));
  case MAIL_LATER:
    return answer_end(call, answer, OUTCOME_UNREACHABLE, "%.*s", TEXT_ARG(says));
  case MAIL_IN_DOUBT:
    /* The same message again is the same message: carrier.h (2). */
    return answer_end(call, answer, OUTCOME_UNREACHABLE, "%.*s; it is sent again", TEXT_ARG(says));
  }
  return OUTCOME_REFUSED;
}

/* ---- webhook ---- */

static void set_text(json_t *object, const char *key, struct text words)
{
  json_object_set_new(object, key, json_stringn(words.at == NULL ? "" : words.at, words.length));
}

static struct text as_json(const struct call *call, uint32_t role, const struct letter *letter,
                           struct text id)
{
  json_t *object = json_object();
  set_text(object, "schema", TEXT("renew.message/1"));
  set_text(object, "id", id);
  set_text(object, "run", call->run);
  set_text(object, "plan", call->graph->name);
  set_text(object, "step", call->step->id);
  set_text(object, "role", call->graph->resources[role].name);
  set_text(object, "subject", letter->subject);
  set_text(object, "text", letter->words);
  set_text(object, "pem", letter->pem);
  char *line = json_dumps(object, JSON_COMPACT);
  struct text words = text_copy(call->arena, text_of(line == NULL ? "" : line));
  free(line);
  json_decref(object);
  return words;
}

static enum outcome by_webhook(const struct call *call, uint32_t role, const struct letter *letter,
                               struct text name, struct answer *answer)
{
  struct url url = {0};
  struct text address = reach_of(call->graph, role, 1), error = TEXT_NONE;
  struct text id = message_id(call, role, name);
  if (!url_parse(call->arena, address, &url, &error))
    return answer_end(call, answer, OUTCOME_MISCONFIGURED, "%.*s", TEXT_ARG(error));
  struct http_wish wish = {.url = address,
                           .method = "POST",
                           .content_type = "application/json",
                           .body = as_json(call, role, letter, id),
                           .idempotency_key = id,
                           .proxy = conf_proxy(call->world->conf, url.host),
                           .roots_file = conf_roots(call->arena, call->world->conf, url.host),
                           .timeout_ms = CARRY_LIMIT_S * 1000};
  struct http_answer got = http_call(call->arena, &wish);
  if (got.end != HTTP_ANSWERED)
    return answer_end(call, answer, OUTCOME_UNREACHABLE, "%.*s: %.*s", TEXT_ARG(url.host),
                      TEXT_ARG(got.error));
  if (got.status >= HTTP_GOOD && got.status < HTTP_NOT_GOOD)
    return answer_end(call, answer, OUTCOME_DONE, "%.*s took the message (%d)", TEXT_ARG(url.host),
                      got.status);
  bool later = got.status >= HTTP_LATER || got.status == HTTP_TIMED_OUT ||
               got.status == HTTP_TOO_EARLY || got.status == HTTP_TOO_MANY;
  if (!later)
    answer_help(call, answer, "check the webhook's address; redirects are not followed");
  return answer_end(call, answer, later ? OUTCOME_UNREACHABLE : OUTCOME_REFUSED,
                    "%.*s answered %d", TEXT_ARG(url.host), got.status);
}

enum outcome carrier_carry(const struct call *call, uint32_t role, const struct letter *letter,
                           struct text name, struct answer *answer)
{
  struct text by = reach_of(call->graph, role, 0), error = TEXT_NONE;
  enum outcome outcome = text_is(by, "mail")      ? by_mail(call, role, letter, name, answer)
                         : text_is(by, "webhook") ? by_webhook(call, role, letter, name, answer)
                                                  : into_folder(call, role, letter, name, answer);
  if (outcome != OUTCOME_DONE)
    return outcome;
  if (!file_make_folder(call->arena, run_path(call, "outbox", TEXT_NONE), 0700, &error) ||
      file_replace(call->arena, note_path(call, role, name),
                   text_format(call->arena, "%.*s\n", TEXT_ARG(answer->says)), 0600,
                   &error) == FILE_FAILED)
    return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  return OUTCOME_DONE;
}
