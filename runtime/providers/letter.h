/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letter: what a message to a role says, and the files that go with it: LABEL.txt, and LABEL.pem
 * with the certificates that a `gives` hands over, or sealed with the envelopes. The same step gives the
 * same bytes at every attempt, but for envelopes, which are encrypted anew.
 */
#ifndef RENEW_PROVIDERS_LETTER_H
#define RENEW_PROVIDERS_LETTER_H

#include "runtime/providers/step.h"

struct letter {
  struct text subject; /* one line */
  struct text words;
  struct text pem; /* "" without certificates */
};

/* What asks the role of a step that only it can do: the sentence, the evidence wanted, how to
 * answer. */
struct letter letter_make_task(const struct call *call);
/* OUTCOME_DONE, or why not: a certificate is not there yet, a platform does not answer. */
enum outcome letter_make(const struct call *call, struct letter *ret_letter, struct answer *answer);
/* Into `folder`, as NAME.txt and NAME.pem; *ret_path is the text's. */
bool letter_write(const struct call *call, const struct letter *letter, const char *folder,
                  struct text name, struct text *ret_path, struct answer *answer);
/* STATE/outbox/RUN/LABEL.txt; outcome as letter_make. */
enum outcome letter_write_to_outbox(const struct call *call, struct text *ret_path,
                                    struct answer *answer);
/* What an argument names, as certificates: the leaf and its chain without root, or the root. */
bool letter_certificates(const struct call *call, const struct argument *argument,
                         struct text *ret_pem, struct text *ret_lines, struct answer *answer);

#endif
