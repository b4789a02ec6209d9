/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca_manual: `gets CERTIFICATE.new signed by CA` where a person carries the request to the CA:
 * every protocol but `local` and `command`. The request is STATE/outbox/RUN/LABEL.csr; the answer comes with
 * `renew sign RUN LABEL --evidence FILE` and is judged like any CA's (ca_answer.h).
 */
#include "runtime/providers/ca_answer.h"
#include "runtime/providers/own.h"
#include "runtime/providers/request.h"
#include "runtime/providers/safe.h"

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
              "renew sign %.*s %.*s --evidence FILE, with the CA's answer (PEM, DER or .p7b): "
              "certificate, chain, root",
              TEXT_ARG(call->run), TEXT_ARG(text_shell_word(call->arena, call->step->id)));
  return answer_end(call, answer, OUTCOME_WAIT, "have this request signed: %s", path);
}

static enum outcome take(const struct call *call, const struct argument *wanted,
                         const struct private_key *key, struct answer *answer)
{
  struct text bytes, error = TEXT_NONE;
  const char *path = text_zero(call->arena, call->evidence);
  if (call->evidence.length == 0) {
    answer_help(call, answer, "renew sign %.*s %.*s --evidence FILE", TEXT_ARG(call->run),
                TEXT_ARG(text_shell_word(call->arena, call->step->id)));
    return answer_end(call, answer, OUTCOME_REFUSED, "the CA's answer is missing");
  }
  if (file_read(call->arena, path, &bytes, &error) != FILE_FOUND)
    return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  return ca_answer_take(call, wanted, key, bytes, "the CA's answer", answer);
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  const struct argument *wanted = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct private_key *key = NULL;
  if (!ca_answer_key(call, wanted, &key, ret_answer))
    return OUTCOME_MISCONFIGURED;
  enum outcome outcome =
      call->confirmed ? take(call, wanted, key, ret_answer) : ask(call, wanted, key, ret_answer);
  key_free(key);
  return outcome;
}

const struct provider provider_ca_manual = {
    .name = "ca-manual",
    .supports = CAN_PROBE | CAN_REPEAT | IS_PERSON | TAKES_FILE,
    .probe = ca_answer_probe,
    .apply = apply,
};
