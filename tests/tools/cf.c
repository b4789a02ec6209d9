/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cf: the client's readers and conversation with Cloud Foundry, for tests/run/cassettes.t.
 *
 *   cf read                     standard input: bodies, each behind a line with its length in bytes.
 *                               Standard output: what runtime/net/cf.c makes of each, a line each
 *   cf drive API PROXY ROOTS    standard input: requests, each "METHOD ADDRESS LENGTH", then its body. They
 *     GRANT [ORIGIN]            are made through runtime/net/session.c with a token (token.c) of the UAA that
 *                               API names; a line each: status, then as above
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/net/cf.h"
#include "runtime/net/library.h"
#include "runtime/net/session.h"
#include "runtime/net/token.h"

enum { MS = 1000, NS = 1000 * 1000 };

static int64_t now_s(void)
{
  return time(NULL);
}

static int64_t monotonic_ms(void)
{
  struct timespec at;
  clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * MS + at.tv_nsec / NS;
}

static void print_pairs(const struct cf_pairs *pairs)
{
  for (uint32_t i = 0; i < pairs->count; i++)
    printf("%s%.*s:%.*s", i == 0 ? "" : ",", TEXT_ARG(pairs->items[i].name),
           TEXT_ARG(pairs->items[i].value));
}

static void print_body(struct arena *arena, struct text bytes)
{
  struct cf_body body = cf_read(arena, bytes);
  printf("%s errors=%.*s total=%lld next=%.*s api=%.*s uaa=%.*s", cf_form_word(body.form),
         TEXT_ARG(cf_errors_text(arena, &body, bytes)), (long long)body.total, TEXT_ARG(body.next),
         TEXT_ARG(body.api), TEXT_ARG(body.uaa));
  for (uint32_t i = 0; i < body.resource_count; i++) {
    const struct cf_resource *one = &body.resources[i];
    printf(" resource=%.*s|%.*s|%.*s|%.*s|%.*s|", TEXT_ARG(one->guid), TEXT_ARG(one->name),
           TEXT_ARG(one->type), TEXT_ARG(one->operation), TEXT_ARG(one->state));
    print_pairs(&one->relations);
    printf("|");
    print_pairs(&one->labels);
    printf("|");
    print_pairs(&one->annotations);
  }
  struct secret *secret = secret_copy(bytes.at, bytes.length);
  struct cf_credentials given;
  if (secret != NULL && cf_read_credentials(arena, secret, &given))
    printf(" client=%.*s tokenurl=%.*s secret=%d key=%d certificate=%zu", TEXT_ARG(given.client),
           TEXT_ARG(given.token_url), given.has_secret, given.has_key, given.certificate.length);
  secret_free(secret);
  printf("\n");
  fflush(stdout);
}

static bool read_bytes(struct arena *arena, size_t length, struct text *ret_bytes)
{
  char *bytes = arena_alloc(arena, length + 1);
  *ret_bytes = (struct text){bytes, length};
  return fread(bytes, 1, length, stdin) == length;
}

static int read_all(void)
{
  size_t length;
  bool good = true;
  while (good && scanf("%zu", &length) == 1 && getchar() == '\n' && length < SECRET_LIMIT_BYTES) {
    struct arena *arena = arena_new("test", 0);
    struct text bytes;
    good = read_bytes(arena, length, &bytes);
    if (good)
      print_body(arena, bytes);
    arena_free(arena);
  }
  return good ? 0 : 1;
}

static struct text find_uaa(struct arena *arena, const struct session_settings *settings)
{
  struct text error = TEXT_NONE;
  struct session *session = session_new(settings, arena, &error);
  const struct session_wish wish = {
      .method = "GET", .path = TEXT("/"), .accept = "application/json"};
  struct session_answer answer = session_call(session, arena, &wish);
  struct cf_body body = cf_read(arena, answer.body);
  session_free(session);
  return body.uaa;
}

static struct token_source *log_on(struct arena *arena, const struct session_settings *settings,
                                   struct text uaa, const char *grant, const char *origin)
{
  struct text error = TEXT_NONE;
  struct secret *word = secret_copy("word", strlen("word"));
  struct token_settings token = {.url = text_format(arena, "%.*s/oauth/token", TEXT_ARG(uaa)),
                                 .grant = strcmp(grant, "password") == 0        ? TOKEN_PASSWORD
                                          : strcmp(grant, "refresh_token") == 0 ? TOKEN_REFRESH
                                          : strcmp(grant, "client_credentials") == 0
                                              ? TOKEN_CLIENT_CREDENTIALS
                                              : TOKEN_ASSERTION,
                                 .client = TEXT("cf"),
                                 .user = TEXT("user"),
                                 .password = word,
                                 .refresh = word,
                                 .assertion = word,
                                 .origin = origin == NULL ? TEXT_NONE : text_of(origin),
                                 .roots_file = settings->roots_file,
                                 .proxy = settings->proxy,
                                 .now_s = now_s,
                                 .monotonic_ms = monotonic_ms};
  struct token_source *source = token_source_new(&token, arena, &error);
  secret_free(word);
  return source;
}

static void call_one(struct session *session, struct arena *arena, const char *method,
                     const char *address, struct text body)
{
  const struct session_wish wish = {.method = method,
                                    .path = text_of(address),
                                    .accept = "application/json",
                                    .content_type = body.length == 0 ? NULL : "application/json",
                                    .body = body};
  struct session_answer answer = session_call(session, arena, &wish);
  struct text location = session_header(&answer, "location");
  if (answer.end != SESSION_ANSWERED)
    printf("no answer: %.*s\n", TEXT_ARG(answer.says));
  else
    printf("%d location=%.*s ", answer.status, TEXT_ARG(location));
  if (answer.end == SESSION_ANSWERED)
    print_body(arena, answer.body);
}

static int drive(int argc, char **argv)
{
  char method[16], address[4096];
  size_t length;
  struct arena *life = arena_new("test", 0);
  struct text error = TEXT_NONE;
  struct session_settings settings = {.base = text_of(argv[2]),
                                      .proxy = text_of(argv[3]),
                                      .roots_file = argv[4],
                                      .now_s = now_s,
                                      .monotonic_ms = monotonic_ms};
  struct text uaa = find_uaa(life, &settings);
  settings.login = SESSION_BEARER;
  settings.tokens = log_on(life, &settings, uaa, argv[5], argc > 6 ? argv[6] : NULL);
  struct session *session = session_new(&settings, life, &error);
  while (session != NULL && scanf("%15s %4095s %zu", method, address, &length) == 3 &&
         getchar() == '\n' && length < SECRET_LIMIT_BYTES) {
    struct arena *arena = arena_new("test", 0);
    struct text body;
    if (read_bytes(arena, length, &body))
      call_one(session, arena, method, address, body);
    arena_free(arena);
  }
  session_free(session);
  arena_free(life);
  return session == NULL;
}

int main(int argc, char **argv)
{
  net_library_start();
  if (argc == 2 && strcmp(argv[1], "read") == 0)
    return read_all();
  return argc >= 6 && strcmp(argv[1], "drive") == 0 ? drive(argc, argv) : 2;
}
