/* SPDX-License-Identifier: Apache-2.0 */
/*
 * abap_system: the outbound users of a communication system, and the certificate of one of them.
 *
 * (1) Between the look and the write nothing may have changed: the entity's version goes with the write
 *     where the system gives one (If-Match), and a write that meets another version is refused by it.
 * (2) A write that was answered is no evidence: the user is read again, and only what is read counts.
 * (3) A user with another certificate than the one wanted is left alone.
 *
 * [SAP] "read and write assigned outbound users"; [TEN] key UUID, CertificateID, PATCH, $filter, $expand;
 * [SAP] note 3514624 of another API of the same kind: 428 without If-Match; [INF] PATCH of CertificateID.
 */
#include <ctype.h>
#include <stdlib.h>

#include <jansson.h>

#include "runtime/providers/abap.h"

static const char writes[] = "SAP_COM_0A48";
static const char reads[] = "SAP_COM_0A06";

struct reading {
  struct arena *arena;
  struct abap_users *users;
  uint32_t system_count;
};

static void add(struct reading *reading, struct abap_user user)
{
  struct abap_users *users = reading->users;
  users->items = arena_grow(reading->arena, users->items, users->count, (size_t)users->count + 1,
                            sizeof *users->items);
  users->items[users->count++] = user;
}

static struct abap_user user_of(const struct odata_entry *entry)
{
  return (struct abap_user){
      .uuid = odata_value(entry, "UUID"),
      .name = odata_value(entry, "Name"),
      .certificate = odata_value(entry, "CertificateID"),
      .version = odata_value(entry, "@odata.etag"),
  };
}

static bool visit_system(const struct odata_entry *entry, void *with)
{
  struct reading *reading = with;
  const struct odata_page *users = odata_inlined(entry, "OutboundUsers");
  reading->system_count++;
  for (uint32_t i = 0; users != NULL && i < users->count; i++)
    add(reading, user_of(&users->entries[i]));
  return true;
}

static bool visit_read_user(const struct odata_entry *entry, void *with)
{
  struct abap_user user = {.name = odata_value(entry, "UserName"),
                           .certificate = odata_value(entry, "CertificateID")};
  if (user.name.length == 0)
    user.name = odata_value(entry, "OAuth2ClientID");
  add(with, user);
  return true;
}

/* It becomes part of an address. */
static bool is_uuid(struct text words)
{
  for (size_t i = 0; i < words.length; i++)
    if (!isxdigit((unsigned char)words.at[i]) && words.at[i] != '-')
      return false;
  return words.length != 0;
}

static struct text filter_of(const struct abap *abap, const char *name, struct text value)
{
  struct arena *arena = abap->call->arena;
  return text_format(arena, "%s%%20eq%%20%.*s", name, TEXT_ARG(odata_quote(arena, value)));
}

enum abap_end abap_users_of(struct abap *abap, struct text system, struct abap_users *ret_users,
                            struct answer *answer)
{
  const struct call *call = abap->call;
  struct answer why = {0};
  struct reading reading = {.arena = call->arena, .users = ret_users};
  struct text path = text_format(
      call->arena, ABAP_SYSTEMS "CommunicationSystems?$filter=%.*s&$expand=OutboundUsers",
      TEXT_ARG(filter_of(abap, "ID", system)));
  *ret_users = (struct abap_users){.can_write = true};
  enum abap_end end = abap_each(abap, ABAP_SYSTEMS, path, writes, visit_system, &reading, &why);
  if (end == ABAP_NO_ROLE) {
    path = text_format(call->arena, ABAP_SYSTEMS_READ "CommSystemOutboundUsers?$filter=%.*s",
                       TEXT_ARG(filter_of(abap, "CommunicationSystemID", system)));
    *ret_users = (struct abap_users){0};
    end = abap_each(abap, ABAP_SYSTEMS_READ, path, reads, visit_read_user, &reading, answer);
    reading.system_count = ret_users->count;
    if (end == ABAP_OK && reading.system_count != 0)
      return ABAP_OK;
    /* Neither is granted: the one that a switch needs is named. */
    end = end == ABAP_OK ? ABAP_MISSING : end;
  }
  if (end != ABAP_OK) {
    answer->says = why.says;
    answer->help = why.help;
    answer->retry_after_s = why.retry_after_s;
    if (end != ABAP_MISSING)
      return end;
  }
  for (uint32_t i = 0; i < ret_users->count; i++)
    if (!is_uuid(ret_users->items[i].uuid)) {
      answer_say(call, answer, "the system gives an outbound user of `%.*s` a key that is none",
                 TEXT_ARG(text_visible(call->arena, system)));
      return ABAP_NO;
    }
  if (reading.system_count != 0)
    return ABAP_OK;
  answer_say(call, answer, "there is no communication system `%.*s`",
             TEXT_ARG(text_visible(call->arena, system)));
  return ABAP_MISSING;
}

/* ---- one user ---- */

static enum abap_end read_user(struct abap *abap, struct text uuid, struct abap_user *ret_user,
                               struct answer *answer)
{
  const struct call *call = abap->call;
  struct odata_page page;
  struct text error = TEXT_NONE;
  struct abap_wish wish = {
      .method = "GET",
      .path = text_format(call->arena, ABAP_SYSTEMS "OutboundUsers(%.*s)", TEXT_ARG(uuid)),
      .scenario = writes};
  struct abap_said said = abap_call(abap, &wish, answer);
  if (said.end != ABAP_OK)
    return said.end;
  if (!odata_read(call->arena, ODATA_4, said.body, &page, &error) || page.count != 1) {
    answer_say(call, answer, "ABAP environment `%.*s`: %.*s",
               TEXT_ARG(call->graph->resources[abap->resource].name),
               TEXT_ARG(error.length != 0 ? error : TEXT("the answer is not one outbound user")));
    return ABAP_AWAY;
  }
  *ret_user = user_of(&page.entries[0]);
  if (!text_equal(text_lower(call->arena, ret_user->uuid), text_lower(call->arena, uuid))) {
    answer_say(call, answer,
               "the system answers with another outbound user than the one asked for");
    return ABAP_AWAY;
  }
  if (ret_user->version.length == 0)
    ret_user->version = said.version;
  return ABAP_OK;
}

static struct text body_of(struct arena *arena, struct text certificate)
{
  json_t *root = json_pack("{s:s%}", "CertificateID", certificate.at, certificate.length);
  char *words = root == NULL ? NULL : json_dumps(root, JSON_COMPACT);
  struct text body = words == NULL ? TEXT("") : text_copy(arena, text_of(words));
  free(words);
  json_decref(root);
  return body;
}

static struct text shown(const struct call *call, const struct abap_user *user)
{
  return user->name.length != 0 ? text_visible(call->arena, user->name) : user->uuid;
}

/* The answer to a write that came: now only what is read counts. */
static enum abap_end read_back(struct abap *abap, const struct abap_user *user, struct text from,
                               struct text to, int status, struct answer *answer)
{
  const struct call *call = abap->call;
  struct abap_user now;
  enum abap_end end = read_user(abap, user->uuid, &now, answer);
  if (end != ABAP_OK) /* it may stand there: the engine looks again */
    return end == ABAP_CLOSED ? end : ABAP_LOST;
  if (text_equal(now.certificate, to))
    return ABAP_OK;
  if (text_equal(now.certificate, from)) {
    answer_say(call, answer,
               "the system answered %d, and the user `%.*s` still has the old certificate", status,
               TEXT_ARG(shown(call, user)));
    answer_help(
        call, answer,
        "this interface seems not to change it: do so in the Communication Systems app, then: "
        "renew retry (it is seen to be done)");
    return ABAP_NO;
  }
  answer_say(call, answer, "the user `%.*s` has another certificate than the one that was written",
             TEXT_ARG(shown(call, user)));
  return ABAP_CHANGED;
}

enum abap_end abap_set_certificate(struct abap *abap, const struct abap_user *user,
                                   struct text from, struct text to, struct answer *answer)
{
  const struct call *call = abap->call;
  struct abap_user now;
  enum abap_end end = read_user(abap, user->uuid, &now, answer);
  if (end != ABAP_OK)
    return end;
  if (text_equal(now.certificate, to))
    return ABAP_OK;
  if (!text_equal(now.certificate, from)) {
    answer_say(call, answer, "the user `%.*s` has another certificate now: somebody else was there",
               TEXT_ARG(shown(call, user)));
    return ABAP_CHANGED;
  }
  struct abap_wish wish = {
      .method = "PATCH",
      .path = text_format(call->arena, ABAP_SYSTEMS "OutboundUsers(%.*s)", TEXT_ARG(user->uuid)),
      .body = body_of(call->arena, to),
      .version = now.version,
      .scenario = writes,
  };
  struct abap_said said = abap_call(abap, &wish, answer);
  return said.end == ABAP_OK ? read_back(abap, user, from, to, said.status, answer) : said.end;
}
