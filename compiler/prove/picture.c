/* SPDX-License-Identifier: Apache-2.0 */
/* picture: see picture.h. */
#include "compiler/prove/picture.h"

#include <string.h>

#include "compiler/graph/view_draw.h"

enum {
  MARGIN = 26,
  LABEL_WIDTH = 152,
  COLUMN_WIDTH = 156,
  COLUMNS_MAX = 7, /* of a band; more phases go on below */
  HEAD_HEIGHT = 50,
  STONE = 30,
  GROUND = 18,
  BLOCK_GAP = 12,
  NEED_HEIGHT = 34,
  LINE = 16,
  TOP = 92,
  PANEL_HEAD = 30,
  PANEL_GAP = 26,
  BAND_GAP = 12,
  LEGEND_HEIGHT = 36,
  MESSAGES_MAX = 6,
  NEEDS_MAX = 12,
  PX_SAYS = 64, /* tenths of a pixel a column: 11 px, and bold 12 px */
  PX_ID = 75
};

struct picture {
  struct canvas canvas;
  struct arena *arena;
  const struct proof *proof;
  const struct graph *graph;
  const struct explanation *explanation;
  struct text *messages; /* what the proof refuses */
  uint32_t message_count;
  int width;
};

/* Which of the two blocks of a panel. */
enum version { VERSION_OLD, VERSION_NEW };
static const char *const version_words[] = {"old", "new"};

static void attribute(struct picture *p, const char *name, int value)
{
  xmlTextWriterWriteFormatAttribute(p->canvas.xml, BAD_CAST name, "%d", value);
}

static void word(struct picture *p, const char *name, const char *value)
{
  xmlTextWriterWriteAttribute(p->canvas.xml, BAD_CAST name, BAD_CAST value);
}

static void put_title(struct picture *p, struct text text)
{
  draw_begin(&p->canvas, "title", NULL);
  draw_characters(&p->canvas, text);
  draw_end(&p->canvas);
}

/* (2) */
static void put_text_of(struct picture *p, const char *class, int x, int y, int room,
                        struct text text, struct text whole)
{
  int px = strcmp(class, "id") == 0 || strcmp(class, "alarm") == 0 ? PX_ID : PX_SAYS;
  uint32_t columns = (uint32_t)(room * 10 / px);
  struct text fitting = view_fit(p->arena, text, columns);
  draw_begin(&p->canvas, "text", class);
  attribute(p, "x", x);
  attribute(p, "y", y);
  if (!text_equal(fitting, whole))
    put_title(p, whole);
  draw_characters(&p->canvas, fitting);
  draw_end(&p->canvas);
}

static void put_text(struct picture *p, const char *class, int x, int y, int room, struct text text)
{
  put_text_of(p, class, x, y, room, text, text);
}

static void put_line(struct picture *p, const char *class, int x, int from, int to)
{
  char way[64];
  snprintf(way, sizeof way, "M%d %dV%d", x, from, to);
  draw_path(&p->canvas, class, NULL, way);
}

/* Stripes, so that grey paper and eyes that see no red tell the same. */
static void put_pattern(struct picture *p, const char *id, const char *class, int width)
{
  draw_begin(&p->canvas, "pattern", NULL);
  word(p, "id", id);
  word(p, "patternUnits", "userSpaceOnUse");
  attribute(p, "width", width);
  attribute(p, "height", width);
  word(p, "patternTransform", "rotate(45)");
  draw_begin(&p->canvas, "path", class);
  word(p, "d", "M0 0V20");
  draw_end(&p->canvas);
  draw_end(&p->canvas);
}

static void put_patterns(struct picture *p)
{
  draw_begin(&p->canvas, "defs", NULL);
  put_pattern(p, "some-old", "hatch-old", 9);
  put_pattern(p, "some-new", "hatch-new", 9);
  put_pattern(p, "no-ground", "hatch-refused", 6);
  draw_end(&p->canvas);
}

static void put_filled(struct picture *p, const char *pattern, int x, int y, int width, int height)
{
  draw_begin(&p->canvas, "rect", NULL);
  attribute(p, "x", x);
  attribute(p, "y", y);
  attribute(p, "width", width);
  attribute(p, "height", height);
  xmlTextWriterWriteFormatAttribute(p->canvas.xml, BAD_CAST "fill", "url(#%s)", pattern);
  draw_end(&p->canvas);
}

/* One bar over several phases. */
enum bar {
  BAR_EMPTY,
  BAR_SURE, /* presented */
  BAR_SOME, /* may be presented */
  BAR_OFF,  /* the node is stopped */
  BAR_GROUND,
  BAR_REFUSED
};

static enum bar stone_of(const struct explain_phase *phase, enum version version)
{
  bool may = version == VERSION_OLD ? phase->may_old : phase->may_new;
  bool accepted = version == VERSION_OLD ? phase->accepts_old && phase->trusts_old
                                         : phase->accepts_new && phase->trusts_new;
  if (!phase->runs)
    return BAR_OFF;
  if (!may)
    return phase->is_broken && phase->may_nothing && version == VERSION_NEW ? BAR_REFUSED
                                                                            : BAR_EMPTY;
  if (phase->is_broken && !accepted)
    return BAR_REFUSED;
  return phase->may_old + phase->may_new + phase->may_nothing > 1 ? BAR_SOME : BAR_SURE;
}

static enum bar ground_of(const struct explain_phase *phase, enum version version)
{
  bool holds = version == VERSION_OLD ? phase->accepts_old : phase->accepts_new;
  return holds ? BAR_GROUND : BAR_EMPTY;
}

static enum bar root_of(const struct explain_phase *phase, enum version version)
{
  bool holds = version == VERSION_OLD ? phase->trusts_old : phase->trusts_new;
  return holds ? BAR_GROUND : BAR_EMPTY;
}

typedef enum bar bar_fn(const struct explain_phase *phase, enum version version);

static void put_bar(struct picture *p, enum bar look, enum version version, int x, int y, int width,
                    int height, const char *words)
{
  static const char *const sure[] = {"old", "new"}, *const some[] = {"old some", "new some"},
                           *const ground[] = {"floor-old", "floor-new"},
                           *const hatch[] = {"some-old", "some-new"};
  draw_begin(&p->canvas, "g", NULL);
  int baseline = y + height / 2 + 4;
  switch (look) {
  case BAR_EMPTY:
    break;
  case BAR_SURE:
    draw_rectangle(&p->canvas, sure[version], x, y, width, height, 3);
    put_text(p, "says", x + 10, baseline, width - 14, text_of(words));
    break;
  case BAR_SOME:
    draw_rectangle(&p->canvas, some[version], x, y, width, height, 3);
    put_filled(p, hatch[version], x + width - 26, y + 2, 24, height - 4);
    put_text(p, "says", x + 10, baseline, width - 38, text_of(words));
    break;
  case BAR_OFF:
    draw_rectangle(&p->canvas, "off", x, y, width, height, 3);
    put_text(p, "when", x + 10, baseline, width - 14, text_of(words));
    break;
  case BAR_GROUND:
    draw_rectangle(&p->canvas, ground[version], x, y, width, height, 0);
    put_text(p, "floor", x + 10, baseline, width - 14, text_of(words));
    break;
  case BAR_REFUSED:
    draw_rectangle(&p->canvas, "refused", x + 2, y, width - 4, height, 3);
    put_filled(p, "no-ground", x + width - 40, y + 2, 36, height - 4);
    put_text(p, "alarm", x + 10, baseline, width - 52, text_of(words));
    break;
  }
  draw_end(&p->canvas);
}

static const char *words_of(enum bar look, const char *ground)
{
  switch (look) {
  case BAR_EMPTY:
    return "";
  case BAR_SURE:
    return "presented";
  case BAR_SOME:
    return "may be presented";
  case BAR_OFF:
    return "stopped";
  case BAR_GROUND:
    return ground;
  case BAR_REFUSED:
    return "REFUSED";
  }
  return "";
}

struct band {
  const struct explain_connection *c;
  uint32_t first, count;
  int y;
};

static int column_x(uint32_t column)
{
  return MARGIN + LABEL_WIDTH + (int)column * COLUMN_WIDTH;
}

/* Phases that look the same are one bar. */
static void put_row(struct picture *p, const struct band *b, bar_fn *look, enum version version,
                    int y, int height, const char *ground)
{
  for (uint32_t i = 0; i < b->count;) {
    enum bar now = look(&b->c->phases[b->first + i], version);
    uint32_t end = i + 1;
    while (end < b->count && look(&b->c->phases[b->first + end], version) == now)
      end++;
    if (now != BAR_EMPTY)
      put_bar(p, now, version, column_x(i) + 1, y, (int)(end - i) * COLUMN_WIDTH - 2,
              now == BAR_GROUND ? height - 1 : height, words_of(now, ground));
    i = end;
  }
}

static int block_height(const struct explain_connection *c)
{
  return STONE + GROUND * (c->has_roots ? 2 : 1) + BLOCK_GAP;
}

static void put_label(struct picture *p, const char *class, int y, int height, struct text text)
{
  draw_begin(&p->canvas, "g", NULL);
  draw_rectangle(&p->canvas, "cell", MARGIN, y, LABEL_WIDTH - 6, height, 0);
  put_text(p, class, MARGIN + 2, y + height / 2 + 4, LABEL_WIDTH - 12, text);
  draw_end(&p->canvas);
}

static void put_block(struct picture *p, const struct band *b, enum version version, int y)
{
  struct text name = p->graph->resources[b->c->certificate].name;
  put_label(p, "id", y, STONE,
            text_format(p->arena, "%.*s.%s", TEXT_ARG(name), version_words[version]));
  put_row(p, b, stone_of, version, y, STONE, "");
  y += STONE;
  put_label(p, "name", y, GROUND,
            text_format(p->arena, "%.*s:", TEXT_ARG(p->graph->resources[b->c->receiver].name)));
  put_row(p, b, ground_of, version, y, GROUND, "accepted");
  if (b->c->has_roots)
    put_row(p, b, root_of, version, y + GROUND, GROUND, "its root is trusted");
}

/* `renew-one[erp]/import-root` is import-root here: its panel says of what. */
static struct text behind_slash(struct text id)
{
  for (size_t i = id.length; i > 0; i--)
    if (id.at[i - 1] == '/')
      return (struct text){id.at + i, id.length - i};
  return id;
}

static struct text on_each(const struct explain_connection *c, const struct step *step)
{
  return !c->is_node                             ? TEXT("of each")
         : step->id.length == step->label.length ? TEXT("likewise on each node")
                                                 : TEXT("on each node");
}

static void put_heads(struct picture *p, const struct band *b, int bottom)
{
  for (uint32_t i = 0; i < b->count; i++) {
    const struct explain_phase *phase = &b->c->phases[b->first + i];
    int x = column_x(i), room = COLUMN_WIDTH - 10;
    draw_begin(&p->canvas, "g", NULL);
    draw_rectangle(&p->canvas, "cell", x, b->y, COLUMN_WIDTH - 2, HEAD_HEIGHT - 4, 0);
    if (phase->step == INDEX_NONE) {
      put_text(p, "when", x + 5, b->y + 14, room, TEXT("at the beginning"));
    } else {
      const struct step *step = &b->c->graph->steps[phase->step];
      struct text name = phase->on_each ? step->label : behind_slash(step->id);
      const char *more = phase->on_each ? " ..." : "";
      put_text_of(p, "id", x + 5, b->y + 14, room,
                  text_format(p->arena, "%u %.*s%s", step->number, TEXT_ARG(name), more),
                  text_format(p->arena, "%u %.*s%s", step->number, TEXT_ARG(step->id), more));
      put_text(p, "name", x + 5, b->y + 29, room,
               phase->on_each ? on_each(b->c, step) : view_title(&p->graph->resources[step->role]));
      if (step->guard != INDEX_NONE)
        put_text(p, "when", x + 5, b->y + 43, room, TEXT("only on a condition"));
    }
    draw_end(&p->canvas);
    put_line(p, "rule", x, b->y, bottom);
  }
}

/* The column of the step that begins a phase of this band. */
static bool find_column(const struct band *b, uint32_t step, uint32_t *ret_column)
{
  for (uint32_t i = 0; i < b->count; i++)
    if (b->c->phases[b->first + i].step == step) {
      *ret_column = i;
      return true;
    }
  return false;
}

static bool is_drawn(const struct band *b, const struct explain_reason *reason, uint32_t *ret_from,
                     uint32_t *ret_to)
{
  return reason->before_step != INDEX_NONE && find_column(b, reason->before_step, ret_from) &&
         find_column(b, reason->after_step, ret_to) && *ret_from < *ret_to;
}

/* An arrow from the step that has to come first to the one that has to wait for it. */
static void put_need(struct picture *p, const struct explain_reason *reason, uint32_t from,
                     uint32_t to, int y)
{
  char way[96];
  int begin = column_x(from) + 4, end = column_x(to);
  int room = (int)(text_width(reason->says) * PX_SAYS / 10) + 4;
  int right = p->width - MARGIN, x = begin + room > right ? right - room : begin;
  x = x < MARGIN + LABEL_WIDTH ? MARGIN + LABEL_WIDTH : x;
  draw_begin(&p->canvas, "g", NULL);
  draw_rectangle(&p->canvas, "cell", MARGIN + LABEL_WIDTH, y, right - MARGIN - LABEL_WIDTH,
                 NEED_HEIGHT - 2, 0);
  snprintf(way, sizeof way, "M%d %dv10M%d %dH%d", begin, y + 4, begin, y + 9, end);
  draw_path(&p->canvas, "need", "url(#arrow)", way);
  put_text(p, "says", x, y + 26, right - x, reason->says);
  draw_end(&p->canvas);
}

static uint32_t count_needs(const struct band *b)
{
  uint32_t count = 0, from, to;
  for (uint32_t i = 0; i < b->c->reason_count && count < NEEDS_MAX; i++)
    count += is_drawn(b, &b->c->reasons[i], &from, &to);
  return count;
}

static int band_height(const struct band *b)
{
  return HEAD_HEIGHT + 2 * block_height(b->c) + (int)count_needs(b) * NEED_HEIGHT;
}

static void put_band(struct picture *p, const struct band *b)
{
  int y = b->y + HEAD_HEIGHT, bottom = y + 2 * block_height(b->c) - 4;
  put_heads(p, b, bottom);
  put_block(p, b, VERSION_OLD, y);
  y += block_height(b->c);
  put_block(p, b, VERSION_NEW, y);
  y += block_height(b->c);
  uint32_t from, to, count = 0;
  for (uint32_t i = 0; i < b->c->reason_count && count < NEEDS_MAX; i++)
    if (is_drawn(b, &b->c->reasons[i], &from, &to)) {
      if (count++ == 0)
        put_label(p, "name", y, NEED_HEIGHT - 6, TEXT("what the order is for"));
      put_need(p, &b->c->reasons[i], from, to, y);
      y += NEED_HEIGHT;
    }
}

static struct band next_band(const struct explain_connection *c, uint32_t first, int y)
{
  uint32_t rest = c->phase_count - first;
  return (struct band){c, first, rest > COLUMNS_MAX ? COLUMNS_MAX : rest, y};
}

/* Draws where `draws`; the height in any case. */
static int put_panel(struct picture *p, const struct explain_connection *c, int top, bool draws)
{
  int y = top + PANEL_HEAD, right = p->width - MARGIN;
  if (draws) {
    draw_begin(&p->canvas, "g", NULL);
    draw_rectangle(&p->canvas, "head", MARGIN - 8, top, right - MARGIN + 16, 24, 5);
    put_text(p, "id", MARGIN + 2, top + 16, right - MARGIN - 8, explain_who(p->arena, c));
    draw_end(&p->canvas);
  }
  if (c->broken != NULL) {
    struct text missing = explain_missing(p->arena, c);
    if (draws)
      put_text(p, "alarm", MARGIN + 2, y + 12, right - MARGIN,
               text_format(p->arena,
                           "the shortest way to a refused connection, %u of %u steps done",
                           c->broken->trace_total, c->graph->action_count));
    if (draws && missing.length != 0)
      put_text(p, "alarm", MARGIN + 2, y + 28, right - MARGIN, missing);
    y += missing.length == 0 ? 24 : 40;
  }
  for (uint32_t first = 0; first < c->phase_count;) {
    struct band band = next_band(c, first, y);
    if (draws)
      put_band(p, &band);
    y += band_height(&band) + BAND_GAP;
    first += band.count;
  }
  return y - top;
}

static void put_legend(struct picture *p, int y)
{
  static const struct {
    enum bar look;
    enum version version;
    const char *words;
    int width;
  } keys[] = {{BAR_SURE, VERSION_NEW, "presented", 86},
              {BAR_SOME, VERSION_NEW, "may be presented", 150},
              {BAR_OFF, VERSION_NEW, "stopped", 76},
              {BAR_GROUND, VERSION_NEW, "accepted", 82},
              {BAR_REFUSED, VERSION_NEW, "REFUSED", 116}};
  int x = MARGIN;
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
    put_bar(p, keys[i].look, keys[i].version, x, y, keys[i].width, 22, keys[i].words);
    x += keys[i].width + 12;
  }
  put_text(p, "facts", x + 4, y + 15, p->width - x - MARGIN,
           TEXT("What is presented has to stand on what is accepted."));
}

static struct text say_verdict(struct picture *p)
{
  bool is_broken = false;
  for (uint32_t i = 0; i < p->explanation->connection_count; i++)
    is_broken = is_broken || p->explanation->connections[i].broken != NULL;
  if (p->proof->verdict == VERDICT_UNSAFE)
    return is_broken ? TEXT("unsafe: an allowed order, pause or crash lets a caller be refused")
                     : TEXT("unsafe: the proof refuses this plan");
  return text_format(p->arena,
                     "%s: no allowed order, pause or crash lets a named caller open a connection "
                     "that is not accepted",
                     verdict_words[p->proof->verdict]);
}

/* The title, the verdict, and what the proof refuses. */
static int put_top(struct picture *p, bool draws)
{
  int y = 40, room = p->width - 2 * MARGIN;
  struct text title = p->graph->title.length != 0 ? p->graph->title : p->graph->name;
  if (draws) {
    struct text fitting = view_fit(p->arena, title, (uint32_t)(room / 12));
    draw_begin(&p->canvas, "text", "title");
    attribute(p, "x", MARGIN);
    attribute(p, "y", y);
    if (!text_equal(fitting, title))
      put_title(p, title);
    draw_characters(&p->canvas, fitting);
    draw_end(&p->canvas);
    put_text(p, p->proof->verdict == VERDICT_UNSAFE ? "alarm" : "says", MARGIN, y + 22, room,
             say_verdict(p));
  }
  y += 22;
  for (uint32_t i = 0; i < p->message_count; i++) {
    y += LINE;
    if (draws)
      put_text(p, "says", MARGIN, y, room, p->messages[i]);
  }
  return y + 20;
}

static int put_bottom(struct picture *p, int y, bool draws)
{
  uint32_t left = p->explanation->connection_count > PICTURE_PANELS_MAX
                      ? p->explanation->connection_count - PICTURE_PANELS_MAX
                      : 0;
  int room = p->width - 2 * MARGIN;
  if (left != 0) {
    y += LINE;
    if (draws)
      put_text(p, "alarm", MARGIN, y, room,
               text_format(p->arena,
                           "%u more connections are not drawn: renew check "
                           "--explain-safety lists all",
                           left));
  }
  for (uint32_t i = 0; i < p->proof->obligation_count && i < MESSAGES_MAX; i++) {
    y += LINE;
    if (draws)
      put_text(p, "says", MARGIN, y, room,
               text_format(p->arena, "in time: %.*s", TEXT_ARG(p->proof->obligations[i].says)));
  }
  if (p->proof->obligation_count > MESSAGES_MAX) {
    y += LINE;
    if (draws)
      put_text(p, "says", MARGIN, y, room,
               text_format(p->arena, "and %u more obligations",
                           p->proof->obligation_count - MESSAGES_MAX));
  }
  y += LINE;
  if (draws)
    put_text(p, "facts", MARGIN, y, room,
             text_format(p->arena, "rests on %.*s: renew check --explain-safety lists them",
                         TEXT_ARG(explain_count(p->arena, p->proof))));
  return y + 20;
}

/* The errors of the proof in one line each. */
static void find_messages(struct picture *p)
{
  struct diag_list diags;
  diag_list_start(&diags, p->arena);
  prove_tell(p->proof, NULL, &diags);
  p->messages = arena_array(p->arena, MESSAGES_MAX + 1, sizeof *p->messages);
  uint32_t more = 0;
  for (uint32_t i = 0; i < diags.count; i++) {
    const struct diag *diag = diags.items[i];
    if (diag->severity != SEVERITY_ERROR)
      continue;
    if (p->message_count < MESSAGES_MAX)
      p->messages[p->message_count++] =
          text_format(p->arena, "%s: %.*s", diag_code_name(diag->code), TEXT_ARG(diag->headline));
    else
      more++;
  }
  if (more != 0)
    p->messages[p->message_count++] = text_format(p->arena, "and %u more findings", more);
}

static int put_all(struct picture *p, bool draws)
{
  int y = put_top(p, draws);
  if (draws)
    put_legend(p, y);
  y += LEGEND_HEIGHT;
  for (uint32_t i = 0; i < p->explanation->connection_count && i < PICTURE_PANELS_MAX; i++)
    y += put_panel(p, &p->explanation->connections[i], y, draws) + PANEL_GAP - BAND_GAP;
  if (p->explanation->connection_count == 0) {
    y += LINE;
    if (draws)
      put_text(p, "says", MARGIN, y, p->width - 2 * MARGIN,
               TEXT("Nobody in this plan calls anybody with a certificate of the plan."));
  }
  return put_bottom(p, y, draws);
}

void picture_svg(const struct proof *proof, const struct explanation *explanation,
                 struct buffer *ret_bytes)
{
  struct picture p = {.arena = arena_new("picture", 0),
                      .proof = proof,
                      .graph = proof->graph,
                      .explanation = explanation};
  uint32_t columns = 5;
  for (uint32_t i = 0; i < explanation->connection_count && i < PICTURE_PANELS_MAX; i++) {
    uint32_t count = explanation->connections[i].phase_count;
    columns = count > columns ? count : columns;
  }
  columns = columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
  p.width = column_x(columns) + MARGIN;
  find_messages(&p);
  int height = put_all(&p, false);
  draw_start(&p.canvas, p.arena, p.width, height,
             text_format(p.arena, "%.*s: who presents what, and what is accepted",
                         TEXT_ARG(proof->graph->name)));
  put_patterns(&p);
  put_all(&p, true);
  draw_finish(&p.canvas, ret_bytes);
  arena_free(p.arena);
}
