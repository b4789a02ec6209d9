/* SPDX-License-Identifier: Apache-2.0 */
/* secret: see secret.h. */
#include "runtime/crypto/secret.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/crypto.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes) ((void)0)
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)0)
#endif

/*
 * Locked pages that no secret has at the moment: cleansed, and still locked. Each request carries a few
 * small secrets; four system calls for each of them, of which every other thread feels the munmap, cost more
 * than the request itself.
 */
enum { SPARE_MAX = 64, FIRST_READ_BYTES = 4000 };

static struct {
  pthread_mutex_t lock;
  unsigned char *pages[SPARE_MAX];
  size_t count;
} spare = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct secret {
  unsigned char *pages;
  size_t mapped_bytes;
  size_t size_bytes;
};

static size_t page_bytes(void)
{
  return (size_t)sysconf(_SC_PAGESIZE);
}

static size_t whole_pages(size_t size_bytes)
{
  return (size_bytes / page_bytes() + 1) * page_bytes();
}

/* One page; NULL: none is spare. */
static unsigned char *take_spare(void)
{
  pthread_mutex_lock(&spare.lock);
  unsigned char *page = spare.count == 0 ? NULL : spare.pages[--spare.count];
  pthread_mutex_unlock(&spare.lock);
  if (page != NULL)
    ASAN_UNPOISON_MEMORY_REGION(page, page_bytes());
  return page;
}

/* Zero bytes already. False: there are enough. */
static bool keep_spare(unsigned char *page)
{
  pthread_mutex_lock(&spare.lock);
  bool is_kept = spare.count < SPARE_MAX;
  if (is_kept) {
    ASAN_POISON_MEMORY_REGION(page, page_bytes());
    spare.pages[spare.count++] = page;
  }
  pthread_mutex_unlock(&spare.lock);
  return is_kept;
}

static unsigned char *map_pages(size_t mapped_bytes)
{
  void *pages =
      mmap(NULL, mapped_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED)
    return NULL;
  /* RLIMIT_MEMLOCK may be small; an unlocked page is still no reason to refuse the work. */
  (void)mlock(pages, mapped_bytes);
  (void)madvise(pages, mapped_bytes, MADV_DONTDUMP);
  (void)madvise(pages, mapped_bytes, MADV_WIPEONFORK);
  return pages;
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
  secret->pages = secret->mapped_bytes == page_bytes() ? take_spare() : NULL;
  if (secret->pages == NULL)
    secret->pages = map_pages(secret->mapped_bytes);
  if (secret->pages == NULL) {
    free(secret);
    return NULL;
  }
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
  if (secret->mapped_bytes != page_bytes() || !keep_spare(secret->pages))
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

/* Twice as large as it was; NULL without memory. */
static struct secret *enlarged(struct secret *secret, size_t have)
{
  size_t size =
      secret->size_bytes * 2 < SECRET_LIMIT_BYTES ? secret->size_bytes * 2 : SECRET_LIMIT_BYTES;
  struct secret *larger = secret_new(size);
  if (larger != NULL)
    memcpy(larger->pages, secret->pages, have);
  secret_free(secret);
  return larger;
}

struct secret *secret_read_fd(int fd)
{
  /* Most are small, and locked pages are dear: a megabyte of them for a password is too much. */
  struct secret *secret = secret_new(FIRST_READ_BYTES);
  size_t have = 0;
  while (secret != NULL) {
    if (have == SECRET_LIMIT_BYTES) {
      errno = EFBIG;
      break;
    }
    if (have == secret->size_bytes) {
      secret = enlarged(secret, have);
      continue;
    }
    ssize_t got = read(fd, secret->pages + have, secret->size_bytes - have);
    if (got == 0) {
      secret_cut(secret, have);
      return secret;
    }
    if (got < 0 && errno != EINTR)
      break;
    have += got < 0 ? 0 : (size_t)got;
  }
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
