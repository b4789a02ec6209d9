/* SPDX-License-Identifier: Apache-2.0 */
/*
 * secret: the bytes of a key or a password, in pages of their own.
 *
 * (1) The pages are locked into memory where the limits of the process allow it, are left out of
 *     core files and of children (MADV_DONTDUMP, MADV_WIPEONFORK), and are cleansed before they are
 *     freed, or kept, locked and empty, for the next secret.
 * (2) No function turns a secret into a struct text. Whoever needs the bytes takes them with
 *     secret_bytes and gives them to OpenSSL, libcurl or a file, which keep copies we cannot
 *     cleanse.
 * (3) A secret has one owner; it is not shared between threads.
 */
#ifndef RENEW_CRYPTO_SECRET_H
#define RENEW_CRYPTO_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "compiler/base/text.h"

enum { SECRET_LIMIT_BYTES = 1024 * 1024 };

struct secret;

/* size_bytes zero bytes; NULL without memory or above SECRET_LIMIT_BYTES. */
struct secret *secret_new(size_t size_bytes);
struct secret *secret_copy(const void *bytes, size_t size_bytes);
void secret_free(struct secret *secret); /* NULL is legal */

unsigned char *secret_bytes(struct secret *secret);
const unsigned char *secret_view(const struct secret *secret);
size_t secret_size_bytes(const struct secret *secret);
/* Makes it shorter; what is cut off is cleansed. */
void secret_cut(struct secret *secret, size_t size_bytes);
/* One trailing LF or CRLF goes: files and programs end with one that nobody meant. */
void secret_cut_line_end(struct secret *secret);
bool secret_equal(const struct secret *a, const struct secret *b);

/* Reads a descriptor to its end. NULL with errno: EFBIG above SECRET_LIMIT_BYTES. */
struct secret *secret_read_fd(int fd);
/* Writes all of it; false with errno. */
bool secret_write_fd(const struct secret *secret, int fd);

#endif
