/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tables: grammar/keys.def and grammar/verbs.def as enums and arrays. No rule of the language about
 * a key or a verb stands anywhere else; a new key or verb is a new row.
 */
#ifndef RENEW_TABLES_TABLES_H
#define RENEW_TABLES_TABLES_H

#include <stdbool.h>
#include <stdint.h>

#include "compiler/base/text.h"

enum kind {
#define KIND(id, word, says) KIND_##id,
#include "grammar/keys.def"
  KIND__COUNT
};

enum key {
#define KEYWORD(id, words) KEY_##id,
#include "grammar/keys.def"
  KEY__COUNT
};

enum { KEY_REQUIRED = 1, KEY_REPEATED = 2 };

struct key_row {
  enum kind kind;
  enum key key;
  const char *words; /* "trusts file" */
  const char *form;
  unsigned flags;
  const char *otherwise; /* the default in words, "" for none */
  const char *says;
};

enum verb {
#define VERB(id, word, window, form, says) VERB_##id,
#include "grammar/verbs.def"
  VERB__COUNT
};

enum part {
  PART_OBJECT,
  PART_TEXT,
  PART_WITH,
  PART_PLACE,
  PART_RECIPIENT,
  PART_BY,
  PART_AS,
  PART_AT,
  PART_UNTIL,
  PART_FOR,
  PART_KEEPING,
  PART_CHECK, /* `checks` only: the word of the form: tls call certificate absent present unused */
  PART_EXPECTED, /* `checks call`: expected status codes; negative = must not be */
  PART__COUNT
};

/* What may stand in a part; a bit set. */
enum type_bit {
  TYPE_CERTIFICATE =
      1 << 0,         /* client.new, client.old; client alone where a version makes no sense */
  TYPE_ROOT = 1 << 1, /* client.new.root, system.root, .chain */
  TYPE_SERVICEKEY = 1 << 2,
  TYPE_BUNDLE = 1 << 3, /* key.new.bundle, key.certificate */
  TYPE_KEYSTORE = 1 << 4,
  TYPE_SYSTEM = 1 << 5,
  TYPE_INSTANCE = 1 << 6,
  TYPE_CA = 1 << 7,
  TYPE_FLOW = 1 << 8,
  TYPE_NODE = 1 << 9,
  TYPE_WINDOW = 1 << 10,
  TYPE_ABAP = 1 << 11,
  TYPE_ROLE = 1 << 12,
  TYPE_TEXT = 1 << 13,
  TYPE_WORD = 1 << 14,
  TYPE_MOMENT = 1 << 15,
  TYPE_DURATION = 1 << 16,
  TYPE_TARGET = 1 << 17, /* a communication system of an ABAP system: known at run time only */
  TYPE_NUMBER = 1 << 18,
  TYPE_SPACE = 1 << 19
};

enum { PART_REQUIRED = 1, PART_LIST = 2 };

struct part_row {
  enum verb verb;
  enum part part;
  const char *prepositions; /* "in|on", "signed by"; "" = behind the verb */
  unsigned types;
  const char *words; /* "pem|der" where types is TYPE_WORD */
  unsigned flags;
};

/* The forms of `check` and `checks`. */
enum look {
#define LOOK(id, word, form, says) LOOK_##id,
#include "grammar/verbs.def"
  LOOK__COUNT
};

struct look_row {
  const char *word;
  const char *form;
  const char *says;
};

struct look_part_row {
  enum look look;
  struct part_row row;
};

/* The lines of a step's block. */
enum option {
#define OPTION(id, words, form, place, says) OPTION_##id,
#include "grammar/verbs.def"
  OPTION__COUNT
};

struct option_row {
  const char *words;
  const char *form;
  bool on_line; /* may stand at the end of the step's own line */
  const char *says;
};

/* Abstract effects: what the proof reads, the provider does and the journal names. */
enum effect {
  EFFECT_MAKE_KEY,
  EFFECT_ADD_INSTANCE, /* nothing of what anybody presents or accepts: its keys do */
  EFFECT_ADD_SERVICE_KEY,
  EFFECT_SIGN,
  EFFECT_DELIVER,
  EFFECT_MESSAGE,
  EFFECT_AGREEMENT,
  EFFECT_ADD_ACCEPTED,
  EFFECT_ADD_ROOT,
  EFFECT_ADD_TRUSTED,
  EFFECT_SET_ALIAS,
  EFFECT_SET_SLOT,
  EFFECT_START,
  EFFECT_STOP,
  EFFECT_RESTART,
  EFFECT_DEPLOY,
  EFFECT_UNDEPLOY,
  EFFECT_EXPORT,
  EFFECT_PRESENT,
  EFFECT_DROP_ACCEPTED,
  EFFECT_DROP_ALIAS,
  EFFECT_DROP_SERVICE_KEY,
  EFFECT_LOOK,
  EFFECT_WAIT,
  EFFECT_BACK_UP,
  EFFECT_RESTORE,
  EFFECT_ACTIVATE,
  EFFECT_REVOKE,
  EFFECT_AUTHORIZE_CALLER,
  EFFECT_DROP_CALLER,
  EFFECT_READ_SET, /* of no verb: stands before the block of an open set */
  EFFECT__COUNT
};

enum effect_class { CLASS_NOTHING, CLASS_SET, CLASS_COPY, CLASS_TOGGLE };

struct effect_row {
  enum verb verb;
  enum kind kind; /* of the place; of the object where the verb has no place */
  enum effect effect;
  enum effect_class class;
};

/* What an effect changes in the model of the proof; at most one row an effect. */
enum model_thing {
  MODEL_ACCEPTED,
  MODEL_SLOT,
  MODEL_ALIAS,
  MODEL_PRESENTED,
  MODEL_RUNNING,
  MODEL_LOADED,
  MODEL_REVOKED,
  MODEL_TIME
};

enum written_value { WRITTEN_NO, WRITTEN_YES, WRITTEN_NONE, WRITTEN_GIVEN, WRITTEN_KEPT };

struct writes_row {
  enum effect effect;
  enum model_thing thing;
  enum written_value value;
  bool lasts;
};

/* What the proof may count on with a kind of keystore. */
struct store_row {
  const char *word;
  bool atomic, fenced, keeps, whole;
};

struct verb_row {
  const char *word;
  bool enters; /* a window binds it */
  const char *form;
  const char *says;
};

extern const char *const kind_words[KIND__COUNT];
extern const char *const kind_says[KIND__COUNT];
extern const char *const key_words[KEY__COUNT];
extern const struct key_row key_rows[];
extern const uint32_t key_row_count;
extern const struct verb_row verb_rows[VERB__COUNT];
extern const struct part_row part_rows[];
extern const uint32_t part_row_count;
extern const struct look_row look_rows[LOOK__COUNT];
extern const struct look_part_row look_part_rows[];
extern const uint32_t look_part_row_count;
extern const struct option_row option_rows[OPTION__COUNT];
extern const struct effect_row effect_rows[];
extern const uint32_t effect_row_count;
/* NULL: the effect changes nothing that the proof reads. */
const struct writes_row *effect_writes(enum effect effect);
enum effect_class effect_class_of(enum effect effect);
const struct store_row *store_find(struct text word); /* NULL: no such kind of keystore */
extern const char *const effect_words[EFFECT__COUNT]; /* "set-alias": the journal's word */
extern const char *const part_words[PART__COUNT];     /* "object": the plan file's word */

/* The kinds of declarations in a plan file: those before KIND_CONFIGURATION. */
enum { KIND_DECLARED_COUNT = KIND_CONFIGURATION };
bool kind_find(struct text word, enum kind *ret_kind);
/* What is renewed as one thing with an old and a new version, and lives under a name in a store: a
 * certificate, a credential, an SSH or OpenPGP key. A service key lives in an instance. */
bool kind_is_artefact(enum kind kind);
uint32_t kinds_of_artefacts(void); /* a bit set */
bool verb_find(struct text word, enum verb *ret_verb);
/* "swaps" -> replaces */
bool verb_find_alias(struct text word, enum verb *ret_verb);
bool key_find(struct text words, enum key *ret_key);
bool effect_find(struct text word, enum effect *ret_effect);
/* It makes something work, and breaks nothing that works: no window holds it back once a change has begun. */
bool effect_heals(enum effect effect);
bool part_find(struct text word, enum part *ret_part);
/* NULL where the verb has no such part / no effect on that kind. */
const struct part_row *verb_part(enum verb verb, enum part part);
const struct effect_row *verb_effect(enum verb verb, enum kind kind);

#endif
