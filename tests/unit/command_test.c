/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command_test: a command is allowed by the machine, gets no shell and no inherited environment,
 * writes into files, and is seen while it runs, by whoever comes after a crash too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "runtime/providers/command.h"
#include "runtime/providers/file.h"
#include "runtime/providers/secrets.h"
#include "tests/unit/stage.h"

static const char plan[] =
    "renew 1\n"
    "role dev \"Developer\" {\n  reach by console \"dev\"\n}\n"
    "secret typed from command \"bin/say\"\n"
    "keystore store {\n  kind pem\n  file \"store.pem\"\n  password with typed\n}\n"
    "certificate client {\n  in store\n  alias \"client\"\n  subject \"CN=client\"\n}\n"
    "system receiver {\n  owner dev\n}\n"
    "flow orders {\n  nodes \"a\", \"b; touch evil\"\n  calls receiver with client\n"
    "  restart with command \"bin/do 'one word' ${node}\"\n"
    "  observed by command \"bin/do\"\n}\n"
    "plan p \"P\" {\n  renews client\n  policy overlap\n"
    "  for each node in orders.nodes {\n    restart: dev restarts orders on node\n  }\n"
    "  exchange: dev replaces client.old with client.new in store keeping alias\n}\n";

static const char step_a[] = "restart[a]";
static const char step_b[] = "restart[\"b; touch evil\"]";
static struct stage stage;

static int setup(void **state)
{
  (void)state;
  stage = stage_new(plan);
  stage_shell(&stage, "mkdir bin conf repo");
  stage_write(&stage, "renew.conf", "renew 1\n\nallow commands in \"bin\"\n");
  struct diag_list diags;
  diag_list_start(&diags, stage.arena);
  stage.world.conf =
      conf_read(stage.arena, text_format(stage.arena, "%s/renew.conf", stage.pki.folder).at,
                text_format(stage.arena, "%s/repo", stage.pki.folder).at, &diags);
  return diags.count != 0;
}

static int teardown(void **state)
{
  (void)state;
  stage_free(&stage);
  return 0;
}

static void script(const char *name, const char *lines)
{
  char path[64];
  snprintf(path, sizeof path, "bin/%s", name);
  stage_write(&stage, path, text_format(stage.arena, "#!/bin/sh\n%s\n", lines).at);
  stage_shell(&stage, text_format(stage.arena, "chmod 755 bin/%s", name).at);
}

static struct command_result run(const char *label)
{
  struct call call = stage_call(&stage, label);
  struct command command = command_of_step(&call);
  return command_run(&call, &command);
}

static void words_are_words_and_no_shell_sees_them(void **state)
{
  (void)state;
  script("do", "for w in \"$@\"; do echo \"[$w]\"; done; echo oops >&2");
  struct command_result result = run(step_b);
  assert_int_equal(result.end, COMMAND_EXITED);
  assert_int_equal(result.status, 0);
  struct text bytes, error;
  assert_int_equal(file_read(stage.arena, result.output, &bytes, &error), FILE_FOUND);
  assert_string_equal(text_zero(stage.arena, bytes), "[one word]\n[b; touch evil]\n");
  assert_false(stage_has(&stage, "evil"));
  stage_shell(&stage, "grep -qx oops state/logs/2027-03-06-a/*.err");
}

static void the_environment_is_ours(void **state)
{
  (void)state;
  setenv("CANARY", "sings", 1);
  script("do",
         "env | sort | grep -v '^_=\\|^PWD=\\|^SHLVL=' > env; readlink /proc/self/fd/0 >> env; "
         "ps -o sid= -p $$ | tr -d ' ' > session; echo $$ >> session");
  assert_int_equal(run(step_a).status, 0);
  unsetenv("CANARY");
  const char *environment = stage_read(&stage, "env");
  assert_non_null(strstr(environment, "LANG=C.UTF-8\n"));
  assert_non_null(strstr(environment, "RENEW_ATTEMPT=1\nRENEW_RUN=2027-03-06-a\n"));
  assert_non_null(strstr(environment, "RENEW_STEP=restart[a]\nRENEW_TOKEN="));
  assert_non_null(strstr(environment, "/dev/null\n"));
  assert_null(strstr(environment, "CANARY"));
  assert_null(strstr(environment, "HOME="));
  stage_shell(&stage, "[ \"$(sed -n 1p session)\" = \"$(sed -n 2p session)\" ]");
}

static void the_token_is_the_step_s_own(void **state)
{
  (void)state;
  script("do", "echo $RENEW_TOKEN >> tokens");
  run(step_a);
  run(step_a);
  run(step_b);
  stage_shell(&stage, "[ \"$(wc -l < tokens)\" = 3 ] && [ \"$(sort -u tokens | wc -l)\" = 2 ]");
}

static void what_is_not_allowed_is_not_started(void **state)
{
  (void)state;
  script("do", "touch started");
  stage_shell(&stage, "mv bin/do do && ln -s ../do bin/do");
  struct command_result result = run(step_a);
  assert_int_equal(result.end, COMMAND_REFUSED);
  struct call call = stage_call(&stage, step_a);
  struct answer answer = {0};
  assert_int_equal(command_outcome(&call, &result, &answer), OUTCOME_MISCONFIGURED);
  assert_int_equal(answer.code, DIAG_E1011);
  assert_int_equal(stage_prepare(&stage, step_a), DIAG_E1011);
  assert_false(stage_has(&stage, "started"));
  stage_shell(&stage, "rm bin/do");
}

static void failures_say_what_the_command_said(void **state)
{
  (void)state;
  script("do", "echo the disk is full >&2; exit 7");
  struct command_result result = run(step_a);
  assert_int_equal(result.status, 7);
  assert_non_null(strstr(result.says.at, "ended with 7: the disk is full"));
  struct call call = stage_call(&stage, step_a);
  int64_t at_ns;
  assert_int_equal(command_past(&call, "", &at_ns), COMMAND_ENDED_BADLY);
  script("do", "kill -9 $$");
  result = run(step_a);
  assert_int_equal(result.end, COMMAND_SIGNALLED);
  assert_int_equal(result.status, SIGKILL);
}

static void at_the_limit_the_session_is_ended(void **state)
{
  (void)state;
  script("do", "sh -c 'trap \"\" TERM; echo $$ > child; while :; do sleep 1; done' & wait");
  struct call call = stage_call(&stage, step_a);
  struct command command = command_of_step(&call);
  call.deadline_ms = stage_monotonic_ms() + 300;
  struct command_result result = command_run(&call, &command);
  assert_int_equal(result.end, COMMAND_LATE);
  struct answer answer = {0};
  assert_int_equal(command_outcome(&call, &result, &answer), OUTCOME_IN_DOUBT);
  /* init may take a moment to reap the child; a zombie is no running process. */
  stage_shell(&stage,
              "for i in $(seq 100); do s=$(ps -o stat= -p \"$(cat child)\"); "
              "[ -z \"$s\" ] || [ \"${s#Z}\" != \"$s\" ] && exit 0; sleep 0.05; done; exit 1");
}

/* The executor is killed while its command runs; the next one sees it, and waits. */
static void an_orphan_is_seen_and_not_doubled(void **state)
{
  (void)state;
  script("do", "echo run >> runs; echo $$ > orphan; while [ ! -e go ]; do sleep 0.05; done");
  pid_t executor = fork();
  if (executor == 0) {
    run(step_a);
    _exit(0);
  }
  stage_shell(&stage, "for i in $(seq 200); do [ -s orphan ] && exit 0; sleep 0.05; done; exit 1");
  kill(executor, SIGKILL);
  waitpid(executor, NULL, 0);
  struct command_result result = run(step_a);
  assert_int_equal(result.end, COMMAND_ORPHAN);
  assert_int_equal(result.status, atoi(stage_read(&stage, "orphan")));
  struct call call = stage_call(&stage, step_a);
  struct answer answer = {0};
  assert_int_equal(command_outcome(&call, &result, &answer), OUTCOME_WAIT);
  assert_non_null(strstr(answer.says.at, "orphan pid"));
  int64_t at_ns;
  assert_int_equal(command_past(&call, "", &at_ns), COMMAND_BEGUN);
  stage_shell(&stage, "touch go; for i in $(seq 200); do kill -0 \"$(cat orphan)\" || exit 0; "
                      "sleep 0.05; done; exit 1");
  result = run(step_a);
  assert_int_equal(result.end, COMMAND_EXITED);
  assert_string_equal(stage_read(&stage, "runs"), "run\nrun\n");
}

/* A server that a command started keeps its descriptors; that is no command that still runs. */
static void a_server_left_behind_is_no_orphan(void **state)
{
  (void)state;
  script("do", "setsid sh -c 'echo $$ > server; while [ ! -e stop ]; do sleep 0.05; done' "
               ">/dev/null 2>&1 & while [ ! -s server ]; do sleep 0.02; done");
  assert_int_equal(run(step_a).end, COMMAND_EXITED);
  assert_int_equal(run(step_a).end, COMMAND_EXITED);
  stage_shell(&stage, "touch stop");
}

static void a_secret_leaves_no_trace(void **state)
{
  (void)state;
  script("say", "echo canary-7f3a91; echo canary-7f3a91 >&2");
  struct call call = stage_call(&stage, "exchange");
  uint32_t secret = INDEX_NONE;
  for (uint32_t i = 0; i < stage.graph->resource_count; i++)
    if (stage.graph->resources[i].kind == KIND_SECRET)
      secret = i;
  enum diag_code code;
  struct text error;
  struct secret *value = secret_of(&call, secret, &code, &error);
  assert_non_null(value);
  assert_int_equal(secret_size_bytes(value), 13);
  assert_memory_equal(secret_view(value), "canary-7f3a91", 13);
  secret_free(value);
  stage_shell(&stage, "! grep -r canary-7f3a91 state");
  script("say", "echo canary-7f3a91; exit 1");
  assert_null(secret_of(&call, secret, &code, &error));
  assert_int_equal(code, DIAG_E1009);
  stage_shell(&stage, "rm bin/say && cp bin/do say && ln -s ../say bin/say");
  assert_null(secret_of(&call, secret, &code, &error));
  assert_int_equal(code, DIAG_E1011);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(words_are_words_and_no_shell_sees_them),
      cmocka_unit_test(the_environment_is_ours),
      cmocka_unit_test(the_token_is_the_step_s_own),
      cmocka_unit_test(what_is_not_allowed_is_not_started),
      cmocka_unit_test(failures_say_what_the_command_said),
      cmocka_unit_test(at_the_limit_the_session_is_ended),
      cmocka_unit_test(an_orphan_is_seen_and_not_doubled),
      cmocka_unit_test(a_server_left_behind_is_no_orphan),
      cmocka_unit_test(a_secret_leaves_no_trace),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, setup, teardown);
}
