/* SPDX-License-Identifier: Apache-2.0 */
/* observe: see observe.h. */
#include "runtime/providers/observe.h"

#include <time.h>

#include "runtime/providers/command.h"
#include "runtime/providers/nginx.h"

static const int64_t second_ns = 1000000000;
static const int64_t apart_ns = 40000000; /* more than the doubt of nginx.c and one tick */

int64_t observe_bound_s(const struct call *call, uint32_t resource)
{
  int64_t drains_s = setting_number(call, resource, KEY_DRAINS_WITHIN, 0, 0);
  int64_t applies_s = setting_number(call, resource, KEY_APPLIES_WITHIN, 0, 0);
  return drains_s > applies_s ? drains_s : applies_s;
}

bool observe_is_possible(const struct call *call, uint32_t resource)
{
  return setting_text(call, resource, KEY_OBSERVED_BY, 0).length != 0 ||
         observe_bound_s(call, resource) > 0;
}

static struct sight sight(enum seen seen, struct text says)
{
  return (struct sight){seen, says};
}

static struct sight look_at_nginx(const struct call *call, const struct observe_wish *wish)
{
  struct nginx nginx;
  struct text error = TEXT_NONE;
  const char *pid_file =
      plan_path(call, fill_node(call, setting_text(call, wish->resource, KEY_OBSERVED_BY, 1)));
  if (!nginx_look(call->arena, pid_file, wish->since_ns, call->world->booted_ns(), &nginx, &error))
    return sight(SEEN_NOT_YET, error);
  if (wish->is_stop)
    return nginx.master == 0
               ? sight(SEEN_YES, text_format(call->arena, "no nginx runs (%s)", pid_file))
               : sight(SEEN_NOT_YET,
                       text_format(call->arena, "nginx still runs (pid %d)", (int)nginx.master));
  if (nginx.master == 0)
    return sight(SEEN_NOT_YET, text_format(call->arena, "no nginx runs (%s)", pid_file));
  if (nginx.old_count > 0)
    return sight(SEEN_NOT_YET,
                 text_format(call->arena,
                             "%u of %u workers of nginx are older than the files (pid %d)",
                             nginx.old_count, nginx.worker_count, (int)nginx.old_worker));
  if (nginx.worker_count == 0)
    return sight(SEEN_NOT_YET, TEXT("nginx has no worker yet"));
  return sight(SEEN_YES,
               text_format(call->arena, "all %u workers of nginx are newer than the files",
                           nginx.worker_count));
}

static struct sight look_by_command(const struct call *call, const struct observe_wish *wish)
{
  struct command command;
  int64_t begun_ns = 0;
  enum command_past past = command_past(call, wish->what, &begun_ns);
  /* A looking command may say yes to what was there before; ours must have been run first. */
  if (past == COMMAND_NEVER || past == COMMAND_ENDED_BADLY || begun_ns < wish->since_ns)
    return sight(SEEN_NEVER_ASKED, TEXT("the command was not run since the files were written"));
  if (wish->is_stop)
    return past == COMMAND_ENDED_WELL ? sight(SEEN_YES, TEXT("the command ended with 0"))
                                      : sight(SEEN_NOT_YET, TEXT("the command has not ended"));
  if (!command_split(call, setting_text(call, wish->resource, KEY_OBSERVED_BY, 1), "observe",
                     &command))
    return sight(SEEN_NO_WAY, TEXT("`observed by command` has an open quote or no word"));
  struct command_result result = command_run(call, &command);
  bool yes = result.end == COMMAND_EXITED && result.status == 0;
  return sight(yes ? SEEN_YES : SEEN_NOT_YET, result.says);
}

static struct sight look_at_clock(const struct call *call, const struct observe_wish *wish,
                                  int64_t bound_s)
{
  int64_t ended_ns = 0;
  enum command_past past = command_past(call, wish->what, &ended_ns);
  if (past != COMMAND_ENDED_WELL || ended_ns < wish->since_ns)
    return sight(SEEN_NEVER_ASKED,
                 TEXT("the command has not ended well since the files were written"));
  int64_t left_s = bound_s - (call->world->machine_ns() - ended_ns) / second_ns;
  if (left_s > 0)
    return sight(SEEN_NOT_YET, text_format(call->arena,
                                           "processes of the old generation may live "
                                           "for another %lld s",
                                           (long long)left_s));
  return sight(SEEN_YES,
               text_format(call->arena, "the declared %lld s are over", (long long)bound_s));
}

struct sight observe(const struct call *call, const struct observe_wish *wish)
{
  struct text by = setting_text(call, wish->resource, KEY_OBSERVED_BY, 0);
  int64_t bound_s = observe_bound_s(call, wish->resource);
  if (text_is(by, "nginx"))
    return look_at_nginx(call, wish);
  /* A dry run starts nothing. */
  if (call->world->live && !call->world->trusted)
    return sight(SEEN_NO_WAY, TEXT("a dry run does not look by command"));
  if (text_is(by, "command"))
    return look_by_command(call, wish);
  if (bound_s > 0)
    return look_at_clock(call, wish, bound_s);
  return sight(SEEN_NO_WAY, TEXT("nothing is declared that could see it"));
}

void observe_step_behind(const struct world *world, int64_t since_ns)
{
  int64_t left_ns = since_ns + apart_ns - world->machine_ns();
  /* A file from the future would hold us for as long. */
  if (left_ns <= 0 || left_ns > apart_ns)
    return;
  struct timespec pause = {0, left_ns};
  nanosleep(&pause, NULL);
}

void observe_prepare(const struct call *call, uint32_t resource, struct diag_list *diags)
{
  struct command command;
  if (text_is(setting_text(call, resource, KEY_OBSERVED_BY, 0), "command") &&
      command_split(call, setting_text(call, resource, KEY_OBSERVED_BY, 1), "observe", &command))
    command_prepare(call, &command, diags);
}
