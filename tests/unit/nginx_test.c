/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nginx_test: a reload that returned is not a reload that happened: as long as one worker of the
 * old generation has a request to finish, it judges by the old files. Real nginx, on a unix socket.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "runtime/engine/clock.h"
#include "runtime/providers/file.h"
#include "runtime/providers/nginx.h"
#include "runtime/providers/observe.h"
#include "tests/unit/pki.h"

static struct arena *arena;
static char folder[] = "/tmp/renew-nginx.XXXXXX";
static struct text error;

static const char *path(const char *name)
{
  return text_format(arena, "%s/%s", folder, name).at;
}

static int setup(void **state)
{
  (void)state;
  arena = arena_new("test", 0);
  if (mkdtemp(folder) == NULL)
    return 1;
  pki_shell(folder,
            text_format(arena,
                        "{ [ $(id -u) = 0 ] && echo 'user root;'; echo \"daemon on; "
                        "worker_processes 2; pid %s/pid; error_log %s/log; events {} http { "
                        "access_log off; client_header_timeout 60s; "
                        "client_body_temp_path %s/t; proxy_temp_path %s/t; "
                        "fastcgi_temp_path %s/t; uwsgi_temp_path %s/t; scgi_temp_path %s/t; "
                        "server { listen unix:%s/socket; } }\"; } > conf; true",
                        folder, folder, folder, folder, folder, folder, folder, folder)
                .at);
  return 0;
}

static int teardown(void **state)
{
  (void)state;
  pki_shell("/", text_format(arena, "[ ! -s %s/pid ] || kill \"$(cat %s/pid)\"; rm -rf %s", folder,
                             folder, folder)
                     .at);
  arena_free(arena);
  return 0;
}

static struct nginx look(int64_t since_ns)
{
  struct nginx nginx = {0};
  assert_true(nginx_look(arena, path("pid"), since_ns, clock_booted_ns(), &nginx, &error));
  return nginx;
}

/* Until the old workers are that many; the test as a whole has a limit, this loop has another
 * one. */
static bool becomes(int64_t since_ns, uint32_t old_count)
{
  for (int i = 0; i < 1000; i++) {
    struct nginx nginx = look(since_ns);
    if (nginx.worker_count >= 2 && nginx.old_count == old_count)
      return true;
    usleep(10000);
  }
  return false;
}

static int unfinished_request(void)
{
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", folder);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  assert_int_equal(write(fd, "GET / HTTP/1.1\r\n", 16), 16);
  return fd;
}

static void nothing_runs_before_the_start(void **state)
{
  (void)state;
  assert_int_equal(look(0).master, 0);
  /* A pid file that names somebody else is no nginx. */
  pki_shell(folder, "echo $$ > pid");
  assert_int_equal(look(0).master, 0);
  pki_shell(folder, "rm pid");
}

static void a_reload_has_happened_when_the_old_workers_are_gone(void **state)
{
  (void)state;
  pki_shell(folder, "PATH=$PATH:/usr/sbin; nginx -p . -c $PWD/conf");
  assert_true(becomes(0, 0));
  int request = unfinished_request();
  usleep(
      100000); /* for a worker to take the request up; too short would only make the test easier */
  pki_shell(folder, "echo new > trust");
  int64_t since_ns = file_changed_ns(path("trust"));
  assert_int_equal(look(since_ns).old_count, 2);
  observe_step_behind(&(struct world){.machine_ns = clock_machine_ns}, since_ns);
  pki_shell(folder, "kill -HUP \"$(cat pid)\"");
  /* The signal was sent, new workers answer, and one old one still works. */
  assert_true(becomes(since_ns, 1));
  assert_true(look(since_ns).old_worker > 0);
  usleep(200000);
  assert_int_equal(look(since_ns).old_count, 1);
  close(request);
  assert_true(becomes(since_ns, 0));
}

static void stopped_is_seen(void **state)
{
  (void)state;
  pki_shell(folder, "kill \"$(cat pid)\"");
  for (int i = 0; i < 1000 && look(0).master != 0; i++)
    usleep(10000);
  assert_int_equal(look(0).master, 0);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_runs_before_the_start),
      cmocka_unit_test(a_reload_has_happened_when_the_old_workers_are_gone),
      cmocka_unit_test(stopped_is_seen),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, setup, teardown);
}
