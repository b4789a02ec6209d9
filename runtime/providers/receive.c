/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receive: `gives C.new to ROLE` by the role that holds C (`held by`). The holder made the pair where it
 * keeps it; what comes here is the certificate, in a file that a person gives with the answer.
 *
 * (1) No private key is taken in: a file that holds one is refused.
 * (2) The certificate has the declared subject, is valid now, and is another one than the bound old one.
 *     Where the root is handed over, too, the file ends with it.
 */
#include <string.h>

#include "runtime/crypto/csr.h"
#include "runtime/providers/ca_answer.h"
#include "runtime/providers/own.h"
#include "runtime/providers/safe.h"

static const struct argument *given(const struct call *call)
{
  return step_argument(call->graph, call->step, PART_OBJECT, 0);
}

static bool wants_root(const struct call *call)
{
  const struct argument *thing;
  for (uint32_t i = 0; (thing = step_argument(call->graph, call->step, PART_OBJECT, i)) != NULL;
       i++)
    if (argument_has(thing, MEMBER_ROOT))
      return true;
  return false;
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  struct cert_list chain;
  struct text error = TEXT_NONE;
  if (safe_read_chain(call, argument_name(call, given(call)), &chain, &error) != FILE_FOUND)
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "it has not come yet");
  answer_add_fact(call->arena, ret_answer, "fingerprint", chain.items[0].fingerprint);
  return answer_saw(call, ret_answer, OBSERVED_AFTER, "it has come: %.*s, SHA-256 %.16s...",
                    TEXT_ARG(chain.items[0].subject), chain.items[0].fingerprint.at);
}

static enum outcome ask(const struct call *call, struct answer *answer)
{
  struct answer task = {0};
  provider_person.apply(call, &task); /* tells the role that it is its turn */
  answer_help(call, answer, "renew sign %.*s %.*s --evidence FILE, with the certificate%s",
              TEXT_ARG(call->run), TEXT_ARG(text_shell_word(call->arena, call->step->id)),
              wants_root(call) ? ", its chain and its root" : " and its chain");
  return answer_end(call, answer, OUTCOME_WAIT, "%.*s", TEXT_ARG(task.says));
}

/* The one that signs none of the others and no other one signs with. */
static const struct cert *leaf_of(const struct cert_list *certs)
{
  const struct cert *leaf = NULL;
  for (uint32_t i = 0; i < certs->count; i++) {
    bool signs = false;
    for (uint32_t j = 0; j < certs->count; j++)
      signs = signs || (i != j && cert_issued_by(&certs->items[j], &certs->items[i]));
    if (signs)
      continue;
    if (leaf != NULL && !cert_same(leaf, &certs->items[i]))
      return NULL;
    leaf = &certs->items[i];
  }
  return leaf;
}

static bool is_old(const struct call *call, const struct cert *leaf)
{
  struct cert_list chain;
  struct text ignored;
  struct text name = call->graph->resources[given(call)->resource].name;
  return safe_read_chain(call, text_format(call->arena, "%.*s.old", TEXT_ARG(name)), &chain,
                         &ignored) == FILE_FOUND &&
         text_equal(chain.items[0].fingerprint, leaf->fingerprint);
}

/* False with words and help. */
static bool is_wanted(const struct call *call, const struct cert *leaf, struct answer *answer)
{
  struct text subject = setting_text(call, given(call)->resource, KEY_SUBJECT, 0);
  if (leaf == NULL) {
    answer_help(call, answer, "give a file with one certificate and the ones that signed it");
    answer_say(call, answer, "the file holds several certificates that do not belong together");
  } else if (subject.length != 0 && !cert_has_subject(call->arena, leaf, subject)) {
    answer_help(call, answer, "the file is another one's, or the declared `subject` is not true");
    answer_say(call, answer, "the certificate is for %.*s, and %.*s is declared",
               TEXT_ARG(leaf->subject), TEXT_ARG(subject));
  } else if (cert_validity(leaf, call->world->now_s()) != VALIDITY_NOW) {
    answer_help(call, answer, "ask its holder for a certificate that is valid");
    answer_say(call, answer, "the certificate is not valid now (valid %.*s to %.*s)",
               TEXT_ARG(cert_time_text(call->arena, leaf->not_before_s)),
               TEXT_ARG(cert_time_text(call->arena, leaf->not_after_s)));
  } else if (is_old(call, leaf)) {
    answer_help(call, answer, "ask its holder for the new one");
    answer_say(call, answer, "the file holds the old certificate");
  } else {
    return true;
  }
  return false;
}

static enum outcome take(const struct call *call, struct answer *answer)
{
  struct text bytes, error = TEXT_NONE, name = argument_name(call, given(call));
  struct cert_list certs;
  if (call->evidence.length == 0) {
    answer_help(call, answer, "renew sign %.*s %.*s --evidence FILE", TEXT_ARG(call->run),
                TEXT_ARG(text_shell_word(call->arena, call->step->id)));
    return answer_end(call, answer, OUTCOME_REFUSED, "the file with the certificate is missing");
  }
  if (file_read(call->arena, text_zero(call->arena, call->evidence), &bytes, &error) != FILE_FOUND)
    return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  if (memmem(bytes.at, bytes.length, "PRIVATE KEY-----", 16) != NULL) {
    answer_set_code(answer, DIAG_E0708);
    answer_help(call, answer,
                "give the certificate alone; that key is not secret any more where "
                "the file was sent");
    return answer_end(call, answer, OUTCOME_REFUSED, "the file holds a private key");
  }
  if (!ca_answer_read(call, bytes, &certs, &error)) {
    answer_set_code(answer, DIAG_E0708);
    answer_help(call, answer, "a certificate is PEM, DER or PKCS#7 (.p7b)");
    return answer_end(call, answer, OUTCOME_REFUSED, "the file: it %.*s", TEXT_ARG(error));
  }
  const struct cert *leaf = leaf_of(&certs);
  if (!is_wanted(call, leaf, answer))
    return OUTCOME_REFUSED;
  struct cert_list chain = certs_in_order(call->arena, &certs, leaf);
  if (wants_root(call) && certs_root(&chain) == NULL) {
    answer_help(call, answer, "put the root behind the certificate, in the same file");
    return answer_end(call, answer, OUTCOME_REFUSED, "the file ends with %.*s, which is no root",
                      TEXT_ARG(chain.items[chain.count - 1].subject));
  }
  if (!safe_write_chain(call, name, &chain, &error))
    return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  answer_add_fact(call->arena, answer, "fingerprint", leaf->fingerprint);
  return answer_end(call, answer, OUTCOME_DONE, "%.*s has come: %.*s, SHA-256 %.*s", TEXT_ARG(name),
                    TEXT_ARG(leaf->subject), TEXT_ARG(leaf->fingerprint));
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  return call->confirmed ? take(call, ret_answer) : ask(call, ret_answer);
}

const struct provider provider_receive = {
    .name = "receive",
    .supports = CAN_PROBE | CAN_REPEAT | IS_PERSON | TAKES_FILE,
    .probe = probe,
    .apply = apply,
};
