/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file: whole files, read and replaced.
 *
 * (1) A replacement is atomic and durable: a new file in the same folder, fsync, rename, fsync of
 *     the folder. At every moment, and after any crash, the name holds the old bytes or the new
 *     ones.
 * (2) Owner, group, mode and extended attributes (ACL, SELinux label) of the old file are kept;
 *     where they cannot be kept the replacement fails before the name is touched.
 * (3) A link is followed: what it points to is replaced, the link stays.
 */
#ifndef RENEW_PROVIDERS_FILE_H
#define RENEW_PROVIDERS_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "compiler/base/text.h"
#include "runtime/crypto/secret.h"

enum { FILE_LIMIT_BYTES = 16 * 1024 * 1024 }; /* trust bundles have about 200 KiB */

enum file_change { FILE_CHANGED, FILE_UNCHANGED, FILE_FAILED };
enum file_found { FILE_FOUND, FILE_MISSING, FILE_UNREADABLE };

/* new_mode: of a file that was not there. */
enum file_change file_replace(struct arena *arena, const char *path, struct text bytes,
                              mode_t new_mode, struct text *ret_error);
enum file_change file_replace_secret(struct arena *arena, const char *path,
                                     const struct secret *bytes, mode_t new_mode,
                                     struct text *ret_error);
/*
 * The same in two acts, for files that belong together: all are prepared (complete and durable
 * under another name), then one after the other is committed. FILE_UNCHANGED: nothing to commit.
 */
enum file_change file_prepare(struct arena *arena, const char *path, struct text bytes,
                              mode_t new_mode, struct text *ret_error);
enum file_change file_prepare_secret(struct arena *arena, const char *path,
                                     const struct secret *bytes, mode_t new_mode,
                                     struct text *ret_error);
bool file_commit(struct arena *arena, const char *path, enum file_change prepared,
                 struct text *ret_error);
/* Takes a prepared file away again. */
void file_forget(struct arena *arena, const char *path);
enum file_found file_read(struct arena *arena, const char *path, struct text *ret_bytes,
                          struct text *ret_error);
/* As file_read, into pages of its own; for what may hold a private key. */
enum file_found file_read_secret(struct arena *arena, const char *path, struct secret **ret_bytes,
                                 struct text *ret_error);
/* Group or others may read it. False also where it cannot be looked at. */
bool file_is_open_to_others(const char *path);
/* When its content, name or rights last changed: nanoseconds since 1970; -1 where it is not
 * there. */
int64_t file_changed_ns(const char *path);
/* With all folders above it; an existing one is kept as it is. */
bool file_make_folder(struct arena *arena, const char *path, mode_t mode, struct text *ret_error);
/* Durable. A file that is not there is no failure. */
bool file_remove(struct arena *arena, const char *path, struct text *ret_error);
bool file_rename(struct arena *arena, const char *from, const char *to, struct text *ret_error);
bool file_sync_folder_of(const char *path);
/* "a/b/c" -> "a/b"; "." without a folder. */
const char *file_folder_of(struct arena *arena, const char *path);

#endif
