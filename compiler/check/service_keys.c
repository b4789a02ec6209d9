/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service_keys: service instances, their keys, and the flows that are called with them. The document
 * is SAP Help, "Client Certificate Authentication for Integration Flow Processing" (SAP-7f84); the
 * limits of the parameters are SAP Help, "Specifying Service Instance and Service Key Parameters in
 * JSON Format".
 */
#include "compiler/check/checker.h"

#include <string.h>
#include <strings.h>

#include <jansson.h>

enum { DAY_S = 86400 };

static const char standard_role[] = "ESBMessaging.send";

static const struct decl *decl_at(const struct checker *c, uint32_t index)
{
  return &c->program->decls[index];
}

/* ---- the key's own lines: SAP-7f84-11, SAP-7f84-12 ---- */

static bool has(const struct decl *decl, enum key key)
{
  return decl_setting(decl, key) != NULL;
}

static void report_lacks(struct checker *c, const struct decl *decl, enum diag_code code,
                         const char *lacks, const char *label)
{
  const struct value *type = decl_value(decl, KEY_KEY_TYPE, 0);
  struct diag *diag =
      diag_add(c->diags, code, type->span, "service-key `%.*s` is `%.*s` and lacks %s",
               TEXT_ARG(decl->name), TEXT_ARG(type->text), lacks);
  diag_set_label(c->diags, diag, "%s", label);
}

/* Lines that the type of the key has no use for. */
static void refuse(struct checker *c, const struct decl *decl, enum key key, const char *label)
{
  const struct setting *setting = decl_setting(decl, key);
  if (setting == NULL)
    return;
  const struct value *type = decl_value(decl, KEY_KEY_TYPE, 0);
  struct diag *diag =
      diag_add(c->diags, DIAG_E0903, setting->span, "`%s` does not go with `key-type %.*s`",
               key_words[key], TEXT_ARG(type->text));
  diag_set_label(c->diags, diag, "%s", label);
  diag_add_label(c->diags, diag, type->span, "the type is written here");
  diag_add_help(c->diags, diag, "remove the line");
}

static void check_generated(struct checker *c, const struct decl *decl)
{
  bool valid = has(decl, KEY_VALID_FOR), size = has(decl, KEY_KEY_SIZE);
  if (!valid || !size)
    report_lacks(c, decl, DIAG_E0904,
                 !valid && !size ? "`valid for` and `key-size`"
                 : !valid        ? "`valid for`"
                                 : "`key-size`",
                 !valid && !size ? "write for example `valid for 180d` and `key-size 3072`"
                 : !valid        ? "write for example `valid for 180d`"
                                 : "write for example `key-size 3072`");
  int64_t valid_s;
  if (facts_number(c, decl, KEY_VALID_FOR, VALUE_DURATION, &valid_s) &&
      (valid_s % DAY_S != 0 || valid_s == 0)) {
    struct diag *diag = diag_add(c->diags, DIAG_E0904, decl_value(decl, KEY_VALID_FOR, 0)->span,
                                 "the validity of a service key is counted in days, at least one");
    diag_set_label(c->diags, diag, "write whole days such as `180d`");
  }
  refuse(c, decl, KEY_CERTIFICATE_FROM, "the platform makes this certificate itself");
  refuse(c, decl, KEY_TRUSTED_BY, "the platform's own certificate has a root that is supported");
  refuse(c, decl, KEY_PINNED, "only the sender's own certificate is pinned");
}

static void check_external(struct checker *c, const struct decl *decl)
{
  if (!has(decl, KEY_CERTIFICATE_FROM))
    report_lacks(c, decl, DIAG_E0902, "`certificate from file`",
                 "write `certificate from file \"...\"`: the sender's certificate as PEM");
  refuse(c, decl, KEY_VALID_FOR, "the sender's certificate has its own validity");
  refuse(c, decl, KEY_KEY_SIZE, "the sender's certificate has its own key");
}

static void check_secret(struct checker *c, const struct decl *decl)
{
  static const char label[] = "a client secret has no parameters";
  refuse(c, decl, KEY_VALID_FOR, label);
  refuse(c, decl, KEY_KEY_SIZE, label);
  refuse(c, decl, KEY_CERTIFICATE_FROM, label);
  refuse(c, decl, KEY_TRUSTED_BY, label);
  refuse(c, decl, KEY_PINNED, label);
}

static void check_limit(struct checker *c, const struct decl *decl)
{
  int64_t valid_s, limit_s = c->profile->max_key_validity_s;
  if (limit_s == 0 || !facts_number(c, decl, KEY_VALID_FOR, VALUE_DURATION, &valid_s) ||
      valid_s <= limit_s)
    return;
  struct diag *diag = diag_add(c->diags, DIAG_W0912, decl_value(decl, KEY_VALID_FOR, 0)->span,
                               "service-key `%.*s` asks for %s", TEXT_ARG(decl->name),
                               facts_days(c->arena, valid_s).at);
  diag_set_label(c->diags, diag, "at most %s are given", facts_days(c->arena, limit_s).at);
  diag_add_help(c->diags, diag, "write `valid for %s` or less", facts_days(c->arena, limit_s).at);
}

/* ---- parameters that the plan's author knows ---- */

static void report_parameter(struct checker *c, const struct value *name, struct span span,
                             const char *label, const char *help)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0903, span, "`parameter \"%.*s\"` cannot be sent",
                               TEXT_ARG(name->text));
  diag_set_label(c->diags, diag, "%s", label);
  diag_add_help(c->diags, diag, "%s", help);
}

static bool is_json(struct text words)
{
  bool claims = text_starts_with(words, "{") || text_starts_with(words, "[");
  json_t *value = claims ? json_loadb(words.at, words.length, 0, NULL) : NULL;
  bool good = !claims || value != NULL;
  json_decref(value);
  return good;
}

static void check_parameter(struct checker *c, enum kind kind, const struct setting *setting,
                            const struct setting *before)
{
  static const struct {
    enum kind kind;
    const char *name, *line;
  } own[] = {{KIND_SERVICEKEY, "key-type", "key-type"},
             {KIND_SERVICEKEY, "X.509", "certificate from file"},
             {KIND_SERVICEKEY, "validity", "valid for"},
             {KIND_SERVICEKEY, "key-length", "key-size"},
             {KIND_INSTANCE, "grant-types", "grant-types"},
             {KIND_INSTANCE, "redirect-uris", "redirect-uris"},
             {KIND_INSTANCE, "roles", "roles"}};
  const struct value *name = &setting->values[0];
  struct text words;
  if (!facts_text(name, &words))
    return;
  for (size_t i = 0; i < sizeof own / sizeof *own; i++)
    if (own[i].kind == kind && text_is(words, own[i].name)) {
      report_parameter(c, name, name->span, "it has a line of its own",
                       text_format(c->arena, "write `%s`", own[i].line).at);
      return;
    }
  if (before != NULL) {
    report_parameter(c, name, name->span, "it is written above already", "remove one of the two");
    return;
  }
  if (facts_text(facts_known(c, &setting->values[1]), &words) && !is_json(words))
    report_parameter(
        c, name, setting->values[1].span, "it begins like JSON, and is none",
        "write JSON such as \"{\\\"name\\\": false}\", or a text that begins otherwise");
}

static void check_parameters(struct checker *c, const struct decl *decl)
{
  for (uint32_t i = 0; i < decl->setting_count; i++) {
    const struct setting *before = NULL, *setting = &decl->settings[i];
    if (setting->key != KEY_PARAMETER)
      continue;
    for (uint32_t j = 0; j < i && before == NULL; j++)
      if (decl->settings[j].key == KEY_PARAMETER &&
          text_equal(decl->settings[j].values[0].text, setting->values[0].text))
        before = &decl->settings[j];
    check_parameter(c, decl->kind, setting, before);
  }
}

static void check_key(struct checker *c, const struct decl *decl)
{
  const struct value *type = decl_value(decl, KEY_KEY_TYPE, 0);
  if (type == NULL)
    return;
  check_parameters(c, decl);
  if (text_is(type->text, "certificate")) {
    check_generated(c, decl);
    certs_judge_rsa(c, decl_value(decl, KEY_KEY_SIZE, 0));
    certs_judge_renewal(c, decl);
    check_limit(c, decl);
  } else if (text_is(type->text, "external-certificate")) {
    check_external(c, decl);
  } else {
    check_secret(c, decl);
  }
}

/* ---- the instance ---- */

static void report_case(struct checker *c, const struct value *role)
{
  struct diag *diag = diag_add(c->diags, DIAG_E0907, role->span, "there is no standard role `%.*s`",
                               TEXT_ARG(role->text));
  diag_set_label(c->diags, diag, "upper and lower case count: it is `%s`", standard_role);
  diag_add_fix(c->diags, diag, FIX_SAFE, role->span, text_format(c->arena, "\"%s\"", standard_role),
               "write `\"%s\"`", standard_role);
}

/* SAP's own page writes ESBmessaging.send once (SAP-7f84-17); the role is ESBMessaging.send. */
static bool is_misspelt(struct text role)
{
  return role.length == strlen(standard_role) && !text_is(role, standard_role) &&
         strncasecmp(role.at, standard_role, role.length) == 0;
}

/* SAP Help, "Updating Service Instance and Service Key": the grant type is deprecated. */
static void report_old_grant(struct checker *c, const struct decl *decl, const struct value *type)
{
  struct diag *diag =
      diag_add(c->diags, DIAG_E0914, type->span,
               "`%.*s` has a grant type with which no key can be made", TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "the platform gives it up");
  diag_add_help(c->diags, diag,
                "update the instance to `client_credentials`, and write `grant-types "
                "client-credentials`");
}

static void check_instance(struct checker *c, const struct decl *decl)
{
  const struct setting *types = decl_setting(decl, KEY_GRANT_TYPES);
  const struct setting *roles = decl_setting(decl, KEY_ROLES);
  check_parameters(c, decl);
  for (uint32_t i = 0; roles != NULL && i < roles->value_count; i++)
    if (roles->values[i].kind == VALUE_TEXT && is_misspelt(roles->values[i].text))
      report_case(c, &roles->values[i]);
  for (uint32_t i = 0; types != NULL && i < types->value_count; i++)
    if (text_is(types->values[i].text, "client-x509"))
      report_old_grant(c, decl, &types->values[i]);
  if (types == NULL || !facts_is_word(c, decl, KEY_PLAN_OF, "integration-flow"))
    return;
  for (uint32_t i = 0; i < types->value_count; i++)
    if (text_is(types->values[i].text, "client-credentials"))
      return;
  struct diag *diag = diag_add(c->diags, DIAG_E0905, types->span,
                               "the keys of `%.*s` cannot call a flow", TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "`client-credentials` is not among them");
  diag_add_help(c->diags, diag, "write `grant-types client-credentials`, or remove the line");
}

/* ---- who calls what with which key: SAP-7f84-3, SAP-7f84-6 ---- */

static void check_roles(struct checker *c, uint32_t flow, uint32_t instance,
                        const struct setting *authorize)
{
  const struct value *role = facts_value(c, decl_at(c, flow), KEY_AUTHORIZE, 1);
  const struct setting *granted = decl_setting(decl_at(c, instance), KEY_ROLES);
  struct text wanted = text_of(standard_role);
  if (role != NULL && !facts_text(role, &wanted))
    return;
  for (uint32_t i = 0; granted != NULL && i < granted->value_count; i++) {
    const struct value *one = facts_known(c, &granted->values[i]);
    if (one == NULL || text_equal(one->text, wanted))
      return;
  }
  if ((granted == NULL && text_is(wanted, standard_role)) || is_misspelt(wanted))
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_E0907, role != NULL ? role->span : authorize->span,
               "`%.*s` asks for a role that `%.*s` does not grant",
               TEXT_ARG(decl_at(c, flow)->name), TEXT_ARG(decl_at(c, instance)->name));
  diag_set_label(c->diags, diag, "`%.*s` is not among the roles of the instance", TEXT_ARG(wanted));
  diag_add_label(c->diags, diag, granted != NULL ? granted->span : decl_at(c, instance)->name_span,
                 granted != NULL ? "these are granted" : "`ESBMessaging.send` alone is granted");
  struct text nearest = TEXT_NONE;
  for (uint32_t i = 0; granted != NULL && i < granted->value_count && nearest.length == 0; i++)
    nearest = text_nearest(wanted, &granted->values[i].text, 1);
  if (nearest.length != 0)
    diag_add_fix(c->diags, diag, FIX_UNSAFE, role != NULL ? role->span : authorize->span,
                 text_format(c->arena, "\"%.*s\"", TEXT_ARG(nearest)), "write `\"%.*s\"`",
                 TEXT_ARG(nearest));
  else
    diag_add_help(c->diags, diag, "add it behind `roles`, or ask for one that is there");
}

static void check_call(struct checker *c, uint32_t flow, uint32_t key, struct span span)
{
  uint32_t instance = facts_ref(decl_value(decl_at(c, key), KEY_OF, 0));
  if (instance == DECL_NONE || facts_is_broken(c, instance) || facts_is_broken(c, flow))
    return;
  const struct setting *authorize = decl_setting(decl_at(c, flow), KEY_AUTHORIZE);
  if (facts_is_word(c, decl_at(c, instance), KEY_PLAN_OF, "api")) {
    const struct value *plan = decl_value(decl_at(c, instance), KEY_PLAN_OF, 0);
    struct diag *diag =
        diag_add(c->diags, DIAG_E0905, plan->span, "the keys of `%.*s` cannot call a flow",
                 TEXT_ARG(decl_at(c, instance)->name));
    diag_set_label(c->diags, diag, "the plan `api` is for the tenant's administration");
    diag_add_label(c->diags, diag, span, "a flow is called with `%.*s` here",
                   TEXT_ARG(decl_at(c, key)->name));
    diag_add_help(c->diags, diag, "write `plan integration-flow`");
    return;
  }
  if (authorize == NULL) {
    struct diag *diag =
        diag_add(c->diags, DIAG_E0906, decl_at(c, flow)->name_span,
                 "nothing says which role may call `%.*s`", TEXT_ARG(decl_at(c, flow)->name));
    diag_set_label(c->diags, diag, "write `authorize user-role \"%s\"` or a role of your own",
                   standard_role);
    diag_add_label(c->diags, diag, span, "it is called with a service key here");
    return;
  }
  if (facts_is_word(c, decl_at(c, flow), KEY_AUTHORIZE, "user-role"))
    check_roles(c, flow, instance, authorize);
}

/* W0913: whoever has the key is the sender; two cannot be told apart, nor renewed one by one. */
static void check_shared(struct checker *c, uint32_t system, uint32_t key, struct span span,
                         struct text_map *first_caller, struct span *caller_spans)
{
  struct text name = text_format(c->arena, "%u", key);
  uint32_t other;
  if (text_map_add(first_caller, name, system, &other)) {
    caller_spans[key] = span;
    return;
  }
  if (other == system)
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_W0913, span, "`%.*s` and `%.*s` share the service key `%.*s`",
               TEXT_ARG(decl_at(c, other)->name), TEXT_ARG(decl_at(c, system)->name),
               TEXT_ARG(decl_at(c, key)->name));
  diag_set_label(c->diags, diag, "its renewal has to reach both at the same time");
  diag_add_label(c->diags, diag, caller_spans[key], "the first sender");
  diag_add_help(c->diags, diag, "give each sender a service key of its own");
}

static void check_calls(struct checker *c)
{
  struct text_map first_caller, seen;
  struct span *spans = arena_array(c->arena, c->program->decl_count + (size_t)1, sizeof *spans);
  text_map_start(&first_caller, c->arena);
  text_map_start(&seen, c->arena);
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    const struct decl *decl = decl_at(c, i);
    for (uint32_t j = 0; decl->kind == KIND_SYSTEM && j < decl->setting_count; j++) {
      const struct setting *setting = &decl->settings[j];
      if (setting->key != KEY_CALLS)
        continue;
      uint32_t flow = facts_ref(&setting->values[0]), key = facts_ref(&setting->values[1]);
      if (flow == DECL_NONE || key == DECL_NONE || decl_at(c, key)->kind != KIND_SERVICEKEY ||
          facts_is_broken(c, key))
        continue;
      check_shared(c, i, key, setting->values[1].span, &first_caller, spans);
      uint32_t instance = facts_ref(decl_value(decl_at(c, key), KEY_OF, 0));
      if (text_map_add(&seen, text_format(c->arena, "%u %u", flow, instance), i, NULL))
        check_call(c, flow, key, setting->values[1].span);
    }
  }
}

/* SAP-7f84-18: the variant that the page advises against. */
static void check_flow(struct checker *c, const struct decl *decl)
{
  const struct value *way = decl_value(decl, KEY_AUTHORIZE, 0);
  const struct value *role = decl_value(decl, KEY_AUTHORIZE, 1);
  if (way == NULL)
    return;
  if (text_is(way->text, "user-role") && role != NULL && role->kind == VALUE_TEXT &&
      is_misspelt(role->text))
    report_case(c, role);
  if (!text_is(way->text, "client-certificate"))
    return;
  struct diag *diag =
      diag_add(c->diags, DIAG_W0908, way->span,
               "`%.*s` lets in whoever has a certificate of that name", TEXT_ARG(decl->name));
  diag_set_label(c->diags, diag, "the names are compared, not the certificate");
  diag_add_help(c->diags, diag,
                "write `authorize user-role \"%s\"` and give the sender a service key",
                standard_role);
  diag_add_note(c->diags, diag,
                "the flow has to be deployed again when the certificate is renewed");
}

void service_keys_check(struct checker *c)
{
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    if (facts_is_broken(c, i))
      continue;
    if (decl_at(c, i)->kind == KIND_SERVICEKEY)
      check_key(c, decl_at(c, i));
    if (decl_at(c, i)->kind == KIND_INSTANCE)
      check_instance(c, decl_at(c, i));
    if (decl_at(c, i)->kind == KIND_FLOW)
      check_flow(c, decl_at(c, i));
  }
  check_calls(c);
}
