/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cf_read: what runtime/net/cf.c makes of answers, for tests/run/cassettes.t. Standard input: bodies, each
 * behind a line with its length in bytes. Standard output: a line a body,
 *   FORM errors=N total=N next=yes|no resources=guid|name|type|state|relation:guid,..|label:value,.. ...
 */
#include <stdio.h>
#include <stdlib.h>

#include "runtime/net/cf.h"
#include "runtime/net/library.h"

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
}

int main(void)
{
  size_t length;
  net_library_start();
  while (scanf("%zu", &length) == 1 && getchar() == '\n' && length < SECRET_LIMIT_BYTES) {
    struct arena *arena = arena_new("test", 0);
    char *bytes = arena_alloc(arena, length + 1);
    bool whole = fread(bytes, 1, length, stdin) == length;
    if (whole)
      print_body(arena, (struct text){bytes, length});
    arena_free(arena);
    if (!whole)
      return 1;
  }
  return 0;
}
