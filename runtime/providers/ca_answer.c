/* SPDX-License-Identifier: Apache-2.0 */
/* ca_answer: see ca_answer.h. */
#include "runtime/providers/ca_answer.h"

#include "compiler/pki/pem.h"
#include "runtime/crypto/csr.h"
#include "runtime/crypto/pkcs7.h"
#include "runtime/providers/request.h"
#include "runtime/providers/safe.h"
#include "runtime/providers/secrets.h"
#include "runtime/providers/tenant.h"

/* The key stays on the tenant: what it is for stands in the request that came from there. */
static bool key_of_request(const struct call *call, const struct argument *wanted,
                           struct private_key **ret_key, struct answer *answer)
{
  struct text csr, error = TEXT_NONE;
  const char *path = safe_path(call, argument_name(call, wanted), "csr");
  *ret_key = NULL;
  if (file_read(call->arena, path, &csr, &error) == FILE_FOUND)
    *ret_key = csr_key(csr, &error);
  if (*ret_key == NULL)
    answer_say(call, answer, "the run has no request of the tenant for it: %.*s", TEXT_ARG(error));
  return *ret_key != NULL;
}

bool ca_answer_key(const struct call *call, const struct argument *wanted,
                   struct private_key **ret_key, struct answer *answer)
{
  struct secret *password = NULL;
  struct text error = TEXT_NONE;
  if (keystore_makes_keys(call->graph, setting_resource(call, wanted->resource, KEY_IN, 0)))
    return key_of_request(call, wanted, ret_key, answer);
  if (!safe_password(call, wanted->resource, &password, answer))
    return false;
  enum file_found found =
      safe_read_key(call, argument_name(call, wanted), password, ret_key, &error);
  secret_free(password);
  if (found != FILE_FOUND)
    answer_say(call, answer, "the run's safe has no key for it: %.*s", TEXT_ARG(error));
  return found == FILE_FOUND;
}

bool ca_answer_read(const struct call *call, struct text bytes, struct cert_list *ret_certs,
                    struct text *ret_error)
{
  struct pem pem;
  struct cert one;
  struct text ignored;
  if (pkcs7_read_certs(call->arena, bytes, ret_certs))
    return true;
  if (bytes.length > 0 && bytes.at[0] == 0x30 &&
      cert_read_der(call->arena, bytes, false, &one, &ignored)) {
    ret_certs->items = arena_array(call->arena, 1, sizeof one);
    ret_certs->items[0] = one;
    ret_certs->count = 1;
    return true;
  }
  if (!pem_read(call->arena, bytes, &pem, ret_error))
    return false;
  *ret_certs = pem.certs;
  return true;
}

const struct cert *ca_answer_leaf(const struct cert_list *certs, const struct private_key *key)
{
  for (uint32_t i = 0; i < certs->count; i++)
    if (cert_matches_key(&certs->items[i], key))
      return &certs->items[i];
  return NULL;
}

static bool leaf_is_good(const struct call *call, const struct argument *wanted,
                         const struct private_key *key, const struct cert *leaf,
                         struct answer *answer)
{
  struct text error, csr = request_make(call, wanted, key, &error);
  enum validity validity = cert_validity(leaf, call->world->now_s());
  if (validity != VALIDITY_NOW) {
    bool is_over = validity == VALIDITY_OVER;
    answer_say(call, answer, "the certificate %s (valid %.*s to %.*s)",
               is_over ? "has expired" : "is not valid yet",
               TEXT_ARG(cert_time_text(call->arena, leaf->not_before_s)),
               TEXT_ARG(cert_time_text(call->arena, leaf->not_after_s)));
    answer_help(call, answer, "%s",
                is_over ? "ask the CA for a new one with the same request"
                        : "look at the clock of this machine, or give the answer again when the "
                          "certificate has begun");
    return false;
  }
  if (!leaf->for_clients) {
    answer_say(call, answer, "the certificate is not for clients (extended key usage)");
    answer_help(call, answer,
                "ask the CA for its client profile (clientAuth), with the same request");
    return false;
  }
  if (csr.length != 0 && csr_same_subject(csr, leaf))
    return true;
  answer_say(call, answer, "the certificate is for %.*s, and %.*s was asked for",
             TEXT_ARG(leaf->subject),
             TEXT_ARG(setting_text(call, wanted->resource, KEY_SUBJECT, 0)));
  answer_help(
      call, answer,
      "receivers compare subjects: have it signed as it was asked for, or write the subject "
      "that this CA gives into the certificate's declaration and begin a new run");
  return false;
}

static void add_all(const struct call *call, struct cert_list *to, const struct cert_list *from)
{
  to->items = arena_grow(call->arena, to->items, to->count, (size_t)to->count + from->count + 1,
                         sizeof *to->items);
  for (uint32_t i = 0; i < from->count; i++)
    to->items[to->count++] = from->items[i];
}

/* What the run knows of issuers besides the answer: the old chain, and the files of roots. */
static void add_known(const struct call *call, const struct argument *wanted,
                      struct cert_list *certs)
{
  static const struct {
    enum kind kind;
    enum key key;
  } places[] = {{KIND_CA, KEY_CERTIFICATE_FILE}, {KIND_SYSTEM, KEY_TRUSTS_FILE}};
  struct text name =
      text_format(call->arena, "%.*s.old", TEXT_ARG(call->graph->resources[wanted->resource].name));
  struct cert_list more;
  struct text bytes, error;
  if (safe_read_chain(call, name, &more, &error) == FILE_FOUND)
    add_all(call, certs, &more);
  for (uint32_t i = 0; i < call->graph->resource_count; i++)
    for (size_t j = 0; j < sizeof places / sizeof *places; j++) {
      const char *path = call->graph->resources[i].kind == places[j].kind
                             ? setting_path(call, i, places[j].key, 0)
                             : NULL;
      if (path != NULL && file_read(call->arena, path, &bytes, &error) == FILE_FOUND &&
          cert_read_pem(call->arena, bytes, &more, &error))
        add_all(call, certs, &more);
    }
}

static bool chain_is_known(const struct call *call, const struct argument *wanted,
                           const struct cert_list *certs, const struct cert *leaf,
                           struct cert_list *ret_chain, struct answer *answer)
{
  struct cert_list all = {0};
  add_all(call, &all, certs);
  add_known(call, wanted, &all);
  struct cert_list chain = certs_in_order(call->arena, &all, leaf);
  *ret_chain = chain;
  if (chain.count > 1 || leaf->self_signed)
    return true;
  answer_say(call, answer,
             "the answer lacks the certificate of the issuer, %.*s, and nothing here knows it",
             TEXT_ARG(leaf->issuer));
  answer_help(
      call, answer,
      "put the CA's intermediate certificates (and its root) behind the certificate, in the "
      "same file, and give it again");
  return false;
}

enum outcome ca_answer_take(const struct call *call, const struct argument *wanted,
                            const struct private_key *key, struct text bytes, const char *from,
                            struct answer *answer)
{
  struct text error = TEXT_NONE, name = argument_name(call, wanted);
  struct cert_list certs, chain;
  if (!ca_answer_read(call, bytes, &certs, &error)) {
    answer_set_code(answer, DIAG_E0708);
    answer_help(call, answer,
                "the answer is PEM, DER or PKCS#7 (.p7b) with the certificate and its "
                "chain");
    return answer_end(call, answer, OUTCOME_REFUSED, "%s: it %.*s", from, TEXT_ARG(error));
  }
  const struct cert *leaf = ca_answer_leaf(&certs, key);
  if (leaf == NULL) {
    answer_set_code(answer, DIAG_E0724);
    answer_help(call, answer,
                "it answers another request; the one of this run is the .csr file that "
                "was asked with");
    return answer_end(call, answer, OUTCOME_REFUSED,
                      "%s: no certificate of it is for the key of this run (it holds %.*s%s)", from,
                      TEXT_ARG(certs.items[0].subject), certs.count > 1 ? " and others" : "");
  }
  if (!leaf_is_good(call, wanted, key, leaf, answer) ||
      !chain_is_known(call, wanted, &certs, leaf, &chain, answer)) {
    answer->says = text_format(call->arena, "%s: %.*s", from, TEXT_ARG(answer->says));
    return OUTCOME_REFUSED;
  }
  if (!safe_write_chain(call, name, &chain, &error))
    return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  answer_add_fact(call->arena, answer, "fingerprint", leaf->fingerprint);
  answer_add_fact(call->arena, answer, "serial", leaf->serial);
  return answer_end(call, answer, OUTCOME_DONE, "%.*s is signed: serial %.*s, until %.*s",
                    TEXT_ARG(name), TEXT_ARG(leaf->serial),
                    TEXT_ARG(cert_time_text(call->arena, leaf->not_after_s)));
}

enum observation ca_answer_probe(const struct call *call, struct answer *ret_answer)
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
