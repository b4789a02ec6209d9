/* SPDX-License-Identifier: Apache-2.0 */
/* signoff: confirmations, approvals, answers; retry, which is people's word too (skip.c: leaving out). */
#include "runtime/engine/signoff_int.h"

#include "runtime/store/failpoint.h"

/* The roles whose word the step needs: all its subjects, or the one that approves. */
static uint32_t needed_role(const struct graph *graph, const struct step *step,
                            enum signoff_means means, uint32_t nth)
{
  if (means == MEANS_APPROVE) {
    uint32_t role = step->sign_off_role == INDEX_NONE ? step->role : step->sign_off_role;
    return nth == 0 ? role : INDEX_NONE;
  }
  if (step->roles.count == 0)
    return nth == 0 ? step->role : INDEX_NONE;
  return nth < step->roles.count ? graph->indices[step->roles.first + nth] : INDEX_NONE;
}

static uint32_t count_signers(const struct graph *graph, const struct step *step,
                              enum signoff_means means, uint32_t role,
                              const struct signoff_row *rows, size_t row_count)
{
  uint32_t count = 0;
  for (size_t i = 0; i < row_count; i++) {
    if (rows[i].means != means || &graph->steps[rows[i].step] != step ||
        !text_equal(rows[i].role, graph->resources[role].name))
      continue;
    bool seen = false;
    for (size_t k = 0; k < i; k++)
      seen = seen ||
             (rows[k].means == means && rows[k].step == rows[i].step &&
              text_equal(rows[k].role, rows[i].role) && text_equal(rows[k].signer, rows[i].signer));
    count += seen ? 0 : 1;
  }
  return count;
}

uint32_t signoff_missing_role(const struct graph *graph, const struct step *step,
                              enum signoff_means means, const struct signoff_row *rows,
                              size_t row_count)
{
  uint32_t role,
      needed = means == MEANS_APPROVE && step->sign_off_count > 1 ? step->sign_off_count : 1;
  for (uint32_t nth = 0; (role = needed_role(graph, step, means, nth)) != INDEX_NONE; nth++) {
    if (count_signers(graph, step, means, role, rows, row_count) < needed)
      return role;
  }
  return INDEX_NONE;
}

bool signoff_is_complete(const struct graph *graph, const struct step *step,
                         enum signoff_means means, const struct signoff_row *rows, size_t row_count)
{
  return signoff_missing_role(graph, step, means, rows, row_count) == INDEX_NONE;
}

struct step_row signoff_read_row(const struct signing *signing)
{
  struct step_row *rows;
  size_t count;
  store_steps(signing->store, signing->arena, signing->run->id, &rows, &count);
  for (size_t i = 0; i < count; i++) {
    if (rows[i].step == signing->step)
      return rows[i];
  }
  return (struct step_row){.step = signing->step, .id = signing->graph->steps[signing->step].id};
}

struct change signoff_change_start(const struct signing *signing, const struct step_row *row,
                                   enum record_kind kind, enum step_status status)
{
  struct change change = {.row = *row, .expected = row->status};
  change.row.status = status;
  if (status != STEP_WAITING) {
    change.row.wait = WAIT_NOTHING;
    change.row.until_ms = 0;
  }
  record_start(&change.record, kind, signing->now_ms);
  record_set_step(&change.record, row->step, row->id, status);
  record_add_text(&change.record, "signer", signing->signer);
  record_add_text(&change.record, "because", signing->because);
  record_add_text(&change.record, "note", signing->note);
  if (signing->is_simulated)
    record_add_text(&change.record, "simulated", TEXT("yes"));
  change.signoff = (struct signoff_row){.step = row->step,
                                        .signer = signing->signer,
                                        .note = signing->note,
                                        .because = signing->because,
                                        .evidence = signing->evidence,
                                        .evidence_sha256 = signing->evidence_sha256,
                                        .on_behalf_of = signing->on_behalf_of};
  return change;
}

enum signing_result signoff_change_write(const struct signing *signing, struct change *change,
                                         struct diag_list *diags)
{
  struct store_write write = {.run = signing->run->id,
                              .record = &change->record,
                              .step = &change->row,
                              .expected = change->expected,
                              .signoff = change->signs ? &change->signoff : NULL,
                              .voids_signoffs = change->voids};
  FAILPOINT("before-SIGNED");
  enum store_result result = store_write(signing->store, &write, diags);
  record_free(&change->record);
  if (result == STORE_OK) {
    FAILPOINT("SIGNED");
    return SIGNING_OK;
  }
  if (result != STORE_CONFLICT)
    return SIGNING_UNUSABLE;
  struct diag *diag =
      diag_add_nowhere(diags, DIAG_E1119, "step `%.*s` has just changed: nothing was recorded",
                       TEXT_ARG(change->row.id));
  diag_add_help(diags, diag, "look again: renew status %.*s", TEXT_ARG(signing->run->id));
  return SIGNING_REFUSED;
}

enum signing_result signoff_refuse_state(const struct signing *signing, const struct step_row *row,
                                         const char *wanted, struct diag_list *diags)
{
  const char *word = status_words[row->status];
  struct diag *diag =
      diag_add_nowhere(diags, DIAG_E1119, "step `%.*s` is %s%s%s: %s", TEXT_ARG(row->id), word,
                       row->wait ? " for its " : "", wait_words[row->wait], wanted);
  diag_add_help(diags, diag, "what each step waits for: renew status %.*s",
                TEXT_ARG(signing->run->id));
  return SIGNING_REFUSED;
}

/* Which role this word counts for; INDEX_NONE with a finding where it counts for none. */
static uint32_t counted_role(const struct signing *signing, enum signoff_means means,
                             const struct signoff_row *rows, size_t row_count,
                             struct diag_list *diags)
{
  const struct graph *graph = signing->graph;
  const struct step *step = &graph->steps[signing->step];
  struct text wanted = signing->on_behalf_of.length > 0 ? signing->on_behalf_of : signing->role;
  uint32_t role, needed_count = 0, found = INDEX_NONE;
  for (uint32_t nth = 0; (role = needed_role(graph, step, means, nth)) != INDEX_NONE; nth++) {
    needed_count++;
    if (text_equal(graph->resources[role].name, wanted))
      found = role;
  }
  struct diag *diag;
  if (wanted.length == 0 && needed_count == 1)
    found = needed_role(graph, step, means, 0);
  if (found == INDEX_NONE) {
    role = signoff_missing_role(graph, step, means, rows, row_count);
    struct text name = graph->resources[role == INDEX_NONE ? step->role : role].name;
    diag =
        wanted.length == 0
            ? diag_add_nowhere(diags, DIAG_E1110, "step `%.*s` waits for %u roles: say for which",
                               TEXT_ARG(step->id), needed_count)
            : diag_add_nowhere(diags, DIAG_E1110, "step `%.*s` does not wait for role `%.*s`",
                               TEXT_ARG(step->id), TEXT_ARG(wanted));
    diag_add_help(diags, diag, "renew sign %.*s %.*s --as-role %.*s", TEXT_ARG(signing->run->id),
                  TEXT_ARG(text_shell_word(signing->arena, step->id)), TEXT_ARG(name));
    return INDEX_NONE;
  }
  const struct graph_value *channel = graph_setting_value(graph, found, KEY_SIGN_OFF, 0);
  if (channel != NULL && !text_is(channel->text, "console") && !signing->is_simulated) {
    diag = diag_add_nowhere(diags, DIAG_E1110, "role `%.*s` signs by %.*s, not on a console",
                            TEXT_ARG(graph->resources[found].name), TEXT_ARG(channel->text));
    diag_add_help(diags, diag,
                  "this edition takes sign-offs on the console only: say `sign-off by "
                  "console` in the role, and have the new plan approved");
    return INDEX_NONE;
  }
  if (step->not_author && text_equal(signing->signer, signing->run->by)) {
    diag = diag_add_nowhere(diags, DIAG_E1110, "`%.*s` began this run and may not sign `%.*s`",
                            TEXT_ARG(signing->signer), TEXT_ARG(step->id));
    diag_add_help(diags, diag, "the step says `not author`: another member of role `%.*s` signs",
                  TEXT_ARG(graph->resources[found].name));
    return INDEX_NONE;
  }
  return found;
}

enum signing_result signoff_sign(const struct signing *signing, bool reject,
                                 struct diag_list *diags, enum signoff_means *ret_means,
                                 bool *ret_complete)
{
  const struct graph *graph = signing->graph;
  const struct step *step = &graph->steps[signing->step];
  struct step_row row = signoff_read_row(signing);
  if (row.status != STEP_WAITING || (row.wait != WAIT_PERSON && row.wait != WAIT_APPROVAL))
    return signoff_refuse_state(signing, &row, "nobody is asked to sign it now", diags);
  enum signoff_means means = row.wait == WAIT_PERSON ? MEANS_CONFIRM : MEANS_APPROVE;
  struct signoff_row *old_rows;
  size_t old_count;
  store_signoffs(signing->store, signing->arena, signing->run->id, &old_rows, &old_count);
  uint32_t role = counted_role(signing, means, old_rows, old_count, diags);
  if (role == INDEX_NONE)
    return SIGNING_REFUSED;
  struct signoff_row *rows =
      arena_grow(signing->arena, old_rows, old_count, old_count + 1, sizeof *rows);
  struct signoff_row *own = &rows[old_count];
  *own = (struct signoff_row){.step = signing->step,
                              .means = means,
                              .role = graph->resources[role].name,
                              .signer = signing->signer};
  bool complete = signoff_is_complete(graph, step, means, rows, old_count + 1);
  enum step_status next = means == MEANS_CONFIRM ? STEP_CONFIRMED : STEP_PENDING;
  if (!complete)
    next = STEP_WAITING;
  /* An open set that is not as approved is nothing that failed: a person decides what then. */
  enum step_status rejected = step->effect == EFFECT_READ_SET ? STEP_UNKNOWN : STEP_FAILED;
  struct change change = signoff_change_start(signing, &row, RECORD_SIGN, reject ? rejected : next);
  change.signs = true;
  change.voids = reject;
  change.signoff.means = reject ? MEANS_REJECT : means;
  change.signoff.role = own->role;
  if (reject)
    change.row.says =
        text_format(signing->arena, "rejected by %.*s%s%.*s", TEXT_ARG(signing->signer),
                    signing->note.length > 0 ? ": " : "", TEXT_ARG(signing->note));
  record_add_text(&change.record, "means", text_of(means_words[change.signoff.means]));
  record_add_text(&change.record, "role", own->role);
  record_add_text(&change.record, "on-behalf-of", signing->on_behalf_of);
  record_add_text(&change.record, "evidence", signing->evidence);
  record_add_text(&change.record, "evidence-sha256", signing->evidence_sha256);
  enum signing_result result = signoff_change_write(signing, &change, diags);
  if (result == SIGNING_OK) {
    *ret_means = change.signoff.means;
    *ret_complete = complete;
  }
  return result;
}

enum signing_result signoff_decide(const struct signing *signing, struct text word,
                                   struct diag_list *diags)
{
  struct step_row row = signoff_read_row(signing);
  bool is_outcome = text_is(word, "done") || text_is(word, "redo");
  bool asks_outcome = row.status == STEP_UNKNOWN;
  bool asks_question = row.status == STEP_WAITING && row.wait == WAIT_QUESTION;
  if (!asks_outcome && !asks_question)
    return signoff_refuse_state(signing, &row, "there is nothing to decide", diags);
  if (is_outcome != asks_outcome)
    return signoff_refuse_state(
        signing, &row,
        asks_outcome ? "the answer is `done` or `redo`" : "the answer is `yes` or `no`", diags);
  enum step_status status = STEP_PENDING;
  if (is_outcome)
    status = text_is(word, "done") ? STEP_DONE : STEP_REDO;
  struct change change = signoff_change_start(signing, &row, RECORD_DECIDE, status);
  change.signs = true;
  change.signoff.means = MEANS_ANSWER;
  change.signoff.decision = word;
  /* The row of a question says the fact that is asked for. */
  change.signoff.item = is_outcome ? TEXT("outcome") : row.says;
  change.row.says =
      text_format(signing->arena, "%.*s decided: %.*s", TEXT_ARG(signing->signer), TEXT_ARG(word));
  record_add_text(&change.record, "item", change.signoff.item);
  record_add_text(&change.record, "decision", word);
  return signoff_change_write(signing, &change, diags);
}

static enum signing_result retry_one(const struct signing *signing, const struct step_row *row,
                                     struct diag_list *diags)
{
  struct change change = signoff_change_start(signing, row, RECORD_RETRY, STEP_PENDING);
  change.voids = true;
  change.row.failed_tries = 0;
  change.row.says = TEXT("");
  return signoff_change_write(signing, &change, diags);
}

enum signing_result signoff_retry(const struct signing *signing, struct diag_list *diags)
{
  struct step_row row = signoff_read_row(signing);
  if (row.status != STEP_FAILED && row.status != STEP_UNDONE)
    return signoff_refuse_state(signing, &row, "only what failed is tried again", diags);
  uint32_t owner = signing->graph->steps[signing->step].checks;
  if (owner != INDEX_NONE) {
    struct signing of_owner = *signing;
    of_owner.step = owner;
    struct step_row owner_row = signoff_read_row(&of_owner);
    if (owner_row.status == STEP_UNDONE)
      return signoff_refuse_state(&of_owner, &owner_row, "it was undone, so try this one again",
                                  diags);
  }
  enum signing_result result = retry_one(signing, &row, diags);
  /* The checks that made a step be undone are to be made again behind it. */
  for (uint32_t i = signing->step + 1; i < signing->graph->step_count; i++) {
    if (result != SIGNING_OK || signing->graph->steps[i].checks != signing->step)
      continue;
    struct signing of_check = *signing;
    of_check.step = i;
    struct step_row check_row = signoff_read_row(&of_check);
    if (check_row.status == STEP_FAILED)
      result = retry_one(&of_check, &check_row, diags);
  }
  return result;
}

enum step_status *signoff_statuses(struct arena *arena, struct store *store,
                                   const struct graph *graph, struct text run)
{
  enum step_status *statuses = arena_array(arena, graph->step_count, sizeof *statuses);
  struct step_row *rows;
  size_t count;
  store_steps(store, arena, run, &rows, &count);
  for (size_t i = 0; i < count; i++) {
    if (rows[i].step < graph->step_count)
      statuses[rows[i].step] = rows[i].status;
  }
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind != STEP_JOIN)
      continue;
    bool settled = true;
    for (uint32_t k = 0; k < step->waits_for.count; k++) {
      enum step_status status = statuses[graph->indices[step->waits_for.first + k]];
      settled = settled && (status == STEP_DONE || status == STEP_SKIPPED);
    }
    statuses[i] = settled ? STEP_DONE : STEP_PENDING;
  }
  return statuses;
}
