/* SPDX-License-Identifier: Apache-2.0 */
/*
 * probe: runtime/crypto/tls.h on the command line, for tests.
 *   probe PORT PAIR.pem ROOTS.pem [any|1.2|1.3]
 * connects to 127.0.0.1, presents the pair ("-" presents nothing), prints
 * `RESULT-WORD|status|alert|version|words`.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "runtime/crypto/tls.h"

static int64_t monotonic_ms(void)
{
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct secret *read_file(const char *path)
{
  int fd = open(path, O_RDONLY);
  struct secret *bytes = fd < 0 ? NULL : secret_read_fd(fd);
  if (bytes == NULL) {
    perror(path);
    exit(2);
  }
  close(fd);
  return bytes;
}

static struct cert_list read_certs(struct arena *arena, const char *path)
{
  struct secret *bytes = read_file(path);
  struct cert_list certs = {0};
  struct text error = TEXT_NONE;
  struct text pem = {(const char *)secret_view(bytes), secret_size_bytes(bytes)};
  if (!cert_read_pem(arena, text_copy(arena, pem), &certs, &error))
    exit(2);
  secret_free(bytes);
  return certs;
}

int main(int argc, char **argv)
{
  if (argc < 4)
    return 2;
  struct arena *arena = arena_new("probe", 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    perror("connect");
    return 2;
  }
  struct cert_list roots = read_certs(arena, argv[3]), chain = {0};
  struct private_key *key = NULL;
  struct text error = TEXT_NONE;
  if (strcmp(argv[2], "-") != 0) {
    chain = read_certs(arena, argv[2]);
    struct secret *pem = read_file(argv[2]);
    key = key_from_pem(arena, pem, NULL, &error);
    secret_free(pem);
  }
  const char *version = argc > 4 ? argv[4] : "any";
  struct tls_wish wish = {.host = TEXT("localhost"),
                          .path = TEXT("/"),
                          .method = "GET",
                          .key = key,
                          .chain = key == NULL ? NULL : &chain,
                          .roots = &roots,
                          .version = strcmp(version, "1.2") == 0   ? TLS_VERSION_1_2
                                     : strcmp(version, "1.3") == 0 ? TLS_VERSION_1_3
                                                                   : TLS_VERSION_ANY,
                          .now_s = time(NULL),
                          .deadline_ms = monotonic_ms() + 10000,
                          .monotonic_ms = monotonic_ms};
  struct tls_verdict verdict = tls_probe(arena, fd, &wish);
  printf("%s|%d|%d|%.*s|%.*s\n", tls_result_word(verdict.result), verdict.status, verdict.alert,
         TEXT_ARG(verdict.version), TEXT_ARG(verdict.says));
  close(fd);
  key_free(key);
  arena_free(arena);
  return 0;
}
