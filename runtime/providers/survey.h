/* SPDX-License-Identifier: Apache-2.0 */
/*
 * survey: what a plan assumes to be there before its first step, and what is there: keystores, lists of
 * accepted certificates, certificate files, servers. Reads only; no secret, no command, no private key
 * leaves the file that holds it.
 */
#ifndef RENEW_PROVIDERS_SURVEY_H
#define RENEW_PROVIDERS_SURVEY_H

#include "runtime/providers/provider.h"

enum survey_result {
  SURVEY_AS_ASSUMED,
  SURVEY_DIFFERS,
  SURVEY_NOT_SEEN /* could not or may not be looked at; `there` says why */
};

struct survey_row {
  uint32_t resource;
  enum survey_result result;
  struct text assumes; /* "holds a certificate for CN=orders-client" */
  struct text there;
  struct text help;
};

struct survey {
  struct survey_row *rows;
  uint32_t count, capacity;
  bool knows_due; /* every renewed certificate was seen, and says when it is due */
  int64_t due_s;  /* the earliest of them */
  struct text due_of;
};

/* call->step is NULL. */
void survey_plan(const struct call *call, struct survey *ret_survey);
/* What of the plan runs a command or reads a secret: such things need a plan that somebody trusts. Each
 * as "command of orders", in the order of the plan; count at most `most`, the true count is returned. */
uint32_t survey_untrusted(const struct call *call, struct text *ret_names, uint32_t most);

#endif
