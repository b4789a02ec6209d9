/* SPDX-License-Identifier: Apache-2.0 */
/* trust_change: the two files of a trust-file system, and what a step changes in them. */
#ifndef RENEW_PROVIDERS_TRUST_CHANGE_H
#define RENEW_PROVIDERS_TRUST_CHANGE_H

#include "runtime/providers/pins.h"
#include "runtime/providers/safe.h"

struct trust_side {
  const char *path; /* NULL: the system has no such file */
  enum pins_form form;
  struct text content;
};

enum side { SIDE_TRUSTS, SIDE_PINS, SIDE__COUNT };

struct trust {
  uint32_t system;
  struct trust_side sides[SIDE__COUNT];
};

struct change {
  enum side side;
  bool adds; /* else drops */
  bool is_leaf;
  struct cert cert;
  const struct argument *argument;
};

enum { CHANGES_MAX = 256 }; /* of one step: objects of one line */

struct change_list {
  struct change items[CHANGES_MAX];
  uint32_t count;
};

bool trust_read(const struct call *call, uint32_t system, struct trust *ret_trust,
                struct text *ret_error);
/* Of the younger of the two files. */
int64_t trust_changed_ns(const struct trust *trust);
/* What the step asks for. False with a reason where a certificate is not known yet. */
bool change_list_make(const struct call *call, const struct trust *trust,
                      struct change_list *ret_changes, struct text *ret_error);
/* What takes back those of `changes` that were not so before this step; false where nothing was
 * written by it. */
bool change_list_undo(const struct call *call, const struct trust *trust,
                      const struct change_list *changes, struct change_list *ret_back);
bool trust_is_changed(const struct call *call, const struct trust *trust,
                      const struct change_list *changes);
/* The files as they are now, into the safe; once a step. */
bool trust_keep(const struct call *call, const struct trust *trust, struct text *ret_error);
/* Makes the changes, in the files and in `trust`. */
bool trust_write(const struct call *call, struct trust *trust, const struct change_list *changes,
                 struct text *ret_error);

#endif
