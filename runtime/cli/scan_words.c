/* SPDX-License-Identifier: Apache-2.0 */
/* scan_words: see scan_words.h. */
#include "runtime/cli/scan_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLOWS_SHOWN = 12 };

struct text scan_place(struct arena *arena, const struct use *use)
{
  const struct flow_element *element = use->element;
  if (element == NULL)
    return use->script;
  if (element->place == FLOW_STEP)
    return text_format(arena, "step `%.*s` (%.*s)", TEXT_ARG(element->name),
                       TEXT_ARG(element->component));
  bool receives = text_is(element->direction, "Receiver");
  return text_format(arena, "%.*s channel `%.*s`%s%.*s", TEXT_ARG(element->component),
                     TEXT_ARG(element->name),
                     element->system.length == 0 ? ""
                     : receives                  ? " to "
                                                 : " from ",
                     TEXT_ARG(element->system));
}

struct text scan_alias(struct arena *arena, const struct use *use)
{
  switch (use->how) {
  case HOW_NAMED:
    return use->value;
  case HOW_ANY:
    return TEXT("no alias: any key pair that the receiver trusts");
  case HOW_SSH_DEFAULT:
    return TEXT("no alias: id_rsa or id_dsa");
  case HOW_RUN_TIME:
    if (use->set_to.length != 0)
      return text_format(arena, "%.*s (known at run time only; a step sets it to: %.*s)",
                         TEXT_ARG(use->value), TEXT_ARG(use->set_to));
    if (use->written.length == 0)
      return TEXT("known at run time only");
    return text_format(arena, "%.*s (known at run time only)",
                       TEXT_ARG(use->value.length != 0 ? use->value : use->written));
  case HOW_PARTNER:
    return text_format(arena, "%.*s (in the Partner Directory)", TEXT_ARG(use->value));
  case HOW_CREDENTIAL:
    return use->value.length == 0
               ? TEXT("the key pair that its credential names")
               : text_format(arena, "the key pair that the credential %.*s names",
                             TEXT_ARG(use->value));
  case HOW_UNSET:
  case HOW__COUNT:
    break;
  }
  bool is_placeholder = use->value.length != 0 && use->value.at[0] == '<';
  return is_placeholder
             ? text_format(arena, "%.*s (a placeholder that is not filled in)",
                           TEXT_ARG(use->value))
             : text_format(arena, "%.*s (a parameter without a value)", TEXT_ARG(use->written));
}

const char *scan_purpose(enum use_purpose purpose)
{
  return purpose == USE_OTHER ? "a use of its own" : use_purpose_words[purpose];
}

/* By who has to act. */
enum group { GROUP_OWN, GROUP_PARTNER, GROUP_SSH, GROUP_OPENPGP, GROUP__COUNT };
static const struct {
  const char *word, *says, *then;
} groups[GROUP__COUNT] = {
    {"own", "Key pairs of this tenant",
     "When one is exchanged: the other side takes the new certificate first; then restart its "
     "flows."},
    {"partner", "Certificates of partners",
     "When a partner renews: exchange the entry here, then restart its flows."},
    {"ssh", "SSH keys", "When one is exchanged: the server takes the new public key first."},
    {"openpgp", "OpenPGP keys, by user ID",
     "When one is exchanged: its public half goes to who encrypts to it, or verifies."},
};

static enum group group_of(enum use_purpose purpose)
{
  switch (purpose) {
  case USE_TLS_TRUST:
  case USE_ENCRYPTION:
  case USE_VERIFICATION:
    return GROUP_PARTNER;
  case USE_SSH:
    return GROUP_SSH;
  case USE_OPENPGP:
    return GROUP_OPENPGP;
  case USE_TLS_CLIENT:
  case USE_SIGNING:
  case USE_DECRYPTION:
  case USE_OTHER:
  case USE__COUNT:
    break;
  }
  return GROUP_OWN;
}

struct key_flow {
  const struct scanned_flow *flow;
  bool is_certain;
};

struct key {
  enum group group;
  enum use_how how;
  struct text alias;
  uint32_t purposes; /* one bit each */
  struct key_flow *flows;
  uint32_t count, capacity;
};

struct keys {
  struct arena *arena;
  struct key *items;
  uint32_t count, capacity;
  struct text_map places;
};

static struct key *key_of(struct keys *keys, const struct use *use)
{
  struct arena *arena = keys->arena;
  struct text alias = scan_alias(arena, use);
  uint32_t place;
  struct text id =
      text_format(arena, "%d %d %.*s", (int)group_of(use->purpose), (int)use->how, TEXT_ARG(alias));
  if (text_map_find(&keys->places, id, &place))
    return &keys->items[place];
  if (keys->count == keys->capacity) {
    keys->capacity = keys->capacity == 0 ? 32 : keys->capacity * 2;
    keys->items = arena_grow(arena, keys->items, keys->count, keys->capacity, sizeof *keys->items);
  }
  text_map_add(&keys->places, id, keys->count, NULL);
  struct key *key = &keys->items[keys->count++];
  *key = (struct key){.group = group_of(use->purpose), .how = use->how, .alias = alias};
  return key;
}

static int by_group(const void *a, const void *b)
{
  const struct key *x = a, *y = b;
  if (x->group != y->group)
    return (int)x->group - (int)y->group;
  if (x->how != y->how)
    return (int)x->how - (int)y->how;
  return text_compare(x->alias, y->alias);
}

static void collect(struct arena *arena, const struct scan *scan, struct keys *keys)
{
  *keys = (struct keys){.arena = arena};
  text_map_start(&keys->places, arena);
  for (uint32_t i = 0; i < scan->count; i++)
    for (uint32_t j = 0; j < scan->flows[i].uses.count; j++) {
      const struct use *use = &scan->flows[i].uses.items[j];
      if (use->in_use == USE_NO)
        continue;
      struct key *key = key_of(keys, use);
      key->purposes |= 1u << use->purpose;
      if (key->count == 0 || key->flows[key->count - 1].flow != &scan->flows[i]) {
        if (key->count == key->capacity) {
          key->capacity = key->capacity == 0 ? 4 : key->capacity * 2;
          key->flows = arena_grow(arena, key->flows, key->count, key->capacity, sizeof *key->flows);
        }
        key->flows[key->count++] = (struct key_flow){&scan->flows[i], false};
      }
      key->flows[key->count - 1].is_certain |= use->in_use == USE_YES;
    }
  if (keys->count != 0)
    qsort(keys->items, keys->count, sizeof *keys->items, by_group);
}

static void print_key(struct arena *arena, const struct key *key)
{
  const char *between = "";
  printf("  %.*s\n    for ", TEXT_ARG(text_visible(arena, key->alias)));
  for (int i = 0; i < USE__COUNT; i++)
    if ((key->purposes >> i & 1) != 0) {
      printf("%s%s", between, scan_purpose((enum use_purpose)i));
      between = ", ";
    }
  puts("");
  for (uint32_t i = 0; i < key->count && i < FLOWS_SHOWN; i++)
    printf("    in %.*s%s\n", TEXT_ARG(text_visible(arena, key->flows[i].flow->id)),
           key->flows[i].is_certain ? "" : ", perhaps");
  if (key->count > FLOWS_SHOWN)
    printf("    in %u more (--json has them all)\n", key->count - FLOWS_SHOWN);
}

void scan_print_keys(struct arena *arena, const struct scan *scan)
{
  struct keys keys;
  collect(arena, scan, &keys);
  for (uint32_t i = 0; i < keys.count; i++) {
    const struct key *key = &keys.items[i];
    if (i == 0 || key->group != keys.items[i - 1].group)
      printf("\n%s\n  %s\n", groups[key->group].says, groups[key->group].then);
    print_key(arena, key);
  }
}

json_t *scan_keys_json(struct arena *arena, const struct scan *scan)
{
  struct keys keys;
  json_t *list = json_array();
  collect(arena, scan, &keys);
  for (uint32_t i = 0; i < keys.count; i++) {
    const struct key *key = &keys.items[i];
    json_t *one = json_object(), *purposes = json_array(), *flows = json_array();
    for (int j = 0; j < USE__COUNT; j++)
      if ((key->purposes >> j & 1) != 0)
        json_array_append_new(purposes, json_string(use_purpose_words[j]));
    for (uint32_t j = 0; j < key->count; j++) {
      json_t *flow = json_object();
      json_object_set_new(flow, "id", cli_json_text(key->flows[j].flow->id));
      json_object_set_new(flow, "certain", json_boolean(key->flows[j].is_certain));
      json_array_append_new(flows, flow);
    }
    json_object_set_new(one, "keys", json_string(groups[key->group].word));
    json_object_set_new(one, "how", json_string(use_how_words[key->how]));
    json_object_set_new(one, "alias", cli_json_text(key->alias));
    json_object_set_new(one, "purposes", purposes);
    json_object_set_new(one, "flows", flows);
    json_array_append_new(list, one);
  }
  return list;
}
