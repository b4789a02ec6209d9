/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan_words: what `renew scan` and `renew new --flows` say of a use of a key; and the keys of a whole scan,
 * each with the flows that use it: what an integration developer plans a renewal by.
 */
#ifndef RENEW_CLI_SCAN_WORDS_H
#define RENEW_CLI_SCAN_WORDS_H

#include "runtime/cli/cli_json.h"
#include "runtime/scan/scan.h"

/* "HTTP channel `Commission` to ERP", "step `Sign` (SignMessage)", "script/sign.groovy" */
struct text scan_place(struct arena *arena, const struct use *use);
/* "shop-prod", "no alias: any key pair that the receiver trusts" */
struct text scan_alias(struct arena *arena, const struct use *use);

/* "TLS client certificate"; of what no name says what it is for, "a use of its own". */
const char *scan_purpose(enum use_purpose purpose);

/* Keys in groups, by who has to do something where one is exchanged. Nothing where there are none. */
void scan_print_keys(struct arena *arena, const struct scan *scan);
/* The same: [{"keys","how","alias","purposes","flows":[{"id","certain"}]}] */
json_t *scan_keys_json(struct arena *arena, const struct scan *scan);

#endif
