/* SPDX-License-Identifier: Apache-2.0 */
/*
 * play_people: what the people of a scenario say, and when: whoever is asked answers at once, unless
 * the scenario says otherwise; a question or a doubt is answered only where it says how.
 */
#include "runtime/cli/play.h"

enum { MS = 1000, SIGNERS_MAX = 32 };

static bool take_once(struct play *play, const struct setting *setting)
{
  if (setting == NULL)
    return false;
  size_t index = (size_t)(setting - play->scenario->settings);
  bool is_first = !play->is_used[index];
  play->is_used[index] = true;
  return is_first;
}

/* When the person at the step answers; false: never. */
static bool answers_at(struct play *play, const struct step_row *row, int64_t *ret_ms)
{
  const struct step *step = &play->checked.graph->steps[row->step];
  const struct setting *answer = play_setting(play, KEY_ANSWER, step);
  if (play->asked_ms[row->step] == 0)
    play->asked_ms[row->step] = play->now_ms;
  *ret_ms = play->asked_ms[row->step];
  if (answer == NULL)
    return true;
  if (answer->values[1].kind == VALUE_DURATION)
    *ret_ms += answer->values[1].number * MS;
  return answer->value_count < 3 || answer->values[2].kind == VALUE_NONE;
}

static struct signing signing_of(struct play *play, struct store *store, uint32_t step)
{
  return (struct signing){.store = store,
                          .graph = play->checked.graph,
                          .run = &play->run,
                          .step = step,
                          .signer = TEXT("scenario"),
                          .because = TEXT("the scenario says so"),
                          .is_simulated = true,
                          .now_ms = play->now_ms,
                          .arena = play->arena};
}

/* Every role that the step waits for signs, each by as many people as it needs. */
static bool sign(struct play *play, struct store *store, const struct step_row *row)
{
  const struct graph *graph = play->checked.graph;
  const struct step *step = &graph->steps[row->step];
  enum signoff_means means = row->wait == WAIT_PERSON ? MEANS_CONFIRM : MEANS_APPROVE, did;
  struct diag_list diags;
  diag_list_start(&diags, play->arena);
  const struct setting *reject = play_setting(play, KEY_REJECT, step);
  bool says_no = take_once(play, reject), complete = false, said = false;
  for (uint32_t i = 0; i < SIGNERS_MAX && !complete; i++) {
    struct signoff_row *rows;
    size_t count;
    store_signoffs(store, play->arena, play->run.id, &rows, &count);
    uint32_t role = signoff_missing_role(graph, step, means, rows, count);
    if (role == INDEX_NONE)
      break;
    struct signing signing = signing_of(play, store, row->step);
    signing.role = graph->resources[role].name;
    signing.signer = text_format(play->arena, "person %u of %.*s", i + 1, TEXT_ARG(signing.role));
    if (says_no && reject->value_count > 1)
      signing.note = reject->values[1].text;
    if (signoff_sign(&signing, says_no, &diags, &did, &complete) != SIGNING_OK) {
      cli_report(play->cli, &diags, NULL);
      return said;
    }
    said = true;
    if (says_no)
      break;
  }
  return said;
}

static bool decide(struct play *play, struct store *store, const struct step_row *row)
{
  const struct step *step = &play->checked.graph->steps[row->step];
  const struct setting *decision = play_setting(play, KEY_DECIDE, step);
  if (!take_once(play, decision))
    return false;
  const struct value *value = &decision->values[1];
  struct text word =
      value->kind == VALUE_YES_NO ? value->number != 0 ? TEXT("yes") : TEXT("no") : value->text;
  struct diag_list diags;
  diag_list_start(&diags, play->arena);
  struct signing signing = signing_of(play, store, row->step);
  if (signoff_decide(&signing, word, &diags) == SIGNING_OK)
    return true;
  cli_report(play->cli, &diags, NULL);
  return false;
}

static bool retry_or_skip(struct play *play, struct store *store, const struct step_row *row)
{
  const struct step *step = &play->checked.graph->steps[row->step];
  struct diag_list diags;
  diag_list_start(&diags, play->arena);
  struct signing signing = signing_of(play, store, row->step);
  enum signing_result result = SIGNING_REFUSED;
  if (take_once(play, play_setting(play, KEY_RETRY_STEP, step)))
    result = signoff_retry(&signing, &diags);
  else if (take_once(play, play_setting(play, KEY_SKIP_STEP, step)))
    result = signoff_skip(&signing, &diags);
  else
    return false;
  if (result != SIGNING_OK)
    cli_report(play->cli, &diags, NULL);
  return result == SIGNING_OK;
}

static bool is_asked(const struct step_row *row)
{
  return row->status == STEP_WAITING && (row->wait == WAIT_PERSON || row->wait == WAIT_APPROVAL);
}

bool play_answer(struct play *play, struct store *store)
{
  struct step_row *rows;
  size_t count;
  store_steps(store, play->arena, play->run.id, &rows, &count);
  int64_t first_ms = 0, at_ms;
  for (size_t i = 0; i < count; i++)
    if (is_asked(&rows[i]) && answers_at(play, &rows[i], &at_ms) &&
        (first_ms == 0 || at_ms < first_ms))
      first_ms = at_ms;
  if (first_ms > play->now_ms)
    play->now_ms = first_ms;
  bool said = false;
  for (size_t i = 0; i < count; i++) {
    const struct step_row *row = &rows[i];
    if (is_asked(row) && answers_at(play, row, &at_ms) && at_ms <= play->now_ms) {
      play->asked_ms[row->step] = 0; /* asked again, it is another answer */
      said |= sign(play, store, row);
    } else if (row->status == STEP_UNKNOWN ||
               (row->status == STEP_WAITING && row->wait == WAIT_QUESTION)) {
      said |= decide(play, store, row);
    } else if (row->status == STEP_FAILED || row->status == STEP_UNDONE) {
      said |= retry_or_skip(play, store, row);
    }
  }
  return said;
}
