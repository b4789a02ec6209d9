/* SPDX-License-Identifier: Apache-2.0 */
/* nginx: see nginx.h. */
#include "runtime/providers/nginx.h"

#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/providers/file.h"

enum {
  NS = 1000000000,
  STAT_BYTES = 1024,
  /* The kernel counts a process's start in ticks of 10 ms and dates files by a clock that is up to
   * 4 ms behind: a worker counts as new only when it is newer beyond that doubt. */
  DOUBT_NS = 15000000
};

struct process {
  pid_t parent;
  char state;
  int64_t started_ns; /* since 1970 */
};

static bool read_process(const char *pid, int64_t booted_ns, struct process *ret_process)
{
  char path[64], bytes[STAT_BYTES];
  snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
  FILE *file = fopen(path, "re");
  if (file == NULL)
    return false;
  size_t got = fread(bytes, 1, sizeof bytes - 1, file);
  fclose(file);
  bytes[got] = '\0';
  /* The name stands in parentheses and may hold anything, parentheses too. */
  const char *behind = strrchr(bytes, ')');
  int parent;
  unsigned long long ticks;
  char state;
  if (behind == NULL ||
      sscanf(behind + 1,
             " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
             &state, &parent, &ticks) != 3)
    return false;
  int64_t tick_ns = NS / sysconf(_SC_CLK_TCK);
  *ret_process = (struct process){(pid_t)parent, state, booted_ns + (int64_t)ticks * tick_ns};
  return true;
}

static bool is_nginx(pid_t pid)
{
  char path[64], name[64] = "";
  snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
  FILE *file = fopen(path, "re");
  if (file == NULL)
    return false;
  bool read_it = fgets(name, sizeof name, file) != NULL;
  fclose(file);
  return read_it && strncmp(name, "nginx", strlen("nginx")) == 0;
}

static void count_workers(int64_t since_ns, int64_t booted_ns, struct nginx *nginx)
{
  DIR *folder = opendir("/proc");
  if (folder == NULL)
    return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    struct process process;
    if (!isdigit((unsigned char)entry->d_name[0]) ||
        !read_process(entry->d_name, booted_ns, &process) || process.parent != nginx->master ||
        process.state == 'Z')
      continue;
    nginx->worker_count++;
    if (process.started_ns >= since_ns + DOUBT_NS)
      continue;
    nginx->old_count++;
    nginx->old_worker = (pid_t)atoi(entry->d_name);
  }
  closedir(folder);
}

bool nginx_look(struct arena *arena, const char *pid_file, int64_t since_ns, int64_t booted_ns,
                struct nginx *ret_nginx, struct text *ret_error)
{
  struct text words;
  struct nginx nginx = {0};
  enum file_found found = file_read(arena, pid_file, &words, ret_error);
  if (found == FILE_UNREADABLE)
    return false;
  if (found == FILE_FOUND && words.length != 0)
    nginx.master = (pid_t)atoi(text_zero(arena, words));
  /* After a crash of the machine the file may name somebody else. */
  if (nginx.master > 0 && is_nginx(nginx.master))
    count_workers(since_ns, booted_ns, &nginx);
  else
    nginx.master = 0;
  *ret_nginx = nginx;
  return true;
}
