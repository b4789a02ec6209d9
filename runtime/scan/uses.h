/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uses: which keys of the tenant's keystore a flow uses, and who may call it: uses.def over a flow, its
 * parameters put in. What is known at run time only is said to be so; nothing is guessed.
 */
#ifndef RENEW_SCAN_USES_H
#define RENEW_SCAN_USES_H

#include "compiler/base/text.h"
#include "runtime/scan/flow.h"
#include "runtime/scan/properties.h"

enum use_purpose {
  USE_TLS_CLIENT,
  USE_TLS_TRUST,
  USE_SIGNING,
  USE_DECRYPTION,
  USE_ENCRYPTION,
  USE_VERIFICATION,
  USE_SSH,
  USE_OPENPGP, /* a user ID, not an alias */
  USE_OTHER,   /* a property that is named like an alias */
  USE__COUNT
};
extern const char *const use_purpose_words[USE__COUNT]; /* "TLS client" */

enum use_how {
  HOW_NAMED,       /* the alias is `value` */
  HOW_ANY,         /* none is named: any key pair of the tenant that the receiver trusts */
  HOW_SSH_DEFAULT, /* none is named: id_rsa or id_dsa */
  HOW_RUN_TIME,    /* an expression over the message */
  HOW_PARTNER,     /* the Partner Directory says */
  HOW_CREDENTIAL,  /* the credential `value` names it: OAuth2 SAML Bearer Assertion */
  HOW_UNSET,       /* a parameter without a value, or with a `<placeholder>` that nobody replaced */
  HOW__COUNT
};
extern const char *const use_how_words[HOW__COUNT]; /* "named" */

enum use_certainty { USE_NO, USE_MAYBE, USE_YES, USE_CERTAINTY__COUNT };
extern const char *const use_certainty_words[USE_CERTAINTY__COUNT];

struct use {
  const struct flow_element *element; /* NULL: a script */
  struct text script;                 /* its path; "" */
  struct text key;                    /* the property; of a script the call: "getKey" */
  struct text written, value;         /* as it stands there; with parameters put in */
  enum use_purpose purpose;
  enum use_how how;
  enum use_certainty in_use; /* whether the element's way to log on uses it */
  /* Of a `${header.x}` or `${property.x}`: what steps of this flow give to it, as constants; scripts and
   * who calls the flow may give others. "" between none. */
  struct text set_to; /* "a", "a; b" */
  uint32_t line;
};

struct called_by {
  const struct flow_element *element;
  enum use_certainty by_names; /* by the names in a client certificate */
  struct text role;            /* else: this user role; "" where none is named */
  struct text *subjects, *issuers;
  uint32_t pair_count;
  uint32_t line;
};

struct uses {
  struct use *items;
  uint32_t count, capacity;
  struct called_by *callers;
  uint32_t caller_count, caller_capacity;
};

/* A new one, all zero. */
struct use *uses_add(struct arena *arena, struct uses *uses);

/* Adds what the flow's elements use. */
void uses_of_flow(struct arena *arena, const struct flow *flow, const struct properties *parameters,
                  struct uses *uses);
/* Adds what a script takes out of the keystore by KeystoreService: calls with a literal, or with a
 * variable that is set to one literal. A script that takes none, adds nothing. */
void uses_of_script(struct arena *arena, struct text path, struct text bytes, struct uses *uses);
/* `{{name}}` replaced by the parameter's value; *ret_is_whole: each name had one. */
struct text uses_resolve(struct arena *arena, const struct properties *parameters,
                         struct text written, bool *ret_is_whole);
/* Whether exchanging the key pair of this alias may touch the use. */
bool use_may_be(const struct use *use, struct text alias);

#endif
