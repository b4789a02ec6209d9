/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session: a test drives runtime/net/session.c and token.c with it, and prints what became of each call.
 *
 *   session BASE [KEY=VALUE...] METHOD PATH [METHOD PATH ...]
 *     basic=user:password  token=URL client=ID secret=WORD grant=client|password|refresh|assertion
 *     user= password= refresh= assertion= origin= query=1   csrf=PATH  pair=FILE  roots=FILE  proxy=URL
 *     timeout=MS  patience=MS  limit=BYTES  secret-answer=1  threads=N (all calls, N times at once)
 *     skew=SECONDS added to the clock behind each call
 * A body is sent with POST, PUT and PATCH. One line a call: end, status, type, bytes, id, retry; then
 * what it says.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/net/session.h"
#include "runtime/net/token.h"

enum { MS = 1000, NS = 1000 * 1000, THREADS_MAX = 64, FILE_BYTES = 65536 };

static int64_t skew_s;

static int64_t now_s(void)
{
  return time(NULL) + skew_s;
}

static int64_t monotonic_ms(void)
{
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * MS + at.tv_nsec / NS;
}

static const char *value_of(int count, char **words, const char *key)
{
  size_t length = strlen(key);
  for (int i = 0; i < count; i++)
    if (strncmp(words[i], key, length) == 0 && words[i][length] == '=')
      return words[i] + length + 1;
  return NULL;
}

static struct secret *secret_value(int count, char **words, const char *key)
{
  const char *value = value_of(count, words, key);
  return value == NULL ? NULL : secret_copy(value, strlen(value));
}

static struct text text_value(int count, char **words, const char *key)
{
  const char *value = value_of(count, words, key);
  return value == NULL ? TEXT_NONE : text_of(value);
}

static struct secret *file_value(int count, char **words, const char *key)
{
  const char *path = value_of(count, words, key);
  FILE *file = path == NULL ? NULL : fopen(path, "r");
  if (file == NULL)
    return NULL;
  static char bytes[FILE_BYTES];
  size_t size_bytes = fread(bytes, 1, sizeof bytes, file);
  fclose(file);
  return secret_copy(bytes, size_bytes);
}

static struct token_source *token_of(int count, char **words, struct arena *arena)
{
  static const char *const grants[] = {"client", "password", "refresh", "assertion"};
  struct text error = TEXT_NONE;
  const char *grant = value_of(count, words, "grant");
  const char *patience = value_of(count, words, "patience");
  struct token_settings settings = {.url = text_value(count, words, "token"),
                                    .client = text_value(count, words, "client"),
                                    .client_secret = secret_value(count, words, "secret"),
                                    .user = text_value(count, words, "user"),
                                    .password = secret_value(count, words, "password"),
                                    .refresh = secret_value(count, words, "refresh"),
                                    .assertion = secret_value(count, words, "assertion"),
                                    .origin = text_value(count, words, "origin"),
                                    .pair = file_value(count, words, "pair"),
                                    .grant_in_query = value_of(count, words, "query") != NULL,
                                    .roots_file = value_of(count, words, "roots"),
                                    .patience_ms = patience == NULL ? 0 : atoi(patience),
                                    .now_s = now_s,
                                    .monotonic_ms = monotonic_ms};
  for (size_t i = 0; grant != NULL && i < sizeof grants / sizeof *grants; i++)
    if (strcmp(grant, grants[i]) == 0)
      settings.grant = (enum token_grant)i;
  struct token_source *source = token_source_new(&settings, arena, &error);
  secret_free((struct secret *)(uintptr_t)settings.client_secret);
  secret_free((struct secret *)(uintptr_t)settings.password);
  secret_free((struct secret *)(uintptr_t)settings.refresh);
  secret_free((struct secret *)(uintptr_t)settings.assertion);
  secret_free((struct secret *)(uintptr_t)settings.pair);
  if (source == NULL)
    printf("no token source: %.*s\n", TEXT_ARG(error));
  return source;
}

struct round {
  struct session *session;
  int count;
  char **words;
  bool is_secret;
  int64_t skew_s;
};

static void call_one(const struct round *round, const char *method, const char *path)
{
  static const char *const ends[] = {"answered", "not-sent", "lost", "no-login", "astray"};
  struct arena *arena = arena_new("test", 0);
  bool has_body =
      strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
  struct session_wish wish = {.method = method,
                              .path = text_of(path),
                              .content_type = has_body ? "application/json" : NULL,
                              .body = TEXT("{\"x\":1}"),
                              .answer_is_secret = round->is_secret};
  struct session_answer answer = session_call(round->session, arena, &wish);
  size_t length =
      answer.secret_body != NULL ? secret_size_bytes(answer.secret_body) : answer.body.length;
  printf("%s %d %.*s %zu id=%.*s retry=%lld %.*s\n", ends[answer.end], answer.status,
         TEXT_ARG(answer.content_type), length, TEXT_ARG(answer.request_id),
         (long long)answer.retry_after_s, TEXT_ARG(answer.says));
  fflush(stdout);
  secret_free(answer.secret_body);
  arena_free(arena);
}

static void *call_all(void *with)
{
  const struct round *round = with;
  for (int i = 0; i + 1 < round->count; i += 2) {
    call_one(round, round->words[i], round->words[i + 1]);
    skew_s += round->skew_s;
  }
  return NULL;
}

int main(int argc, char **argv)
{
  struct arena *arena = arena_new("test", 0);
  struct text error = TEXT_NONE;
  int keys = 0;
  while (2 + keys < argc && strchr(argv[2 + keys], '=') != NULL)
    keys++;
  char **words = argv + 2;
  if (argc < 4)
    return 2;
  const char *timeout = value_of(keys, words, "timeout"), *limit = value_of(keys, words, "limit");
  const char *patience = value_of(keys, words, "patience"), *skew = value_of(keys, words, "skew");
  const char *threads = value_of(keys, words, "threads");
  struct session_settings settings = {.base = text_of(argv[1]),
                                      .credentials = secret_value(keys, words, "basic"),
                                      .csrf_path = text_value(keys, words, "csrf"),
                                      .pair = file_value(keys, words, "pair"),
                                      .roots_file = value_of(keys, words, "roots"),
                                      .proxy = text_value(keys, words, "proxy"),
                                      .timeout_ms = timeout == NULL ? 0 : atoi(timeout),
                                      .patience_ms = patience == NULL ? 0 : atoi(patience),
                                      .body_limit_bytes = limit == NULL ? 0 : (size_t)atoi(limit),
                                      .now_s = now_s,
                                      .monotonic_ms = monotonic_ms};
  if (value_of(keys, words, "token") != NULL) {
    settings.login = SESSION_BEARER;
    settings.tokens = token_of(keys, words, arena);
  } else if (settings.credentials != NULL) {
    settings.login = SESSION_BASIC;
  } else if (settings.pair != NULL) {
    settings.login = SESSION_CERTIFICATE;
  }
  struct session *session = session_new(&settings, arena, &error);
  secret_free((struct secret *)(uintptr_t)settings.credentials);
  secret_free((struct secret *)(uintptr_t)settings.pair);
  if (session == NULL) {
    printf("no session: %.*s\n", TEXT_ARG(error));
    arena_free(arena);
    return 1;
  }
  struct round round = {.session = session,
                        .count = argc - 2 - keys,
                        .words = words + keys,
                        .is_secret = value_of(keys, words, "secret-answer") != NULL,
                        .skew_s = skew == NULL ? 0 : atoi(skew)};
  int thread_count = threads == NULL ? 0 : atoi(threads);
  pthread_t ids[THREADS_MAX];
  if (thread_count == 0)
    call_all(&round);
  for (int i = 0; i < thread_count && i < THREADS_MAX; i++)
    pthread_create(&ids[i], NULL, call_all, &round);
  for (int i = 0; i < thread_count && i < THREADS_MAX; i++)
    pthread_join(ids[i], NULL);
  session_free(session);
  arena_free(arena);
  return 0;
}
