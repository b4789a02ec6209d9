/* SPDX-License-Identifier: Apache-2.0 */
/*
 * abap: the calls to one SAP BTP ABAP environment, `mode api`, and what their answers mean. Three
 * communication scenarios, OData 4.0 in JSON:
 *
 *   SAP_COM_0A13  which client certificates there are, and which communication systems use them  [SAP]
 *   SAP_COM_0A48  outbound users of communication systems: read and write                        [SAP]
 *   SAP_COM_0A06  the same, read only: asked where the other one is not granted                  [SAP]
 *
 * Which fact comes from where, and how strong it is: docs/SYSTEMS.md.
 *
 * (1) A write is sent once, on the condition that nothing has changed since the look (If-Match), and what
 *     became of it is read back, always: that it changes the certificate is documented in one sentence.
 * (2) After a 401 nobody logs on again in this process, in whatever way: repeated ones lock the user.
 * (3) A certificate is known by its fingerprint. Its key and its description are the system's own words,
 *     and change when SAP renames the expiring one.
 * (4) No call gives a certificate as a file: a person exports it (abap_export.c).
 */
#ifndef RENEW_PROVIDERS_ABAP_H
#define RENEW_PROVIDERS_ABAP_H

#include "runtime/net/odata.h"
#include "runtime/net/session.h"
#include "runtime/providers/step.h"

struct abap {
  const struct call *call;
  uint32_t resource;
  struct session *session;
};

enum abap_end {
  ABAP_OK,
  ABAP_MISSING,
  ABAP_BUSY,    /* 423, 429, 503 */
  ABAP_CHANGED, /* 409, 412: somebody else was there; nothing was written */
  ABAP_NO_ROLE, /* 403: the user has no arrangement of the scenario */
  ABAP_NO,
  ABAP_AWAY,  /* nothing was sent */
  ABAP_LOST,  /* sent, and what became of it is not known */
  ABAP_CLOSED /* the log-on was refused */
};

/* The ABAP system that a step is about; INDEX_NONE without. */
uint32_t abap_of(const struct graph *graph, const struct step *step);
/* Of a certificate: that issued it, else the only one that calls with it. */
uint32_t abap_of_certificate(const struct graph *graph, uint32_t certificate);
bool abap_has_api(const struct graph *graph, uint32_t abap);

/* False with words and help. */
bool abap_open(const struct call *call, uint32_t resource, struct abap *ret_abap,
               struct answer *answer);
enum outcome abap_outcome(enum abap_end end);
void abap_prepare(const struct call *call, struct diag_list *diags);

/* ---- certificates (abap_certificate.c) ---- */

struct abap_cert {
  struct text id;          /* the system's key of it */
  struct text description; /* "Client Default" */
  struct text
      print; /* its fingerprint, lower-case hex without separators; "" where it is no such */
  struct text serial;
  struct text until; /* as the system writes it */
  struct text *systems;
  uint32_t system_count;
  bool tells_systems;
};

struct abap_certs {
  struct abap_cert *items;
  uint32_t count;
};

/* All of them, with the communication systems that use each. */
enum abap_end abap_certificates(struct abap *abap, struct abap_certs *ret_certs,
                                struct answer *answer);
/* Which of them is C.old, C.new: *ret_cert is NULL where that one is not there (any more). ABAP_NO with the
 * reason where it is not known which it is. C.new is bound when it is first asked for. */
enum abap_end abap_find(struct abap *abap, const struct argument *argument,
                        const struct abap_certs *certs, const struct abap_cert **ret_cert,
                        struct answer *answer);
/* What C.old or C.new was bound to: hex, "" where it is not. */
struct text abap_bound_print(const struct call *call, const struct argument *argument);
/* For the beginning of a run: the old one, and the new one where SAP has issued it. False with words and help. */
bool abap_bind(const struct call *call, uint32_t certificate, enum outcome *ret_outcome,
               struct answer *answer);
struct text abap_print_of(struct arena *arena, struct text words); /* hex; "" where it is none */

/* ---- communication systems (abap_system.c) ---- */

struct abap_user {
  struct text uuid; /* "" where it was read through SAP_COM_0A06: it cannot be written then */
  struct text name;
  struct text certificate; /* the system's key of the certificate */
  struct text version;     /* for If-Match; "" without */
};

struct abap_users {
  struct abap_user *items;
  uint32_t count;
  bool can_write;
};

enum abap_end abap_users_of(struct abap *abap, struct text system, struct abap_users *ret_users,
                            struct answer *answer);
/* One user, from one certificate to another: looked at before, conditional, read back. */
enum abap_end abap_set_certificate(struct abap *abap, const struct abap_user *user,
                                   struct text from, struct text to, struct answer *answer);

/* ---- for the files of abap alone ---- */

struct abap_wish {
  const char *method;
  struct text path;
  struct text body;     /* JSON; "" = none */
  struct text version;  /* If-Match; "" = none */
  const char *scenario; /* "SAP_COM_0A13": named where the user lacks it */
};

struct abap_said {
  enum abap_end end;
  int status;
  struct text body;
  struct text version; /* ETag */
};

struct abap_said abap_call(struct abap *abap, const struct abap_wish *wish, struct answer *answer);
typedef bool abap_visit(const struct odata_entry *entry, void *with);
/* All pages of a list; root: of the service, for relative links. */
enum abap_end abap_each(struct abap *abap, const char *root, struct text path, const char *scenario,
                        abap_visit *visit, void *with, struct answer *answer);

#define ABAP_CERTIFICATES                                                                          \
  "/sap/opu/odata4/sap/aps_sec_api_cert_read/srvd_a2x/sap/Certificates/0001/"
#define ABAP_SYSTEMS                                                                               \
  "/sap/opu/odata4/sap/aps_com_cs_a4c_odata/srvd_a2x/sap/aps_com_cs_a4c_odata/0001/"
#define ABAP_SYSTEMS_READ                                                                          \
  "/sap/opu/odata4/sap/aps_com_api_cs_read/srvd_a2x/sap/CommunicationSystem/0001/"

#endif
