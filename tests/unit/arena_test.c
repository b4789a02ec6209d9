/* SPDX-License-Identifier: Apache-2.0 */
/* arena: zero bytes, alignment, and a limit that holds. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/base/arena.h"

static void pieces_are_zero_aligned_and_apart(void **state)
{
  (void)state;
  struct arena *arena = arena_new("test", 0);
  unsigned char *last = NULL;
  for (size_t size = 1; size < 5000; size += 37) {
    unsigned char *piece = arena_alloc(arena, size);
    assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
    for (size_t i = 0; i < size; i++)
      assert_int_equal(piece[i], 0);
    memset(piece, 0xFF, size);
    assert_ptr_not_equal(piece, last);
    last = piece;
  }
  arena_free(arena);
}

static void growing_keeps_what_was_there(void **state)
{
  (void)state;
  struct arena *arena = arena_new("test", 0);
  int *items = arena_array(arena, 3, sizeof *items);
  items[0] = 1, items[2] = 3;
  int *grown = arena_grow(arena, items, 3, 6, sizeof *items);
  assert_int_equal(grown[0], 1);
  assert_int_equal(grown[2], 3);
  assert_int_equal(grown[5], 0);
  arena_free(arena);
  arena_free(NULL);
}

static jmp_buf out_of_arena;
static const char *exhausted_phase;
static size_t exhausted_limit_bytes;

static void note_exhausted(const char *phase, size_t limit_bytes)
{
  exhausted_phase = phase;
  exhausted_limit_bytes = limit_bytes;
  longjmp(out_of_arena, 1);
}

static void the_limit_holds(void **state)
{
  (void)state;
  enum { LIMIT = 4096 };
  arena_on_exhausted(note_exhausted);
  struct arena *arena = arena_new("small", LIMIT);
  assert_non_null(arena_alloc(arena, LIMIT));
  assert_int_equal(arena_used_bytes(arena), LIMIT);
  if (setjmp(out_of_arena) == 0) {
    arena_alloc(arena, 1);
    fail();
  }
  assert_string_equal(exhausted_phase, "small");
  assert_int_equal(exhausted_limit_bytes, LIMIT);
  if (setjmp(out_of_arena) == 0) {
    arena_array(arena, SIZE_MAX / 2, 4);
    fail();
  }
  arena_free(arena);
}

static void what_is_kept_goes_with_the_arena(void **state)
{
  (void)state;
  struct arena *arena = arena_new("keeps", 4096);
  char *piece = malloc(1000);
  assert_ptr_equal(arena_keep(arena, piece, 1000), piece);
  assert_true(arena_used_bytes(arena) >= 1000);
  if (setjmp(out_of_arena) == 0) {
    arena_keep(arena, NULL, 4096);
    fail();
  }
  arena_free(arena); /* the sanitizer build says whether the piece went too */
}

static void what_is_dropped_counts_no_more(void **state)
{
  (void)state;
  struct arena *arena = arena_new("drops", 4096);
  char *pieces[] = {malloc(1000), malloc(1000), malloc(1000)};
  for (int i = 0; i < 3; i++)
    arena_keep(arena, pieces[i], 1000);
  size_t before = arena_used_bytes(arena);
  arena_drop(arena, pieces[1], 1000);
  assert_int_equal(arena_used_bytes(arena), before - 1000);
  pieces[0][0] = pieces[2][0] = 'x'; /* the others are there */
  arena_free(arena);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_are_zero_aligned_and_apart),
      cmocka_unit_test(growing_keeps_what_was_there),
      cmocka_unit_test(the_limit_holds),
      cmocka_unit_test(what_is_kept_goes_with_the_arena),
      cmocka_unit_test(what_is_dropped_counts_no_more),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
