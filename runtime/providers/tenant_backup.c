/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_backup: `backs-up` and `restores` of a SAP tenant's keystore.
 *
 * [SAP] There is one backup, of all entries that the tenant owns; a new one overwrites it, and its
 * restore writes every alias.
 * (1) A backup that holds what nothing else holds is not overwritten without a person's word.
 * (2) A restore is refused where it would take back what others did meanwhile.
 */
#include "runtime/providers/login.h"
#include "runtime/providers/own.h"
#include "runtime/providers/tenant_int.h"

enum { SHOWN_MAX = 8, RESTORE_LIMIT_S = 60, RESTORE_PAUSE_MS = 200 };

struct text tenant_alias_new(const struct call *call, struct text alias)
{
  return text_format(call->arena, "%.*s.new", TEXT_ARG(alias));
}

struct text tenant_alias_old(const struct call *call, struct text alias)
{
  return text_format(call->arena, "%.*s.old", TEXT_ARG(alias));
}

struct entries {
  struct tenant_entry *items;
  uint32_t count;
};

static enum tenant_end read_both(struct tenant *tenant, struct entries *ret_backup,
                                 struct entries *ret_system, struct answer *answer)
{
  enum tenant_end end =
      tenant_entries(tenant, TENANT_BACKUP, &ret_backup->items, &ret_backup->count, answer);
  if (end == TENANT_MISSING) /* no backup yet */
    *ret_backup = (struct entries){NULL, 0};
  else if (end != TENANT_OK)
    return end;
  return tenant_entries(tenant, TENANT_SYSTEM, &ret_system->items, &ret_system->count, answer);
}

/* By alias; an empty fingerprint where there is none. 10,000 entries are compared with a map. */
static struct text_map map_of(struct arena *arena, const struct entries *entries)
{
  struct text_map map;
  text_map_start(&map, arena);
  for (uint32_t i = 0; i < entries->count; i++)
    text_map_add(&map, entries->items[i].alias, i, NULL);
  return map;
}

/* Aliases of `a` that `b` lacks or has otherwise. */
static void list_differing(struct tenant *tenant, const struct entries *a, const struct entries *b,
                           bool only_missing_words, struct text except, struct text *ret_aliases,
                           uint32_t *count)
{
  struct arena *arena = tenant->call->arena;
  struct text_map map = map_of(arena, b);
  for (uint32_t i = 0; i < a->count; i++) {
    uint32_t at;
    const struct tenant_entry *entry = &a->items[i];
    bool is_there = text_map_find(&map, entry->alias, &at);
    if (text_equal(entry->alias, except) || tenant_owns_alias(entry->alias) ||
        (is_there &&
         (only_missing_words || text_equal(b->items[at].fingerprint, entry->fingerprint))))
      continue;
    if ((*count)++ < SHOWN_MAX)
      *ret_aliases = text_format(arena, "%.*s%s`%.*s`", TEXT_ARG(*ret_aliases),
                                 ret_aliases->length == 0 ? "" : ", ", TEXT_ARG(entry->alias));
    else if (*count == SHOWN_MAX + 1)
      *ret_aliases = text_format(arena, "%.*s and others", TEXT_ARG(*ret_aliases));
  }
}

enum tenant_end tenant_backup_would_lose(struct tenant *tenant, struct text *ret_aliases,
                                         struct answer *answer)
{
  struct entries backup, system;
  uint32_t count = 0;
  enum tenant_end end = read_both(tenant, &backup, &system, answer);
  *ret_aliases = TEXT("");
  if (end == TENANT_OK)
    list_differing(tenant, &backup, &system, false, TEXT_NONE, ret_aliases, &count);
  return end;
}

enum tenant_end tenant_changed_since_backup(struct tenant *tenant, struct text except,
                                            struct text *ret_aliases, struct answer *answer)
{
  struct entries backup, system;
  uint32_t count = 0;
  enum tenant_end end = read_both(tenant, &backup, &system, answer);
  *ret_aliases = TEXT("");
  if (end != TENANT_OK)
    return end;
  list_differing(tenant, &backup, &system, false, except, ret_aliases, &count);
  /* What is new since then goes with a restore that replaces. */
  list_differing(tenant, &system, &backup, true, except, ret_aliases, &count);
  return end;
}

static bool open_place(const struct call *call, struct tenant *ret_tenant, struct answer *answer)
{
  const struct argument *place = step_argument_of_kind(call->graph, call->step, KIND_KEYSTORE);
  return tenant_open(call, tenant_of(call->graph, place->resource), ret_tenant, answer);
}

/* Every entry of the tenant's own stands in the backup as it is. */
static enum tenant_end is_backed_up(struct tenant *tenant, bool *ret_is, struct answer *answer)
{
  struct entries backup, system;
  struct text missing = TEXT("");
  uint32_t count = 0;
  enum tenant_end end = read_both(tenant, &backup, &system, answer);
  if (end == TENANT_OK)
    list_differing(tenant, &system, &backup, false, TEXT_NONE, &missing, &count);
  *ret_is = end == TENANT_OK && count == 0 && backup.count > 0;
  if (end == TENANT_OK)
    answer_say(tenant->call, answer,
               *ret_is ? "the tenant's backup holds all %u entries"
                       : "the tenant's backup does not hold all that is there (%u entries)",
               system.count);
  return end;
}

static enum observation probe_back_up(const struct call *call, struct answer *ret_answer)
{
  struct tenant tenant;
  bool is = false;
  bool good =
      open_place(call, &tenant, ret_answer) && is_backed_up(&tenant, &is, ret_answer) == TENANT_OK;
  tenant_close(&tenant);
  return !good ? OBSERVED_NOTHING : is ? OBSERVED_AFTER : OBSERVED_BEFORE;
}

static enum outcome apply_back_up(const struct call *call, struct answer *ret_answer)
{
  struct tenant tenant;
  struct text lost = TEXT("");
  enum outcome outcome = OUTCOME_MISCONFIGURED;
  if (open_place(call, &tenant, ret_answer)) {
    enum tenant_end end = tenant_backup_would_lose(&tenant, &lost, ret_answer);
    outcome = tenant_outcome_of_read(end);
    if (end == TENANT_OK && lost.length != 0 && !call->confirmed) {
      ret_answer->asks = true;
      answer_help(call, ret_answer, "if that may go: renew sign %.*s %.*s", TEXT_ARG(call->run),
                  TEXT_ARG(text_shell_word(call->arena, call->step->id)));
      outcome =
          answer_end(call, ret_answer, OUTCOME_WAIT,
                     "the tenant has one backup, and what only it still has would be lost: %.*s",
                     TEXT_ARG(lost));
    } else if (end == TENANT_OK) {
      outcome = tenant_outcome(tenant_back_up(&tenant, ret_answer).end);
      if (outcome == OUTCOME_DONE)
        answer_say(call, ret_answer, "the tenant has kept a backup of its keystore");
    }
  }
  tenant_close(&tenant);
  return outcome;
}

/* The aliases of the certificates that this plan itself exchanged in that keystore. */
static bool is_renewed_here(const struct call *call, uint32_t place, struct text *ret_alias)
{
  uint32_t count = 0;
  for (uint32_t i = 0; i < call->graph->resource_count; i++)
    if (call->graph->resources[i].kind == KIND_CERTIFICATE &&
        setting_resource(call, i, KEY_IN, 0) == place) {
      *ret_alias = setting_text(call, i, KEY_ALIAS, 0);
      count++;
    }
  return count == 1;
}

static const char restored[] = "the tenant's keystore is as it was when its backup was taken";

/* One round: looks, writes where it has to. OUTCOME_WAIT: look again. */
static enum outcome restore_once(const struct call *call, struct tenant *tenant, struct text own,
                                 struct answer *answer)
{
  struct text changed = TEXT(""), all = TEXT("");
  enum tenant_end end = tenant_changed_since_backup(tenant, own, &changed, answer);
  if (end == TENANT_OK)
    end = tenant_changed_since_backup(tenant, TEXT_NONE, &all, answer);
  if (end != TENANT_OK)
    return end == TENANT_CLOSED || end == TENANT_NO ? tenant_outcome(end) : OUTCOME_WAIT;
  if (all.length == 0)
    return answer_end(call, answer, OUTCOME_DONE, "%s", restored);
  if (changed.length != 0) {
    answer_help(call, answer,
                "put the old pair back by hand, or restore in the tenant's "
                "monitor when the others have agreed");
    return answer_end(call, answer, OUTCOME_REFUSED,
                      "restoring the tenant's backup would also take back: %.*s",
                      TEXT_ARG(changed));
  }
  end = tenant_restore(tenant, answer).end;
  return end == TENANT_CLOSED || end == TENANT_MISSING ? tenant_outcome(end) : OUTCOME_WAIT;
}

/* A way back that gives up at the first busy server is none: nobody else tries it again. */
static enum outcome restore(const struct call *call, struct answer *ret_answer)
{
  struct tenant tenant;
  struct text own = TEXT_NONE;
  enum outcome outcome = OUTCOME_MISCONFIGURED;
  uint32_t place = step_argument_of_kind(call->graph, call->step, KIND_KEYSTORE)->resource;
  int64_t until_ms = step_until_ms(call, RESTORE_LIMIT_S);
  if (!is_renewed_here(call, place, &own))
    own = TEXT_NONE;
  if (open_place(call, &tenant, ret_answer)) {
    int64_t pause_ms = RESTORE_PAUSE_MS;
    while ((outcome = restore_once(call, &tenant, own, ret_answer)) == OUTCOME_WAIT &&
           step_pause(call, pause_ms, until_ms))
      pause_ms *= 2;
    if (outcome == OUTCOME_WAIT)
      outcome = OUTCOME_UNREACHABLE;
  }
  tenant_close(&tenant);
  return outcome;
}

/* Put back is what no longer differs from the copy. */
static enum observation probe_restore(const struct call *call, struct answer *ret_answer)
{
  struct tenant tenant;
  struct text changed = TEXT("");
  enum tenant_end end = TENANT_CLOSED;
  if (open_place(call, &tenant, ret_answer))
    end = tenant_changed_since_backup(&tenant, TEXT_NONE, &changed, ret_answer);
  tenant_close(&tenant);
  if (end != TENANT_OK)
    return OBSERVED_NOTHING;
  return changed.length == 0 ? answer_saw(call, ret_answer, OBSERVED_AFTER, "%s", restored)
                             : answer_saw(call, ret_answer, OBSERVED_BEFORE,
                                          "the backup has otherwise: %.*s", TEXT_ARG(changed));
}

static void prepare(const struct call *call, struct diag_list *diags)
{
  const struct argument *place = step_argument_of_kind(call->graph, call->step, KIND_KEYSTORE);
  login_prepare(call, tenant_of(call->graph, place->resource), diags);
}

const struct provider provider_tenant_back_up = {
    .name = "sap-tenant",
    .supports = CAN_PROBE | CAN_REPEAT | MAY_ASK,
    .prepare = prepare,
    .probe = probe_back_up,
    .apply = apply_back_up,
};

const struct provider provider_tenant_restore = {
    .name = "sap-tenant",
    .supports = CAN_PROBE | CAN_REPEAT,
    .prepare = prepare,
    .probe = probe_restore,
    .apply = restore,
};
