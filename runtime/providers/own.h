/* SPDX-License-Identifier: Apache-2.0 */
/* own: every provider of this folder, for providers.c and the tests. */
#ifndef RENEW_PROVIDERS_OWN_H
#define RENEW_PROVIDERS_OWN_H

#include "runtime/providers/provider.h"

extern const struct provider provider_person;       /* person.c */
extern const struct provider provider_message;      /* deliver.c: a mail, which a person sends where renew.conf names no server */
extern const struct provider provider_make_key;     /* make_key.c */
extern const struct provider provider_ca_local;     /* ca_local.c */
extern const struct provider provider_ca_command;   /* ca_command.c */
extern const struct provider provider_ca_manual;    /* ca_manual.c */
extern const struct provider provider_keystore;     /* keystore_exchange.c: SET_ALIAS */
extern const struct provider provider_drop_alias;   /* keystore_store.c */
extern const struct provider provider_back_up;      /* keystore_store.c */
extern const struct provider provider_restore;      /* keystore_store.c */
extern const struct provider provider_trust_file;   /* trust_file.c */
extern const struct provider provider_flow_command; /* flow_command.c */
extern const struct provider provider_deliver;      /* deliver.c */
extern const struct provider provider_receive;      /* receive.c: a certificate that somebody else holds */
extern const struct provider provider_export;       /* deliver.c */
extern const struct provider provider_service_key;      /* service_key_make.c */
extern const struct provider provider_service_instance; /* service_instance.c */
extern const struct provider provider_drop_service_key; /* service_key_make.c */
extern const struct provider provider_look;         /* look.c */
extern const struct provider provider_open_set;     /* open_set.c */
extern const struct provider provider_tenant_exchange; /* tenant_exchange.c: a SAP tenant's keystore */
extern const struct provider provider_tenant_swap;     /* tenant_exchange.c: key-made in-tenant */
extern const struct provider provider_tenant_certificate; /* tenant_exchange.c: `held by` */
extern const struct provider provider_tenant_back_up;  /* tenant_backup.c */
extern const struct provider provider_tenant_restore;  /* tenant_backup.c */
extern const struct provider provider_tenant_make_key; /* tenant_keys.c: key-made in-tenant */
extern const struct provider provider_tenant_import;   /* tenant_keys.c */
extern const struct provider provider_tenant_drop;     /* tenant_keys.c */
extern const struct provider provider_tenant_activate; /* tenant_own.c */
extern const struct provider provider_tenant_export;   /* tenant_own.c */
extern const struct provider provider_tenant_flow;     /* tenant_flow.c */
extern const struct provider provider_tenant_endpoint; /* tenant_endpoint.c */
extern const struct provider provider_tenant_messages; /* tenant_messages.c */
extern const struct provider provider_abap_set;     /* abap_step.c: an ABAP environment with an API */
extern const struct provider provider_abap_switch;  /* abap_step.c */
extern const struct provider provider_abap_look;    /* abap_step.c */
extern const struct provider provider_abap_export;  /* abap_export.c */
extern const struct provider provider_abap_export_by_hand; /* abap_export.c: mode manual */
extern const struct provider provider_abap_person;  /* abap_person.c */

#endif
