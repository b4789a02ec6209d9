/* SPDX-License-Identifier: Apache-2.0 */
/* secret: see secret.h. */
#include "runtime/crypto/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/crypto.h>

struct secret {
  unsigned char *pages;
  size_t mapped_bytes;
  size_t size_bytes;
};

static size_t whole_pages(size_t size_bytes)
{
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  return (size_bytes / page + 1) * page;
}

struct secret *secret_new(size_t size_bytes)
{
  if (size_bytes > SECRET_LIMIT_BYTES)
    return NULL;
  struct secret *secret = malloc(sizeof *secret);
  if (secret == NULL)
    return NULL;
  secret->size_bytes = size_bytes;
  secret->mapped_bytes = whole_pages(size_bytes);
  void *pages =
      mmap(NULL, secret->mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) {
    free(secret);
    return NULL;
  }
  secret->pages = pages;
  /* RLIMIT_MEMLOCK may be small; an unlocked page is still no reason to refuse the work. */
  (void)mlock(pages, secret->mapped_bytes);
  (void)madvise(pages, secret->mapped_bytes, MADV_DONTDUMP);
  (void)madvise(pages, secret->mapped_bytes, MADV_WIPEONFORK);
  return secret;
}

struct secret *secret_copy(const void *bytes, size_t size_bytes)
{
  struct secret *secret = secret_new(size_bytes);
  if (secret != NULL && size_bytes != 0)
    memcpy(secret->pages, bytes, size_bytes);
  return secret;
}

void secret_free(struct secret *secret)
{
  if (secret == NULL)
    return;
  OPENSSL_cleanse(secret->pages, secret->mapped_bytes);
  munmap(secret->pages, secret->mapped_bytes);
  free(secret);
}

unsigned char *secret_bytes(struct secret *secret)
{
  return secret->pages;
}

const unsigned char *secret_view(const struct secret *secret)
{
  return secret->pages;
}

size_t secret_size_bytes(const struct secret *secret)
{
  return secret->size_bytes;
}

void secret_cut(struct secret *secret, size_t size_bytes)
{
  if (size_bytes >= secret->size_bytes)
    return;
  OPENSSL_cleanse(secret->pages + size_bytes, secret->size_bytes - size_bytes);
  secret->size_bytes = size_bytes;
}

void secret_cut_line_end(struct secret *secret)
{
  size_t size = secret->size_bytes;
  if (size == 0 || secret->pages[size - 1] != '\n')
    return;
  size--;
  if (size != 0 && secret->pages[size - 1] == '\r')
    size--;
  secret_cut(secret, size);
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
  return a->size_bytes == b->size_bytes && CRYPTO_memcmp(a->pages, b->pages, a->size_bytes) == 0;
}

struct secret *secret_read_fd(int fd)
{
  struct secret *secret = secret_new(SECRET_LIMIT_BYTES);
  if (secret == NULL)
    return NULL;
  size_t have = 0;
  for (;;) {
    if (have == SECRET_LIMIT_BYTES) {
      errno = EFBIG;
      goto fail;
    }
    ssize_t got = read(fd, secret->pages + have, SECRET_LIMIT_BYTES - have);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      goto fail;
    if (got == 0)
      break;
    have += (size_t)got;
  }
  /* A copy of the right size: a megabyte of locked pages for a password is too much. */
  struct secret *fitting = secret_copy(secret->pages, have);
  secret_free(secret);
  return fitting;
fail:;
  int kept = errno;
  secret_free(secret);
  errno = kept;
  return NULL;
}

bool secret_write_fd(const struct secret *secret, int fd)
{
  for (size_t at = 0; at < secret->size_bytes;) {
    ssize_t put = write(fd, secret->pages + at, secret->size_bytes - at);
    if (put < 0 && errno == EINTR)
      continue;
    if (put < 0)
      return false;
    at += (size_t)put;
  }
  return true;
}
