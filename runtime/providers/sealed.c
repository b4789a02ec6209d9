/* SPDX-License-Identifier: Apache-2.0 */
/* sealed: see sealed.h. SAP-7f84-22: a key that the platform made goes to its sender, with its chain. */
#include "runtime/providers/sealed.h"

#include <string.h>

#include "runtime/crypto/seal.h"
#include "runtime/providers/safe.h"
#include "runtime/providers/service_key.h"

static enum kind kind_of(const struct graph *graph, const struct argument *thing)
{
  return graph->resources[thing->resource].kind;
}

bool sealed_can(const struct graph *graph, const struct step *step)
{
  const struct argument *thing;
  for (uint32_t i = 0; (thing = step_argument(graph, step, PART_RECIPIENT, i)) != NULL; i++)
    if (thing->kind != ARGUMENT_RESOURCE ||
        graph_setting_value(graph, thing->resource, KEY_SEAL_TO, 0) == NULL)
      return false;
  for (uint32_t i = 0; (thing = step_argument(graph, step, PART_OBJECT, i)) != NULL; i++) {
    if (thing->kind != ARGUMENT_RESOURCE || argument_has(thing, MEMBER_CERTIFICATE))
      return false;
    bool is_pair = kind_of(graph, thing) == KIND_CERTIFICATE &&
                   argument_has(thing, MEMBER_BUNDLE) &&
                   certificate_is_ours(graph, thing->resource);
    if (!is_pair && kind_of(graph, thing) != KIND_SERVICEKEY)
      return false;
  }
  return step->sealed;
}

/* ---- for whom ---- */

static const struct cert *seal_of(const struct call *call, uint32_t role, struct text *ret_error)
{
  struct text bytes;
  struct cert_list certs;
  const char *path = setting_path(call, role, KEY_SEAL_TO, 0);
  struct text name = call->graph->resources[role].name;
  if (path == NULL) {
    *ret_error = text_format(call->arena, "role `%.*s` has no `seal-to`", TEXT_ARG(name));
    return NULL;
  }
  if (file_read(call->arena, path, &bytes, ret_error) != FILE_FOUND ||
      !cert_read_pem(call->arena, bytes, &certs, ret_error))
    return NULL;
  if (certs.count == 0)
    *ret_error = text_format(call->arena, "%s holds no certificate", path);
  else if (cert_validity(&certs.items[0], call->world->now_s()) == VALIDITY_OVER)
    *ret_error = text_format(
        call->arena, "the `seal-to` certificate of role `%.*s` expired on %.*s", TEXT_ARG(name),
        TEXT_ARG(cert_time_text(call->arena, certs.items[0].not_after_s)));
  else
    return &certs.items[0];
  return NULL;
}

void sealed_prepare(const struct call *call, struct diag_list *diags)
{
  const struct argument *role;
  struct text error = TEXT_NONE;
  for (uint32_t i = 0; (role = step_argument(call->graph, call->step, PART_RECIPIENT, i)) != NULL;
       i++)
    if (seal_of(call, role->resource, &error) == NULL) {
      struct diag *diag = diag_add_nowhere(diags, DIAG_E0708, "%.*s", TEXT_ARG(error));
      diag_add_help(diags, diag, "ask the role for a certificate (RSA or EC) to encrypt with");
    }
}

/* ---- what ---- */

static struct secret *pair_bytes(const struct call *call, const struct argument *thing,
                                 struct text *ret_lines, struct answer *answer)
{
  struct pair pair = {0};
  struct secret *whole = NULL;
  if (!safe_read_pair(call, thing, &pair, answer))
    return NULL;
  struct text certs = certs_to_pem(call->arena, &pair.chain);
  struct secret *key = key_to_pem(call->arena, pair.key, NULL, &answer->says);
  if (key != NULL)
    whole = secret_new(secret_size_bytes(key) + certs.length);
  if (whole != NULL) {
    memcpy(secret_bytes(whole), secret_view(key), secret_size_bytes(key));
    memcpy(secret_bytes(whole) + secret_size_bytes(key), certs.at, certs.length);
    *ret_lines = text_format(
        call->arena, "%.*s: private key, certificate and chain as PEM\n  SHA-256  %.*s\n",
        TEXT_ARG(argument_name(call, thing)), TEXT_ARG(pair.chain.items[0].fingerprint));
  }
  secret_free(key);
  pair_free(&pair);
  return whole;
}

/* What is in the envelope, what is known of it, and (SAP-7f84-23: in JSON a line end is written as \n, the
 * files of a TLS program have line breaks) how it becomes files. */
static struct text describe_key(const struct call *call, struct text name,
                                const struct secret *details, const struct answer *facts)
{
  struct cf_credentials given = {0};
  cf_read_credentials(call->arena, details, &given);
  struct text lines =
      text_format(call->arena, "Service key %.*s as JSON (client%s%s)\n",
                  TEXT_ARG(text_visible(call->arena, name)), given.has_secret ? ", secret" : "",
                  given.has_key                   ? ", certificate with its chain, private key"
                  : given.certificate.length != 0 ? ", certificate"
                                                  : "");
  for (const struct fact *fact = facts->facts; fact != NULL; fact = fact->next)
    lines = text_format(call->arena, "%.*s  %-11s  %.*s\n", TEXT_ARG(lines), fact->name,
                        TEXT_ARG(fact->value));
  const char *at = given.is_nested ? ".oauth" : "";
  return !given.has_key
             ? lines
             : text_format(call->arena,
                           "%.*s  Once it is opened (see below), these make files of it:\n"
                           "    jq -r %s.certificate OPENED >client.pem\n"
                           "    jq -r %s.key OPENED >client.key\n"
                           "    openssl pkcs12 -export -in client.pem -inkey client.key "
                           "-out client.p12\n",
                           TEXT_ARG(lines), at, at);
}

static struct secret *key_bytes(const struct call *call, const struct argument *thing,
                                struct text *ret_lines, enum outcome *ret_outcome,
                                struct answer *answer)
{
  struct cloud cloud;
  struct cf_resource key;
  struct text instance;
  struct secret *details = NULL, *whole = NULL;
  enum cloud_end end = service_key_open(call, thing->resource, &cloud, &instance, answer);
  if (end == CLOUD_OK)
    end = service_key_find(call, thing, &cloud, instance, &key, answer);
  if (end == CLOUD_MISSING)
    answer_say(call, answer, "%.*s is not on the platform", TEXT_ARG(argument_name(call, thing)));
  if (end == CLOUD_OK)
    end = cloud_details(&cloud, key.guid, &details, answer);
  /* Nothing was sent but questions. */
  *ret_outcome = end == CLOUD_LOST ? OUTCOME_UNREACHABLE : cloud_outcome(end);
  if (end != CLOUD_OK)
    return NULL;
  struct answer facts = {0};
  if (service_key_judge(call, thing->resource, details, &facts))
    whole = cf_credentials_json(details);
  else
    answer->says = facts.says;
  *ret_lines = describe_key(call, key.name, details, &facts);
  secret_free(details);
  return whole;
}

/* ---- the envelopes ---- */

static bool find_recipients(const struct call *call, const struct cert **recipients,
                            uint32_t *ret_count, struct answer *answer)
{
  const struct argument *role;
  for (*ret_count = 0;
       (role = step_argument(call->graph, call->step, PART_RECIPIENT, *ret_count)) != NULL;
       (*ret_count)++) {
    recipients[*ret_count] = seal_of(call, role->resource, &answer->says);
    if (recipients[*ret_count] == NULL)
      return false;
  }
  return true;
}

enum outcome sealed_make(const struct call *call, struct text *ret_pem, struct text *ret_lines,
                         struct answer *answer)
{
  const struct cert **recipients =
      arena_array(call->arena, (size_t)call->step->arguments.count + 1, sizeof *recipients);
  const struct argument *thing;
  uint32_t count;
  if (!find_recipients(call, recipients, &count, answer))
    return OUTCOME_MISCONFIGURED;
  *ret_pem = *ret_lines = TEXT("");
  for (uint32_t i = 0; (thing = step_argument(call->graph, call->step, PART_OBJECT, i)) != NULL;
       i++) {
    enum outcome outcome = OUTCOME_MISCONFIGURED;
    struct text lines = TEXT("");
    struct secret *bytes = kind_of(call->graph, thing) == KIND_SERVICEKEY
                               ? key_bytes(call, thing, &lines, &outcome, answer)
                               : pair_bytes(call, thing, &lines, answer);
    if (bytes == NULL)
      return outcome == OUTCOME_DONE ? OUTCOME_REFUSED : outcome;
    struct text sealed = seal_make(call->arena, bytes, recipients, count, &answer->says);
    secret_free(bytes);
    if (sealed.length == 0)
      return OUTCOME_MISCONFIGURED;
    *ret_pem = text_format(call->arena, "%.*s%.*s", TEXT_ARG(*ret_pem), TEXT_ARG(sealed));
    *ret_lines = text_format(call->arena, "%.*s%.*s\n", TEXT_ARG(*ret_lines), TEXT_ARG(lines));
  }
  return OUTCOME_DONE;
}
