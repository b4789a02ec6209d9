/* SPDX-License-Identifier: Apache-2.0 */
/* cli_json: what verbs with --json share: one document on one line of stdout. */
#ifndef RENEW_CLI_CLI_JSON_H
#define RENEW_CLI_CLI_JSON_H

#include <jansson.h>

#include "compiler/base/text.h"

json_t *cli_json_text(struct text value);
/* Adds "schema", prints the object with sorted keys, frees it. */
void cli_json_print(json_t *object, const char *schema);
struct cli;
/* The same line into the log of --log; frees the object. */
void cli_json_log(struct cli *cli, json_t *object, const char *schema);

#endif
