/* SPDX-License-Identifier: Apache-2.0 */
/*
 * abap_person: what a person does in the apps of an ABAP environment, said with the names that the apps use
 * (SAP-f7a5-13, SAP-f7a5-19). `mode manual`; and in every mode the call that only the system itself can make: its key
 * never leaves it.
 */
#include "runtime/providers/abap.h"
#include "runtime/providers/own.h"
#include "runtime/providers/person.h"

static struct text label_of(const struct call *call, uint32_t certificate, bool is_old)
{
  struct text label = setting_text(call, certificate, is_old ? KEY_LABEL_EXPIRING : KEY_LABEL, 0);
  struct text name = call->graph->resources[certificate].name;
  return label.length != 0
             ? label
             : text_format(call->arena, "%.*s.%s", TEXT_ARG(name), is_old ? "old" : "new");
}

static struct text switch_words(const struct call *call)
{
  const struct argument *who = step_argument(call->graph, call->step, PART_OBJECT, 0);
  const struct argument *to = step_argument(call->graph, call->step, PART_PLACE, 0);
  bool is_old = argument_has(to, MEMBER_OLD);
  return text_format(
      call->arena,
      "in the app Communication Systems open `%.*s`, Users for Outbound Communication; "
      "for each user with `%.*s` change Client Certificate to `%.*s`",
      TEXT_ARG(text_visible(call->arena, who->text)),
      TEXT_ARG(label_of(call, to->resource, !is_old)),
      TEXT_ARG(label_of(call, to->resource, is_old)));
}

static struct text look_words(const struct call *call, struct text form)
{
  const struct argument *thing = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct text label = label_of(call, thing->resource, argument_has(thing, MEMBER_OLD));
  if (text_is(form, "unused"))
    return text_format(
        call->arena,
        "in the app Maintain Client Certificates open `%.*s`: no communication system "
        "uses it any more",
        TEXT_ARG(label));
  return text_format(call->arena,
                     "in the app Maintain Client Certificates: `%.*s` (%.*s) is %s the list",
                     TEXT_ARG(label), TEXT_ARG(argument_name(call, thing)),
                     text_is(form, "absent") ? "not in" : "in");
}

static struct text call_words(const struct call *call)
{
  const struct argument *who = step_argument(call->graph, call->step, PART_OBJECT, 0);
  return text_format(
      call->arena,
      "have the ABAP environment call `%.*s`, and look at the HTTP status. 2xx: the new "
      "certificate is accepted. 401: the external system does not know it: not uploaded "
      "there, or not in force yet. 403: it knows it and does not let it in: the right "
      "is bound to the old certificate",
      TEXT_ARG(text_visible(call->arena, who->text)));
}

static struct text words_of(const struct call *call)
{
  const struct argument *form = step_argument(call->graph, call->step, PART_CHECK, 0);
  if (call->step->effect == EFFECT_PRESENT)
    return switch_words(call);
  if (form != NULL && text_is(form->text, "call"))
    return call_words(call);
  return form == NULL ? call->step->sentence : look_words(call, form->text);
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  return answer_saw(call, ret_answer, OBSERVED_NOTHING, "only a person can see this");
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  if (call->confirmed)
    return answer_end(call, ret_answer, OUTCOME_DONE, "confirmed: %.*s",
                      TEXT_ARG(call->step->sentence));
  enum outcome outcome = person_ask(call, words_of(call), ret_answer);
  if (call->step->effect == EFFECT_LOOK)
    answer_help(
        call, ret_answer,
        "as wanted: renew sign %.*s %.*s --note \"what was seen\"; otherwise: the same with "
        "--reject",
        TEXT_ARG(call->run), TEXT_ARG(text_shell_word(call->arena, call->step->id)));
  return outcome;
}

const struct provider provider_abap_person = {
    .name = "person",
    .supports = IS_PERSON,
    .probe = probe,
    .apply = apply,
};
