/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pki: roots, keys and files for the C tests, made by the openssl program: what the library under
 * test reads was not written by it.
 */
#ifndef RENEW_TESTS_PKI_H
#define RENEW_TESTS_PKI_H

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "runtime/crypto/cert.h"
#include "runtime/crypto/key.h"

struct pki {
  struct arena *arena;
  char folder[64]; /* root.pem root.key other.pem other.key client.pem client.key */
  bool own_folder;
  int64_t now_s;
  struct cert root, other_root, client; /* client: signed by root, pair of `key` */
  struct private_key *root_key, *key;
};

static inline void pki_shell(const char *folder, const char *command)
{
  char line[2048];
  snprintf(line, sizeof line, "cd '%s' && { %s; } >/dev/null 2>&1", folder, command);
  if (system(line) != 0) {
    fprintf(stderr, "failed: %s\n", command);
    abort();
  }
}

static inline struct text pki_read(struct arena *arena, const char *folder, const char *name)
{
  char path[256];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  int fd = open(path, O_RDONLY);
  struct stat facts;
  if (fd < 0 || fstat(fd, &facts) != 0)
    abort();
  char *bytes = arena_alloc(arena, (size_t)facts.st_size + 1);
  if (read(fd, bytes, (size_t)facts.st_size) != facts.st_size)
    abort();
  close(fd);
  return (struct text){bytes, (size_t)facts.st_size};
}

static inline struct cert pki_cert(struct arena *arena, const char *folder, const char *name)
{
  struct cert_list all;
  struct text error;
  if (!cert_read_pem(arena, pki_read(arena, folder, name), &all, &error) || all.count == 0)
    abort();
  return all.items[0];
}

static inline struct private_key *pki_key(struct arena *arena, const char *folder, const char *name)
{
  struct text bytes = pki_read(arena, folder, name), error;
  struct secret *pem = secret_copy(bytes.at, bytes.length);
  struct private_key *key = key_from_pem(arena, pem, NULL, &error);
  secret_free(pem);
  return key;
}

/* folder: NULL makes one that pki_free removes. */
static inline struct pki pki_make(struct arena *arena, const char *folder)
{
  struct pki pki = {.arena = arena, .now_s = (int64_t)time(NULL), .own_folder = folder == NULL};
  if (folder != NULL) {
    snprintf(pki.folder, sizeof pki.folder, "%s", folder);
  } else {
    snprintf(pki.folder, sizeof pki.folder, "/tmp/renew-pki.XXXXXX");
    if (mkdtemp(pki.folder) == NULL)
      abort();
  }
  static const char root[] =
      "for n in root other; do openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
      " -keyout $n.key -out $n.pem -days 3650 -subj /CN=Test-$n; chmod 600 $n.key; done";
  static const char client[] =
      "openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout client.key"
      " -out client.csr -subj /CN=client && openssl x509 -req -in client.csr -CA root.pem"
      " -CAkey root.key -CAcreateserial -days 30 -out client.pem && chmod 600 client.key";
  pki_shell(pki.folder, root);
  pki_shell(pki.folder, client);
  pki.root = pki_cert(arena, pki.folder, "root.pem");
  pki.other_root = pki_cert(arena, pki.folder, "other.pem");
  pki.client = pki_cert(arena, pki.folder, "client.pem");
  pki.root_key = pki_key(arena, pki.folder, "root.key");
  pki.key = pki_key(arena, pki.folder, "client.key");
  return pki;
}

static inline void pki_free(struct pki *pki)
{
  key_free(pki->root_key);
  key_free(pki->key);
  if (pki->own_folder) {
    char line[128];
    snprintf(line, sizeof line, "rm -rf '%s'", pki->folder);
    if (system(line) != 0)
      abort();
  }
}

#endif
