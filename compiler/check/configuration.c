/* SPDX-License-Identifier: Apache-2.0 */
/* configuration: see configuration.h. The file is read as the block of one declaration. */
#include "compiler/check/configuration.h"

#include <ctype.h>
#include <string.h>

#include "compiler/base/digest.h"
#include "compiler/check/checker.h"

/* A file that only marks the root of a repository: nothing but blanks and comments. */
static bool says_nothing(const struct source *source)
{
  for (uint32_t i = 1; i <= source->line_count; i++) {
    struct text line = source_line(source, i);
    size_t at = 0;
    while (at < line.length && isspace((unsigned char)line.at[at]))
      at++;
    if (at < line.length && line.at[at] != '#')
      return false;
  }
  return true;
}

static uint32_t add_decl(struct checker *c, enum kind kind, const struct line *line)
{
  uint32_t index = c->program->decl_count++;
  struct decl *decl = &c->program->decls[index];
  *decl = (struct decl){.kind = kind, .name = text_of(kind_words[kind])};
  c->infos[index] = (struct decl_info){.line = line, .next_same = DECL_NONE, .nodes_of = DECL_NONE};
  return index;
}

static bool is_profile(const struct line *line)
{
  return line->kind == LINE_PLAIN && line->block != NULL && line->phrase_count == 1 &&
         line->phrases->term_count == 1 &&
         text_is(line->phrases->terms->text, kind_words[KIND_PROFILE]);
}

static void read_lines(struct checker *c, uint32_t decl, const struct line *lines)
{
  for (const struct line *line = lines; line != NULL; line = line->next) {
    struct diag_list *before = flaw_begin(c, 0, line);
    if (is_profile(line))
      read_lines(c, add_decl(c, KIND_PROFILE, line), line->block->lines);
    else if (line->kind != LINE_BROKEN)
      keys_read_line(c, decl, line);
    flaw_end(c, before);
  }
}

static bool is_of_machine(enum key key)
{
  static const enum key keys[] = {KEY_ALLOW_COMMANDS, KEY_ALLOW_COMMAND, KEY_SECRET_COMMAND,
                                  KEY_PROXY,          KEY_DIRECT,        KEY_TRUST_FILE,
                                  KEY_MAIL,           KEY_MAIL_LOGIN,    KEY_ANSWERS_WITHIN};
  for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
    if (keys[i] == key)
      return true;
  return false;
}

static void refuse_in_repository(struct checker *c, const struct setting *setting)
{
  struct diag *diag = diag_add(c->diags, DIAG_E1121, setting->span,
                               "only a machine's own renew.conf may say `%s`", key_words[setting->key]);
  diag_set_label(c->diags, diag, "this file lies in a repository");
  diag_add_note(c->diags, diag, "whoever may edit a plan could otherwise decide what it runs and "
                                "where it connects");
  diag_add_help(c->diags, diag,
                "write it into /etc/renew/renew.conf or ~/.config/renew/renew.conf");
}

static void add_rule(struct checker *c, struct configuration *conf, const struct value *value,
                     enum diag_rule rule)
{
  const char *why;
  if (diag_rules_add(&conf->rules, value->text, rule, &why))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_W0005, value->span, "`%.*s` cannot be %s",
                               TEXT_ARG(value->text), rule == RULE_DENY ? "denied" : "allowed");
  diag_set_label(c->diags, diag, "it is %s", why);
}

static void forbid(struct checker *c, struct configuration *conf, const struct value *value)
{
  enum verb verb;
  if (verb_find(value->text, &verb)) {
    conf->forbidden[verb] = true;
    return;
  }
  struct text words[VERB__COUNT];
  for (int i = 0; i < VERB__COUNT; i++)
    words[i] = text_of(verb_rows[i].word);
  struct diag *diag = diag_add(c->diags, DIAG_E0210, value->span, "there is no verb `%.*s`",
                               TEXT_ARG(value->text));
  struct text nearest = text_nearest(value->text, words, VERB__COUNT);
  if (nearest.length == 0) {
    diag_set_label(c->diags, diag, "`renew help` and renew-verbs(7) list the verbs");
    return;
  }
  diag_set_label(c->diags, diag, "did you mean `%.*s`?", TEXT_ARG(nearest));
  diag_add_fix(c->diags, diag, FIX_SAFE, value->span, nearest, "write `%.*s`", TEXT_ARG(nearest));
}

static void check_sha256(struct checker *c, const struct value *value)
{
  size_t digits = 0;
  while (digits < value->text.length && isxdigit((unsigned char)value->text.at[digits]))
    digits++;
  if (digits == DIGEST_HEX && value->text.length == DIGEST_HEX)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E1121, value->span, "this is no SHA-256");
  diag_set_label(c->diags, diag, "%d hexadecimal digits are expected here", DIGEST_HEX);
  diag_add_help(c->diags, diag, "`sha256sum PROGRAM` prints it");
}

static void check_absolute(struct checker *c, const struct value *value)
{
  if (text_starts_with(value->text, "/"))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E1121, value->span, "this program has no absolute path");
  diag_set_label(c->diags, diag, "what it means must not depend on where renew is started");
  diag_add_help(c->diags, diag, "write for example \"/usr/local/bin/read-vault\"");
}

static void check_mail_server(struct checker *c, const struct value *value)
{
  if (text_starts_with(value->text, "smtp://") || text_starts_with(value->text, "smtps://"))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0407, value->span, "this is no mail server");
  diag_set_label(c->diags, diag, "it begins with smtp:// or smtps://");
  diag_add_help(c->diags, diag, "write `mail through \"smtp://mail.acme.example:25\" from \"renew@acme.example\"`");
}

static void take_setting(struct checker *c, struct configuration *conf,
                         const struct setting *setting)
{
  switch ((int)setting->key) {
  case KEY_ALLOW_FINDING:
    add_rule(c, conf, &setting->values[0], RULE_ALLOW);
    break;
  case KEY_DENY_FINDING:
    add_rule(c, conf, &setting->values[0], RULE_DENY);
    break;
  case KEY_DENY_WARNINGS:
    conf->rules.warnings = RULE_DENY;
    break;
  case KEY_ALLOW_COMMAND:
    check_sha256(c, &setting->values[1]);
    break;
  case KEY_SECRET_COMMAND:
    check_absolute(c, &setting->values[0]);
    break;
  case KEY_MAIL:
    check_mail_server(c, &setting->values[0]);
    break;
  case KEY_FORBID:
    for (uint32_t i = 0; i < setting->value_count; i++)
      forbid(c, conf, &setting->values[i]);
    break;
  default: /* the runtime's */
    break;
  }
}

static void take_number(const struct decl *decl, enum key key, int64_t *number)
{
  const struct value *value = decl_value(decl, key, 0);
  if (value != NULL)
    *number = value->number;
}

static void take_profile(const struct decl *decl, struct profile *profile)
{
  take_number(decl, KEY_RSA_MIN, &profile->rsa_min);
  take_number(decl, KEY_RSA_RECOMMENDED, &profile->rsa_recommended);
  take_number(decl, KEY_MAX_VALIDITY, &profile->max_validity_s);
  take_number(decl, KEY_MAX_KEY_VALIDITY, &profile->max_key_validity_s);
  const struct value *change = decl_value(decl, KEY_CHANGE_NUMBER, 0);
  if (change != NULL)
    profile->change_number_required = text_is(change->text, "required");
}

static uint32_t count_lines(const struct line *line)
{
  uint32_t count = 0;
  for (; line != NULL; line = line->next)
    count++;
  return count;
}

const struct configuration *check_configuration(struct arena *arena, struct source_set *sources,
                                                uint32_t file, enum conf_owner owner,
                                                struct diag_list *diags)
{
  struct checker *c = ARENA_NEW(arena, struct checker);
  struct program *program = ARENA_NEW(arena, struct program);
  struct configuration *conf = ARENA_NEW(arena, struct configuration);
  *c = (struct checker){
      .arena = arena, .tree = arena, .sources = sources, .diags = diags, .program = program};
  program->arena = arena;
  program->sources = sources;
  conf->path = sources->files[file].path;
  conf->profile = profile_default;
  conf->decl = ARENA_NEW(arena, struct decl);
  if (says_nothing(&sources->files[file]))
    return conf;
  diag_list_start(&c->dropped, arena);
  text_map_start(&c->first_of_name, arena);
  text_map_start(&c->reported, arena);
  text_map_start(&c->node_names, arena);
  pairs_start(&c->node_members, arena);
  imports_load(c, file);
  const struct line *lines = c->units[0].ast->lines;
  uint32_t capacity = count_lines(lines) + 1; /* at most each line a profile */
  program->decls = arena_array(arena, capacity, sizeof *program->decls);
  c->infos = arena_array(arena, capacity, sizeof *c->infos);
  read_lines(c, add_decl(c, KIND_CONFIGURATION, NULL), lines);
  conf->decl = &program->decls[0];
  for (uint32_t i = 0; i < conf->decl->setting_count; i++) {
    if (owner == CONF_OF_REPOSITORY && is_of_machine(conf->decl->settings[i].key))
      refuse_in_repository(c, &conf->decl->settings[i]);
    else
      take_setting(c, conf, &conf->decl->settings[i]);
  }
  for (uint32_t i = 1; i < program->decl_count; i++)
    take_profile(&program->decls[i], &conf->profile);
  arena_free(c->line);
  return conf;
}
