/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report_human: one finding with its source lines and what is marked in them.
 *
 * (1) A mark stands under its words whatever tabs, wide or invisible characters stand before them.
 * (2) A line longer than LINE_SHOWN_BYTES is shown around its first mark.
 * (3) A span over several lines is shown as its first and its last line.
 */
#include "compiler/report/report_int.h"

#include <stdlib.h>

enum {
  LINE_SHOWN_BYTES = 200,
  LINE_BEFORE_BYTES = 60, /* shown before the mark of a longer line */
  MARKS_MAX = 32
};

#define COLOR_END "\x1b[0m"
#define COLOR_BOLD "\x1b[1m"
#define COLOR_FRAME "\x1b[1;34m"

struct mark {
  struct span span; /* within one line */
  uint32_t line;    /* 1-based */
  struct text text;
  bool is_primary;
};

struct human {
  const struct diag *diag;
  const struct source_set *sources;
  const struct report_options *options;
  struct buffer *out;
  int digits; /* of the largest line number */
  struct mark marks[MARKS_MAX];
  size_t mark_count;
};

static const char *severity_color(enum severity severity)
{
  switch (severity) {
  case SEVERITY_ERROR:
    return "\x1b[1;31m";
  case SEVERITY_WARNING:
    return "\x1b[1;33m";
  case SEVERITY_STYLE:
    return "\x1b[1;36m";
  }
  return "";
}

static void color(const struct human *human, const char *sequence)
{
  if (human->options->color)
    buffer_add_zero(human->out, sequence);
}

/* --- what is marked --- */

static void add_mark(struct human *human, struct span span, uint32_t line, struct text text,
                     bool is_primary)
{
  if (human->mark_count < MARKS_MAX)
    human->marks[human->mark_count++] = (struct mark){span, line, text, is_primary};
}

static uint32_t line_end_of(const struct source *source, uint32_t line)
{
  return source->line_starts[line - 1] + (uint32_t)source_line(source, line).length;
}

/* report_human.c (3) */
static void add_marks(struct human *human, struct span span, struct text text, bool is_primary)
{
  const struct source *source = &human->sources->files[span.file];
  uint32_t first = source_place(human->sources, span).line;
  struct span last_byte = {span.file, span.at + (span.length == 0 ? 0 : span.length - 1), 0};
  uint32_t last = source_place(human->sources, last_byte).line;
  if (first == last) {
    add_mark(human, span, first, text, is_primary);
    return;
  }
  uint32_t end = line_end_of(source, first), start = source->line_starts[last - 1];
  add_mark(human, (struct span){span.file, span.at, end > span.at ? end - span.at : 0}, first,
           TEXT_NONE, is_primary);
  add_mark(human, (struct span){span.file, start, span.at + span.length - start}, last, text,
           is_primary);
}

static int compare_marks(const void *left, const void *right)
{
  const struct mark *a = left, *b = right;
  if (a->span.file != b->span.file)
    return a->span.file < b->span.file ? -1 : 1;
  if (a->line != b->line)
    return a->line < b->line ? -1 : 1;
  if (a->is_primary != b->is_primary)
    return a->is_primary ? -1 : 1;
  return (a->span.at > b->span.at) - (a->span.at < b->span.at);
}

static void collect_marks(struct human *human)
{
  const struct diag *diag = human->diag;
  add_marks(human, diag->primary, diag->label, true);
  for (const struct diag_label *label = diag->secondary; label != NULL; label = label->next)
    add_marks(human, label->span, label->text, false);
  qsort(human->marks, human->mark_count, sizeof human->marks[0], compare_marks);
  human->digits = 1;
  for (size_t i = 0; i < human->mark_count; i++) {
    int digits = 1;
    for (uint32_t line = human->marks[i].line; line >= 10; line /= 10)
      digits++;
    if (digits > human->digits)
      human->digits = digits;
  }
}

/* --- lines --- */

/* The part of a line that is shown, as offsets into the source. */
struct window {
  uint32_t from, to;
  bool cut_before, cut_behind;
};

static bool is_inside_point(struct text bytes, uint32_t at)
{
  return at < bytes.length && ((unsigned char)bytes.at[at] & 0xC0) == 0x80;
}

static struct window window_of(const struct source *source, const struct mark *mark)
{
  uint32_t start = source->line_starts[mark->line - 1], end = line_end_of(source, mark->line);
  struct window window = {.from = start, .to = end};
  if (end - start <= LINE_SHOWN_BYTES)
    return window;
  if (mark->span.at > start + LINE_BEFORE_BYTES)
    window.from = mark->span.at - LINE_BEFORE_BYTES;
  if (end - window.from > LINE_SHOWN_BYTES)
    window.to = window.from + LINE_SHOWN_BYTES;
  while (is_inside_point(source->bytes, window.from))
    window.from--;
  while (window.to < end && is_inside_point(source->bytes, window.to))
    window.to--;
  window.cut_before = window.from > start;
  window.cut_behind = window.to < end;
  return window;
}

static struct text cut(const struct source *source, uint32_t from, uint32_t to)
{
  return (struct text){source->bytes.at + from, to > from ? to - from : 0};
}

static const char *dots(const struct human *human)
{
  return human->options->ascii ? "..." : "…";
}

static size_t dots_width(const struct human *human)
{
  return human->options->ascii ? 3 : 1;
}

static void add_frame(const struct human *human, uint32_t line)
{
  color(human, COLOR_FRAME);
  if (line == 0)
    buffer_format(human->out, "%*s |", human->digits, "");
  else
    buffer_format(human->out, "%*u |", human->digits, line);
  color(human, COLOR_END);
}

static void add_source_line(const struct human *human, const struct source *source,
                            const struct mark *mark, const struct window *window)
{
  struct text shown = cut(source, window->from, window->to);
  add_frame(human, mark->line);
  if (shown.length != 0 || window->cut_before)
    buffer_add_zero(human->out, " ");
  if (window->cut_before)
    buffer_add_zero(human->out, dots(human));
  report_clean(shown, window->cut_before ? dots_width(human) : 0, human->out);
  if (window->cut_behind)
    buffer_add_zero(human->out, dots(human));
  buffer_add_zero(human->out, "\n");
}

static uint32_t within(uint32_t at, const struct window *window)
{
  return at < window->from ? window->from : at > window->to ? window->to : at;
}

static void add_mark_line(const struct human *human, const struct source *source,
                          const struct mark *mark, const struct window *window)
{
  uint32_t at = within(mark->span.at, window);
  uint32_t end = within(mark->span.at + mark->span.length, window);
  size_t start = window->cut_before ? dots_width(human) : 0;
  size_t column = report_clean(cut(source, window->from, at), start, NULL);
  size_t column_end = report_clean(cut(source, at, end), column, NULL);
  add_frame(human, 0);
  buffer_format(human->out, " %*s", (int)column, "");
  color(human,
        mark->is_primary ? severity_color(human->diag->severity) : COLOR_FRAME);
  if (column_end == column)
    column_end++;
  for (size_t i = column; i < column_end; i++)
    buffer_add_zero(human->out, mark->is_primary ? "^" : "-");
  if (mark->text.length != 0) {
    buffer_add_zero(human->out, " ");
    report_clean_words(mark->text, " ", human->out);
  }
  color(human, COLOR_END);
  buffer_add_zero(human->out, "\n");
}

static void add_place(const struct human *human, const char *arrow, struct span span)
{
  struct place place = source_place(human->sources, span);
  color(human, COLOR_FRAME);
  buffer_format(human->out, "%*s%s ", human->digits, "", arrow);
  color(human, COLOR_END);
  report_clean(human->sources->files[span.file].path, 0, human->out);
  buffer_format(human->out, ":%u:%u\n", place.line, place.column);
  add_frame(human, 0);
  buffer_add_zero(human->out, "\n");
}

/* The marks of one file, line by line. */
static size_t add_file(const struct human *human, size_t from)
{
  uint32_t file = human->marks[from].span.file, last_line = 0;
  const struct source *source = &human->sources->files[file];
  bool is_primary = file == human->diag->primary.file;
  add_place(human, is_primary ? "-->" : ":::",
            is_primary ? human->diag->primary : human->marks[from].span);
  size_t i = from;
  struct window window = {0};
  for (; i < human->mark_count && human->marks[i].span.file == file; i++) {
    const struct mark *mark = &human->marks[i];
    if (mark->line != last_line) {
      if (last_line != 0 && mark->line != last_line + 1)
        buffer_format(human->out, "%s\n", dots(human));
      window = window_of(source, mark);
      add_source_line(human, source, mark, &window);
    }
    add_mark_line(human, source, mark, &window);
    last_line = mark->line;
  }
  return i;
}

/* The file of the primary mark first, then the others in their order. */
static void add_marked_lines(const struct human *human)
{
  size_t primary = 0;
  while (human->marks[primary].span.file != human->diag->primary.file)
    primary++;
  size_t behind = add_file(human, primary);
  for (size_t i = 0; i < human->mark_count;)
    i = i == primary ? behind : add_file(human, i);
}

static void add_note(const struct human *human, const char *what, struct text text,
                     const char *behind)
{
  color(human, COLOR_FRAME);
  buffer_format(human->out, "%*s = ", human->digits, "");
  color(human, COLOR_END);
  buffer_format(human->out, "%s: ", what);
  struct buffer newline = {0};
  buffer_format(&newline, "\n%*s", human->digits + 3, "");
  report_clean_words(text, newline.bytes, human->out);
  buffer_free(&newline);
  buffer_format(human->out, "%s\n", behind);
}

static const char *fix_words(enum fix_kind kind)
{
  switch (kind) {
  case FIX_NONE:
    return "";
  case FIX_SAFE:
    return "   [fix: safe]";
  case FIX_UNSAFE:
    return "   [fix: unsafe]";
  case FIX_TEMPLATE:
    return "   [fix: template]";
  }
  return "";
}

void report_human(const struct diag *diag, const struct source_set *sources,
                  const struct report_options *options, struct buffer *out)
{
  struct human human = {
      .diag = diag, .sources = sources, .options = options, .out = out, .digits = 1};
  enum severity severity = diag->severity;
  color(&human, severity_color(severity));
  buffer_format(out, "%s[%s]", report_severity(severity), diag_code_name(diag->code));
  color(&human, COLOR_END COLOR_BOLD);
  buffer_add_zero(out, ": ");
  report_clean_words(diag->headline, "\n  ", out);
  color(&human, COLOR_END);
  buffer_add_zero(out, "\n");
  if (diag->has_place) {
    collect_marks(&human);
    add_marked_lines(&human);
    add_frame(&human, 0);
    buffer_add_zero(out, "\n");
  }
  for (const struct diag_line *note = diag->notes; note != NULL; note = note->next)
    add_note(&human, "note", note->text, "");
  for (const struct diag_line *help = diag->helps; help != NULL; help = help->next)
    add_note(&human, "help", help->text, "");
  if (diag->fix_kind != FIX_NONE)
    add_note(&human, "help", diag->fix_says, fix_words(diag->fix_kind));
  add_note(&human, "explain", TEXT("renew explain "), diag_code_name(diag->code));
}
