/* SPDX-License-Identifier: Apache-2.0 */
/* promela_int: what the files promela*.c share while a model is written. Not for others. */
#ifndef RENEW_PROVE_PROMELA_INT_H
#define RENEW_PROVE_PROMELA_INT_H

#include "compiler/prove/promela.h"

enum promela_version { VERSION_NONE, VERSION_OLD, VERSION_NEW };

/* Who opens connections with a certificate: a node of a flow, a sender, a communication system. */
struct promela_caller {
  bool is_node;
  bool is_any;        /* the node that nobody named */
  bool is_renewed;    /* its certificate, by this plan */
  uint32_t presenter; /* resource */
  struct text node;   /* "" where it has none */
  uint32_t receiver, certificate;
  int64_t keeps_old_s; /* how long it may go on with what it read; < 0: no bound */
  struct text id;      /* its name in the model */
  struct text source;  /* the variable that it reads */
  uint32_t load_count;
  uint32_t waits; /* bits: those of its loads that are time */
};

/* What a step does, as lines of the model; `second` where it takes time. */
struct promela_deed {
  struct buffer first, second;
  uint32_t touched;      /* callers whose processes it changes */
  uint32_t touched_only; /* INDEX_NONE: more than callers, or several */
  bool touches_world;
};

struct promela {
  struct arena *arena;
  const struct graph *graph;
  struct promela_caller *callers;
  uint32_t caller_count;
  struct text *step_ids; /* by step */
  struct text_map names;
  bool *root_in_play, *authorized, *touched; /* by resource */
  uint64_t *needs;      /* by step: bits of steps that have to be done before it begins */
  uint64_t *told;       /* the same, of those that a message told */
  uint8_t *hows;        /* by step and step before: bits, 1 << enum promela_how */
  size_t words;         /* of a row */
  struct buffer *deeds; /* by step: what it does, as lines of the model */
  uint32_t *door_waits; /* by resource: how often the plan waits for its cache */
  bool may_fail;        /* a step may, and the plan goes on */
  struct text why;
};

/* A name as SPIN takes it: letters, digits, low lines; each once. */
struct text promela_id(struct promela *p, struct text wish);
/* Words of the plan in a comment or between quotes. */
void promela_say(struct buffer *out, struct text text);

/* When one stands behind another: always; where the other one happens; where itself does; where both do. */
enum promela_how { HOW_ALWAYS, HOW_OTHER, HOW_ITSELF, HOW_BOTH };

/* promela_needs.c */
void promela_find_needs(struct promela *p);
uint8_t promela_hows(const struct promela *p, uint32_t step, uint32_t before);
/* Its condition may be no, or (`on failure continue`) it may fail. */
bool promela_may_be_missing(const struct graph *graph, const struct step *step);
/* Left out where another one that is needed needs it itself. */
bool promela_is_said(const struct promela *p, uint32_t step, uint32_t before);
bool promela_was_told(const struct promela *p, uint32_t step, uint32_t before);
/* promela_facts.c: what only the run will know is chosen at the beginning, in every way. */
void promela_put_facts(struct promela *p, struct buffer *out, struct buffer *choices);
void promela_say_guard(struct promela *p, uint32_t guard, struct buffer *out);
/* Whether the step has its effect; is_heard: and others hear of it. Only of one that may be missing. */
void promela_say_happens(struct promela *p, uint32_t step, bool is_heard, struct buffer *out);
/* How it fails, chosen at the beginning. */
void promela_put_failure(struct promela *p, uint32_t step, bool has_effect, struct buffer *choices);

/* promela_world.c */
void promela_find_callers(struct promela *p);
struct text promela_alias(struct promela *p, uint32_t certificate);
/* The variable that says whether the receiver accepts it; TEXT_NONE: it does not compare. */
struct text promela_accepts(struct promela *p, uint32_t receiver, uint32_t certificate,
                            enum promela_version version);
struct text promela_root(struct promela *p, uint32_t receiver, uint32_t certificate,
                         enum promela_version version);
bool promela_is_called(const struct promela *p, uint32_t receiver, uint32_t certificate);
int64_t promela_trust_seconds(const struct promela *p, uint32_t receiver);
enum promela_version promela_version_of(const struct argument *argument);
bool promela_has_member(const struct argument *argument, enum member member);

/* promela_deeds.c */
void promela_deed(struct promela *p, uint32_t step, struct promela_deed *ret);

#endif
