/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cloud: the calls to a declared `space` of Cloud Foundry (API v3), and what their answers mean for a
 * step. Which fact comes from where, and how strong it is: docs/SYSTEMS.md.
 *
 * (1) A write is sent once (session.h). Where its answer is lost, the caller looks again.
 * (2) The user is logged on once a process; a refused password is not tried again.
 * (3) Credentials of a key are struct secret, and stand in no message and no journal.
 *
 * `login oauth|basic with SECRET`: user:password, or JSON of one of these forms:
 *   {"username","password"[,"origin"]}   the log-on of the command line, UAA's client `cf`
 *   {"clientid","clientsecret"}          a technical client of UAA
 *   {"refresh_token"}                    of a user who has logged on elsewhere
 *   {"assertion"[,"clientid","clientsecret"]}   a JWT of a trusted identity provider
 */
#ifndef RENEW_PROVIDERS_CLOUD_H
#define RENEW_PROVIDERS_CLOUD_H

#include "runtime/net/cf.h"
#include "runtime/net/session.h"
#include "runtime/providers/step.h"

enum cloud_end {
  CLOUD_OK,
  CLOUD_MISSING, /* 404 */
  CLOUD_NO,      /* refused: the same request is refused again */
  CLOUD_BUSY,    /* 429, 503: nothing was done; later */
  CLOUD_AT_WORK, /* an operation is under way, and comes to an end by itself */
  CLOUD_AWAY,    /* nothing was sent */
  CLOUD_LOST,    /* it may have been done */
  CLOUD_CLOSED   /* the log-on was refused */
};

struct cloud {
  const struct call *call;
  uint32_t space;
  struct session *session; /* of world.sessions */
};

/* What is wrong is in the answer: words, help, when to come again. */
enum cloud_end cloud_open(const struct call *call, uint32_t space, struct cloud *ret_cloud,
                          struct answer *answer);
/* Finds the secret of the log-on and judges its form, or adds a finding. */
void cloud_prepare(const struct call *call, uint32_t space, struct diag_list *diags);
enum outcome cloud_outcome(enum cloud_end end);

struct cloud_said {
  enum cloud_end end;
  int status;
  struct cf_body body;
  struct text job; /* address of the job that goes on with it; "" without */
};

/* body: JSON; TEXT_NONE = none. */
struct cloud_said cloud_call(struct cloud *cloud, const char *method, struct text path,
                             struct text body, struct answer *answer);

/* The guid of the declared instance, and whether it is what the plan says: looked up once. CLOUD_MISSING: it
 * is not there, and the plan creates it. */
enum cloud_end cloud_instance(struct cloud *cloud, uint32_t instance, struct text *ret_guid,
                              struct answer *answer);

/* The key of that name; CLOUD_MISSING without. */
enum cloud_end cloud_key_named(struct cloud *cloud, struct text instance, struct text name,
                               struct cf_resource *ret_key, struct answer *answer);
enum cloud_end cloud_key_read(struct cloud *cloud, struct text guid, struct cf_resource *ret_key,
                              struct answer *answer);
/* All keys of the instance with that label; "" = all. At most CLOUD_KEYS_MAX. */
enum { CLOUD_KEYS_MAX = 10000 };
enum cloud_end cloud_keys(struct cloud *cloud, struct text instance, struct text label,
                          struct cf_resource **ret_keys, uint32_t *ret_count,
                          struct answer *answer);
/* {"credentials":{...}}: the caller's to free. */
enum cloud_end cloud_details(struct cloud *cloud, struct text guid, struct secret **ret_body,
                             struct answer *answer);

/* Until the job is over, or the time of the step. CLOUD_OK: complete. CLOUD_AT_WORK: not yet. CLOUD_NO:
 * failed. CLOUD_MISSING: nobody knows the job (any more). */
enum cloud_end cloud_wait_job(struct cloud *cloud, struct text job, int64_t until_ms,
                              struct answer *answer);

#endif
