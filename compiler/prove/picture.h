/* SPDX-License-Identifier: Apache-2.0 */
/*
 * picture: a proof for the eye. Phases run from left to right, a step stands where a phase begins. Of each
 * version of a certificate what is presented is drawn above what is accepted, as a stone on its ground: a
 * stone without ground is a connection that is refused. Pure.
 *
 * (1) One panel for each table of the explanation; at most PICTURE_PANELS_MAX, and the picture says how many
 *     it leaves out.
 * (2) A text that does not fit is shortened, and whole in the <title> of its element.
 */
#ifndef RENEW_PROVE_PICTURE_H
#define RENEW_PROVE_PICTURE_H

#include "compiler/prove/explain.h"

enum { PICTURE_PANELS_MAX = 60 };

void picture_svg(const struct proof *proof, const struct explanation *explanation,
                 struct buffer *ret_bytes);

#endif
