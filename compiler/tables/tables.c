/* SPDX-License-Identifier: Apache-2.0 */
/* tables: see tables.h. */
#include "compiler/tables/tables.h"

const char *const kind_words[KIND__COUNT] = {
#define KIND(id, word, says) [KIND_##id] = word,
#include "grammar/keys.def"
};

const char *const kind_says[KIND__COUNT] = {
#define KIND(id, word, says) [KIND_##id] = says,
#include "grammar/keys.def"
};

const char *const key_words[KEY__COUNT] = {
#define KEYWORD(id, words) [KEY_##id] = words,
#include "grammar/keys.def"
};

enum { REQUIRED = 1, REPEATED = 2, LIST = 2, ENTERS = 1, ANYTIME = 0, BLOCK = 0, LINE = 1 };

#define KEYWORD(id, words) static const char words_##id[] = words;
#include "grammar/keys.def"

const struct key_row key_rows[] = {
#define KEY(kind, keyword, form, flags, otherwise, says)                                           \
  {KIND_##kind, KEY_##keyword, words_##keyword, form, flags, otherwise, says},
#include "grammar/keys.def"
};
const uint32_t key_row_count = sizeof key_rows / sizeof key_rows[0];

const struct verb_row verb_rows[VERB__COUNT] = {
#define VERB(id, word, window, form, says) [VERB_##id] = {word, window, form, says},
#include "grammar/verbs.def"
};

const struct part_row part_rows[] = {
#define PART(verb, part, prepositions, types, words, flags)                                        \
  {VERB_##verb, PART_##part, prepositions, types, words, flags},
#include "grammar/verbs.def"
};
const uint32_t part_row_count = sizeof part_rows / sizeof part_rows[0];

const struct effect_row effect_rows[] = {
#define EFFECT(verb, kind, effect, class)                                                          \
  {VERB_##verb, KIND_##kind, EFFECT_##effect, CLASS_##class},
#include "grammar/verbs.def"
};
const uint32_t effect_row_count = sizeof effect_rows / sizeof effect_rows[0];

enum { INSTANT = 0, LASTS = 1 };
static const struct writes_row writes_rows[] = {
#define WRITES(effect, thing, value, lasts)                                                        \
  {EFFECT_##effect, MODEL_##thing, WRITTEN_##value, lasts},
#include "grammar/verbs.def"
};

enum writes_number {
#define WRITES(effect, thing, value, lasts) WRITES_##effect,
#include "grammar/verbs.def"
};

/* By effect: the number of its row, + 1. */
static const uint8_t writes_numbers[EFFECT__COUNT] = {
#define WRITES(effect, thing, value, lasts) [EFFECT_##effect] = WRITES_##effect + 1,
#include "grammar/verbs.def"
};

static const struct store_row store_rows[] = {
#define STORE(word, atomic, fenced, keeps, whole) {word, atomic, fenced, keeps, whole},
#include "grammar/keys.def"
};

const struct look_row look_rows[LOOK__COUNT] = {
#define LOOK(id, word, form, says) [LOOK_##id] = {word, form, says},
#include "grammar/verbs.def"
};

const struct look_part_row look_part_rows[] = {
#define LOOK_PART(look, part, prepositions, types, flags)                                          \
  {LOOK_##look, {VERB_CHECKS, PART_##part, prepositions, types, "", flags}},
#include "grammar/verbs.def"
};
const uint32_t look_part_row_count = sizeof look_part_rows / sizeof look_part_rows[0];

const struct option_row option_rows[OPTION__COUNT] = {
#define OPTION(id, words, form, place, says) [OPTION_##id] = {words, form, place, says},
#include "grammar/verbs.def"
};

struct alias_row {
  const char *word;
  enum verb verb;
};

static const struct alias_row alias_rows[] = {
#define ALIAS(word, verb) {word, VERB_##verb},
#include "grammar/verbs.def"
};

const char *const effect_words[EFFECT__COUNT] = {
    [EFFECT_MAKE_KEY] = "make-key",
    [EFFECT_ADD_INSTANCE] = "add-instance",
    [EFFECT_ADD_SERVICE_KEY] = "add-service-key",
    [EFFECT_SIGN] = "sign",
    [EFFECT_DELIVER] = "deliver",
    [EFFECT_MESSAGE] = "message",
    [EFFECT_AGREEMENT] = "agreement",
    [EFFECT_ADD_ACCEPTED] = "add-accepted",
    [EFFECT_ADD_ROOT] = "add-root",
    [EFFECT_ADD_TRUSTED] = "add-trusted",
    [EFFECT_SET_ALIAS] = "set-alias",
    [EFFECT_SET_SLOT] = "set-slot",
    [EFFECT_START] = "start",
    [EFFECT_STOP] = "stop",
    [EFFECT_RESTART] = "restart",
    [EFFECT_DEPLOY] = "deploy",
    [EFFECT_UNDEPLOY] = "undeploy",
    [EFFECT_EXPORT] = "export",
    [EFFECT_PRESENT] = "present",
    [EFFECT_DROP_ACCEPTED] = "drop-accepted",
    [EFFECT_DROP_ALIAS] = "drop-alias",
    [EFFECT_DROP_SERVICE_KEY] = "drop-service-key",
    [EFFECT_LOOK] = "look",
    [EFFECT_WAIT] = "wait",
    [EFFECT_BACK_UP] = "back-up",
    [EFFECT_RESTORE] = "restore",
    [EFFECT_ACTIVATE] = "activate",
    [EFFECT_REVOKE] = "revoke",
    [EFFECT_AUTHORIZE_CALLER] = "authorize-caller",
    [EFFECT_DROP_CALLER] = "drop-caller",
    [EFFECT_READ_SET] = "read-set",
};

const char *const part_words[PART__COUNT] = {
    [PART_OBJECT] = "object",
    [PART_TEXT] = "text",
    [PART_WITH] = "with",
    [PART_PLACE] = "place",
    [PART_RECIPIENT] = "recipient",
    [PART_BY] = "by",
    [PART_AS] = "as",
    [PART_AT] = "at",
    [PART_UNTIL] = "until",
    [PART_FOR] = "for",
    [PART_KEEPING] = "keeping",
    [PART_CHECK] = "check",
    [PART_EXPECTED] = "expected",
};

static bool find(const char *const *words, int count, struct text word, int *ret_index)
{
  for (int i = 0; i < count; i++)
    if (text_is(word, words[i])) {
      *ret_index = i;
      return true;
    }
  return false;
}

uint32_t kinds_of_artefacts(void)
{
  return 1u << KIND_CERTIFICATE | 1u << KIND_CREDENTIAL | 1u << KIND_SSHKEY | 1u << KIND_PGPKEY;
}

bool kind_is_artefact(enum kind kind)
{
  return (kinds_of_artefacts() & 1u << kind) != 0;
}

bool kind_find(struct text word, enum kind *ret_kind)
{
  int index;
  if (!find(kind_words, KIND_DECLARED_COUNT, word, &index))
    return false;
  *ret_kind = (enum kind)index;
  return true;
}

bool key_find(struct text words, enum key *ret_key)
{
  int index;
  if (!find(key_words, KEY__COUNT, words, &index))
    return false;
  *ret_key = (enum key)index;
  return true;
}

bool effect_heals(enum effect effect)
{
  return effect == EFFECT_START || effect == EFFECT_RESTART || effect == EFFECT_ADD_ACCEPTED;
}

bool effect_find(struct text word, enum effect *ret_effect)
{
  int index;
  if (!find(effect_words, EFFECT__COUNT, word, &index))
    return false;
  *ret_effect = (enum effect)index;
  return true;
}

bool part_find(struct text word, enum part *ret_part)
{
  int index;
  if (!find(part_words, PART__COUNT, word, &index))
    return false;
  *ret_part = (enum part)index;
  return true;
}

bool verb_find(struct text word, enum verb *ret_verb)
{
  for (int i = 0; i < VERB__COUNT; i++)
    if (text_is(word, verb_rows[i].word)) {
      *ret_verb = (enum verb)i;
      return true;
    }
  return false;
}

bool verb_find_alias(struct text word, enum verb *ret_verb)
{
  for (size_t i = 0; i < sizeof alias_rows / sizeof alias_rows[0]; i++)
    if (text_is(word, alias_rows[i].word)) {
      *ret_verb = alias_rows[i].verb;
      return true;
    }
  return false;
}

const struct part_row *verb_part(enum verb verb, enum part part)
{
  for (uint32_t i = 0; i < part_row_count; i++)
    if (part_rows[i].verb == verb && part_rows[i].part == part)
      return &part_rows[i];
  return NULL;
}

const struct effect_row *verb_effect(enum verb verb, enum kind kind)
{
  for (uint32_t i = 0; i < effect_row_count; i++)
    if (effect_rows[i].verb == verb && effect_rows[i].kind == kind)
      return &effect_rows[i];
  return NULL;
}

const struct writes_row *effect_writes(enum effect effect)
{
  return writes_numbers[effect] == 0 ? NULL : &writes_rows[writes_numbers[effect] - 1];
}

enum effect_class effect_class_of(enum effect effect)
{
  for (uint32_t i = 0; i < effect_row_count; i++)
    if (effect_rows[i].effect == effect)
      return effect_rows[i].class;
  return CLASS_NOTHING;
}

const struct store_row *store_find(struct text word)
{
  for (size_t i = 0; i < sizeof store_rows / sizeof store_rows[0]; i++)
    if (text_is(word, store_rows[i].word))
      return &store_rows[i];
  return NULL;
}
