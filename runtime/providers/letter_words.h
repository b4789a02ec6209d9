/* SPDX-License-Identifier: Apache-2.0 */
/* letter_words: what a letter tells of steps and of what they name. Of letter.c; not for others. */
#ifndef RENEW_PROVIDERS_LETTER_WORDS_H
#define RENEW_PROVIDERS_LETTER_WORDS_H

#include "runtime/providers/letter.h"

/* "ERP administrator of Partner AG (erp-admin)" */
struct text letter_role(const struct call *call, uint32_t role);
/* What the step's verb means to whoever does it by hand, in one or two lines; "" where the sentence says
 * it all. */
const char *letter_hint(enum effect effect);
/* A paragraph for each thing that the step names; certificates that renew holds go into `pem`. */
void letter_add_things(const struct call *call, struct buffer *words, struct buffer *pem);
/* When it may be done, and within which time; nothing where the step has no limit. */
void letter_add_time(const struct call *call, struct buffer *words);
/* What the role will be asked for behind this step; nothing where that is nothing. */
void letter_add_outlook(const struct call *call, uint32_t role, struct buffer *words);

#endif
