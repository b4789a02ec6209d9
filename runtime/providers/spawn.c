/* SPDX-License-Identifier: Apache-2.0 */
/* spawn: see spawn.h. */
#include "runtime/providers/spawn.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
  LOCK_PLACE = 3,        /* the descriptor under which a child keeps the lock */
  GRACE_MS = 2000,       /* between the polite signal and the other one */
  POLL_WITHOUT_FD_MS = 5 /* where the kernel has no pidfd */
};

static int set_files(posix_spawn_file_actions_t *actions, const struct spawn_wish *wish)
{
  const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;
  int failed = 0;
  /* The lock first: the descriptors below 3 are taken by the others. */
  if (wish->lock_fd >= 0)
    failed |= posix_spawn_file_actions_adddup2(actions, wish->lock_fd, LOCK_PLACE);
  failed |= posix_spawn_file_actions_addopen(
      actions, STDIN_FILENO, wish->input == NULL ? "/dev/null" : wish->input, O_RDONLY, 0);
  if (wish->output != NULL) {
    failed |= posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, wish->output, flags, 0600);
    failed |= posix_spawn_file_actions_addopen(actions, STDERR_FILENO, wish->errors, flags, 0600);
  } else {
    failed |= posix_spawn_file_actions_adddup2(actions, wish->output_fd, STDOUT_FILENO);
    failed |= posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  return failed | posix_spawn_file_actions_addchdir_np(actions, wish->folder);
}

static int set_attributes(posix_spawnattr_t *attributes)
{
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  /* Worker threads block signals, and main ignores some: none of this is the child's business. */
  return posix_spawnattr_setsigmask(attributes, &none) |
         posix_spawnattr_setsigdefault(attributes, &all) |
         posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK |
                                                  POSIX_SPAWN_SETSIGDEF);
}

static bool start(const struct spawn_wish *wish, pid_t *ret_pid)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  if (posix_spawn_file_actions_init(&actions) != 0)
    return false;
  if (posix_spawnattr_init(&attributes) != 0) {
    posix_spawn_file_actions_destroy(&actions);
    return false;
  }
  int failed = set_files(&actions, wish);
  failed = failed != 0 ? failed : set_attributes(&attributes);
  if (failed == 0)
    failed = posix_spawn(ret_pid, wish->program, &actions, &attributes, (char *const *)wish->argv,
                         (char *const *)wish->environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  errno = failed;
  return failed == 0;
}

/* True when it has ended. */
static bool wait_until(pid_t pid, int pid_fd, const struct spawn_wish *wish, int64_t until_ms,
                       int *ret_status)
{
  for (;;) {
    pid_t got = waitpid(pid, ret_status, WNOHANG);
    if (got == pid || (got < 0 && errno != EINTR))
      return true;
    int64_t left_ms = until_ms - wish->monotonic_ms();
    if (left_ms <= 0)
      return false;
    int wait_ms = left_ms > INT_MAX ? INT_MAX : (int)left_ms;
    struct pollfd one = {.fd = pid_fd, .events = POLLIN};
    if (pid_fd < 0 && wait_ms > POLL_WITHOUT_FD_MS)
      wait_ms = POLL_WITHOUT_FD_MS;
    poll(&one, pid_fd < 0 ? 0 : 1, wait_ms);
  }
}

bool spawn_and_wait(const struct spawn_wish *wish, struct spawn_end *ret_end)
{
  struct spawn_end end = {0};
  pid_t pid;
  if (!start(wish, &pid))
    return false;
  int pid_fd = pidfd_open(pid, 0);
  if (!wait_until(pid, pid_fd, wish, wish->until_ms, &end.status)) {
    end.is_late = true;
    kill(-pid, SIGTERM);
    int64_t grace_ms = wish->monotonic_ms() + GRACE_MS;
    if (!wait_until(pid, pid_fd, wish, grace_ms, &end.status)) {
      kill(-pid, SIGKILL);
      waitpid(pid, &end.status, 0);
    } else {
      /* The leader went politely; its children may not have. */
      kill(-pid, SIGKILL);
    }
  }
  if (pid_fd >= 0)
    close(pid_fd);
  *ret_end = end;
  return true;
}

pid_t spawn_find_holder(const char *lock_path)
{
  char real[PATH_MAX], link[64], target[PATH_MAX];
  DIR *folder = realpath(lock_path, real) == NULL ? NULL : opendir("/proc");
  pid_t found = 0;
  if (folder == NULL)
    return 0;
  for (struct dirent *entry; found == 0 && (entry = readdir(folder)) != NULL;) {
    if (!isdigit((unsigned char)entry->d_name[0]) || atoi(entry->d_name) == getpid())
      continue;
    snprintf(link, sizeof link, "/proc/%.20s/fd/%d", entry->d_name, LOCK_PLACE);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0)
      continue;
    target[length] = '\0';
    if (strcmp(target, real) == 0)
      found = atoi(entry->d_name);
  }
  closedir(folder);
  return found;
}
