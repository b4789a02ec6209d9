/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_plan: what a plan needs of this machine: what its steps would refuse before a run, secrets,
 * folders that are written, windows, letters. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/graph/demands.h"
#include "compiler/pki/cert.h"
#include "runtime/cli/doctor.h"
#include "runtime/engine/clock.h"
#include "compiler/graph/window.h"
#include "runtime/net/address.h"
#include "runtime/net/url.h"
#include "runtime/providers/carrier.h"
#include "runtime/providers/conf.h"
#include "runtime/providers/keystore.h"
#include "runtime/providers/secrets.h"
#include "runtime/providers/sessions.h"
#include "runtime/providers/survey.h"
#include "runtime/providers/tenant.h"
#include "runtime/providers/trust_change.h"

enum { MAIL_WAIT_MS = 10000 };

struct visit {
  struct doctor *doctor;
  const struct graph *graph;
  struct call call; /* without a step */
  bool *is_bad;     /* by resource: a check of it has failed */
  bool *is_used;    /* by resource: a step of renew's own acts on it */
  uint32_t person_count;
  struct buffer unmailed; /* roles that a mail would reach, and no server carries it */
};

/* What the step is about, for the people who read the line. */
static uint32_t subject_of(const struct graph *graph, const struct step *step)
{
  uint32_t place = step_resource(graph, step, PART_PLACE);
  uint32_t by = step_resource(graph, step, PART_BY);
  if (step->effect == EFFECT_SIGN && by != INDEX_NONE)
    return by;
  return place != INDEX_NONE ? place : step_resource(graph, step, PART_OBJECT);
}

static void visit_steps(struct visit *v)
{
  const struct graph *graph = v->graph;
  for (uint32_t i = 0; i < graph->step_count; i++) {
    const struct step *step = &graph->steps[i];
    if (step->kind != STEP_ACTION)
      continue;
    const struct provider *provider = providers_real.find(graph, step);
    v->person_count += (provider->supports & IS_PERSON) != 0;
    for (uint32_t a = 0; (provider->supports & IS_PERSON) == 0 && a < step->arguments.count; a++) {
      const struct argument *argument = &graph->arguments[step->arguments.first + a];
      if (argument->kind == ARGUMENT_RESOURCE)
        v->is_used[argument->resource] = true;
    }
    if (provider->prepare == NULL)
      continue;
    struct diag_list diags;
    diag_list_start(&diags, v->doctor->cli->arena);
    struct call call = v->call;
    call.arena = arena_new("provider", 0);
    call.step = step;
    provider->prepare(&call, &diags);
    arena_free(call.arena);
    uint32_t subject = subject_of(graph, step);
    if (diags.error_count != 0 && subject != INDEX_NONE)
      v->is_bad[subject] = true;
    const char *area = subject == INDEX_NONE ? "step" : kind_words[graph->resources[subject].kind];
    doctor_add_findings(v->doctor, area, &diags, NULL);
  }
}

/* A tenant is needed by the steps on its keystore and its flows. */
static void visit_users(struct visit *v)
{
  for (uint32_t i = 0; i < v->graph->resource_count; i++) {
    enum kind kind = v->graph->resources[i].kind;
    uint32_t tenant =
        kind == KIND_KEYSTORE || kind == KIND_FLOW ? tenant_of(v->graph, i) : INDEX_NONE;
    if (tenant == INDEX_NONE)
      continue;
    v->is_used[tenant] = v->is_used[tenant] || v->is_used[i];
    v->is_bad[tenant] = v->is_bad[tenant] || v->is_bad[i];
  }
}

static void visit_tenant(struct visit *v, uint32_t tenant)
{
  struct text way = setting_text(&v->call, tenant, KEY_LOGIN, 0);
  uint32_t with = setting_resource(&v->call, tenant, KEY_LOGIN, 1);
  if (v->is_used[tenant] && !v->is_bad[tenant] && with != INDEX_NONE)
    doctor_add(v->doctor, "tenant", CHECK_OK, TEXT_NONE, "%.*s: logs on by %.*s with %.*s%s",
               TEXT_ARG(v->graph->resources[tenant].name), TEXT_ARG(way),
               TEXT_ARG(v->graph->resources[with].name),
               v->doctor->live ? "" : " (--live tries it)");
}

/* A secret that only somebody's own hand uses is no fault of this machine. */
static bool is_needed(const struct visit *v, uint32_t secret)
{
  static const struct {
    enum kind kind;
    enum key key;
    uint32_t slot;
  } users[] = {
      {KIND_KEYSTORE, KEY_PASSWORD, 0}, {KIND_CA, KEY_KEY_FILE, 1}, {KIND_TENANT, KEY_LOGIN, 1}};
  for (uint32_t i = 0; i < v->graph->resource_count; i++)
    for (size_t u = 0; u < sizeof users / sizeof *users; u++)
      if (v->graph->resources[i].kind == users[u].kind && v->is_used[i] &&
          setting_resource(&v->call, i, users[u].key, users[u].slot) == secret)
        return true;
  return false;
}

static void visit_secret(struct visit *v, uint32_t secret)
{
  struct text name = v->graph->resources[secret].name;
  struct text source = setting_text(&v->call, secret, KEY_FROM, 0);
  struct diag_list diags;
  diag_list_start(&diags, v->doctor->cli->arena);
  secret_prepare(&v->call, secret, &diags);
  if (diags.count != 0 && is_needed(v, secret)) {
    doctor_add_findings(v->doctor, "secret", &diags, NULL);
    return;
  }
  if (diags.count != 0) {
    doctor_add(v->doctor, "secret", CHECK_WARN, diags.items[0]->helps->text,
               "%.*s; no step of renew's own needs it", TEXT_ARG(diags.items[0]->headline));
    return;
  }
  doctor_add(v->doctor, "secret", CHECK_OK, TEXT_NONE, "%.*s from %.*s: %s", TEXT_ARG(name),
             TEXT_ARG(source),
             text_is(source, "prompt")           ? "asked for at the terminal when it is needed"
             : secret_is_later(&v->call, secret) ? "its program is allowed (and was not started)"
                                                 : "there");
}

/* A file of the plan is replaced by a new one beside it, so its folder is what must be writable. */
static bool visit_folder(struct visit *v, const char *area, const char *path)
{
  struct arena *arena = v->doctor->cli->arena;
  char real[4096];
  const char *folder = file_folder_of(arena, realpath(path, real) == NULL ? path : real);
  if (access(folder, W_OK | X_OK) == 0)
    return true;
  doctor_add(v->doctor, area, CHECK_FAIL,
             text_format(arena, "chown %u %.*s", (unsigned)geteuid(),
                         TEXT_ARG(doctor_quote(v->doctor, folder))),
             "%s may not be replaced: the folder is not writable by this user", path);
  return false;
}

static void visit_keystore(struct visit *v, uint32_t resource)
{
  struct text name = v->graph->resources[resource].name, error;
  struct keystore keystore;
  struct stat facts;
  struct doctor *doctor = v->doctor;
  if (!keystore_is_ours(v->graph, resource) ||
      !keystore_open(&v->call, resource, INDEX_NONE, &keystore, &error))
    return;
  if (stat(keystore.key_path, &facts) != 0 || v->is_bad[resource])
    return;
  bool good = visit_folder(v, "keystore", keystore.path);
  if ((facts.st_mode & (S_IROTH | S_IWOTH)) != 0) {
    struct text quoted = doctor_quote(doctor, keystore.key_path);
    doctor_add(doctor, "keystore", CHECK_FAIL,
               text_format(doctor->cli->arena, "chmod o-rwx %.*s", TEXT_ARG(quoted)),
               "%s holds a private key, and everybody may %s it (mode %04o)", keystore.key_path,
               (facts.st_mode & S_IROTH) != 0 ? "read" : "write",
               (unsigned)(facts.st_mode & 07777));
    good = false;
  }
  if (good && v->is_used[resource])
    doctor_add(doctor, "keystore", CHECK_OK, TEXT_NONE, "%.*s: %s opens, mode %04o", TEXT_ARG(name),
               keystore.path, (unsigned)(facts.st_mode & 07777));
}

static void visit_certificates(struct visit *v, const char *area, uint32_t resource, enum key key)
{
  struct arena *arena = v->doctor->cli->arena;
  const char *path = setting_path(&v->call, resource, key, 0);
  struct text pem, error = TEXT_NONE;
  struct cert_list certs = {0};
  if (path == NULL)
    return;
  if (file_read(arena, path, &pem, &error) == FILE_FOUND &&
      cert_read_pem(arena, pem, &certs, &error) && certs.count != 0) {
    if (!v->is_bad[resource])
      doctor_add(v->doctor, area, CHECK_OK, TEXT_NONE, "%.*s: %s, %u certificate%s",
                 TEXT_ARG(v->graph->resources[resource].name), path, certs.count,
                 certs.count == 1 ? "" : "s");
    return;
  }
  if (!v->is_bad[resource])
    doctor_add(v->doctor, area, CHECK_FAIL,
               text_format(arena, "put PEM certificates into %.*s",
                           TEXT_ARG(doctor_quote(v->doctor, path))),
               "%s: %.*s", path,
               TEXT_ARG(error.length != 0 ? error : TEXT("no certificate in it")));
}

static void visit_system(struct visit *v, uint32_t resource)
{
  struct trust trust;
  struct text error;
  visit_certificates(v, "system", resource, KEY_VERIFIES_WITH);
  if (!v->is_used[resource] || v->is_bad[resource] ||
      !text_is(setting_text(&v->call, resource, KEY_KIND_OF, 0), "trust-file") ||
      !trust_read(&v->call, resource, &trust, &error))
    return;
  for (int side = 0; side < SIDE__COUNT; side++)
    if (trust.sides[side].path != NULL && visit_folder(v, "system", trust.sides[side].path))
      doctor_add(v->doctor, "system", CHECK_OK, TEXT_NONE, "%.*s: %s can be read and replaced",
                 TEXT_ARG(v->graph->resources[resource].name), trust.sides[side].path);
}

static void visit_window(struct visit *v, struct window_book *book, uint32_t resource)
{
  struct text name = v->graph->resources[resource].name;
  struct opening opening;
  char from[MOMENT_TEXT_BYTES], until[MOMENT_TEXT_BYTES];
  int64_t now_ms = clock_real_now_s() * 1000;
  enum window_status status =
      window_book_free_at(book, resource, now_ms, 0, &opening, &(uint32_t){0});
  switch (status) {
  case WINDOW_OPEN:
  case WINDOW_LATER:
    moment_format(v->graph, resource, opening.start_ms, from);
    moment_format(v->graph, resource, opening.end_ms, until);
    doctor_add(v->doctor, "window", CHECK_OK, TEXT_NONE, "%.*s: %s %s to %s", TEXT_ARG(name),
               status == WINDOW_OPEN ? "open now," : "next", from, until);
    break;
  case WINDOW_OVER:
    doctor_add(v->doctor, "window", CHECK_FAIL, TEXT("write a window that opens again"),
               "%.*s does not open any more", TEXT_ARG(name));
    break;
  case WINDOW_UNKNOWN:
    doctor_add(v->doctor, "window", CHECK_WARN, TEXT("--set NAME=VALUE, or another zone"),
               "when %.*s opens is not known: its zone, or the value of a parameter",
               TEXT_ARG(name));
    break;
  }
}

/* Whether the mail server can be reached: a connection, nothing is said over it. */
static void call_mail_server(struct visit *v)
{
  struct arena *arena = v->doctor->cli->arena;
  struct mail_way way;
  struct url url;
  struct address_list addresses;
  struct text error = TEXT_NONE;
  if (!conf_mail(arena, v->doctor->conf, &way))
    return;
  int socket = -1;
  if (url_parse(arena, way.server, &url, &error) &&
      address_find(arena, url.host, url.port, &addresses, &error))
    for (uint32_t i = 0; socket < 0 && i < addresses.count; i++)
      socket = address_connect(arena, &addresses.items[i], clock_monotonic_ms() + MAIL_WAIT_MS,
                               clock_monotonic_ms, &error);
  if (socket < 0) {
    doctor_add(v->doctor, "mail", CHECK_FAIL,
               text_format(arena, "mail through \"smtp://HOST:25\" from \"%.*s\" in %s",
                           TEXT_ARG(way.sender), conf_shown(v->doctor->conf)),
               "%.*s: %.*s", TEXT_ARG(way.server), TEXT_ARG(error));
    return;
  }
  close(socket);
  doctor_add(v->doctor, "mail", CHECK_OK, TEXT_NONE, "%.*s answers", TEXT_ARG(way.server));
}

static void visit_role(struct visit *v, uint32_t role)
{
  struct text by = setting_text(&v->call, role, KEY_REACH, 0);
  struct text name = v->graph->resources[role].name;
  const char *folder = setting_path(&v->call, role, KEY_REACH, 1);
  if (text_is(by, "mail") && !carrier_reaches(v->call.world, v->graph, role))
    buffer_format(&v->unmailed, "%s%.*s", v->unmailed.size_bytes == 0 ? "" : ", ", TEXT_ARG(name));
  else if (text_is(by, "file") && folder != NULL && access(folder, W_OK | X_OK) != 0)
    doctor_add(v->doctor, "role", CHECK_FAIL,
               text_format(v->doctor->cli->arena, "mkdir -p %.*s",
                           TEXT_ARG(doctor_quote(v->doctor, folder))),
               "letters for %.*s go to %s, which is no folder that can be written", TEXT_ARG(name),
               folder);
}

static void visit_flow(struct visit *v, uint32_t flow)
{
  static const enum key keys[] = {KEY_START_WITH, KEY_STOP_WITH, KEY_RESTART_WITH};
  for (size_t i = 0; !v->is_bad[flow] && v->is_used[flow] && i < sizeof keys / sizeof *keys; i++) {
    struct text words = setting_text(&v->call, flow, keys[i], 0);
    if (words.length != 0)
      doctor_add(v->doctor, "flow", CHECK_OK, TEXT_NONE, "%.*s: %.*s may be run",
                 TEXT_ARG(v->graph->resources[flow].name), TEXT_ARG(words));
  }
}

static void say_way(struct visit *v, uint32_t resource, enum key key, struct text_map *seen)
{
  struct arena *arena = v->doctor->cli->arena;
  struct text words = setting_text(&v->call, resource, key, 0), error;
  struct url url;
  if (words.length == 0 || !url_parse(arena, words, &url, &error) ||
      !text_map_add(seen, url.host, 1, NULL))
    return;
  struct text proxy = conf_proxy(v->doctor->conf, url.host);
  struct url through;
  if (proxy.length != 0 && url_parse(arena, proxy, &through, &error))
    doctor_add(v->doctor, "network", CHECK_OK, TEXT_NONE, "%.*s through the proxy %.*s:%u",
               TEXT_ARG(url.host), TEXT_ARG(through.host), through.port);
  else
    doctor_add(v->doctor, "network", CHECK_OK, TEXT_NONE, "%.*s directly", TEXT_ARG(url.host));
}

static void visit_resources(struct visit *v)
{
  static const enum key urls[] = {KEY_URL, KEY_API, KEY_DIRECTORY};
  struct text_map seen;
  struct window_book *book = window_book_open(v->doctor->cli->arena, v->graph);
  text_map_start(&seen, v->doctor->cli->arena);
  for (uint32_t i = 0; i < v->graph->resource_count; i++) {
    enum kind kind = v->graph->resources[i].kind;
    if (kind == KIND_SECRET)
      visit_secret(v, i);
    if (kind == KIND_KEYSTORE)
      visit_keystore(v, i);
    if (kind == KIND_CA && v->is_used[i])
      visit_certificates(v, "ca", i, KEY_CERTIFICATE_FILE);
    if (kind == KIND_SYSTEM)
      visit_system(v, i);
    if (kind == KIND_FLOW)
      visit_flow(v, i);
    if (kind == KIND_TENANT)
      visit_tenant(v, i);
    if (kind == KIND_WINDOW)
      visit_window(v, book, i);
    if (kind == KIND_ROLE)
      visit_role(v, i);
    for (size_t u = 0; u < sizeof urls / sizeof *urls; u++)
      if (graph_setting_nth(v->graph, i, urls[u], 0) != NULL)
        say_way(v, i, urls[u], &seen);
  }
  window_book_close(book);
  if (v->unmailed.size_bytes != 0)
    doctor_add(v->doctor, "mail", CHECK_WARN,
               TEXT("mail through \"smtp://HOST:25\" from \"renew@HOST\" in renew.conf of this "
                    "machine"),
               "this machine has no mail server; by hand go the letters to %s", v->unmailed.bytes);
  buffer_free(&v->unmailed);
}

/* What `plan --live` looks at before the first step; probes of addresses among it. */
static void visit_live(struct visit *v)
{
  struct world world = *v->call.world;
  struct call call = v->call;
  struct survey survey;
  world.live = true;
  world.sessions = sessions_new();
  call.world = &world;
  call.run = TEXT("live");
  call_mail_server(v);
  survey_plan(&call, &survey);
  for (uint32_t i = 0; i < survey.count; i++) {
    const struct survey_row *row = &survey.rows[i];
    bool differs = row->result == SURVEY_DIFFERS;
    doctor_add(v->doctor, "live", differs ? CHECK_FAIL : CHECK_OK, differs ? row->help : TEXT_NONE,
               "%.*s %.*s: %.*s%s", TEXT_ARG(v->graph->resources[row->resource].name),
               TEXT_ARG(row->assumes), TEXT_ARG(row->there),
               row->result == SURVEY_NOT_SEEN ? " (not seen)" : "");
  }
  sessions_free(world.sessions);
}

static void visit_demands(struct visit *v)
{
  const struct configuration *demands = conf_demands(v->doctor->conf);
  struct diag_list diags;
  if (demands == NULL)
    return;
  diag_list_start(&diags, v->doctor->cli->arena);
  demands_judge_verbs(v->graph, demands, NULL, &diags);
  demands_judge_profile(v->graph, demands, &diags);
  doctor_add_findings(v->doctor, "machine", &diags, NULL);
}

void doctor_plan(struct doctor *doctor, const char *word)
{
  struct cli *cli = doctor->cli;
  struct loaded loaded;
  if (cli_load(cli, word, false, &loaded) != EXIT_OK) {
    doctor_add(doctor, "plan", CHECK_FAIL,
               text_format(cli->arena, "renew check %.*s", TEXT_ARG(doctor_quote(doctor, word))),
               "%s does not compile: the findings stand above", word);
    arena_free(loaded.compiled.arena);
    return;
  }
  const struct graph *graph = loaded.checked.graph;
  struct world world = {.arena = cli->arena,
                        .root = cli->root,
                        .state_folder = file_folder_of(cli->arena, cli->store),
                        .conf = doctor->conf,
                        .starts_nothing = true,
                        .trusted = true,
                        .may_prompt = true,
                        .now_s = clock_real_now_s,
                        .monotonic_ms = clock_monotonic_ms,
                        .machine_ns = clock_machine_ns,
                        .booted_ns = clock_booted_ns};
  struct visit visit = {
      .doctor = doctor,
      .graph = graph,
      .call = {.arena = cli->arena, .graph = graph, .world = &world, .run = TEXT("doctor")},
      .is_bad = arena_array(cli->arena, (size_t)graph->resource_count + 1, sizeof(bool)),
      .is_used = arena_array(cli->arena, (size_t)graph->resource_count + 1, sizeof(bool))};
  for (uint32_t i = 0; i < graph->source_count; i++)
    doctor_witness(
        doctor, text_format(cli->arena, "%s/%.*s", cli->root, TEXT_ARG(graph->sources[i].path)).at);
  visit_steps(&visit);
  visit_users(&visit);
  doctor_add(doctor, "plan", CHECK_OK, TEXT_NONE, "%.*s: %u steps, %u of them done by people",
             TEXT_ARG(graph->name), graph->action_count, visit.person_count);
  visit_demands(&visit);
  visit_resources(&visit);
  if (doctor->live)
    visit_live(&visit);
  arena_free(loaded.compiled.arena);
}
