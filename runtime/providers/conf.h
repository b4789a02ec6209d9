/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf: the machine's renew.conf: what the executor allows, whatever a plan says, and how it reaches
 * others. Written in the language (the kinds configuration and profile of grammar/keys.def):
 *
 *   renew 1
 *   allow commands in "/etc/renew/commands.d"
 *   allow command "/usr/sbin/nginx" sha256 "9b3c..."
 *   proxy "http://proxy.acme.example:3128" for "*.partner.example"
 *
 * (1) It never lies in the repository: whoever can edit a plan must not be able to allow a command.
 * (2) A command is a file after all links; it lies below an allowed folder (after all links), or is
 *     listed with the SHA-256 of its bytes. What everybody may write is never allowed.
 * (3) It is never a file that everybody may write.
 */
#ifndef RENEW_PROVIDERS_CONF_H
#define RENEW_PROVIDERS_CONF_H

#include "compiler/base/diag.h"
#include "compiler/base/text.h"
#include "compiler/check/configuration.h"

struct conf;

/* $RENEW_CONFIG, /etc/renew/renew.conf, $XDG_CONFIG_HOME/renew/renew.conf (~/.config): the first
 * that is there; $RENEW_CONFIG even where it is not. NULL without any. */
const char *conf_find(struct arena *arena);
/* path: NULL allows nothing. E1121 (and syntax findings) where it cannot be used; never NULL. */
const struct conf *conf_read(struct arena *arena, const char *path, const char *root,
                             struct diag_list *diags);
/* file: absolute. False with the reason. */
bool conf_allows(struct arena *arena, const struct conf *conf, const char *file,
                 struct text *ret_reason);
/* What to type, or to write into renew.conf, where conf_allows says no. */
struct text conf_way_out(struct arena *arena, const struct conf *conf, const char *file);
/* What renew.conf wrote as a path: relative ones start where it lies. */
const char *conf_absolute(struct arena *arena, const struct conf *conf, struct text path);
/* The path that was read, for messages: "no renew.conf" without one. */
const char *conf_shown(const struct conf *conf);

/* What this machine demands of every plan; NULL without a renew.conf. */
const struct configuration *conf_demands(const struct conf *conf);
/* The proxy to a host, "http://..."; TEXT_NONE where it is reached directly, as loopback always is.
 * The environment's proxies are never asked. */
struct text conf_proxy(const struct conf *conf, struct text host);
/* The PEM roots against which a host's certificate is verified; NULL = the system's. */
const char *conf_roots(struct arena *arena, const struct conf *conf, struct text host);
/* The program of `secret-command vault`; TEXT_NONE without. */
struct text conf_vault(const struct conf *conf);

/* How long one answer of a remote system may take. */
int64_t conf_answer_ms(const struct conf *conf);

struct mail_way {
  struct text server; /* smtp://host:port or smtps://host:port */
  struct text sender;
  const char *login_file;       /* holds user:password; NULL without */
  struct text login_credential; /* of systemd; TEXT_NONE without */
};
/* False where renew.conf names no mail server. */
bool conf_mail(struct arena *arena, const struct conf *conf, struct mail_way *ret_way);

#endif
