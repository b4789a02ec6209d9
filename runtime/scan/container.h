/* SPDX-License-Identifier: Apache-2.0 */
/*
 * container: a folder or a zip as a list of named entries, read one by one and only when asked for.
 * The limits of scan.h hold for all containers of one budget.
 */
#ifndef RENEW_SCAN_CONTAINER_H
#define RENEW_SCAN_CONTAINER_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

struct container;

struct container_budget {
  uint64_t bytes_left;
  uint32_t entries_left;
};

/* NULL with a reason. The budget is shared and must live as long as the container. is_deep: with what
 * lies in folders of it. */
struct container *container_of_folder(struct arena *arena, const char *path, bool is_deep,
                                      struct container_budget *budget, struct text *ret_error);
/* bytes must live as long as the container. */
struct container *container_of_zip(struct arena *arena, struct text bytes,
                                   struct container_budget *budget, struct text *ret_error);
void container_free(struct container *container); /* NULL is legal */

uint32_t container_count(const struct container *container);
/* '/' between folders; as the archive has it, never a path of this machine. Sorted by bytes. */
struct text container_name(const struct container *container, uint32_t index);
/* Whether two entries of the archive have this name: which of them counts is its reader's choice. */
bool container_is_twice(const struct container *container, uint32_t index);
/* The entries whose names begin so lie beside each other, from here on. */
uint32_t container_first(const struct container *container, struct text prefix);
/* False where there is none of this name. */
bool container_find(const struct container *container, struct text name, uint32_t *ret_index);
/* False with a reason; above limit_bytes nothing is unpacked. */
bool container_read(struct container *container, uint32_t index, uint64_t limit_bytes,
                    struct text *ret_bytes, struct text *ret_error);
/* A whole file of this machine, under the same limits. */
bool container_read_file(struct arena *arena, const char *path, uint64_t limit_bytes,
                         struct container_budget *budget, struct text *ret_bytes,
                         struct text *ret_error);

#endif
