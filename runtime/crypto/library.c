/* SPDX-License-Identifier: Apache-2.0 */
/* library: see library.h. */
#include "runtime/crypto/library.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/opensslv.h>
#include <openssl/provider.h>

struct crypto_library crypto_library_look(void)
{
  struct crypto_library library = {.version = OpenSSL_version(OPENSSL_VERSION),
                                   .built_version = OPENSSL_VERSION_TEXT,
                                   .modules = OpenSSL_version(OPENSSL_MODULES_DIR)};
  EVP_MD *digest = EVP_MD_fetch(NULL, "SHA256", NULL);
  library.has_standard = digest != NULL;
  EVP_MD_free(digest);
  library.is_fips = EVP_default_properties_is_fips_enabled(NULL) == 1;
  /* A context of its own, as for the file that needs it. */
  OSSL_LIB_CTX *context = OSSL_LIB_CTX_new();
  OSSL_PROVIDER *legacy = context == NULL ? NULL : OSSL_PROVIDER_try_load(context, "legacy", 1);
  library.has_legacy = legacy != NULL;
  if (legacy != NULL)
    OSSL_PROVIDER_unload(legacy);
  OSSL_LIB_CTX_free(context);
  return library;
}
