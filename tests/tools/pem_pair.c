/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem_pair: one replacement in a keystore on the command line, for tests that kill it.
 *   pem_pair file KEYSTORE.pem NEW.pem
 *   pem_pair folder FOLDER NEW.pem
 *   pem_pair loose CERT.pem KEY.pem NEW.pem
 *   pem_pair pkcs12 KEYSTORE.p12 ALIAS PASSWORD|- NEW.pem     `-`: without a password
 * NEW.pem holds key and leaf. The call of access("/pem-pair-begins") marks where the work begins.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/providers/keystore.h"

static struct pair read_pair(struct arena *arena, const char *path)
{
  struct pair pair = {0};
  struct cert_list certs = {0};
  struct text error = TEXT_NONE;
  int fd = open(path, O_RDONLY);
  struct secret *bytes = fd < 0 ? NULL : secret_read_fd(fd);
  if (bytes == NULL ||
      !cert_read_pem(arena,
                     (struct text){(const char *)secret_view(bytes), secret_size_bytes(bytes)},
                     &certs, &error) ||
      certs.count == 0 || (pair.key = key_from_pem(arena, bytes, NULL, &error)) == NULL) {
    fprintf(stderr, "%s: %.*s\n", path, TEXT_ARG(error));
    exit(2);
  }
  close(fd);
  secret_free(bytes);
  pair.chain = certs_in_order(arena, &certs, &certs.items[0]);
  return pair;
}

int main(int argc, char **argv)
{
  if (argc < 4)
    return 2;
  struct arena *arena = arena_new("pem_pair", 0);
  struct world world = {.arena = arena, .root = "/", .state_folder = "/nowhere"};
  struct call call = {.arena = arena, .world = &world, .run = TEXT("r")};
  struct secret *password = NULL;
  struct keystore keystore = {
      .form = KEYSTORE_FILE, .path = argv[2], .cert_path = argv[2], .key_path = argv[2]};
  if (strcmp(argv[1], "folder") == 0) {
    keystore.form = KEYSTORE_FOLDER;
  } else if (strcmp(argv[1], "loose") == 0) {
    keystore.form = KEYSTORE_LOOSE;
    keystore.key_path = argv[3];
  } else if (strcmp(argv[1], "pkcs12") == 0 && argc == 6) {
    keystore.form = KEYSTORE_PKCS12;
    keystore.alias = text_of(argv[3]);
    if (strcmp(argv[4], "-") != 0)
      password = secret_copy(argv[4], strlen(argv[4]));
  }
  struct pair pair = read_pair(arena, argv[argc - 1]);
  struct answer answer = {0};
  (void)access("/pem-pair-begins", F_OK);
  enum file_change change = keystore_write_pair(&call, &keystore, NULL, &pair, password, &answer);
  if (change == FILE_FAILED)
    fprintf(stderr, "%.*s\n", TEXT_ARG(answer.says));
  secret_free(password);
  pair_free(&pair);
  arena_free(arena);
  return change == FILE_FAILED;
}
