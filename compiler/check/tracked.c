/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tracked: private keys that a plan names and that its repository holds: E1002.
 *
 * (1) "Holds" means that git's index names the file: a key that lies beside the plan and that nobody
 *     added is its owner's business. Where there is no git, or its index is of a form that is not known
 *     here (version 4), nothing is said.
 * (2) A keystore and the key of a local authority are private by what they are; their bytes are not read.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/check/checker.h"

enum { INDEX_LIMIT_BYTES = 256 * 1024 * 1024, INDEX_HEAD_BYTES = 12, LINK_LIMIT_BYTES = 4096 };

struct index {
  struct text bytes;  /* "" where there is none */
  struct text prefix; /* the root below the repository's top: "", "plans/" */
};

/* The bytes of a file; "" where it cannot be read or is too large. Freed by the caller. */
static struct text read_bytes(const char *path, size_t limit_bytes)
{
  struct text bytes = TEXT_NONE;
  struct stat status;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return bytes;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (size_t)status.st_size <= limit_bytes) {
    char *at = malloc((size_t)status.st_size + 1);
    ssize_t got = at == NULL ? -1 : read(fd, at, (size_t)status.st_size);
    if (got >= 0)
      bytes = (struct text){at, (size_t)got};
    else
      free(at);
  }
  (void)close(fd);
  return bytes;
}

/* `.git` is a folder; of a second working tree it is a file that names one. */
static struct text git_index(struct checker *c, struct text top)
{
  const char *path = text_format(c->arena, "%.*s/.git/index", TEXT_ARG(top)).at;
  struct text bytes = read_bytes(path, INDEX_LIMIT_BYTES);
  if (bytes.length != 0)
    return bytes;
  struct text link =
      read_bytes(text_format(c->arena, "%.*s/.git", TEXT_ARG(top)).at, LINK_LIMIT_BYTES);
  struct text begin = TEXT("gitdir: "), folder = link;
  if (text_starts_with(link, begin.at)) {
    folder.at += begin.length;
    folder.length -= begin.length;
    while (folder.length != 0 && (unsigned char)folder.at[folder.length - 1] <= ' ')
      folder.length--;
    bool is_absolute = folder.length != 0 && folder.at[0] == '/';
    path = is_absolute
               ? text_format(c->arena, "%.*s/index", TEXT_ARG(folder)).at
               : text_format(c->arena, "%.*s/%.*s/index", TEXT_ARG(top), TEXT_ARG(folder)).at;
    bytes = read_bytes(path, INDEX_LIMIT_BYTES);
  }
  free((void *)(uintptr_t)link.at);
  return bytes;
}

/* The index of the repository that the root lies in: the nearest `.git` upwards. */
static struct index open_index(struct checker *c)
{
  struct text top = c->sources->root;
  struct index index = {0};
  while (top.length != 0 &&
         access(text_format(c->arena, "%.*s/.git", TEXT_ARG(top)).at, F_OK) != 0) {
    while (top.length != 0 && top.at[top.length - 1] != '/')
      top.length--;
    top.length -= top.length != 0;
  }
  if (top.length == 0)
    return index;
  index.bytes = git_index(c, top);
  struct text below = {c->sources->root.at + top.length, c->sources->root.length - top.length};
  if (below.length != 0)
    index.prefix = text_format(c->arena, "%.*s/", (int)below.length - 1, below.at + 1);
  return index;
}

/* The length of a path: the lower 12 bits of the flags. */
static bool has_length(const unsigned char *flags, size_t length)
{
  return (size_t)(flags[1] | (flags[0] & 0xf) << 8) == length;
}

/* An entry of versions 2 and 3 ends with its path and a NUL; its flags stand before it, in version 3
 * with two bytes between. */
static bool holds(const struct index *index, struct text path)
{
  const unsigned char *at = (const unsigned char *)index->bytes.at;
  size_t length = index->bytes.length;
  if (length < INDEX_HEAD_BYTES || memcmp(at, "DIRC", 4) != 0 || (at[7] != 2 && at[7] != 3))
    return false;
  size_t size = path.length + 1;
  for (const unsigned char *found = at;
       (found = memmem(found, length - (size_t)(found - at), path.at, size)) != NULL; found++)
    if (found - at > INDEX_HEAD_BYTES &&
        (has_length(found - 2, path.length) || has_length(found - 4, path.length)))
      return true;
  return false;
}

static void judge(struct checker *c, const struct index *index, const struct decl *decl,
                  enum key key)
{
  const struct value *value = decl_value(decl, key, 0);
  struct text path, joined;
  if (value == NULL || !facts_text(facts_known(c, value), &path) || path.length == 0)
    return;
  struct text root = c->sources->root;
  if (path.at[0] == '/') {
    if (path.length <= root.length + 1 || memcmp(path.at, root.at, root.length) != 0 ||
        path.at[root.length] != '/')
      return;
    joined = (struct text){path.at + root.length + 1, path.length - root.length - 1};
  } else if (!imports_join_path(c->arena, c->sources->files[value->span.file].path, path,
                                &joined)) {
    return;
  }
  /* With its NUL, which text_format writes behind it. */
  struct text whole = text_format(c->arena, "%.*s%.*s", TEXT_ARG(index->prefix), TEXT_ARG(joined));
  if (!holds(index, whole))
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_E1002, value->span,
               "`%.*s` is a private key that lies in the repository", TEXT_ARG(path));
  diag_set_label(c->diags, diag, "git has this file");
  diag_add_note(c->diags, diag,
                "its history keeps it too: it is no secret any more, have it replaced");
  diag_add_help(c->diags, diag,
                "keep it outside of the repository, or where git does not take it: git rm --cached "
                "%.*s, and a line in .gitignore",
                TEXT_ARG(joined));
}

void tracked_check(struct checker *c)
{
  struct index index = {0};
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    const struct decl *decl = &c->program->decls[i];
    if ((decl->kind != KIND_CA && decl->kind != KIND_KEYSTORE) || facts_is_broken(c, i))
      continue;
    if (decl_value(decl, KEY_FILE, 0) == NULL && decl_value(decl, KEY_KEY_FILE, 0) == NULL)
      continue;
    if (c->sources->root.length != 0 && index.bytes.at == NULL)
      index = open_index(c);
    if (index.bytes.at == NULL)
      break;
    judge(c, &index, decl, KEY_FILE);
    judge(c, &index, decl, KEY_KEY_FILE);
  }
  free((void *)(uintptr_t)index.bytes.at);
}
