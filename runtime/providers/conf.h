/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf: renew.conf, what the executor allows, whatever a plan says. Written in the language:
 *
 *   renew 1
 *   allow commands in "/etc/renew/commands.d"
 *   allow command "/usr/sbin/nginx" sha256 "9b3c..."
 *
 * (1) It never lies in the repository: whoever can edit a plan must not be able to allow a command.
 * (2) A command is a file after all links; it lies below an allowed folder (after all links), or is
 *     listed with the SHA-256 of its bytes. What everybody may write is never allowed.
 */
#ifndef RENEW_PROVIDERS_CONF_H
#define RENEW_PROVIDERS_CONF_H

#include "compiler/base/diag.h"
#include "compiler/base/text.h"

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
/* The path that was read, for messages: "no renew.conf" without one. */
const char *conf_shown(const struct conf *conf);

#endif
