/* SPDX-License-Identifier: Apache-2.0 */
/* cli_json: see cli_json.h. */
#include <stdio.h>
#include <stdlib.h>

#include "runtime/cli/cli.h"
#include "runtime/cli/cli_json.h"

json_t *cli_json_text(struct text value)
{
  return json_stringn(value.at == NULL ? "" : value.at, value.length);
}

void cli_json_print(json_t *object, const char *schema)
{
  json_object_set_new(object, "schema", json_string(schema));
  char *line = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
  puts(line);
  free(line);
  json_decref(object);
}

void cli_json_log(struct cli *cli, json_t *object, const char *schema)
{
  json_object_set_new(object, "schema", json_string(schema));
  char *line = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
  struct buffer out = {0};
  buffer_format(&out, "%s\n", line);
  cli_log(cli, buffer_text(&out));
  buffer_free(&out);
  free(line);
  json_decref(object);
}
