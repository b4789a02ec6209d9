/* SPDX-License-Identifier: Apache-2.0 */
/*
 * login: the conversation (runtime/net/session.h) with a declared remote system, opened as its
 * `login oauth|basic|certificate with ...` says.
 *
 *   oauth        SECRET is a service key as downloaded ({"oauth":{...}}, or its inner part), or
 *                {"tokenurl","clientid","clientsecret"}. A key with `certificate` and `key` instead of
 *                the client secret logs on to the token server with them
 *   basic        SECRET is user:password
 *   certificate  CERTIFICATE's pair, out of its own keystore, which is pem or pkcs12
 *
 * (1) What the secret holds reaches no message: only what is missing in it.
 * (2) A log-on that was refused is not repeated by this process.
 * (3) Roots and proxy are those of renew.conf for the host.
 * (4) One conversation a system and log-on for the whole process (world.sessions): its token, cookies and
 *     connections are used by all steps. It knows nothing that could not be asked anew, so a crash loses
 *     nothing.
 */
#ifndef RENEW_PROVIDERS_LOGIN_H
#define RENEW_PROVIDERS_LOGIN_H

#include "runtime/net/session.h"
#include "runtime/providers/step.h"

struct login_wish {
  struct text base;      /* "https://host/api/v1" */
  struct text csrf_path; /* TEXT_NONE = the system has no such token */
  bool grant_in_query;   /* the token server takes grant_type in the address */
  bool once;             /* session.h, logs_on_once */
};

/* Whether this call may log on at all: a dry run only for a plan that somebody vouches for. */
bool login_is_allowed(const struct call *call);
/* The process's, not the caller's. NULL with words, code and help. resource: tenant, abap-system or
 * space. */
struct session *login_open(const struct call *call, uint32_t resource,
                           const struct login_wish *wish, struct answer *answer);
/* The log-on was refused: this process does not try it again, whoever opens it (a second one may lock the
 * user, and probes are repeated). */
void login_was_refused(const struct call *call, uint32_t resource);
/* Finds the secret and forgets it, and judges its form, or adds a finding. */
void login_prepare(const struct call *call, uint32_t resource, struct diag_list *diags);

#endif
