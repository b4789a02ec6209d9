/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant: the calls to one SAP Cloud Integration tenant (its OData API), and what their answers mean.
 * Which fact comes from where, and how strong it is: docs/SYSTEMS.md.
 *
 * (1) A write is sent once (session.h); what became of a lost one is found out by reading, not by
 *     asking again.
 * (2) Bodies with keys are struct secret, and stand in no message and no journal.
 * (3) Lists are followed by absolute addresses of the same origin only.
 * (4) The server's own words are passed on, bounded and on one line; its request id is a fact.
 */
#ifndef RENEW_PROVIDERS_TENANT_H
#define RENEW_PROVIDERS_TENANT_H

#include "runtime/net/odata.h"
#include "runtime/net/session.h"
#include "runtime/providers/safe.h"

struct tenant {
  const struct call *call;
  uint32_t resource;
  struct session *session;
  bool has_no_model; /* its $metadata could not be read: not asked for again by this step */
};

/* resource: of a tenant. False with words and help; tenant_close is legal all the same. */
bool tenant_open(const struct call *call, uint32_t resource, struct tenant *ret_tenant,
                 struct answer *answer);
void tenant_close(struct tenant *tenant);
/* The tenant of a keystore or a flow; INDEX_NONE without. */
uint32_t tenant_of(const struct graph *graph, uint32_t resource);
bool keystore_is_tenant(const struct graph *graph, uint32_t keystore);
/* `key-made in-tenant`: the private key never leaves it. */
bool keystore_makes_keys(const struct graph *graph, uint32_t keystore);

enum tenant_end {
  TENANT_OK,
  TENANT_MISSING,   /* 404 */
  TENANT_BUSY,      /* 423, 429, 503: somebody edits the keystore, or it has too much to do */
  TENANT_UNTRUSTED, /* 409: a person has to compare the fingerprint */
  TENANT_NO,        /* refused for another reason */
  TENANT_AWAY,      /* nothing was sent */
  TENANT_LOST,      /* sent, and what became of it is not known */
  TENANT_CLOSED     /* the log-on was refused */
};

struct tenant_said {
  enum tenant_end end;
  int status;
  struct text body; /* of an answer without secrets */
};

struct tenant_wish {
  const char *method;
  struct text path;
  const char *accept;       /* NULL: JSON */
  const char *content_type; /* NULL: no body */
  struct text body;
  const struct secret *secret_body;
  const char
      *role; /* the role of the service key that this call needs: named where it is refused */
};

/* What is wrong is in the answer: words, help, when to come again. */
struct tenant_said tenant_call(struct tenant *tenant, const struct tenant_wish *wish,
                               struct answer *answer);
/* The outcome of an act that ended so. */
enum outcome tenant_outcome(enum tenant_end end);
/* The same of a mere reading, which can be lost without doubt. */
enum outcome tenant_outcome_of_read(enum tenant_end end);
/* GET, read as OData. */
enum tenant_end tenant_read(struct tenant *tenant, struct text path, const char *role,
                            struct odata_page *ret_page, struct answer *answer);
/* All pages; visit returns false to stop. */
typedef bool tenant_visit(const struct odata_entry *entry, void *with);
enum tenant_end tenant_each(struct tenant *tenant, struct text path, const char *role,
                            tenant_visit *visit, void *with, struct answer *answer);

/* ---- keystore (tenant_entry.c) ---- */

enum tenant_store { TENANT_SYSTEM, TENANT_BACKUP, TENANT_PENDING, TENANT_HISTORY };

struct tenant_entry {
  struct text alias;
  struct text fingerprint; /* SHA-256, lower-case hex */
  struct text owner;
  bool is_pair;
  int64_t modified_ms; /* 0 = not said */
  /* Of a list alone; "" and 0: not said */
  struct text subject, issuer, serial;
  struct text key; /* "rsa 2048", "ec 256" */
  int64_t not_before_ms, not_after_ms;
};

enum tenant_end tenant_entry_read(struct tenant *tenant, enum tenant_store store, struct text alias,
                                  struct tenant_entry *ret_entry, struct answer *answer);
/* In the order of the tenant. */
enum tenant_end tenant_entries(struct tenant *tenant, enum tenant_store store,
                               struct tenant_entry **ret_entries, uint32_t *ret_count,
                               struct answer *answer);
/* The alias that an earlier pair of SAP's own has in the key history. TENANT_MISSING: it is not there. */
enum tenant_end tenant_history_find(struct tenant *tenant, struct text fingerprint,
                                    struct text *ret_alias, struct answer *answer);
/* The alias under which a certificate stands now: the declared one, and of several declared ones the only one
 * that is there. TENANT_MISSING: none is (the first one is given); TENANT_NO: several are, with words. */
enum tenant_end tenant_find_alias(struct tenant *tenant, uint32_t certificate,
                                  struct text *ret_alias, struct answer *answer);
/* Leaf first, with what the tenant has of the chain. */
enum tenant_end tenant_chain(struct tenant *tenant, enum tenant_store store, struct text alias,
                             struct cert_list *ret_chain, struct answer *answer);

/* The writes. verified: a person has compared the fingerprint. */
struct tenant_said tenant_put_pair(struct tenant *tenant, struct text alias,
                                   const struct pair *pair, bool verified, struct answer *answer);
struct tenant_said tenant_put_certificate(struct tenant *tenant, struct text alias,
                                          const struct cert *cert, bool update, bool verified,
                                          struct answer *answer);
struct tenant_said tenant_put_chain(struct tenant *tenant, struct text alias,
                                    const struct cert_list *chain, bool verified,
                                    struct answer *answer);
/* One alias by its own address, several in one call. */
struct tenant_said tenant_drop(struct tenant *tenant, const struct text *aliases, uint32_t count,
                               struct answer *answer);
struct tenant_said tenant_rename(struct tenant *tenant, struct text alias, struct text wanted,
                                 struct answer *answer);
struct tenant_said tenant_activate(struct tenant *tenant, struct text alias, struct answer *answer);
struct tenant_said tenant_back_up(struct tenant *tenant, struct answer *answer);
struct tenant_said tenant_restore(struct tenant *tenant, struct answer *answer);
/* Makes a pair on the tenant; `subject` has CN and C at least. */
struct tenant_said tenant_generate(struct tenant *tenant, struct text alias, uint32_t certificate,
                                   struct answer *answer);
/* PKCS#10, PEM. */
struct tenant_said tenant_request(struct tenant *tenant, struct text alias, struct text *ret_csr,
                                  struct answer *answer);

/* Whether the alias is one of SAP's own, which only SAP writes. */
bool tenant_owns_alias(struct text alias);
/* The chain under a certificate's alias, for those who only look. */
enum file_found tenant_look(const struct call *call, uint32_t certificate,
                            struct cert_list *ret_chain, struct answer *answer);

/* Whether any entry holds the certificate. False with the reason. */
bool tenant_has(const struct call *call, uint32_t keystore, const struct cert *cert,
                bool *ret_present, struct text *ret_error);

#endif
