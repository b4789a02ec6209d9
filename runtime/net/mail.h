/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mail: one message to one mailbox over SMTP (RFC 5321, RFC 5322, MIME), by libcurl.
 *
 * (1) Accepted = the server said 250 to the whole message; from then on it is the carrier's.
 * (2) With a log-on the connection must be encrypted (smtps://, or STARTTLS before the password);
 *     without one it is encrypted where the server offers it. A certificate is verified, always.
 * (3) The Message-ID is the caller's: the same message sent twice is recognised by mail programs.
 */
#ifndef RENEW_NET_MAIL_H
#define RENEW_NET_MAIL_H

#include <stdint.h>

#include "compiler/base/text.h"

struct mail_wish {
  struct text server; /* smtp://host:port, smtps://host:port */
  struct text sender, recipient; /* mail addresses */
  struct text subject;
  struct text message_id; /* without < > */
  struct text words;      /* UTF-8 */
  struct text attachment; /* "" = none */
  struct text attachment_name;
  const char *user, *password; /* NULL = no log-on */
  const char *roots_file;      /* NULL = the system's */
  int64_t now_s;
  int64_t timeout_ms;
};

enum mail_end {
  MAIL_ACCEPTED,
  MAIL_REFUSED,     /* 5xx: the same message is refused again */
  MAIL_LATER,       /* 4xx, no connection: nothing was taken */
  MAIL_IN_DOUBT     /* sent, the answer was lost */
};

enum mail_end mail_send(struct arena *arena, const struct mail_wish *wish, struct text *ret_says);

#endif
