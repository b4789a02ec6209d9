/* SPDX-License-Identifier: Apache-2.0 */
/* signoff_int: how a person's word is written; shared by signoff.c and skip.c, nobody else includes it. */
#ifndef RENEW_ENGINE_SIGNOFF_INT_H
#define RENEW_ENGINE_SIGNOFF_INT_H

#include "runtime/engine/signoff.h"

/* The record and the row that say the same; the caller adds what else is to be said. */
struct change {
  struct record record;
  struct step_row row;
  enum step_status expected;
  struct signoff_row signoff;
  bool signs, voids;
};

struct step_row signoff_read_row(const struct signing *signing);
struct change signoff_change_start(const struct signing *signing, const struct step_row *row,
                                   enum record_kind kind, enum step_status status);
enum signing_result signoff_change_write(const struct signing *signing, struct change *change,
                                         struct diag_list *diags);
/* E1119: "step `x` is done: <wanted>" */
enum signing_result signoff_refuse_state(const struct signing *signing, const struct step_row *row,
                                         const char *wanted, struct diag_list *diags);

#endif
