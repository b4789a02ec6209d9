/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sessions: the conversations with remote systems of one process: one a system, shared by all steps and
 * threads, so that a password is sent once, a token is fetched once and connections are kept. Beside
 * them what was looked up once and does not change in a run (the guid behind a name).
 */
#ifndef RENEW_PROVIDERS_SESSIONS_H
#define RENEW_PROVIDERS_SESSIONS_H

#include "compiler/base/text.h"
#include "runtime/net/session.h"

struct sessions;

struct sessions *sessions_new(void);
void sessions_free(struct sessions *sessions); /* NULL is legal */

/* NULL where none is kept under that name. It lives as long as `sessions`. */
struct session *sessions_find(struct sessions *sessions, struct text name);
/* Keeps it, or the one that another thread kept before: then the given one is freed. */
struct session *sessions_keep(struct sessions *sessions, struct text name, struct session *session);
/* A copy in the arena; false where nothing is known of it. */
bool sessions_recall(struct sessions *sessions, struct arena *arena, struct text about,
                     struct text *ret_value);
void sessions_remember(struct sessions *sessions, struct text about, struct text value);
/*
 * When many steps begin at once, one of them looks up what all need. True: it is the caller's to look up,
 * and to end with sessions_over, whether it was found or not. False: another thread was at it and has ended;
 * where it found nothing, everybody who waited may try by themselves.
 */
bool sessions_first(struct sessions *sessions, struct text about);
void sessions_over(struct sessions *sessions, struct text about);

#endif
