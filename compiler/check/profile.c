/* SPDX-License-Identifier: Apache-2.0 */
/* profile: the values that hold where no profile is written. See profile.h. */
#include "compiler/check/profile.h"

enum { DAY_S = 86400 };

const struct profile profile_default = {
    /* NIST SP 800-131A rev. 2 and CA/Browser Forum BR 6.1.5: less than 2048 bits is disallowed. */
    .rsa_min = 2048,
    /* NIST SP 800-57 part 1: 2048 bits are 112 bits of strength, fit until 2030; BSI TR-02102-1 asks
     * for 3000. */
    .rsa_recommended = 3072,
    /* A private authority has no limit that everybody knows, and a guessed one is a false alarm. */
    .max_validity_s = 0,
    /* SAP Help, "Specifying Service Instance and Service Key Parameters in JSON Format": `validity` of
     * an it-rt key is 1 to 365 days. */
    .max_key_validity_s = (int64_t)365 * DAY_S,
    .change_number_required = false,
};
