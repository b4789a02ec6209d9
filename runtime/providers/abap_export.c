/* SPDX-License-Identifier: Apache-2.0 */
/*
 * abap_export: `exports C from ABAP-SYSTEM`. No interface gives the certificate as a file [SAP]: a person
 * exports it in the app Maintain Client Certificates (SAP-f7a5-10) and gives the file with the answer. It is believed
 * where it holds the certificate of that fingerprint, and of no other.
 *
 * (1) `mode api`: the fingerprint is the system's (abap_certificate.c). `mode manual`: it is what the app
 *     shows, given with the answer (renew sign ... --fingerprint): without one nothing is believed.
 * (2) A private key is not taken in, whatever it lies in.
 * (3) What was taken in is C in the run's safe from then on, so that `gives` and `checks` know it, and a file
 *     in the outbox, in the form that the step names.
 */
#include <string.h>
#include <unistd.h>

#include "runtime/crypto/file_form.h"
#include "runtime/providers/abap.h"
#include "runtime/providers/ca_answer.h"
#include "runtime/providers/own.h"
#include "runtime/providers/person.h"
#include "runtime/providers/safe.h"

static const struct argument *object_of(const struct call *call)
{
  return step_argument(call->graph, call->step, PART_OBJECT, 0);
}

static struct text label_of(const struct call *call)
{
  const struct argument *object = object_of(call);
  bool is_old = argument_has(object, MEMBER_OLD);
  struct text label =
      setting_text(call, object->resource, is_old ? KEY_LABEL_EXPIRING : KEY_LABEL, 0);
  return label.length != 0 ? label : argument_name(call, object);
}

static bool is_der(const struct call *call)
{
  const struct argument *as = step_argument(call->graph, call->step, PART_AS, 0);
  return as != NULL && text_is(as->text, "der");
}

static const char *outbox_path(const struct call *call)
{
  return run_path(call, "outbox",
                  text_format(call->arena, "%.*s.%s", TEXT_ARG(step_file_name(call)),
                              is_der(call) ? "cer" : "pem"));
}

/* The SHA-1 or SHA-256 that the certificate has to have. False with words; wanted "" in *ret_print: not
 * given yet. */
static enum outcome wanted_print(const struct call *call, struct text *ret_print,
                                 struct text *ret_about, struct answer *answer)
{
  static const char word[] = "fingerprint ";
  struct abap abap;
  struct abap_certs certs;
  const struct abap_cert *cert = NULL;
  uint32_t system = abap_of(call->graph, call->step);
  *ret_print = *ret_about = TEXT("");
  if (!abap_has_api(call->graph, system)) {
    struct text note = call->note;
    if (text_starts_with(note, word)) {
      const char *end = memchr(note.at, ';', note.length);
      size_t skipped = sizeof word - 1;
      size_t length = (end == NULL ? note.length : (size_t)(end - note.at)) - skipped;
      *ret_print = abap_print_of(call->arena, (struct text){note.at + skipped, length});
    }
    return OUTCOME_DONE;
  }
  enum abap_end end = ABAP_CLOSED;
  if (abap_open(call, system, &abap, answer))
    end = abap_certificates(&abap, &certs, answer);
  if (end == ABAP_OK)
    end = abap_find(&abap, object_of(call), &certs, &cert, answer);
  if (end != ABAP_OK)
    return end == ABAP_LOST || end == ABAP_AWAY || end == ABAP_BUSY ? OUTCOME_UNREACHABLE
                                                                    : OUTCOME_MISCONFIGURED;
  if (cert == NULL)
    return answer_end(call, answer, OUTCOME_MISCONFIGURED,
                      "%.*s is not among the system's client certificates any more",
                      TEXT_ARG(argument_name(call, object_of(call))));
  *ret_print = cert->print;
  *ret_about =
      text_format(call->arena, ": %s %.*s%s%.*s", cert->print.length == 64 ? "SHA-256" : "SHA-1",
                  TEXT_ARG(cert->print), cert->until.length == 0 ? "" : ", valid until ",
                  TEXT_ARG(text_visible(call->arena, cert->until)));
  return OUTCOME_DONE;
}

static enum outcome ask(const struct call *call, struct answer *answer)
{
  struct text print, about;
  bool has_api = abap_has_api(call->graph, abap_of(call->graph, call->step));
  enum outcome outcome = wanted_print(call, &print, &about, answer);
  if (outcome != OUTCOME_DONE)
    return outcome;
  struct text words =
      text_format(call->arena,
                  "export `%.*s` in the app Maintain Client Certificates, without a key (%s)%.*s%s",
                  TEXT_ARG(label_of(call)), is_der(call) ? "DER, .cer" : "X.509 certificate, .pem",
                  TEXT_ARG(about), has_api ? "" : "; note the fingerprint that the app shows");
  outcome = person_ask(call, words, answer);
  answer_help(call, answer, "renew sign %.*s %.*s --evidence FILE%s", TEXT_ARG(call->run),
              TEXT_ARG(text_shell_word(call->arena, call->step->id)),
              has_api ? "" : " --fingerprint HEX");
  return outcome;
}

/* ---- what came back ---- */

static enum outcome refuse(const struct call *call, struct answer *answer, const char *how,
                           struct text what)
{
  answer_help(call, answer, "export `%.*s` again, then: renew sign %.*s %.*s --evidence FILE%s",
              TEXT_ARG(label_of(call)), TEXT_ARG(call->run),
              TEXT_ARG(text_shell_word(call->arena, call->step->id)),
              abap_has_api(call->graph, abap_of(call->graph, call->step)) ? ""
                                                                          : " --fingerprint HEX");
  return answer_end(call, answer, OUTCOME_REFUSED, "%s%.*s", how, TEXT_ARG(what));
}

static bool fits(const struct call *call, const struct cert *cert, struct text print)
{
  return text_equal(cert->fingerprint, print) || text_equal(cert_sha1(call->arena, cert), print);
}

/* The one that a person most likely means: no authority's, where there is another one. */
static const struct cert *likely(const struct cert_list *certs)
{
  for (uint32_t i = 0; i < certs->count; i++)
    if (!certs->items[i].is_ca)
      return &certs->items[i];
  return &certs->items[0];
}

/* Why none of the certificates is the wanted one. */
static enum outcome explain(const struct call *call, const struct cert_list *certs,
                            struct text print, struct answer *answer)
{
  const struct cert *found = likely(certs);
  struct argument other = *object_of(call);
  for (int i = 0; i < MEMBERS_MAX; i++)
    if (other.members[i] == MEMBER_NEW)
      other.members[i] = MEMBER_OLD;
    else if (other.members[i] == MEMBER_OLD)
      other.members[i] = MEMBER_NEW;
  struct text other_print = abap_bound_print(call, &other);
  struct text shown = text_format(
      call->arena, "%.*s, valid from %.*s to %.*s, SHA-256 %.*s, SHA-1 %.*s",
      TEXT_ARG(found->subject), TEXT_ARG(cert_time_text(call->arena, found->not_before_s)),
      TEXT_ARG(cert_time_text(call->arena, found->not_after_s)), TEXT_ARG(found->fingerprint),
      TEXT_ARG(cert_sha1(call->arena, found)));
  if (other_print.length != 0 && fits(call, found, other_print))
    return refuse(call, answer,
                  argument_has(&other, MEMBER_OLD)
                      ? "the file holds the old certificate, which is about to go: "
                      : "the file holds the new certificate, and the old one was asked for: ",
                  shown);
  if (found->is_ca)
    return refuse(call, answer,
                  "the file holds the certificate of an authority, not the client's: ", shown);
  return refuse(call, answer, "the file holds another certificate: ",
                text_format(call->arena, "%.*s; wanted: %.*s", TEXT_ARG(shown), TEXT_ARG(print)));
}

static enum outcome ask_for_print(const struct call *call, const struct cert_list *certs,
                                  struct answer *answer)
{
  const struct cert *found = likely(certs);
  struct text holds = text_format(
      call->arena,
      "%.*s, SHA-256 %.*s, SHA-1 %.*s; give the fingerprint that the app shows for `%.*s` with it "
      "(not this one: it is what is compared)",
      TEXT_ARG(found->subject), TEXT_ARG(found->fingerprint),
      TEXT_ARG(cert_sha1(call->arena, found)), TEXT_ARG(label_of(call)));
  return refuse(call, answer, "the file holds ", holds);
}

static enum outcome keep(const struct call *call, const struct cert_list *certs,
                         const struct cert *leaf, struct answer *answer)
{
  struct text error = TEXT_NONE, name = argument_name(call, object_of(call));
  struct cert_list chain = certs_in_order(call->arena, certs, leaf);
  struct cert_list shown = certs_without_root(&chain);
  const char *path = outbox_path(call);
  struct text bytes = is_der(call) ? leaf->der : certs_to_pem(call->arena, &shown);
  if (!file_make_folder(call->arena, run_path(call, "outbox", TEXT_NONE), 0700, &error) ||
      file_replace(call->arena, path, bytes, 0644, &error) == FILE_FAILED ||
      !safe_write_chain(call, name, &chain, &error))
    return answer_end(call, answer, OUTCOME_UNREACHABLE, "%.*s", TEXT_ARG(error));
  answer_add_fact(call->arena, answer, "fingerprint", leaf->fingerprint);
  answer_add_fact(call->arena, answer, "serial", leaf->serial);
  answer_add_fact(call->arena, answer, "until", cert_time_text(call->arena, leaf->not_after_s));
  return answer_end(
      call, answer, OUTCOME_DONE, "%.*s is SHA-256 %.*s, until %.*s: %s%s", TEXT_ARG(name),
      TEXT_ARG(leaf->fingerprint), TEXT_ARG(cert_time_text(call->arena, leaf->not_after_s)), path,
      chain.count > 1 ? "" : " (without its chain: who trusts by authority needs the root apart)");
}

static enum outcome take(const struct call *call, struct answer *answer)
{
  struct text bytes, print, about, error = TEXT_NONE;
  struct cert_list certs;
  if (call->evidence.length == 0)
    return refuse(call, answer, "the exported file is missing", TEXT(""));
  if (file_read(call->arena, text_zero(call->arena, call->evidence), &bytes, &error) != FILE_FOUND)
    return refuse(call, answer, "", error);
  enum file_form form = file_form_of(bytes);
  if (file_form_may_hold_key(form))
    return refuse(call, answer, "the file is ", text_of(file_form_words(form)));
  if (!ca_answer_read(call, bytes, &certs, &error) || certs.count == 0)
    return refuse(call, answer, "the file is ",
                  form == FORM_PEM || form == FORM_DER
                      ? text_format(call->arena, "damaged: it %.*s", TEXT_ARG(error))
                      : text_of(file_form_words(form)));
  enum outcome outcome = wanted_print(call, &print, &about, answer);
  if (outcome != OUTCOME_DONE)
    return outcome;
  if (print.length == 0)
    return ask_for_print(call, &certs, answer);
  const struct cert *leaf = NULL;
  for (uint32_t i = 0; i < certs.count && leaf == NULL; i++)
    leaf = fits(call, &certs.items[i], print) ? &certs.items[i] : NULL;
  if (leaf == NULL)
    return explain(call, &certs, print, answer);
  if (cert_validity(leaf, call->world->now_s()) != VALIDITY_NOW)
    return refuse(call, answer, "the certificate is not valid now: ",
                  text_format(call->arena, "%.*s to %.*s",
                              TEXT_ARG(cert_time_text(call->arena, leaf->not_before_s)),
                              TEXT_ARG(cert_time_text(call->arena, leaf->not_after_s))));
  if (!leaf->for_clients)
    return refuse(call, answer,
                  "the certificate is not for clients (extended key usage): ", leaf->subject);
  return keep(call, &certs, leaf, answer);
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  struct cert_list chain;
  struct text error = TEXT_NONE;
  if (call->world->live || access(outbox_path(call), F_OK) != 0 ||
      safe_read_chain(call, argument_name(call, object_of(call)), &chain, &error) != FILE_FOUND)
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "not exported yet");
  answer_add_fact(call->arena, ret_answer, "fingerprint", chain.items[0].fingerprint);
  return answer_saw(call, ret_answer, OBSERVED_AFTER, "exported: SHA-256 %.*s",
                    TEXT_ARG(chain.items[0].fingerprint));
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  return call->confirmed ? take(call, ret_answer) : ask(call, ret_answer);
}

const struct provider provider_abap_export = {
    .name = "abap",
    .supports = CAN_PROBE | CAN_REPEAT | IS_PERSON | TAKES_FILE,
    .prepare = abap_prepare,
    .probe = probe,
    .apply = apply,
};

const struct provider provider_abap_export_by_hand = {
    .name = "person",
    .supports = CAN_PROBE | CAN_REPEAT | IS_PERSON | TAKES_FILE | TAKES_PRINT,
    .probe = probe,
    .apply = apply,
};
