/* SPDX-License-Identifier: Apache-2.0 */
/*
 * embedded: text files that are part of the program, made from their folders by grammar/embed.pl.
 * Only text that the program shows as it stands; what it reads to decide is a table.
 */
#ifndef RENEW_COMPILER_TABLES_EMBEDDED_H
#define RENEW_COMPILER_TABLES_EMBEDDED_H

#include <stddef.h>

struct embedded {
  const char *name; /* the file's name without its folder */
  size_t length;    /* in bytes, without the closing NUL */
  const char *content;
};

/* grammar/examples: SUBJECT.wrong.renew and SUBJECT.right.renew, and what they import. */
extern const struct embedded example_files[];
extern const size_t example_files_count;
/* plans/templates: what `renew new` writes. */
extern const struct embedded template_files[];
extern const size_t template_files_count;

/* The file of that name, or NULL. files is sorted by name. */
const struct embedded *embedded_find(const struct embedded *files, size_t count, const char *name);

#endif
