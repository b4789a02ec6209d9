/* SPDX-License-Identifier: Apache-2.0 */
/* trust_change: see trust_change.h. */
#include "runtime/providers/trust_change.h"

#include <unistd.h>

static const char *const side_words[SIDE__COUNT] = {"trusts", "pins"};

static bool read_side(const struct call *call, struct trust_side *side, struct text *ret_error)
{
  return side->path == NULL ||
         file_read(call->arena, side->path, &side->content, ret_error) == FILE_FOUND;
}

bool trust_read(const struct call *call, uint32_t system, struct trust *ret_trust,
                struct text *ret_error)
{
  struct trust trust = {.system = system};
  trust.sides[SIDE_TRUSTS].path = setting_path(call, system, KEY_TRUSTS_FILE, 0);
  trust.sides[SIDE_PINS].path = setting_path(call, system, KEY_PINS_FILE, 0);
  struct text form = setting_text(call, system, KEY_PINS_FILE, 1);
  if (trust.sides[SIDE_PINS].path != NULL && !pins_form_find(form, &trust.sides[SIDE_PINS].form)) {
    *ret_error = text_format(call->arena, "`%.*s` is no form of a pins file", TEXT_ARG(form));
    return false;
  }
  for (int i = 0; i < SIDE__COUNT; i++)
    if (!read_side(call, &trust.sides[i], ret_error))
      return false;
  *ret_trust = trust;
  return true;
}

int64_t trust_changed_ns(const struct trust *trust)
{
  int64_t youngest_ns = 0;
  for (int i = 0; i < SIDE__COUNT; i++) {
    int64_t at_ns = trust->sides[i].path == NULL ? 0 : file_changed_ns(trust->sides[i].path);
    youngest_ns = at_ns > youngest_ns ? at_ns : youngest_ns;
  }
  return youngest_ns;
}

/* Roots go into the trusts file; a leaf into the list of pins, or, without one, beside the
 * roots. */
static enum side side_of(const struct trust *trust, bool is_leaf)
{
  return is_leaf && trust->sides[SIDE_PINS].path != NULL ? SIDE_PINS : SIDE_TRUSTS;
}

static bool add_change(const struct call *call, const struct trust *trust,
                       const struct argument *argument, bool adds, struct change_list *changes,
                       struct text *ret_error)
{
  struct cert_list chain;
  struct text name = argument_name(call, argument), reason = TEXT_NONE;
  bool is_leaf = !argument_has(argument, MEMBER_ROOT);
  if (safe_read_chain(call, name, &chain, &reason) != FILE_FOUND) {
    *ret_error =
        text_format(call->arena, "%.*s is not known yet: %.*s", TEXT_ARG(name), TEXT_ARG(reason));
    return false;
  }
  const struct cert *cert = is_leaf ? &chain.items[0] : certs_root(&chain);
  enum side side = side_of(trust, is_leaf);
  if (cert == NULL)
    *ret_error = text_format(call->arena, "the root of %.*s is not known", TEXT_ARG(name));
  else if (trust->sides[side].path == NULL)
    *ret_error = text_format(call->arena, "the system names no `%s file` for %.*s",
                             side_words[side], TEXT_ARG(name));
  else if (changes->count == CHANGES_MAX)
    *ret_error = text_format(call->arena, "more than %d certificates in one step", CHANGES_MAX);
  else {
    changes->items[changes->count++] = (struct change){side, adds, is_leaf, *cert, argument};
    return true;
  }
  return false;
}

bool change_list_make(const struct call *call, const struct trust *trust,
                      struct change_list *ret_changes, struct text *ret_error)
{
  bool drops = call->step->effect == EFFECT_DROP_ACCEPTED || call->step->effect == EFFECT_SET_SLOT;
  const struct argument *argument;
  ret_changes->count = 0;
  for (uint32_t i = 0; (argument = step_argument(call->graph, call->step, PART_OBJECT, i)) != NULL;
       i++)
    if (!add_change(call, trust, argument, !drops, ret_changes, ret_error))
      return false;
  argument = step_argument(call->graph, call->step, PART_WITH, 0);
  return call->step->effect != EFFECT_SET_SLOT || argument == NULL ||
         add_change(call, trust, argument, true, ret_changes, ret_error);
}

bool trust_is_changed(const struct call *call, const struct trust *trust,
                      const struct change_list *changes)
{
  for (uint32_t i = 0; i < changes->count; i++) {
    const struct change *change = &changes->items[i];
    const struct trust_side *side = &trust->sides[change->side];
    if (pins_has(call->arena, side->form, side->content, &change->cert) != change->adds)
      return false;
  }
  return true;
}

static const char *kept_path(const struct call *call, int side)
{
  struct text name = text_format(call->arena, "%.*s.before", TEXT_ARG(step_file_name(call)));
  return safe_path(call, name, side_words[side]);
}

bool trust_keep(const struct call *call, const struct trust *trust, struct text *ret_error)
{
  if (!safe_make_folder(call, ret_error))
    return false;
  for (int i = 0; i < SIDE__COUNT; i++) {
    const char *path = kept_path(call, i);
    /* Once: a second attempt would keep what the first one wrote. */
    if (trust->sides[i].path != NULL && access(path, F_OK) != 0 &&
        file_replace(call->arena, path, trust->sides[i].content, 0600, ret_error) == FILE_FAILED)
      return false;
  }
  return true;
}

bool change_list_undo(const struct call *call, const struct trust *trust,
                      const struct change_list *changes, struct change_list *ret_back)
{
  struct text before[SIDE__COUNT] = {{0}}, error;
  bool was_kept = false;
  for (int i = 0; i < SIDE__COUNT; i++)
    was_kept =
        file_read(call->arena, kept_path(call, i), &before[i], &error) == FILE_FOUND || was_kept;
  ret_back->count = 0;
  for (uint32_t i = 0; i < changes->count && was_kept; i++) {
    struct change back = changes->items[i];
    enum pins_form form = trust->sides[back.side].form;
    if (pins_has(call->arena, form, before[back.side], &back.cert) == back.adds)
      continue;
    back.adds = !back.adds;
    ret_back->items[ret_back->count++] = back;
  }
  return was_kept;
}

bool trust_write(const struct call *call, struct trust *trust, const struct change_list *changes,
                 struct text *ret_error)
{
  for (uint32_t i = 0; i < changes->count; i++) {
    const struct change *change = &changes->items[i];
    struct trust_side *side = &trust->sides[change->side];
    side->content = (change->adds ? pins_add : pins_drop)(call->arena, side->form, side->content,
                                                          &change->cert);
  }
  for (int i = 0; i < SIDE__COUNT; i++)
    if (trust->sides[i].path != NULL &&
        file_replace(call->arena, trust->sides[i].path, trust->sides[i].content, 0644, ret_error) ==
            FILE_FAILED)
      return false;
  return true;
}
