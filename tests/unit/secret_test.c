/* SPDX-License-Identifier: Apache-2.0 */
/* secret_test: secrets live in pages of their own that no core file and no child has. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/crypto/secret.h"

static void bytes_are_kept_and_compared(void **state)
{
  (void)state;
  struct secret *a = secret_copy("hunter2", 7), *b = secret_copy("hunter2", 7);
  struct secret *c = secret_copy("hunter3", 7), *empty = secret_new(0);
  assert_int_equal(secret_size_bytes(a), 7);
  assert_true(secret_equal(a, b));
  assert_false(secret_equal(a, c));
  assert_false(secret_equal(a, empty));
  assert_null(secret_new(SECRET_LIMIT_BYTES + 1));
  secret_free(a);
  secret_free(b);
  secret_free(c);
  secret_free(empty);
  secret_free(NULL);
}

static void one_line_end_is_cut(void **state)
{
  (void)state;
  static const struct {
    const char *before;
    size_t after_bytes;
  } cases[] = {{"x\n", 1}, {"x\r\n", 1}, {"x\n\n", 2}, {"x", 1}, {"\n", 0}, {"", 0}, {"x\r", 2}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct secret *secret = secret_copy(cases[i].before, strlen(cases[i].before));
    secret_cut_line_end(secret);
    assert_int_equal(secret_size_bytes(secret), cases[i].after_bytes);
    /* What was cut off is gone. */
    assert_int_equal(secret_view(secret)[cases[i].after_bytes], 0);
    secret_free(secret);
  }
}

/* The flags of the mapping that holds `at`, from the kernel: "rd wr ... dd wf lo". */
static bool mapping_has(const void *at, const char *flag)
{
  FILE *maps = fopen("/proc/self/smaps", "r");
  char line[512];
  bool inside = false, found = false;
  assert_non_null(maps);
  while (fgets(line, sizeof line, maps) != NULL) {
    unsigned long from, until;
    if (sscanf(line, "%lx-%lx ", &from, &until) == 2)
      inside = (unsigned long)at >= from && (unsigned long)at < until;
    if (inside && strncmp(line, "VmFlags:", 8) == 0)
      found = strstr(line, flag) != NULL;
  }
  fclose(maps);
  return found;
}

static void pages_stay_out_of_core_files_and_children(void **state)
{
  (void)state;
  struct secret *secret = secret_copy("canary", 6);
  assert_true(mapping_has(secret_view(secret), " dd"));
  assert_true(mapping_has(secret_view(secret), " wf"));
  pid_t child = fork();
  if (child == 0)
    _exit(secret_view(secret)[0] == 0 ? 0 : 1);
  int ended;
  assert_int_equal(waitpid(child, &ended, 0), child);
  assert_int_equal(ended, 0);
  secret_free(secret);
}

static void descriptors_are_read_to_their_end(void **state)
{
  (void)state;
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  struct secret *secret = secret_copy("pass\nword\n", 10);
  assert_true(secret_write_fd(secret, ends[1]));
  close(ends[1]);
  struct secret *again = secret_read_fd(ends[0]);
  close(ends[0]);
  assert_non_null(again);
  assert_true(secret_equal(secret, again));
  secret_free(secret);
  secret_free(again);
  int zero = open("/dev/zero", O_RDONLY);
  assert_null(secret_read_fd(zero));
  assert_int_equal(errno, EFBIG);
  close(zero);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bytes_are_kept_and_compared),
      cmocka_unit_test(one_line_end_is_cut),
      cmocka_unit_test(pages_stay_out_of_core_files_and_children),
      cmocka_unit_test(descriptors_are_read_to_their_end),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
