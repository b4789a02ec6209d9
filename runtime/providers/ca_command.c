/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ca_command: `gets CERTIFICATE.new signed by CA` where a program of this machine asks the authority:
 * `protocol command`, `command "..."`.
 *
 * The request is the program's standard input, and the file that `${csr}` names; its answer, PEM, DER
 * or PKCS#7, is its standard output. Another end than 0 says: nothing was requested.
 *
 * (1) One request: where the program, or renew, died in between, the outcome is in doubt and a person
 *     decides. It is never run again by itself.
 * (2) An answer that was written before the crash is found in the log of its attempt and taken.
 */
#include <string.h>

#include "runtime/providers/ca_answer.h"
#include "runtime/providers/command.h"
#include "runtime/providers/file.h"
#include "runtime/providers/own.h"
#include "runtime/providers/request.h"
#include "runtime/providers/safe.h"

static const char what[] = "ca";

static struct text words_of(const struct call *call)
{
  return setting_text(call, step_resource(call->graph, call->step, PART_BY), KEY_COMMAND, 0);
}

/* The words, with each ${csr} filled in. */
static bool find_command(const struct call *call, struct command *ret_command,
                         struct answer *answer)
{
  static const char mark[] = "${csr}";
  const struct argument *wanted = step_argument(call->graph, call->step, PART_OBJECT, 0);
  const char *csr = safe_path(call, argument_name(call, wanted), "csr");
  if (!command_split(call, words_of(call), what, ret_command)) {
    answer_say(call, answer, "the command of the ca has an open quote or no word");
    return false;
  }
  for (uint32_t i = 1; i < ret_command->argc; i++) {
    struct text word = ret_command->argv[i];
    const char *at = memmem(word.at, word.length, mark, sizeof mark - 1);
    if (at == NULL)
      continue;
    size_t before = (size_t)(at - word.at), behind = before + sizeof mark - 1;
    ret_command->argv[i] = text_format(call->arena, "%.*s%s%.*s", (int)before, word.at, csr,
                                       (int)(word.length - behind), word.at + behind);
  }
  ret_command->input = csr;
  return true;
}

static void prepare(const struct call *call, struct diag_list *diags)
{
  struct answer answer = {0};
  struct command command;
  if (find_command(call, &command, &answer))
    command_prepare(call, &command, diags);
  else
    diag_add_nowhere(diags, DIAG_E1011, "%.*s", TEXT_ARG(answer.says));
}

/* What the program wrote in this attempt or an earlier one and is for our key; its path, or NULL. */
static const char *find_answer(const struct call *call, const struct private_key *key)
{
  struct cert_list certs;
  struct text bytes, error;
  for (uint32_t attempt = call->attempt; attempt > 0; attempt--) {
    const char *path = command_output(call, what, attempt);
    if (file_read(call->arena, path, &bytes, &error) == FILE_FOUND &&
        ca_answer_read(call, bytes, &certs, &error) && ca_answer_leaf(&certs, key) != NULL)
      return path;
  }
  return NULL;
}

/* A refused answer is put aside: whoever lets the step be tried again wants another one. */
static enum outcome take(const struct call *call, const struct argument *wanted,
                         const struct private_key *key, const char *path, struct answer *answer)
{
  struct text bytes, error = TEXT_NONE;
  if (file_read(call->arena, path, &bytes, &error) != FILE_FOUND)
    return answer_end(call, answer, OUTCOME_IN_DOUBT, "%.*s", TEXT_ARG(error));
  enum outcome outcome = ca_answer_take(call, wanted, key, bytes, path, answer);
  const char *aside = text_format(call->arena, "%s.refused", path).at;
  if (outcome == OUTCOME_REFUSED)
    command_forget(call, what);
  if (outcome == OUTCOME_REFUSED && file_rename(call->arena, path, aside, &error))
    answer->says =
        text_format(call->arena, "%.*s; it is kept in %s", TEXT_ARG(answer->says), aside);
  return outcome;
}

static bool has_answer(const struct call *call)
{
  struct answer ignored = {0};
  struct private_key *key = NULL;
  const struct argument *wanted = step_argument(call->graph, call->step, PART_OBJECT, 0);
  bool found = ca_answer_key(call, wanted, &key, &ignored) && find_answer(call, key) != NULL;
  key_free(key);
  return found;
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  int64_t at_ns;
  enum observation observed = ca_answer_probe(call, ret_answer);
  if (observed == OBSERVED_AFTER || call->world->live)
    return observed;
  enum command_past past = command_past(call, what, &at_ns);
  if (past == COMMAND_NEVER || past == COMMAND_ENDED_BADLY || has_answer(call))
    return observed;
  answer_help(
      call, ret_answer,
      "look at the CA whether it has a request or a certificate of this run; what the program "
      "said is in %s",
      command_output(call, what, call->attempt));
  return answer_saw(
      call, ret_answer, OBSERVED_NEITHER,
      "the program that asks the CA was begun, and no answer of it was seen: the CA may "
      "have signed, or not");
}

static enum outcome run_program(const struct call *call, const struct argument *wanted,
                                const struct private_key *key, struct answer *answer)
{
  struct command command;
  struct text error = TEXT_NONE;
  if (request_make(call, wanted, key, &error).length == 0)
    return answer_end(call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  if (!find_command(call, &command, answer))
    return OUTCOME_MISCONFIGURED;
  struct command_result result = command_run(call, &command);
  enum outcome outcome = command_outcome(call, &result, answer);
  return outcome == OUTCOME_DONE ? take(call, wanted, key, result.output, answer) : outcome;
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  const struct argument *wanted = step_argument(call->graph, call->step, PART_OBJECT, 0);
  struct private_key *key = NULL;
  if (!ca_answer_key(call, wanted, &key, ret_answer))
    return OUTCOME_MISCONFIGURED;
  const char *before = find_answer(call, key);
  enum outcome outcome = before != NULL ? take(call, wanted, key, before, ret_answer)
                                        : run_program(call, wanted, key, ret_answer);
  key_free(key);
  return outcome;
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  const struct argument *wanted = step_argument(call->graph, call->step, PART_OBJECT, 0);
  answer_say(call, ret_answer, "would have %.*s signed by `%.*s`",
             TEXT_ARG(argument_name(call, wanted)), TEXT_ARG(words_of(call)));
}

const struct provider provider_ca_command = {
    .name = "ca-command",
    .supports = CAN_PROBE,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .preview = preview,
};
