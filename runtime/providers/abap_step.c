/* SPDX-License-Identifier: Apache-2.0 */
/*
 * abap_step: what a plan does on an ABAP environment with `mode api`.
 *
 *   for each target in S.communication-systems using C.old     the where-used list, read again before the block
 *   switches TARGET to C.new                                   CertificateID of its outbound users (SAP-f7a5-13)
 *   checks C absent from | present in | unused on S            by fingerprint (SAP-f7a5-16)
 *
 * (1) SAP's own migration on the day of the rotation (SAP-f7a5-17) counts as a switch: what it has done is found done.
 * (2) Of a communication system only the users with the old certificate are touched.
 * (3) Which users a step has changed is written down before each change (STATE/keys/RUN/STEP.users): a
 *     roll-back takes back those, and no others.
 */
#include <string.h>

#include "runtime/providers/abap.h"
#include "runtime/providers/login.h"
#include "runtime/providers/open_set.h"
#include "runtime/providers/own.h"
#include "runtime/providers/safe.h"

/* Days are what is waited for here: one look, or a look now and then for as long as `within` says. */
enum { LOOK_LIMIT_S = 0, POLL_MS = 5000 };

static bool open_step(const struct call *call, struct abap *ret_abap, struct answer *answer)
{
  return abap_open(call, abap_of(call->graph, call->step), ret_abap, answer);
}

static struct text label_of(const struct call *call, const struct abap_cert *cert)
{
  return cert == NULL ? TEXT("") : text_visible(call->arena, cert->description);
}

/* ---- the where-used list ---- */

static bool is_expected(const struct call *call, struct text name)
{
  const struct argument *argument;
  for (uint32_t i = 0;
       (argument = step_argument(call->graph, call->step, PART_EXPECTED, i)) != NULL; i++)
    if (text_equal(argument->text, name))
      return true;
  return false;
}

/* The systems of the plan that have the new one already (a person, SAP) belong to the set. */
static struct text list_users(const struct call *call, const struct abap_cert *old,
                              const struct abap_cert *new)
{
  struct buffer lines = {0};
  for (uint32_t i = 0; old != NULL && i < old->system_count; i++)
    buffer_format(&lines, "%.*s\n", TEXT_ARG(old->systems[i]));
  for (uint32_t i = 0; new != NULL &&i < new->system_count; i++)
    if (is_expected(call, new->systems[i]))
      buffer_format(&lines, "%.*s\n", TEXT_ARG(new->systems[i]));
  struct text list = text_copy(call->arena, buffer_text(&lines));
  buffer_free(&lines);
  return list;
}

static enum abap_end read_set(const struct call *call, struct text *ret_list, struct answer *answer)
{
  struct abap abap;
  struct abap_certs certs;
  struct answer ignored = {0};
  const struct abap_cert *old = NULL, *new = NULL;
  const struct argument *narrows = step_argument(call->graph, call->step, PART_WITH, 0);
  if (!open_step(call, &abap, answer))
    return ABAP_CLOSED;
  enum abap_end end = abap_certificates(&abap, &certs, answer);
  if (end == ABAP_OK && narrows != NULL)
    end = abap_find(&abap, narrows, &certs, &old, answer);
  if (end != ABAP_OK)
    return end;
  if (narrows == NULL || (old != NULL && !old->tells_systems)) {
    answer_say(call, answer,
               narrows == NULL ? "the set is not narrowed by `using CERTIFICATE`"
                               : "the system does not tell which communication systems use a "
                                 "certificate");
    answer_help(call, answer, "write `mode manual`: its owner then looks the set up");
    return ABAP_NO;
  }
  struct argument other = *narrows;
  for (int i = 0; i < MEMBERS_MAX; i++)
    if (other.members[i] == MEMBER_OLD)
      other.members[i] = MEMBER_NEW;
  abap_find(&abap, &other, &certs, &new, &ignored);
  *ret_list = list_users(call, old, new);
  return ABAP_OK;
}

/* A dry run of a plan whose elements nobody has named yet: they are what is wanted. */
static bool has_no_elements(const struct call *call)
{
  const struct argument *first = step_argument(call->graph, call->step, PART_EXPECTED, 0);
  return call->world->live && (first == NULL || text_is(first->text, "*1"));
}

static enum observation tell_set(const struct call *call, struct text list, struct answer *answer)
{
  const struct argument *set = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct buffer names = {0};
  for (size_t i = 0; i + 1 < list.length; i++)
    buffer_add(&names, list.at[i] == '\n' ? "," : &list.at[i], 1);
  struct text shown = text_visible(call->arena, text_copy(call->arena, buffer_text(&names)));
  buffer_free(&names);
  if (list.length == 0)
    return answer_saw(call, answer, OBSERVED_BEFORE, "no communication system uses it");
  return answer_saw(call, answer, OBSERVED_BEFORE,
                    "used by %.*s: --set %.*s.communication-systems=%.*s makes the plan for them",
                    TEXT_ARG(shown), TEXT_ARG(call->graph->resources[set->resource].name),
                    TEXT_ARG(text_shell_word(call->arena, shown)));
}

static enum observation probe_set(const struct call *call, struct answer *ret_answer)
{
  struct text list;
  if (read_set(call, &list, ret_answer) != ABAP_OK)
    return OBSERVED_NOTHING;
  if (has_no_elements(call))
    return tell_set(call, list, ret_answer);
  return open_set_compare(call, list, ret_answer) == OUTCOME_DONE ? OBSERVED_AFTER
                                                                  : OBSERVED_NEITHER;
}

static enum outcome apply_set(const struct call *call, struct answer *ret_answer)
{
  struct text list;
  enum abap_end end = read_set(call, &list, ret_answer);
  if (end == ABAP_OK)
    return open_set_compare(call, list, ret_answer);
  enum outcome outcome = end == ABAP_LOST ? OUTCOME_UNREACHABLE : abap_outcome(end);
  /* That it could not be read is no other set. */
  return outcome == OUTCOME_REFUSED ? OUTCOME_MISCONFIGURED : outcome;
}

/* ---- switches TARGET to C ---- */

struct switching {
  struct text system;
  const struct abap_cert *old, *new;
  struct abap_users users;
  uint32_t old_count, new_count;
};

static enum abap_end look_at(struct abap *abap, struct switching *it, struct answer *answer)
{
  const struct call *call = abap->call;
  struct abap_certs certs;
  const struct argument *who = step_argument(call->graph, call->step, PART_OBJECT, 0);
  const struct argument *to = step_argument(call->graph, call->step, PART_PLACE, 0);
  struct argument from = *to;
  for (int i = 0; i < MEMBERS_MAX; i++)
    if (from.members[i] == MEMBER_NEW)
      from.members[i] = MEMBER_OLD;
    else if (from.members[i] == MEMBER_OLD)
      from.members[i] = MEMBER_NEW;
  *it = (struct switching){.system = who->text};
  enum abap_end end = abap_certificates(abap, &certs, answer);
  if (end == ABAP_OK)
    end = abap_find(abap, to, &certs, &it->new, answer);
  if (end == ABAP_OK)
    end = abap_find(abap, &from, &certs, &it->old, answer);
  if (end == ABAP_OK && it->new == NULL) {
    answer_say(call, answer, "%.*s is not among the system's client certificates",
               TEXT_ARG(argument_name(call, to)));
    return ABAP_NO;
  }
  if (end == ABAP_OK)
    end = abap_users_of(abap, it->system, &it->users, answer);
  if (end != ABAP_OK)
    return end;
  for (uint32_t i = 0; i < it->users.count; i++) {
    struct text has = it->users.items[i].certificate;
    it->new_count += text_equal(has, it->new->id);
    it->old_count += it->old != NULL && text_equal(has, it->old->id);
  }
  return ABAP_OK;
}

static enum observation judge(const struct call *call, const struct switching *it,
                              struct answer *answer)
{
  struct text system = text_visible(call->arena, it->system);
  answer_add_fact(call->arena, answer, "fingerprint", it->new->print);
  if (it->old_count != 0)
    return answer_saw(call, answer, OBSERVED_BEFORE, "%u outbound user%s of `%.*s` ha%s `%.*s`",
                      it->old_count, it->old_count == 1 ? "" : "s", TEXT_ARG(system),
                      it->old_count == 1 ? "s" : "ve", TEXT_ARG(label_of(call, it->old)));
  if (it->new_count != 0)
    return answer_saw(call, answer, OBSERVED_AFTER, "%u outbound user%s of `%.*s` ha%s `%.*s`",
                      it->new_count, it->new_count == 1 ? "" : "s", TEXT_ARG(system),
                      it->new_count == 1 ? "s" : "ve", TEXT_ARG(label_of(call, it->new)));
  return answer_saw(call, answer, OBSERVED_NEITHER,
                    "no outbound user of `%.*s` has the old or the new certificate: it was changed "
                    "by somebody",
                    TEXT_ARG(system));
}

static enum observation probe_switch(const struct call *call, struct answer *ret_answer)
{
  struct abap abap;
  struct switching it;
  if (!open_step(call, &abap, ret_answer) || look_at(&abap, &it, ret_answer) != ABAP_OK)
    return OBSERVED_NOTHING;
  return judge(call, &it, ret_answer);
}

static const char *users_path(const struct call *call)
{
  return safe_path(call, step_file_name(call), "users");
}

/* One UUID a line. */
static struct text read_changed(const struct call *call)
{
  struct text bytes, error = TEXT_NONE;
  return file_read(call->arena, users_path(call), &bytes, &error) == FILE_FOUND ? bytes : TEXT("");
}

static bool has_changed(struct text changed, struct text uuid)
{
  return changed.length != 0 && memmem(changed.at, changed.length, uuid.at, uuid.length) != NULL;
}

static bool note_change(const struct call *call, struct text uuid, struct answer *answer)
{
  struct text changed = read_changed(call), error = TEXT_NONE;
  if (has_changed(changed, uuid))
    return true;
  struct text lines = text_format(call->arena, "%.*s%.*s\n", TEXT_ARG(changed), TEXT_ARG(uuid));
  if (safe_make_folder(call, &error) &&
      file_replace(call->arena, users_path(call), lines, 0600, &error) != FILE_FAILED)
    return true;
  answer_say(call, answer, "%.*s", TEXT_ARG(error));
  return false;
}

static enum abap_end change_all(struct abap *abap, const struct switching *it,
                                struct answer *answer)
{
  const struct call *call = abap->call;
  if (!it->users.can_write) {
    answer_say(
        call, answer,
        "the communication user may read the outbound users of `%.*s` (SAP_COM_0A06) and not "
        "change them",
        TEXT_ARG(text_visible(call->arena, it->system)));
    answer_help(
        call, answer,
        "give it an arrangement of SAP_COM_0A48; or change `Client Certificate` of the user to "
        "`%.*s` in the Communication Systems app. Then: renew retry (what was done is seen)",
        TEXT_ARG(label_of(call, it->new)));
    return ABAP_NO_ROLE;
  }
  for (uint32_t i = 0; i < it->users.count; i++) {
    const struct abap_user *user = &it->users.items[i];
    if (it->old == NULL || !text_equal(user->certificate, it->old->id))
      continue;
    if (!note_change(call, user->uuid, answer))
      return ABAP_NO;
    enum abap_end end = abap_set_certificate(abap, user, it->old->id, it->new->id, answer);
    if (end != ABAP_OK)
      return end;
  }
  return ABAP_OK;
}

static enum outcome apply_switch(const struct call *call, struct answer *ret_answer)
{
  struct abap abap;
  struct switching it;
  if (!open_step(call, &abap, ret_answer))
    return OUTCOME_MISCONFIGURED;
  enum abap_end end = look_at(&abap, &it, ret_answer);
  if (end != ABAP_OK)
    return end == ABAP_LOST ? OUTCOME_UNREACHABLE : abap_outcome(end);
  if (judge(call, &it, ret_answer) == OBSERVED_NEITHER)
    return OUTCOME_REFUSED;
  end = change_all(&abap, &it, ret_answer);
  if (end == ABAP_OK && it.old_count != 0)
    answer_say(call, ret_answer, "%u outbound user%s of `%.*s` changed from `%.*s` to `%.*s`",
               it.old_count, it.old_count == 1 ? "" : "s",
               TEXT_ARG(text_visible(call->arena, it.system)), TEXT_ARG(label_of(call, it.old)),
               TEXT_ARG(label_of(call, it.new)));
  return abap_outcome(end);
}

static enum outcome undo_switch(const struct call *call, struct answer *ret_answer)
{
  struct abap abap;
  struct switching it;
  uint32_t count = 0;
  struct text changed = read_changed(call);
  if (changed.length == 0)
    return answer_end(call, ret_answer, OUTCOME_DONE, "nothing was changed by this step");
  if (!open_step(call, &abap, ret_answer))
    return OUTCOME_MISCONFIGURED;
  enum abap_end end = look_at(&abap, &it, ret_answer);
  if (end == ABAP_OK && it.old == NULL)
    return answer_end(call, ret_answer, OUTCOME_REFUSED,
                      "the old certificate is gone from the system: there is no way back");
  for (uint32_t i = 0; end == ABAP_OK && i < it.users.count; i++) {
    const struct abap_user *user = &it.users.items[i];
    if (!has_changed(changed, user->uuid) || !text_equal(user->certificate, it.new->id))
      continue;
    end = abap_set_certificate(&abap, user, it.new->id, it.old->id, ret_answer);
    count++;
  }
  if (end == ABAP_OK)
    answer_say(call, ret_answer, "%u outbound user%s of `%.*s` changed back to `%.*s`", count,
               count == 1 ? "" : "s", TEXT_ARG(text_visible(call->arena, it.system)),
               TEXT_ARG(label_of(call, it.old)));
  return abap_outcome(end);
}

static void preview_switch(const struct call *call, struct answer *ret_answer)
{
  const struct argument *who = step_argument(call->graph, call->step, PART_OBJECT, 0);
  answer_say(
      call, ret_answer,
      "would change the client certificate of the outbound users of `%.*s` (SAP_COM_0A48), and "
      "read it back",
      TEXT_ARG(text_visible(call->arena, who->text)));
}

/* ---- checks C absent from | present in | unused on S ---- */

/* ABAP_OK: *ret_holds says whether it is as wanted. */
static enum abap_end look_once(const struct call *call, bool *ret_holds, struct answer *answer)
{
  struct abap abap;
  struct abap_certs certs;
  const struct abap_cert *cert = NULL;
  const struct argument *form = step_argument(call->graph, call->step, PART_CHECK, 0);
  const struct argument *thing = step_argument(call->graph, call->step, PART_OBJECT, 0);
  if (!open_step(call, &abap, answer))
    return ABAP_CLOSED;
  enum abap_end end = abap_certificates(&abap, &certs, answer);
  if (end == ABAP_OK)
    end = abap_find(&abap, thing, &certs, &cert, answer);
  if (end != ABAP_OK)
    return end;
  struct text name = argument_name(call, thing);
  if (text_is(form->text, "unused")) {
    *ret_holds = cert == NULL || (cert->tells_systems && cert->system_count == 0);
    answer_say(call, answer,
               cert == NULL ? "%.*s is not among the client certificates any more"
               : !cert->tells_systems
                   ? "the system does not tell which communication systems use %.*s"
               : *ret_holds ? "no communication system uses %.*s"
                            : "%.*s is used by communication systems",
               TEXT_ARG(name));
    if (!*ret_holds && cert->system_count != 0)
      answer_say(call, answer, "%.*s: `%.*s`%s", TEXT_ARG(answer->says),
                 TEXT_ARG(text_visible(call->arena, cert->systems[0])),
                 cert->system_count > 1 ? " and others" : "");
    return ABAP_OK;
  }
  *ret_holds = (cert != NULL) == text_is(form->text, "present");
  if (cert == NULL)
    answer_say(call, answer, "%.*s is not among the client certificates of the system",
               TEXT_ARG(name));
  else
    answer_say(call, answer, "%.*s is there, as `%.*s`", TEXT_ARG(name),
               TEXT_ARG(label_of(call, cert)));
  return ABAP_OK;
}

static enum observation probe_look(const struct call *call, struct answer *ret_answer)
{
  return answer_saw(call, ret_answer, OBSERVED_BEFORE, "not looked at yet");
}

static enum outcome apply_look(const struct call *call, struct answer *ret_answer)
{
  int64_t until_ms = step_until_ms(call, LOOK_LIMIT_S);
  for (;;) {
    bool holds = false;
    enum abap_end end = look_once(call, &holds, ret_answer);
    if (end != ABAP_OK)
      return end == ABAP_LOST ? OUTCOME_UNREACHABLE : abap_outcome(end);
    if (holds)
      return OUTCOME_DONE;
    if (!step_pause(call, POLL_MS, until_ms))
      return OUTCOME_REFUSED;
  }
}

const struct provider provider_abap_set = {
    .name = "abap",
    .supports = CAN_PROBE | CAN_REPEAT,
    .prepare = abap_prepare,
    .probe = probe_set,
    .apply = apply_set,
};

const struct provider provider_abap_switch = {
    .name = "abap",
    .supports = CAN_PROBE | CAN_REPEAT | CAN_UNDO, /* it looks first, and writes on a condition */
    .prepare = abap_prepare,
    .probe = probe_switch,
    .apply = apply_switch,
    .undo = undo_switch,
    .preview = preview_switch,
};

const struct provider provider_abap_look = {
    .name = "abap",
    .supports = CAN_REPEAT,
    .prepare = abap_prepare,
    .probe = probe_look,
    .apply = apply_look,
};
