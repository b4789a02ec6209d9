/* SPDX-License-Identifier: Apache-2.0 */
/*
 * letter: what a message to a role says, and the files that go with it: LABEL.txt, and LABEL.pem
 * with the certificates that it speaks of, or sealed with the envelopes.
 *
 * (1) Who gets it has neither renew nor the plan: what is to be done, on which system, with which
 *     certificate (subject, serial, dates, SHA-256), until when, and how to answer stand in it.
 * (2) The same step gives the same bytes at every attempt, but for envelopes, which are encrypted anew,
 *     and the next opening of a window that recurs.
 */
#ifndef RENEW_PROVIDERS_LETTER_H
#define RENEW_PROVIDERS_LETTER_H

#include "runtime/providers/step.h"

struct letter {
  struct text subject; /* one line */
  struct text words;
  struct text pem; /* "" without certificates */
};

/* What asks a role for its part of a step: the sentence, what it names, the evidence wanted, how to
 * answer. is_approval: it may begin, says the role; it does
 * nothing itself. */
struct letter letter_make_task(const struct call *call, uint32_t role, bool is_approval);
/* What the step's message or hand-over says to all who get it. OUTCOME_DONE, or why not: a certificate
 * is not there yet, a platform does not answer. */
enum outcome letter_make(const struct call *call, struct letter *ret_letter, struct answer *answer);
/* The same for one of them: with what that role will be asked for later in this renewal. */
struct letter letter_address(const struct call *call, const struct letter *letter, uint32_t role);
/* Into `folder`, as NAME.txt and NAME.pem; *ret_path is the text's. */
bool letter_write(const struct call *call, const struct letter *letter, const char *folder,
                  struct text name, struct text *ret_path, struct answer *answer);
/* For a person who has to send it: STATE/outbox/RUN/NAME.ROLE.txt begins with address and subject. */
bool letter_leave(const struct call *call, const struct letter *letter, uint32_t role,
                  struct text name, struct text *ret_path, struct answer *answer);
/* What an argument names, as certificates: the leaf and its chain without root, or the root. */
bool letter_certificates(const struct call *call, const struct argument *argument,
                         struct text *ret_pem, struct text *ret_lines, struct answer *answer);

#endif
