/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world: what an executor brings along and no plan contains: folders, configuration, clock, and the
 * answers to prompts. One a process; read-only after it was made, but for the locks inside.
 */
#ifndef RENEW_PROVIDERS_WORLD_H
#define RENEW_PROVIDERS_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/diag.h"
#include "compiler/base/text.h"

struct conf;    /* runtime/providers/conf.h: renew.conf as read */
struct prompts; /* runtime/providers/secrets.h: secrets that were typed */
struct simulation; /* runtime/providers/simulate.h: a landscape that does not exist */
struct sessions; /* runtime/providers/sessions.h: the conversations with remote systems */
struct preview; /* runtime/providers/preview.h: what a live dry run has pretended */

struct world {
  struct arena *arena;
  const char *root;         /* absolute: relative paths of a plan start here */
  const char *state_folder; /* absolute: store.db, keys/, outbox/, logs/, locks/ */
  const struct conf *conf;
  bool live;               /* preview only: probes may look at files and addresses, but run no
                               command and read no secret */
  bool trusted;            /* with live: the plan is one that somebody vouches for: its own commands of
                              observation and its secrets too */
  bool starts_nothing;     /* `renew doctor`: no program is started; a secret that one prints counts as
                               typed: known later */
  bool may_prompt;         /* a terminal is there and --no-input was not given */
  struct prompts *prompts; /* NULL: asked each time */
  struct sessions *sessions;
  struct simulation *simulation; /* NULL: the world is real; else nothing real is touched */
  struct preview *preview; /* with providers_preview_live; else NULL */
  int64_t (*now_s)(void);  /* UTC seconds; the engine's clock */
  int64_t (*monotonic_ms)(void);
  int64_t (*machine_ns)(void); /* what files and processes are dated by; never moved */
  int64_t (*booted_ns)(void);  /* when the machine was booted, since 1970 */
};

#endif
