/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look: `checks ...` and the check lines of steps. Looks, changes nothing.
 *
 * (1) A check asks until it is answered as expected, or its time (`within`, else LOOK_LIMIT_S) is
 *     over.
 * (2) What renew cannot see (`unused`, systems of people) is a person's step: look_can says which.
 */
#include "runtime/providers/look.h"

#include "runtime/providers/keystore.h"
#include "runtime/providers/own.h"
#include "runtime/providers/probe.h"
#include "runtime/providers/secrets.h"
#include "runtime/providers/service_key.h"
#include "runtime/providers/tenant.h"
#include "runtime/providers/trust_change.h"

enum { LOOK_LIMIT_S = 10, POLL_MS = 100, CODES_MAX = 32 };

static struct text check_word(const struct graph *graph, const struct step *step)
{
  const struct argument *check = step_argument(graph, step, PART_CHECK, 0);
  return check == NULL ? TEXT("") : check->text;
}

static uint32_t resource_of_kind(const struct graph *graph, const struct step *step, enum kind kind)
{
  const struct argument *argument = step_argument_of_kind(graph, step, kind);
  return argument == NULL ? INDEX_NONE : argument->resource;
}

static bool flow_has_urls(const struct graph *graph, uint32_t flow)
{
  return flow != INDEX_NONE && graph_setting_nth(graph, flow, KEY_NODE, 0) != NULL;
}

static bool is_kept_by_tenant(const struct graph *graph, const struct argument *certificate)
{
  const struct graph_value *in = graph_setting_value(graph, certificate->resource, KEY_IN, 0);
  return in != NULL && keystore_is_tenant(graph, in->resource) &&
         (keystore_makes_keys(graph, in->resource) || argument_has(certificate, MEMBER_OLD));
}

static bool is_service_key(const struct graph *graph, const struct step *step)
{
  return step_argument_of_kind(graph, step, KIND_SERVICEKEY) != NULL &&
         step_argument_of_kind(graph, step, KIND_INSTANCE) != NULL;
}

static bool has_address(const struct graph *graph, uint32_t system)
{
  return graph_setting_value(graph, system, KEY_URL, 0) != NULL;
}

bool look_can(const struct graph *graph, const struct step *step)
{
  struct text word = check_word(graph, step);
  const struct argument *certificate = step_argument_of_kind(graph, step, KIND_CERTIFICATE);
  bool is_ours = certificate != NULL && certificate_is_ours(graph, certificate->resource);
  uint32_t system = resource_of_kind(graph, step, KIND_SYSTEM);
  uint32_t keystore = resource_of_kind(graph, step, KIND_KEYSTORE);
  /* No private key of a tenant is here but the new one that renew itself has made. */
  bool has_key = is_ours && !is_kept_by_tenant(graph, certificate);
  if (text_is(word, "tls"))
    return has_key && system != INDEX_NONE && has_address(graph, system);
  if (text_is(word, "call") && system != INDEX_NONE)
    return has_key && has_address(graph, system);
  if (text_is(word, "call"))
    return certificate == NULL && flow_has_urls(graph, resource_of_kind(graph, step, KIND_FLOW));
  if (text_is(word, "certificate"))
    return is_ours;
  if (is_service_key(graph, step))
    return text_is(word, "present") || text_is(word, "absent");
  uint32_t place = keystore != INDEX_NONE ? keystore : system;
  if ((!text_is(word, "present") && !text_is(word, "absent")) || place == INDEX_NONE)
    return false;
  const struct graph_value *kind =
      system == INDEX_NONE ? NULL : graph_setting_value(graph, system, KEY_KIND_OF, 0);
  return is_ours && (keystore != INDEX_NONE
                         ? keystore_is_ours(graph, keystore) || keystore_is_tenant(graph, keystore)
                         : kind != NULL && text_is(kind->text, "trust-file"));
}

static struct probe_report look_tls(const struct call *call)
{
  const struct argument *certificate =
      step_argument_of_kind(call->graph, call->step, KIND_CERTIFICATE);
  struct pair pair = {0};
  struct answer answer = {0};
  if (!safe_read_pair(call, certificate, &pair, &answer))
    return (struct probe_report){.says = answer.says};
  struct probe_report report =
      probe_pair(call, resource_of_kind(call->graph, call->step, KIND_SYSTEM), &pair,
                 EXPECT_ACCEPTED, PROBE_ROUNDS);
  pair_free(&pair);
  return report;
}

static uint32_t read_codes(const struct call *call, int64_t codes[CODES_MAX])
{
  const struct argument *argument;
  uint32_t count = 0;
  while (count < CODES_MAX &&
         (argument = step_argument(call->graph, call->step, PART_EXPECTED, count)) != NULL)
    codes[count++] = argument->number;
  return count;
}

/* `call of SYSTEM with C`: an HTTPS call with the pair. */
static struct probe_report look_pair_call(const struct call *call, uint32_t system)
{
  const struct argument *certificate =
      step_argument_of_kind(call->graph, call->step, KIND_CERTIFICATE);
  struct pair pair = {0};
  struct answer answer = {0};
  int64_t codes[CODES_MAX];
  uint32_t code_count = read_codes(call, codes);
  if (!safe_read_pair(call, certificate, &pair, &answer))
    return (struct probe_report){.says = answer.says};
  struct probe_report report =
      probe_pair_call(call, system, &pair, codes, code_count, PROBE_ROUNDS);
  pair_free(&pair);
  return report;
}

static struct probe_report look_calls(const struct call *call)
{
  const struct graph_setting *node;
  uint32_t flow = resource_of_kind(call->graph, call->step, KIND_FLOW);
  int64_t codes[CODES_MAX];
  uint32_t code_count = read_codes(call, codes);
  struct text wanted = step_node(call);
  struct probe_report report = {.says = TEXT("the flow has no such node with an address")};
  for (uint32_t i = 0; (node = graph_setting_nth(call->graph, flow, KEY_NODE, i)) != NULL; i++) {
    const struct graph_value *values = &call->graph->values[node->values.first];
    if (node->values.count < 2 || (wanted.length != 0 && !text_equal(values[0].text, wanted)))
      continue;
    report = probe_call(call, values[1].text, codes, code_count, PROBE_ROUNDS);
    if (!report.as_expected)
      return report;
  }
  return report;
}

static struct probe_report look_server(const struct call *call)
{
  struct cert_list chain;
  struct probe_report report = {0};
  const struct argument *certificate =
      step_argument_of_kind(call->graph, call->step, KIND_CERTIFICATE);
  const struct argument *url = NULL;
  for (uint32_t i = 0; i < call->step->arguments.count && url == NULL; i++) {
    const struct argument *one = &call->graph->arguments[call->step->arguments.first + i];
    if (one->kind == ARGUMENT_TEXT)
      url = one;
  }
  if (url == NULL ||
      safe_read_chain(call, argument_name(call, certificate), &chain, &report.says) != FILE_FOUND)
    return report;
  return probe_server(call, url->text, &chain.items[0]);
}

/* Whether a certificate is in a keystore, or in what a trust-file system accepts. */
static bool is_present(const struct call *call, const struct argument *certificate,
                       bool *ret_present, struct text *ret_error)
{
  struct cert_list chain, there;
  struct keystore keystore;
  struct trust trust;
  uint32_t place = resource_of_kind(call->graph, call->step, KIND_KEYSTORE);
  uint32_t system = resource_of_kind(call->graph, call->step, KIND_SYSTEM);
  bool is_root = argument_has(certificate, MEMBER_ROOT);
  if (safe_read_chain(call, argument_name(call, certificate), &chain, ret_error) != FILE_FOUND)
    return false;
  const struct cert *wanted = is_root ? certs_root(&chain) : &chain.items[0];
  if (wanted == NULL) {
    *ret_error = TEXT("its root is not known");
    return false;
  }
  if (place == INDEX_NONE) {
    if (!trust_read(call, system, &trust, ret_error))
      return false;
    bool in_pins = trust.sides[SIDE_PINS].path != NULL && !is_root;
    const struct trust_side *side = &trust.sides[in_pins ? SIDE_PINS : SIDE_TRUSTS];
    *ret_present = pins_has(call->arena, side->form, side->content, wanted);
    return true;
  }
  struct answer why = {0};
  if (keystore_is_tenant(call->graph, place))
    return tenant_has(call, place, wanted, ret_present, ret_error);
  if (!keystore_open(call, place, certificate->resource, &keystore, ret_error))
    return false;
  struct secret *password = NULL;
  bool good = secret_of_setting(call, place, KEY_PASSWORD, 0, &password, &why);
  enum file_found found =
      good ? keystore_read_chain(call, &keystore, password, &there, &why) : FILE_UNREADABLE;
  secret_free(password);
  *ret_error = why.says;
  *ret_present = false;
  for (uint32_t i = 0; found == FILE_FOUND && i < there.count; i++)
    *ret_present = *ret_present || cert_same(&there.items[i], wanted);
  return found != FILE_UNREADABLE;
}

static struct probe_report look_present(const struct call *call, bool wanted)
{
  bool is_key = is_service_key(call->graph, call->step);
  const struct argument *certificate =
      step_argument_of_kind(call->graph, call->step, is_key ? KIND_SERVICEKEY : KIND_CERTIFICATE);
  struct probe_report report = {0};
  bool present = false;
  if (!(is_key ? service_key_is_there(call, certificate, &present, &report.says)
               : is_present(call, certificate, &present, &report.says)))
    return report;
  report.was_judged = true;
  report.as_expected = present == wanted;
  report.says = text_format(call->arena, "%.*s is %s", TEXT_ARG(argument_name(call, certificate)),
                            present ? "there" : "not there");
  return report;
}

static struct probe_report look_once(const struct call *call)
{
  struct text word = check_word(call->graph, call->step);
  if (text_is(word, "tls"))
    return look_tls(call);
  uint32_t system = resource_of_kind(call->graph, call->step, KIND_SYSTEM);
  if (text_is(word, "call"))
    return system != INDEX_NONE ? look_pair_call(call, system) : look_calls(call);
  if (text_is(word, "certificate"))
    return look_server(call);
  return look_present(call, text_is(word, "present"));
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  int64_t until_ms = step_until_ms(call, LOOK_LIMIT_S);
  struct probe_report report;
  while (!(report = look_once(call)).as_expected)
    if (!step_pause(call, POLL_MS, until_ms))
      return answer_end(call, ret_answer, report.was_judged ? OUTCOME_REFUSED : OUTCOME_UNREACHABLE,
                        "%.*s", TEXT_ARG(report.says));
  return answer_end(call, ret_answer, OUTCOME_DONE, "%.*s", TEXT_ARG(report.says));
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  return answer_saw(call, ret_answer, OBSERVED_BEFORE, "not looked at yet");
}

/* Looking is acting here: once, between INTENT and OUTCOME, so that the journal has what was
 * seen. */
const struct provider provider_look = {
    .name = "look",
    .supports = CAN_REPEAT,
    .probe = probe,
    .apply = apply,
};
