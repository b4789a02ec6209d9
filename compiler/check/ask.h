/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ask: what may be written in a place, for who proposes words to a writer. Answers from the tables of
 * sorts.c; judges nothing.
 */
#ifndef RENEW_CHECK_ASK_H
#define RENEW_CHECK_ASK_H

#include "compiler/check/plan.h"

/* The TYPE bits of a path that begins with a name of that kind and goes on with these members; 0
 * where it means nothing, or nothing that a step names. */
unsigned ask_types(enum kind kind, const enum member *members, uint32_t count);
/* Whether the member may follow. */
bool ask_member(enum kind kind, const enum member *members, uint32_t count, enum member member);
/* "KEYSTORE|SYSTEM" */
struct text ask_form(struct arena *arena, unsigned types);
/* A path as written in the file `from`, from the root; false where it leaves the root. */
bool ask_join_path(struct arena *arena, struct text from, struct text path,
                   struct text *ret_joined);

#endif
