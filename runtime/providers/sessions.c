/* SPDX-License-Identifier: Apache-2.0 */
/* sessions: see sessions.h. */
#include "runtime/providers/sessions.h"

#include <pthread.h>
#include <stdlib.h>

struct kept {
  struct text name;
  struct session *session; /* NULL: a fact */
  struct text value;
  struct kept *next;
};

/* What a thread looks up for all. */
struct search {
  struct text about;
  bool is_over;
  struct search *next;
};

struct sessions {
  pthread_mutex_t lock;
  pthread_cond_t search_is_over;
  struct search *searches;
  struct arena *arena;
  struct kept *kept;
};

struct sessions *sessions_new(void)
{
  struct sessions *sessions = calloc(1, sizeof *sessions);
  if (sessions == NULL)
    abort();
  pthread_mutex_init(&sessions->lock, NULL);
  pthread_cond_init(&sessions->search_is_over, NULL);
  sessions->arena = arena_new("sessions", 0);
  return sessions;
}

void sessions_free(struct sessions *sessions)
{
  if (sessions == NULL)
    return;
  for (struct kept *one = sessions->kept; one != NULL; one = one->next)
    session_free(one->session);
  pthread_cond_destroy(&sessions->search_is_over);
  pthread_mutex_destroy(&sessions->lock);
  arena_free(sessions->arena);
  free(sessions);
}

/* The lock is held. */
static struct kept *find(struct sessions *sessions, struct text name, bool is_session)
{
  struct kept *one = sessions->kept;
  while (one != NULL && ((one->session != NULL) != is_session || !text_equal(one->name, name)))
    one = one->next;
  return one;
}

static void add(struct sessions *sessions, struct text name, struct session *session,
                struct text value)
{
  struct kept *one = ARENA_NEW(sessions->arena, struct kept);
  *one = (struct kept){text_copy(sessions->arena, name), session, text_copy(sessions->arena, value),
                       sessions->kept};
  sessions->kept = one;
}

struct session *sessions_find(struct sessions *sessions, struct text name)
{
  pthread_mutex_lock(&sessions->lock);
  struct kept *one = find(sessions, name, true);
  pthread_mutex_unlock(&sessions->lock);
  return one == NULL ? NULL : one->session;
}

struct session *sessions_keep(struct sessions *sessions, struct text name, struct session *session)
{
  pthread_mutex_lock(&sessions->lock);
  struct kept *one = find(sessions, name, true);
  if (one == NULL)
    add(sessions, name, session, TEXT(""));
  pthread_mutex_unlock(&sessions->lock);
  if (one == NULL)
    return session;
  session_free(session);
  return one->session;
}

bool sessions_recall(struct sessions *sessions, struct arena *arena, struct text about,
                     struct text *ret_value)
{
  pthread_mutex_lock(&sessions->lock);
  struct kept *one = find(sessions, about, false);
  if (one != NULL)
    *ret_value = text_copy(arena, one->value);
  pthread_mutex_unlock(&sessions->lock);
  return one != NULL;
}

void sessions_remember(struct sessions *sessions, struct text about, struct text value)
{
  pthread_mutex_lock(&sessions->lock);
  if (find(sessions, about, false) == NULL)
    add(sessions, about, NULL, value);
  pthread_mutex_unlock(&sessions->lock);
}

/* The lock is held. */
static struct search *find_search(struct sessions *sessions, struct text about)
{
  struct search *search = sessions->searches;
  while (search != NULL && !text_equal(search->about, about))
    search = search->next;
  return search;
}

bool sessions_first(struct sessions *sessions, struct text about)
{
  pthread_mutex_lock(&sessions->lock);
  struct search *search = find_search(sessions, about);
  bool is_first = search == NULL;
  if (is_first) {
    search = ARENA_NEW(sessions->arena, struct search);
    *search = (struct search){text_copy(sessions->arena, about), false, sessions->searches};
    sessions->searches = search;
  }
  while (!is_first && !search->is_over)
    pthread_cond_wait(&sessions->search_is_over, &sessions->lock);
  pthread_mutex_unlock(&sessions->lock);
  return is_first;
}

void sessions_over(struct sessions *sessions, struct text about)
{
  pthread_mutex_lock(&sessions->lock);
  struct search *search = find_search(sessions, about);
  if (search != NULL)
    search->is_over = true;
  pthread_cond_broadcast(&sessions->search_is_over);
  pthread_mutex_unlock(&sessions->lock);
}
