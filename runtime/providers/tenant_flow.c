/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_flow: `restarts`, `starts`, `stops`, `deploys` and `undeploys` of a flow that a SAP tenant runs.
 *
 * The interface knows no restart and no single node [SAP]. A flow is deployed over itself (`restart by
 * redeploy`; whether the old instance answers until the new one is up is not public), or undeployed and
 * deployed (`undeploy-deploy`: its own senders meet errors in between).
 *
 * (1) A restart is done when the flow is STARTED and was deployed later than the keystore entry that it
 *     presents was written: both times are the tenant's own, so no clock of ours counts, and it is the
 *     same after a crash. Times of whole seconds (XML), or of two clocks, may not tell it: then it is done
 *     where this step's own deployment runs and the entry is the one that was read before it. Where no
 *     such entry is known (`deploys`) it is later than what ran before.
 * (2) One deployment acts on all nodes: the steps for the others find it done. They are made one after
 *     the other under a lock.
 * (3) A deployment is posted once. That it was is written down first (STATE/flows/RUN), the task's id
 *     as soon as it is known; who comes after a crash follows the task, or waits for the effect of a
 *     request whose answer was lost before it is made again.
 * (4) Deployed is the design-time version. Where another one runs, a person is asked first.
 * SAP-6ec6-16, SAP-6ec6-17, SAP-6ec6-18: the restart ends what the node has cached, on every node.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <jansson.h>

#include "runtime/providers/login.h"
#include "runtime/providers/own.h"
#include "runtime/providers/tenant_flow.h"

enum {
  DEPLOY_LIMIT_S = 600, /* FlashPipe waits 300 s, Piper longer [CODE] */
  POLL_FIRST_MS = 200,
  POLL_LONGEST_MS = 10000,
  LOST_WAIT_MS = 15000, /* for the effect of a deployment whose answer was lost */
  AWAY_WAIT_MS = 60000, /* for a tenant that does not say how it goes on */
  ASK_AGAIN_S = 10
};

static const char reads[] = "MonitoringDataRead";

struct text tenant_flow_id(const struct call *call, uint32_t flow)
{
  struct text artifact = setting_text(call, flow, KEY_ARTIFACT, 0);
  return artifact.length != 0 ? artifact : call->graph->resources[flow].name;
}

enum tenant_end tenant_flow_read(struct tenant *tenant, struct text id,
                                 struct flow_state *ret_state, struct answer *answer)
{
  struct arena *arena = tenant->call->arena;
  struct odata_page page;
  struct text path =
      text_format(arena, "/IntegrationRuntimeArtifacts(%.*s)", TEXT_ARG(odata_quote(arena, id)));
  enum tenant_end end = tenant_read(tenant, path, reads, &page, answer);
  *ret_state = (struct flow_state){.status = TEXT("")};
  if (end == TENANT_MISSING) /* 404: it does not run */
    return TENANT_OK;
  if (end != TENANT_OK)
    return end;
  if (page.count != 1 || !text_equal(odata_value(page.entries, "Id"), id)) {
    answer_say(tenant->call, answer, "the tenant answers with another flow than `%.*s`",
               TEXT_ARG(id));
    return TENANT_AWAY;
  }
  ret_state->is_there = true;
  ret_state->status = odata_value(page.entries, "Status");
  ret_state->version = odata_value(page.entries, "Version");
  if (!odata_time(odata_value(page.entries, "DeployedOn"), &ret_state->deployed_ms))
    ret_state->deployed_ms = 0;
  return TENANT_OK;
}

/* TENANT_MISSING: there is no such artifact. */
static enum tenant_end read_design(struct tenant *tenant, struct text id, struct text *ret_version,
                                   struct answer *answer)
{
  struct odata_page page;
  struct text path =
      text_format(tenant->call->arena, "/IntegrationDesigntimeArtifacts(Id=%.*s,Version='active')",
                  TEXT_ARG(odata_quote(tenant->call->arena, id)));
  enum tenant_end end = tenant_read(tenant, path, "WorkspacePackagesRead", &page, answer);
  *ret_version =
      end == TENANT_OK && page.count == 1 ? odata_value(page.entries, "Version") : TEXT("");
  return end;
}

bool tenant_flow_look(const struct call *call, uint32_t flow, struct flow_sight *ret_sight,
                      struct answer *answer)
{
  struct tenant tenant;
  struct answer ignored = {0};
  struct text id = tenant_flow_id(call, flow);
  bool good = tenant_open(call, tenant_of(call->graph, flow), &tenant, answer) &&
              tenant_flow_read(&tenant, id, &ret_sight->state, answer) == TENANT_OK;
  ret_sight->design = TEXT("");
  if (good) /* a key that may not read packages sees what runs all the same */
    read_design(&tenant, id, &ret_sight->design, &ignored);
  tenant_close(&tenant);
  return good;
}

/* What was begun for a step, on all its nodes. */
struct mark {
  bool is_there;
  int64_t before_ms; /* DeployedOn of what ran */
  int64_t since_ms;  /* of the entry, as it was read before */
  struct text version, task;
};

struct acting {
  const struct call *call;
  struct tenant tenant;
  uint32_t flow;
  struct text id;
  enum effect effect;
  bool stops;          /* stops, undeploys */
  bool through_absent; /* restart by undeploy-deploy */
  int64_t since_ms;    /* when what it presents was written; 0 = not known */
  const char *mark_path;
  const char *version_path; /* what ran before it was stopped */
  int64_t until_ms;
};

static bool starts_here(enum effect effect)
{
  return effect == EFFECT_RESTART || effect == EFFECT_START || effect == EFFECT_DEPLOY;
}

/* The step's id without the key of its node: restart[worker-1] and restart[worker-2] are one act. */
static struct text act_name(const struct call *call)
{
  struct text name = step_file_name(call);
  if (text_ends_with(name, "]"))
    while (name.length > 0 && name.at[name.length - 1] != '[')
      name.length--;
  return name;
}

static bool open_acting(const struct call *call, struct acting *a, struct answer *answer)
{
  uint32_t flow = step_resource(call->graph, call->step, PART_OBJECT);
  *a = (struct acting){.call = call,
                       .flow = flow,
                       .id = tenant_flow_id(call, flow),
                       .effect = call->step->effect,
                       .until_ms = step_until_ms(call, DEPLOY_LIMIT_S)};
  a->stops = !starts_here(a->effect);
  a->through_absent = a->effect == EFFECT_RESTART &&
                      text_is(setting_text(call, flow, KEY_RESTART_BY, 0), "undeploy-deploy");
  a->mark_path =
      run_path(call, "flows", text_format(call->arena, "%.*s.act", TEXT_ARG(act_name(call))));
  a->version_path = run_path(
      call, "flows",
      text_format(call->arena, "%.*s.version", TEXT_ARG(call->graph->resources[flow].name)));
  return tenant_open(call, tenant_of(call->graph, flow), &a->tenant, answer);
}

/* The youngest entry that the flow presents. [SAP] an empty alias means any: then every pair counts,
 * and nothing is known here. */
static enum tenant_end read_since(struct acting *a, struct answer *answer)
{
  const struct call *call = a->call;
  const struct graph_setting *calls;
  for (uint32_t i = 0; (calls = graph_setting_nth(call->graph, a->flow, KEY_CALLS, i)) != NULL;
       i++) {
    if (calls->values.count < 2)
      continue;
    uint32_t certificate = call->graph->values[calls->values.first + 1].resource;
    uint32_t place = setting_resource(call, certificate, KEY_IN, 0);
    struct tenant_entry entry;
    if (place == INDEX_NONE || !keystore_is_tenant(call->graph, place) ||
        tenant_of(call->graph, place) != tenant_of(call->graph, a->flow))
      continue;
    enum tenant_end end = tenant_entry_read(
        &a->tenant, TENANT_SYSTEM, setting_text(call, certificate, KEY_ALIAS, 0), &entry, answer);
    if (end != TENANT_OK && end != TENANT_MISSING)
      return end;
    /* A time of whole seconds (XML) may lie anywhere within its second. */
    int64_t modified_ms =
        end == TENANT_OK ? entry.modified_ms + (entry.modified_ms % 1000 == 0 ? 999 : 0) : 0;
    if (end == TENANT_OK && modified_ms > a->since_ms)
      a->since_ms = modified_ms;
  }
  return TENANT_OK;
}

static struct mark read_mark(const struct acting *a)
{
  struct mark mark = {0};
  struct text bytes, error;
  if (file_read(a->call->arena, a->mark_path, &bytes, &error) != FILE_FOUND)
    return mark;
  json_t *root = json_loadb(bytes.at, bytes.length, 0, NULL);
  const char *version = json_string_value(json_object_get(root, "version"));
  const char *task = json_string_value(json_object_get(root, "task"));
  mark.is_there = root != NULL;
  mark.before_ms = json_integer_value(json_object_get(root, "before"));
  mark.since_ms = json_integer_value(json_object_get(root, "since"));
  mark.version = text_copy(a->call->arena, text_of(version == NULL ? "" : version));
  mark.task = text_copy(a->call->arena, text_of(task == NULL ? "" : task));
  json_decref(root);
  return mark;
}

static bool write_mark(const struct acting *a, const struct mark *mark, struct text *ret_error)
{
  json_t *root = json_object();
  json_object_set_new(root, "before", json_integer(mark->before_ms));
  json_object_set_new(root, "since", json_integer(mark->since_ms));
  json_object_set_new(root, "version", json_stringn(mark->version.at, mark->version.length));
  json_object_set_new(root, "task", json_stringn(mark->task.at, mark->task.length));
  char *words = json_dumps(root, JSON_COMPACT);
  json_decref(root);
  bool good =
      words != NULL &&
      file_make_folder(a->call->arena, run_path(a->call, "flows", TEXT_NONE), 0700, ret_error) &&
      file_replace(a->call->arena, a->mark_path, text_of(words), 0600, ret_error) != FILE_FAILED;
  free(words);
  return good;
}

static void drop_mark(const struct acting *a)
{
  struct text ignored;
  file_remove(a->call->arena, a->mark_path, &ignored);
}

/* Whether what runs is what the step wants: (1). */
static bool is_reached(const struct acting *a, const struct flow_state *state,
                       const struct mark *mark)
{
  if (a->stops)
    return !state->is_there;
  if (!state->is_there)
    return false;
  if (a->effect != EFFECT_DEPLOY && a->since_ms != 0)
    return state->deployed_ms >= a->since_ms || (mark->is_there && mark->since_ms == a->since_ms &&
                                                 state->deployed_ms != mark->before_ms);
  if (a->effect == EFFECT_START)
    return true;
  return mark->is_there && state->deployed_ms != mark->before_ms;
}

static enum observation say_state(const struct acting *a, const struct flow_state *state,
                                  const struct mark *mark, struct answer *answer)
{
  if (!state->is_there)
    return answer_saw(a->call, answer, a->stops ? OBSERVED_AFTER : OBSERVED_BEFORE,
                      "`%.*s` does not run", TEXT_ARG(a->id));
  bool is_up = text_is(state->status, "STARTED");
  bool reached = is_reached(a, state, mark);
  answer_say(a->call, answer, "`%.*s` is %.*s, version %.*s, deployed %.*s%s", TEXT_ARG(a->id),
             TEXT_ARG(state->status), TEXT_ARG(state->version),
             TEXT_ARG(cert_time_text(a->call->arena, state->deployed_ms / 1000)),
             a->stops || reached ? "" : ", before what it is to present was there");
  return !a->stops && is_up && reached ? OBSERVED_AFTER : OBSERVED_BEFORE;
}

static enum observation probe(const struct call *call, struct answer *ret_answer)
{
  struct acting a;
  struct flow_state state;
  enum observation observed = OBSERVED_NOTHING;
  if (open_acting(call, &a, ret_answer) && read_since(&a, ret_answer) == TENANT_OK &&
      tenant_flow_read(&a.tenant, a.id, &state, ret_answer) == TENANT_OK) {
    struct mark mark = call->world->live ? (struct mark){0} : read_mark(&a);
    observed = say_state(&a, &state, &mark, ret_answer);
  }
  tenant_close(&a.tenant);
  return observed;
}

/* [CODE] 204 for a while after the failure, then JSON with the message. */
static struct text read_failure(struct acting *a)
{
  struct arena *arena = a->call->arena;
  struct answer ignored = {0};
  struct tenant_wish wish = {
      .method = "GET",
      .path = text_format(arena, "/IntegrationRuntimeArtifacts(%.*s)/ErrorInformation/$value",
                          TEXT_ARG(odata_quote(arena, a->id))),
      .accept = "*/*",
      .role = reads};
  for (int i = 0; i < 5; i++) {
    struct tenant_said said = tenant_call(&a->tenant, &wish, &ignored);
    if (said.end != TENANT_OK)
      break;
    if (said.status != 204 && said.body.length != 0)
      return odata_read_problem(arena, said.body).message;
    if (!step_pause(a->call, POLL_FIRST_MS << i, a->until_ms))
      break;
  }
  return TEXT("the tenant says no reason");
}

static int64_t longer(int64_t pause_ms)
{
  return pause_ms * 2 > POLL_LONGEST_MS ? POLL_LONGEST_MS : pause_ms * 2;
}

/* Whether it is worth asking on: seen_ms is when an answer was understood last. */
static bool is_away(const struct acting *a, bool was_seen, int64_t *seen_ms)
{
  int64_t now_ms = a->call->world->monotonic_ms();
  if (was_seen)
    *seen_ms = now_ms;
  return now_ms - *seen_ms > AWAY_WAIT_MS;
}

static enum outcome not_yet(struct acting *a, struct answer *answer, struct text what)
{
  answer->retry_after_s = ASK_AGAIN_S;
  return answer_end(a->call, answer, OUTCOME_WAIT, "`%.*s`: %.*s", TEXT_ARG(a->id), TEXT_ARG(what));
}

/* SUCCESS of the build says nothing about STARTED [CODE]; it only ends the first wait, as does its silence. */
static enum outcome await_build(struct acting *a, struct text task, struct answer *answer)
{
  struct arena *arena = a->call->arena;
  struct text path =
      text_format(arena, "/BuildAndDeployStatus(TaskId=%.*s)", TEXT_ARG(odata_quote(arena, task)));
  int64_t seen_ms = a->call->world->monotonic_ms();
  for (int64_t pause_ms = POLL_FIRST_MS;; pause_ms = longer(pause_ms)) {
    struct odata_page page;
    enum tenant_end end = tenant_read(&a->tenant, path, reads, &page, answer);
    struct text status =
        end == TENANT_OK && page.count == 1 ? odata_value(page.entries, "Status") : TEXT("");
    if (end == TENANT_MISSING || text_is(status, "SUCCESS") ||
        is_away(a, end == TENANT_OK, &seen_ms))
      return OUTCOME_DONE;
    if (end == TENANT_CLOSED)
      return OUTCOME_MISCONFIGURED;
    if (text_starts_with(status, "FAIL"))
      return answer_end(a->call, answer, OUTCOME_REFUSED, "`%.*s` could not be built: %.*s (%.*s)",
                        TEXT_ARG(a->id), TEXT_ARG(status), TEXT_ARG(read_failure(a)));
    if (!step_pause(a->call, pause_ms, a->until_ms))
      return not_yet(a, answer, TEXT("the tenant is still building it"));
  }
}

/* Until it is STARTED, gone, or in error. until_ms: for a request that may never have arrived. */
static enum outcome await_state(struct acting *a, const struct mark *mark, int64_t until_ms,
                                bool *ret_unchanged, struct answer *answer)
{
  *ret_unchanged = false;
  int64_t seen_ms = a->call->world->monotonic_ms();
  for (int64_t pause_ms = POLL_FIRST_MS;; pause_ms = longer(pause_ms)) {
    struct flow_state state;
    enum tenant_end end = tenant_flow_read(&a->tenant, a->id, &state, answer);
    if (end == TENANT_CLOSED)
      return OUTCOME_MISCONFIGURED;
    if (is_away(a, end == TENANT_OK, &seen_ms))
      return OUTCOME_IN_DOUBT;
    if (end == TENANT_OK && say_state(a, &state, mark, answer) == OBSERVED_AFTER)
      return OUTCOME_DONE;
    bool reached = end == TENANT_OK && is_reached(a, &state, mark);
    if (reached && !a->stops && text_is(state.status, "ERROR"))
      return answer_end(a->call, answer, OUTCOME_REFUSED, "`%.*s` does not start: %.*s",
                        TEXT_ARG(a->id), TEXT_ARG(read_failure(a)));
    bool is_stale = end == TENANT_OK && !reached && !a->stops && mark->is_there &&
                    state.deployed_ms != mark->before_ms && text_is(state.status, "STARTED");
    if (is_stale) { /* it has loaded what was there before: it has to be deployed once more */
      drop_mark(a);
      return not_yet(a, answer, TEXT("its certificate was changed again while it was deployed"));
    }
    bool is_moving = reached || (end == TENANT_OK && text_is(state.status, "STOPPING"));
    if (!step_pause(a->call, pause_ms, is_moving ? a->until_ms : until_ms)) {
      *ret_unchanged = end == TENANT_OK && !is_moving;
      return not_yet(a, answer,
                     end == TENANT_OK
                         ? text_format(a->call->arena, "still %.*s",
                                       TEXT_ARG(state.is_there ? state.status : TEXT("not there")))
                         : answer->says);
    }
  }
}

/* (4) */
static enum outcome compare_versions(struct acting *a, struct text running, struct answer *answer)
{
  struct arena *arena = a->call->arena;
  struct text design;
  if (a->call->confirmed || a->effect == EFFECT_DEPLOY)
    return OUTCOME_DONE;
  enum tenant_end end = read_design(&a->tenant, a->id, &design, answer);
  if (end == TENANT_MISSING)
    return answer_end(a->call, answer, OUTCOME_REFUSED,
                      "the tenant has no design-time artifact `%.*s` that could be deployed",
                      TEXT_ARG(a->id));
  if (end != TENANT_OK)
    return tenant_outcome(end);
  if (text_equal(design, running))
    return OUTCOME_DONE;
  answer->asks = true;
  answer_help(a->call, answer, "if that version may go live: renew sign %.*s %.*s",
              TEXT_ARG(a->call->run), TEXT_ARG(text_shell_word(arena, a->call->step->id)));
  return answer_end(
      a->call, answer, OUTCOME_WAIT, "a restart would deploy version %.*s of `%.*s`, and %s%.*s",
      TEXT_ARG(design), TEXT_ARG(a->id),
      running.length == 0 ? "which one ran before is not known" : "running is ", TEXT_ARG(running));
}

static struct text task_of(struct arena *arena, struct text body)
{
  /* The bare id, sometimes in quotes [CODE] */
  while (body.length > 0 && strchr("\" \r\n", body.at[0]) != NULL)
    body = (struct text){body.at + 1, body.length - 1};
  size_t length = 0;
  while (length < body.length && length < 64 &&
         (strchr("-_", body.at[length]) != NULL ||
          (body.at[length] >= '0' && body.at[length] <= '9') ||
          (body.at[length] >= 'a' && body.at[length] <= 'z') ||
          (body.at[length] >= 'A' && body.at[length] <= 'Z')))
    length++;
  return text_copy(arena, (struct text){body.at, length});
}

static enum outcome post_deploy(struct acting *a, struct mark *mark, struct answer *answer)
{
  struct arena *arena = a->call->arena;
  struct text error = TEXT_NONE;
  struct tenant_wish wish = {
      .method = "POST",
      .path = text_format(arena, "/DeployIntegrationDesigntimeArtifact?Id=%.*s&Version='active'",
                          TEXT_ARG(odata_quote(arena, a->id))),
      .role = "WorkspaceArtifactsDeploy"};
  mark->task = TEXT("");
  if (!write_mark(a, mark, &error))
    return answer_end(a->call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  struct tenant_said said = tenant_call(&a->tenant, &wish, answer);
  if (said.end == TENANT_LOST)
    return OUTCOME_IN_DOUBT;
  if (said.end != TENANT_OK) {
    drop_mark(a);
    return tenant_outcome(said.end);
  }
  mark->task = task_of(arena, said.body);
  answer_add_fact(arena, answer, "task", mark->task);
  return write_mark(a, mark, &error)
             ? OUTCOME_DONE
             : answer_end(a->call, answer, OUTCOME_IN_DOUBT, "%.*s", TEXT_ARG(error));
}

static enum outcome post_undeploy(struct acting *a, const struct flow_state *state,
                                  struct answer *answer)
{
  struct arena *arena = a->call->arena;
  bool unchanged = false;
  struct mark none = {0};
  struct text error = TEXT_NONE;
  struct tenant_wish wish = {.method = "DELETE",
                             .path = text_format(arena, "/IntegrationRuntimeArtifacts(%.*s)",
                                                 TEXT_ARG(odata_quote(arena, a->id))),
                             .role = "MonitoringArtifactsDeploy"};
  /* What ran is to be known when it is started again. */
  if (state->version.length != 0 &&
      (!file_make_folder(arena, run_path(a->call, "flows", TEXT_NONE), 0700, &error) ||
       file_replace(arena, a->version_path, state->version, 0600, &error) == FILE_FAILED))
    return answer_end(a->call, answer, OUTCOME_REFUSED, "%.*s", TEXT_ARG(error));
  if (!text_is(state->status, "STOPPING")) {
    struct tenant_said said = tenant_call(&a->tenant, &wish, answer);
    /* 404, 409: somebody else takes it off, too. */
    if (said.end != TENANT_OK && said.end != TENANT_MISSING && said.end != TENANT_UNTRUSTED)
      return tenant_outcome(said.end);
  }
  struct acting gone = *a;
  gone.stops = true;
  /* Where it does not even begin to stop, the answer was not the service's: it is asked once more. */
  int64_t seen_ms = a->call->world->monotonic_ms() + LOST_WAIT_MS;
  return await_state(&gone, &none, seen_ms < a->until_ms ? seen_ms : a->until_ms, &unchanged,
                     answer);
}

static struct text version_before(const struct acting *a, const struct flow_state *state)
{
  struct text version = TEXT(""), error;
  if (state->is_there)
    return state->version;
  if (file_read(a->call->arena, a->version_path, &version, &error) != FILE_FOUND)
    return TEXT("");
  return version;
}

/* What was posted before, by this process or one that died. OUTCOME_REFUSED ends it. */
static enum outcome follow(struct acting *a, const struct mark *mark, bool *ret_unchanged,
                           struct answer *answer)
{
  enum outcome outcome = OUTCOME_DONE;
  *ret_unchanged = false;
  int64_t until_ms = a->until_ms;
  if (mark->task.length != 0) {
    outcome = await_build(a, mark->task, answer);
  } else {
    int64_t lost_ms = a->call->world->monotonic_ms() + LOST_WAIT_MS;
    until_ms = lost_ms < until_ms ? lost_ms : until_ms;
  }
  if (outcome == OUTCOME_DONE)
    outcome = await_state(a, mark, until_ms, ret_unchanged, answer);
  if (outcome == OUTCOME_REFUSED)
    drop_mark(a);
  return outcome;
}

static enum outcome start(struct acting *a, struct flow_state *state, struct answer *answer)
{
  struct mark mark = read_mark(a);
  bool unchanged = false;
  if (mark.is_there) {
    enum outcome outcome = follow(a, &mark, &unchanged, answer);
    if (mark.task.length != 0 || !unchanged)
      return outcome;
    /* The lost request has had its time and changed nothing. */
  } else if (is_reached(a, state, &mark) && !text_is(state->status, "ERROR")) {
    return await_state(a, &mark, a->until_ms, &unchanged, answer);
  }
  struct text running = version_before(a, state);
  enum outcome outcome = compare_versions(a, running, answer);
  if (outcome == OUTCOME_DONE && a->through_absent && state->is_there) {
    outcome = post_undeploy(a, state, answer);
    *state = (struct flow_state){.status = TEXT("")};
  }
  if (outcome != OUTCOME_DONE)
    return outcome;
  mark = (struct mark){.is_there = true,
                       .before_ms = state->deployed_ms,
                       .since_ms = a->since_ms,
                       .version = running};
  outcome = post_deploy(a, &mark, answer);
  return outcome == OUTCOME_DONE ? follow(a, &mark, &unchanged, answer) : outcome;
}

static enum outcome act(struct acting *a, struct answer *answer)
{
  struct flow_state state;
  enum tenant_end end = read_since(a, answer);
  if (end == TENANT_OK)
    end = tenant_flow_read(&a->tenant, a->id, &state, answer);
  if (end != TENANT_OK)
    return tenant_outcome_of_read(end);
  struct mark mark = read_mark(a);
  if (say_state(a, &state, &mark, answer) == OBSERVED_AFTER)
    return OUTCOME_DONE;
  return a->stops ? post_undeploy(a, &state, answer) : start(a, &state, answer);
}

/* One act for all nodes of a flow; the others come behind it and find it done. */
static int lock_flow(const struct call *call, const struct acting *a, struct text *ret_error)
{
  const char *folder = text_format(call->arena, "%s/locks", call->world->state_folder).at;
  struct text name = odata_hex(call->arena, a->id);
  if (name.length > 128)
    name.length = 128;
  const char *path = text_format(call->arena, "%s/flow-%.*s", folder, TEXT_ARG(name)).at;
  if (!file_make_folder(call->arena, folder, 0700, ret_error))
    return -1;
  int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock >= 0 && flock(lock, LOCK_EX) == 0)
    return lock;
  *ret_error = text_format(call->arena, "cannot lock %s: %s", path, strerror(errno));
  if (lock >= 0)
    close(lock);
  return -1;
}

static enum outcome apply(const struct call *call, struct answer *ret_answer)
{
  struct acting a;
  struct text error = TEXT_NONE;
  enum outcome outcome = OUTCOME_MISCONFIGURED;
  if (open_acting(call, &a, ret_answer)) {
    int lock = lock_flow(call, &a, &error);
    if (lock >= 0) {
      outcome = act(&a, ret_answer);
      close(lock);
    } else {
      answer_say(call, ret_answer, "%.*s", TEXT_ARG(error));
    }
  }
  tenant_close(&a.tenant);
  return outcome;
}

static void prepare(const struct call *call, struct diag_list *diags)
{
  uint32_t flow = step_resource(call->graph, call->step, PART_OBJECT);
  login_prepare(call, tenant_of(call->graph, flow), diags);
}

static void preview(const struct call *call, struct answer *ret_answer)
{
  uint32_t flow = step_resource(call->graph, call->step, PART_OBJECT);
  struct text id = tenant_flow_id(call, flow);
  bool absent = text_is(setting_text(call, flow, KEY_RESTART_BY, 0), "undeploy-deploy");
  if (!starts_here(call->step->effect))
    answer_say(call, ret_answer, "would undeploy `%.*s`: on all nodes at once", TEXT_ARG(id));
  else if (call->step->effect == EFFECT_RESTART && absent)
    answer_say(call, ret_answer,
               "would undeploy and deploy `%.*s`: on all nodes at once; it does not answer between "
               "undeploy and deploy",
               TEXT_ARG(id));
  else
    answer_say(call, ret_answer,
               "would deploy the design-time version of `%.*s`: one deployment acts on all nodes; "
               "whether the old instance answers until the new one is up is not public",
               TEXT_ARG(id));
}

const struct provider provider_tenant_flow = {
    .name = "sap-tenant-flow",
    .supports = CAN_PROBE | MAY_ASK,
    .prepare = prepare,
    .probe = probe,
    .apply = apply,
    .preview = preview,
};
