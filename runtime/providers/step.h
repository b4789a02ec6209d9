/* SPDX-License-Identifier: Apache-2.0 */
/*
 * step: what the providers share about a step and its answer: settings, names, paths, and the
 * folders of a run inside the state folder. Reads the graph, changes nothing.
 */
#ifndef RENEW_PROVIDERS_STEP_H
#define RENEW_PROVIDERS_STEP_H

#include "runtime/providers/provider.h"
#include "runtime/providers/world.h"

/* The value in a slot; TEXT_NONE, INDEX_NONE or `otherwise` where it is not written. */
struct text setting_text(const struct call *call, uint32_t resource, enum key key, uint32_t slot);
uint32_t setting_resource(const struct call *call, uint32_t resource, enum key key, uint32_t slot);
int64_t setting_number(const struct call *call, uint32_t resource, enum key key, uint32_t slot,
                       int64_t otherwise);
/* Absolute, NUL-terminated: relative paths of a plan start at the root. */
const char *plan_path(const struct call *call, struct text path);
/* The path that a TEXT setting names; NULL where it is not written. */
const char *setting_path(const struct call *call, uint32_t resource, enum key key, uint32_t slot);

/* The first argument, in any part, that is a declaration of that kind; NULL without. */
const struct argument *step_argument_of_kind(const struct graph *graph, const struct step *step,
                                             enum kind kind);
/* The resource in that part; INDEX_NONE without. */
uint32_t step_resource(const struct graph *graph, const struct step *step, enum part part);
/* The node that the step names; TEXT_NONE without. */
struct text step_node(const struct call *call);
bool argument_has(const struct argument *argument, enum member member);
/* "client.new": the name of its pair in the run's safe, and in messages. */
struct text argument_name(const struct call *call, const struct argument *argument);
/* Its keystore is PEM, PKCS#12 or a tenant's, or it has none: then renew itself holds the new pair, or
 * knows its certificate. */
bool certificate_is_ours(const struct graph *graph, uint32_t certificate);
/* `held by ROLE`: that role makes it and has its key; what renew knows is the certificate alone, from the
 * file that came with the hand-over (receive.c). */
bool certificate_is_held(const struct graph *graph, uint32_t certificate);

/* `words` with each "${node}" replaced by the step's node. */
struct text fill_node(const struct call *call, struct text words);
/* STATE/FOLDER/RUN/NAME, NUL-terminated. */
const char *run_path(const struct call *call, const char *folder, struct text name);
/* The step's id as a file name. */
struct text step_file_name(const struct call *call);
/* When the step must have answered: its deadline, or `within`, or `otherwise_s` from now. */
int64_t step_until_ms(const struct call *call, int64_t otherwise_s);
/* Lets time pass, but not beyond until_ms; false when that has come. */
bool step_pause(const struct call *call, int64_t pause_ms, int64_t until_ms);

void answer_say(const struct call *call, struct answer *answer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void answer_help(const struct call *call, struct answer *answer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Says, and returns the outcome: `return answer_end(call, answer, OUTCOME_REFUSED, "...")`. */
enum outcome answer_end(const struct call *call, struct answer *answer, enum outcome outcome,
                        const char *format, ...) __attribute__((format(printf, 4, 5)));
enum observation answer_saw(const struct call *call, struct answer *answer,
                            enum observation observed, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void answer_set_code(struct answer *answer, enum diag_code code);

#endif
