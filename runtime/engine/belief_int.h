/* SPDX-License-Identifier: Apache-2.0 */
/* belief_int: what belief.c and belief_judge.c share; nobody else includes it. */
#ifndef RENEW_ENGINE_BELIEF_INT_H
#define RENEW_ENGINE_BELIEF_INT_H

#include "runtime/engine/belief.h"

#define BIT(value) ((uint8_t)(1u << (value)))

/* The callers that read a row, or load there; ROW_NONE behind the last. */
uint32_t belief_first_reader(const struct belief *belief, uint32_t row);
uint32_t belief_next_reader(const struct belief *belief, uint32_t row, uint32_t link);
/* Of those, whether it is this row that the caller's connection is about. */
bool belief_is_read_by(const struct belief *belief, uint32_t row, uint32_t link);

#endif
