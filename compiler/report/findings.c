/* SPDX-License-Identifier: Apache-2.0 */
/* findings: see findings.h. */
#include "compiler/report/findings.h"

#include "compiler/base/digest.h"

void findings_start(struct findings *findings, struct arena *arena)
{
  *findings = (struct findings){.arena = arena};
  text_map_start(&findings->seen, arena);
  text_map_start(&findings->equals, arena);
}

static void *room(struct arena *arena, void *items, uint32_t count, uint32_t *capacity,
                  size_t bytes)
{
  if (count < *capacity)
    return items;
  *capacity = *capacity == 0 ? 16 : *capacity * 2;
  return arena_grow(arena, items, count, *capacity, bytes);
}

struct report_case *findings_case(struct findings *findings, struct text suite, struct text name,
                                  struct text path)
{
  findings->cases = room(findings->arena, findings->cases, findings->case_count,
                         &findings->case_capacity, sizeof *findings->cases);
  struct report_case *opened = &findings->cases[findings->case_count++];
  *opened = (struct report_case){.suite = text_copy(findings->arena, suite),
                                 .name = text_copy(findings->arena, name),
                                 .path = text_copy(findings->arena, path)};
  findings->is_open = true;
  return opened;
}

void findings_end_case(struct findings *findings)
{
  findings->is_open = false;
}

static struct finding_place place_of(struct arena *arena, const struct source_set *sources,
                                     struct span span)
{
  struct place start = source_place(sources, span);
  struct place end = source_place(sources, span_end_point(span));
  return (struct finding_place){.path = text_copy(arena, sources->files[span.file].path),
                                .line = start.line,
                                .column = start.column,
                                .column_utf16 = start.column_utf16,
                                .end_line = end.line,
                                .end_column = end.column,
                                .end_column_utf16 = end.column_utf16};
}

static struct text *copy_lines(struct arena *arena, const struct diag_line *lines,
                               uint32_t *ret_count)
{
  uint32_t count = 0;
  for (const struct diag_line *line = lines; line != NULL; line = line->next)
    count++;
  struct text *copies = arena_array(arena, count, sizeof *copies);
  *ret_count = count;
  for (count = 0; lines != NULL; lines = lines->next)
    copies[count++] = text_copy(arena, lines->text);
  return copies;
}

static void copy_places(struct findings *findings, const struct diag *diag,
                        const struct source_set *sources, struct finding *finding)
{
  struct arena *arena = findings->arena;
  for (const struct diag_label *label = diag->secondary; label != NULL; label = label->next)
    finding->related_count++;
  finding->related = arena_array(arena, finding->related_count, sizeof *finding->related);
  uint32_t at = 0;
  for (const struct diag_label *label = diag->secondary; label != NULL; label = label->next)
    finding->related[at++] =
        (struct finding_note){place_of(arena, sources, label->span), text_copy(arena, label->text)};
  for (const struct diag_edit *edit = diag->edits; edit != NULL; edit = edit->next)
    finding->edit_count++;
  finding->edits = arena_array(arena, finding->edit_count, sizeof *finding->edits);
  at = 0;
  for (const struct diag_edit *edit = diag->edits; edit != NULL; edit = edit->next)
    finding->edits[at++] =
        (struct finding_edit){place_of(arena, sources, edit->span), text_copy(arena, edit->text)};
}

/* The words of a line, one blank between them. */
static void add_words(struct text line, struct buffer *out)
{
  bool between = false;
  for (size_t i = 0; i < line.length; i++) {
    char c = line.at[i];
    if (c == ' ' || c == '\t' || c == '\r') {
      between = true;
      continue;
    }
    if (between)
      buffer_add(out, " ", 1);
    between = false;
    buffer_add(out, &c, 1);
  }
}

/* findings.h (4) */
static void set_fingerprint(struct findings *findings, struct finding *finding, struct text line)
{
  struct buffer key = {0};
  buffer_add_zero(&key, diag_code_name(finding->code));
  buffer_add(&key, "", 1);
  buffer_add_text(&key, finding->place.path);
  buffer_add(&key, "", 1);
  if (finding->has_place)
    add_words(line, &key);
  else
    buffer_add_text(&key, finding->message);
  uint32_t slot = findings->equals.count;
  if (text_map_add(&findings->equals, text_copy(findings->arena, buffer_text(&key)), slot, &slot))
    findings->equal_counts = room(findings->arena, findings->equal_counts, slot,
                                  &findings->equal_capacity, sizeof *findings->equal_counts);
  finding->nth = ++findings->equal_counts[slot];
  buffer_add(&key, "", 1);
  buffer_format(&key, "%u", finding->nth);
  struct digest digest = digest_of(buffer_text(&key));
  finding->fingerprint = text_copy(findings->arena, digest_text(&digest));
  buffer_free(&key);
}

/* findings.h (3) */
static bool is_new(struct findings *findings, const struct finding *finding)
{
  struct buffer key = {0};
  buffer_format(&key, "%s %u:%u-%u:%u ", diag_code_name(finding->code), finding->place.line,
                finding->place.column, finding->place.end_line, finding->place.end_column);
  buffer_add_text(&key, finding->place.path);
  buffer_add(&key, "", 1);
  buffer_add_text(&key, finding->message);
  bool added =
      text_map_add(&findings->seen, text_copy(findings->arena, buffer_text(&key)), 0, NULL);
  buffer_free(&key);
  return added;
}

static void take(struct findings *findings, const struct diag *diag,
                 const struct source_set *sources)
{
  struct arena *arena = findings->arena;
  struct finding finding = {.code = diag->code,
                            .severity = diag->severity,
                            .message = text_copy(arena, diag->headline),
                            .label = text_copy(arena, diag->label),
                            .has_place = diag->has_place,
                            .fix_kind = diag->fix_kind,
                            .fix_says = text_copy(arena, diag->fix_says),
                            .in_case = UINT32_MAX};
  struct text line = TEXT_NONE;
  if (findings->is_open) {
    finding.in_case = findings->case_count - 1;
    finding.place.path = findings->cases[finding.in_case].path;
  }
  if (diag->has_place) {
    finding.place = place_of(arena, sources, diag->primary);
    line = source_line(&sources->files[diag->primary.file], finding.place.line);
    copy_places(findings, diag, sources, &finding);
  }
  if (!is_new(findings, &finding))
    return;
  finding.helps = copy_lines(arena, diag->helps, &finding.help_count);
  finding.notes = copy_lines(arena, diag->notes, &finding.note_count);
  findings->items =
      room(arena, findings->items, findings->count, &findings->capacity, sizeof *findings->items);
  set_fingerprint(findings, &finding, line);
  findings->items[findings->count++] = finding;
}

void findings_take(struct findings *findings, const struct diag_list *diags,
                   const struct source_set *sources)
{
  for (uint32_t i = 0; i < diags->count; i++)
    take(findings, diags->items[i], sources);
}

void findings_misuse(struct findings *findings, struct text says)
{
  findings->misuses = arena_grow(findings->arena, findings->misuses, findings->misuse_count,
                                 findings->misuse_count + 1, sizeof *findings->misuses);
  findings->misuses[findings->misuse_count++] = text_copy(findings->arena, says);
}

uint32_t findings_count(const struct findings *findings, enum severity severity)
{
  uint32_t count = 0;
  for (uint32_t i = 0; i < findings->count; i++)
    count += findings->items[i].severity == severity;
  return count;
}
