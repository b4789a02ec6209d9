/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca_manual: `gets CERTIFICATE.new signed by CA` where a person carries the request to the CA:
 * every protocol but `local`. The request is STATE/outbox/RUN/LABEL.csr; the answer comes with
 * `renew sign RUN LABEL --evidence FILE` and is judged like any CA's: its key must be ours, it must
 * be valid now, and a client must be able to use it.
 */
#include "runtime/crypto/csr.h"
#include "runtime/providers/own.h"
#include "runtime/providers/request.h"
#include "runtime/providers/safe.h"
#include "runtime/providers/secrets.h"

static bool load_key(const struct call *call, const struct argument *wanted,
                     struct private_key **ret_key, struct answer *answer)
{
  struct secret *password = NULL;
  struct text error = TEXT_NONE;
  if (!safe_password(call, wanted->resource, &password, answer))
    return false;
  enum file_found found =
      safe_read_key(call, argument_name(call, wanted), password, ret_key, &error);
  secret_free(password);
  if (found != FILE_FOUND)
    answer_say(call, answer, "the run's safe has no key for it: %.*s", TEXT_ARG(error));
  return found == FILE_FOUND;
}

static enum outcome ask(const struct call *call, const struct argument *wanted,
                        const struct private_key *key, struct answer *answer)
{
  struct text error = TEXT_NONE, name = step_file_name(call);
  const char *path = run_path(call, "outbox", text_format(call->arena, "%.*s.csr", TEXT_ARG(name)));
  struct text csr = request_make(call, wanted, key, &error);
  if (csr.length == 0 ||
      !file_make_folder(call->arena, run_path(call, "outbox", TEXT_NONE), 0700, &error) ||
      file_replace(call->arena, path, csr, 0644, &error) == FILE_FAILED)
    return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  answer_help(call, answer,
              "renew sign %.*s %.*s --evidence FILE, with the CA's answer as PEM: "
              "certificate, chain, root",
              TEXT_ARG(call->run), TEXT_ARG(call->step->id));
  return answer_end(call, answer, OUTCOME_WAIT, "have this request signed: %s", path);
}

static bool answer_is_good(const struct call *call, const struct cert_list *certs,
                           const struct private_key *key, const struct cert **ret_leaf,
                           struct answer *answer)
{
  const struct cert *leaf = NULL;
  for (uint32_t i = 0; i < certs->count && leaf == NULL; i++)
    if (cert_matches_key(&certs->items[i], key))
      leaf = &certs->items[i];
  if (leaf == NULL) {
    answer_set_code(answer, certs->count == 0 ? DIAG_E0708 : DIAG_E0724);
    answer_say(call, answer,
               certs->count == 0 ? "the file holds no certificate"
                                 : "no certificate of the file is for the key of this run");
    return false;
  }
  if (cert_validity(leaf, call->world->now_s()) != VALIDITY_NOW || !leaf->for_clients) {
    answer_say(call, answer, "%s (valid %.*s to %.*s)",
               leaf->for_clients ? "the certificate is not valid now"
                                 : "the certificate is not for clients (extended key usage)",
               TEXT_ARG(cert_time_text(call->arena, leaf->not_before_s)),
               TEXT_ARG(cert_time_text(call->arena, leaf->not_after_s)));
    return false;
  }
  *ret_leaf = leaf;
  return true;
}

static enum outcome take(const struct call *call, const struct argument *wanted,
                         const struct private_key *key, struct answer *answer)
{
  struct text pem, error = TEXT_NONE, name = argument_name(call, wanted);
  struct cert_list certs;
  const struct cert *leaf;
  const char *path = text_zero(call->arena, call->evidence);
  if (call->evidence.length == 0)
    return answer_end(call, answer, OUTCOME_REFUSED,
                      "the CA's answer is missing: renew sign ... --evidence FILE");
  if (file_read(call->arena, path, &pem, &error) != FILE_FOUND ||
      !cert_read_pem(call->arena, pem, &certs, &error))
    return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  if (!answer_is_good(call, &certs, key, &leaf, answer))
    return OUTCOME_REFUSED;
  struct cert_list chain = certs_in_order(call->arena, &certs, leaf);
  if (!safe_write_chain(call, name, &chain, &error))
    return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  answer_add_fact(call->arena, answer, "fingerprint", leaf->fingerprint);
  answer_add_fact(call->arena, answer, "serial", leaf->serial);
  return answer_end(call, answer, OUTCOME_DONE, "%.*s is signed: serial %.*s", TEXT_ARG(name),
                    TEXT_ARG(leaf->serial));
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  const struct argument *wanted = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct private_key *key = NULL;
  if (!load_key(call, wanted, &key, ret_answer))
    return OUTCOME_MISCONFIGURED;
  enum outcome outcome =
      call->confirmed ? take(call, wanted, key, ret_answer) : ask(call, wanted, key, ret_answer);
  key_free(key);
  return outcome;
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  const struct argument *wanted = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct text error = TEXT_NONE;
  struct cert_list chain;
  if (safe_read_chain(call, argument_name(call, wanted), &chain, &error) != FILE_FOUND)
    return answer_saw(call, ret_answer, OBSERVED_BEFORE, "not signed yet");
  answer_add_fact(call->arena, ret_answer, "fingerprint", chain.items[0].fingerprint);
  return answer_saw(call, ret_answer, OBSERVED_AFTER, "signed: serial %.*s",
                    TEXT_ARG(chain.items[0].serial));
}

const struct provider provider_ca_manual = {
    .name = "ca-manual",
    .supports = CAN_PROBE | CAN_REPEAT | IS_PERSON,
    .probe = probe,
    .apply = apply,
};
