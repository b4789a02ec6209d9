/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cf: what Cloud Foundry's API (v3) and its UAA answer, read into plain facts. Sends nothing.
 *
 * (1) No body crashes or confuses it: recorded answers of real platforms hold invalid JSON.
 * (2) What is not known is left out; what is missing is "".
 */
#ifndef RENEW_NET_CF_H
#define RENEW_NET_CF_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"
#include "runtime/crypto/secret.h"

enum cf_form {
  CF_EMPTY,
  CF_NOT_JSON,
  CF_OTHER, /* JSON of no known form: parameters of a service, visibility of a plan */
  CF_ROOT,
  CF_ERRORS,
  CF_PAGE,
  CF_JOB,
  CF_RESOURCE,
  CF_CREDENTIALS,
  CF_TOKEN,
};

struct cf_error {
  int64_t code;      /* 10008; 0 without */
  struct text title; /* "CF-UnprocessableEntity" */
  struct text detail;
};

struct cf_pair {
  struct text name, value;
};

struct cf_pairs {
  struct cf_pair *items;
  uint32_t count;
};

/* A service instance, key, plan, space, organization, ...; a job too. */
struct cf_resource {
  struct text guid, name, type, created_at;
  struct text operation, state, description; /* of its last operation; of the job itself */
  struct cf_pairs relations; /* "service_instance" -> guid; of a job: its links' guids */
  struct cf_pairs labels, annotations;
};

struct cf_body {
  enum cf_form form;
  struct cf_error *errors; /* of a job too */
  uint32_t error_count;
  struct text
      says; /* CF_OTHER: what version 2 of the API, UAA or a broker says in words; for people */
  struct cf_resource *resources; /* CF_PAGE: its page; CF_RESOURCE, CF_JOB: the one */
  uint32_t resource_count;
  int64_t total;                 /* CF_PAGE */
  struct text next;              /* CF_PAGE: absolute address; "" on the last one */
  struct text api, uaa, version; /* CF_ROOT */
};

struct cf_body cf_read(struct arena *arena, struct text body);
const char *cf_form_word(enum cf_form form);
/* "": without such a name. */
struct text cf_value(const struct cf_pairs *pairs, const char *name);
/* Its errors for people, on one line; "" where it says none. Finds a title in broken JSON too. */
struct text cf_errors_text(struct arena *arena, const struct cf_body *body, struct text bytes);
bool cf_has_error(const struct cf_body *body, int64_t code);

/* What a key of a service gives: under "credentials", there or one level deeper under "oauth". */
struct cf_credentials {
  struct text client, token_url, url;
  bool is_nested; /* under "oauth" */
  bool has_secret, has_key;
  struct text certificate;                          /* PEM: leaf, chain; "" without */
  struct text valid_until, subject, issuer, serial; /* as the platform writes them; often "" */
};

/* False where the body holds no credentials. */
bool cf_read_credentials(struct arena *arena, const struct secret *body,
                         struct cf_credentials *ret_credentials);
/* The object under "credentials" as JSON, for whom it was made; NULL without. */
struct secret *cf_credentials_json(const struct secret *body);

#endif
