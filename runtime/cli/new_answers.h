/* SPDX-License-Identifier: Apache-2.0 */
/*
 * new_answers: an answer to a question of `renew new`: whether it can be one, and what of the
 * template it replaces. Pure: nothing is asked or written here.
 */
#ifndef RENEW_CLI_NEW_ANSWERS_H
#define RENEW_CLI_NEW_ANSWERS_H

#include "compiler/base/text.h"

enum answer_kind {
  ANSWER_TENANT,
  ANSWER_ADDRESS,
  ANSWER_ALIAS,
  ANSWER_NODES,
  ANSWER_PEOPLE,
  ANSWER_WINDOW,
  ANSWER_SPACE
};

enum question_template {
#define TEMPLATE(id, name, says) TEMPLATE_##id,
#include "runtime/cli/new_questions.def"
  TEMPLATE__COUNT
};

struct question {
  enum question_template of;
  const char *option;
  enum answer_kind kind;
  const char *asks;
  const char *otherwise; /* the answer that stands in the template */
  const char *name;
};

struct replacement {
  struct text from, to;
};

enum { REPLACEMENTS_MAX = 64 };

struct replacements {
  struct replacement items[REPLACEMENTS_MAX];
  size_t count;
};

/* Adds what the answer replaces. NULL: it is one; else what is wrong with it, to be read behind
 * the answer. words: the template; a name that it uses itself cannot be given again. */
const char *answer_take(struct arena *arena, const struct question *question, struct text answer,
                        struct text words, struct replacements *replacements);
/* All replacements at once, the longest first: what was put in is not looked at again. */
struct text answers_apply(struct arena *arena, struct text words,
                          const struct replacements *replacements);

#endif
