/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem: certificates out of a text as people have it: copied from a cockpit, a mail, a JSON answer.
 * Not for key stores that a server reads: what nginx cannot read must not pass (cert_read_pem).
 *
 * (1) What can be read in one way only is read: other line ends, blanks for line ends, a byte order
 *     mark, text between the blocks, quotes, literal \n, old labels.
 * (2) A block that is damaged is refused with its line, never skipped: a chain with a hole is worse
 *     than none.
 * (3) Time is linear in the bytes.
 */
#ifndef RENEW_PKI_PEM_H
#define RENEW_PKI_PEM_H

#include "compiler/pki/cert.h"

enum { PEM_FILE_LIMIT_BYTES = 16 * 1024 * 1024 };

/* What was repaired; a bit set. */
enum pem_repair {
  PEM_LITERAL_NEWLINES = 1 << 0, /* the two characters \n where a line should end */
  PEM_NO_MARKERS = 1 << 1        /* base64 without BEGIN and END */
};

struct pem {
  struct cert_list certs; /* in the order of the text; never empty */
  bool has_private_key;
  bool has_nothing; /* refused, for there is no block in it at all: a list that is still empty */
  unsigned repairs;
};

/* False with the reason in words that finish "it ..." ("it holds no certificate"). */
bool pem_read(struct arena *arena, struct text bytes, struct pem *ret_pem, struct text *ret_error);

enum pem_file { PEM_FILE_READ, PEM_FILE_ABSENT, PEM_FILE_UNREADABLE, PEM_FILE_WRONG };

/* A regular file; WRONG: read, and refused by pem_read. ret_pem->has_private_key is right for WRONG
 * too. */
enum pem_file pem_read_file(struct arena *arena, const char *path, struct pem *ret_pem,
                            struct text *ret_error);

#endif
