/* SPDX-License-Identifier: Apache-2.0 */
/* library: what the OpenSSL of this machine is and can do. Looks only: nothing stays loaded. */
#ifndef RENEW_CRYPTO_LIBRARY_H
#define RENEW_CRYPTO_LIBRARY_H

#include <stdbool.h>

struct crypto_library {
  const char *version;       /* "OpenSSL 3.0.15 3 Sep 2024": the one that runs */
  const char *built_version; /* the one whose headers the program was built with */
  const char *modules;       /* the folder of its providers */
  bool has_standard;         /* SHA-256 can be had */
  bool is_fips;              /* only approved algorithms */
  bool has_legacy;           /* RC2 and RC4 of old PKCS#12 files */
};

struct crypto_library crypto_library_look(void);

#endif
