/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nodes: the nodes that declarations name, and the flows that call with a certificate. A node is no
 * declaration of its own: it is a word of a tenant, a flow or a system.
 *
 * (1) Collected once, when all keys are read; a question afterwards costs one look into a map.
 * (2) `any` says that there are nodes that nobody named: no step can name them either.
 */
#include "compiler/check/checker.h"

static void add_node(struct checker *c, uint32_t owner, const struct value *node)
{
  if (text_is(node->text, "any"))
    return; /* (2) */
  c->infos[owner].nodes_of = owner;
  uint32_t name = c->node_names.count;
  text_map_add(&c->node_names, node->text, name, &name);
  if (pairs_add(&c->node_members, owner, name))
    return;
  struct diag *diag = diag_add(c->diags, DIAG_E0303, node->span, "`%.*s` is a node of `%.*s` twice",
                               TEXT_ARG(node->text), TEXT_ARG(c->program->decls[owner].name));
  diag_set_label(c->diags, diag, "this is the second");
}

static void collect_setting(struct checker *c, uint32_t decl, const struct setting *setting)
{
  if (setting->key == KEY_NODE)
    add_node(c, decl, &setting->values[0]);
  for (uint32_t i = 0; setting->key == KEY_NODES && i < setting->value_count; i++)
    add_node(c, decl, &setting->values[i]);
  if (setting->key == KEY_CALLS && c->program->decls[decl].kind == KIND_FLOW &&
      setting->values[1].kind == VALUE_REF)
    c->infos[setting->values[1].decl].has_flow = true;
}

void nodes_collect(struct checker *c)
{
  for (uint32_t i = 0; i < c->program->decl_count; i++)
    c->infos[i].nodes_of = DECL_NONE;
  for (uint32_t i = 0; i < c->program->decl_count; i++)
    for (uint32_t j = 0; j < c->program->decls[i].setting_count; j++)
      collect_setting(c, i, &c->program->decls[i].settings[j]);
  /* A flow without nodes of its own runs on its tenant's. */
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    const struct value *tenant = decl_value(&c->program->decls[i], KEY_ON, 0);
    if (c->infos[i].nodes_of == DECL_NONE && tenant != NULL && tenant->kind == VALUE_REF)
      c->infos[i].nodes_of = c->infos[tenant->decl].nodes_of;
  }
}

bool nodes_any(const struct checker *c, uint32_t decl)
{
  return c->infos[decl].nodes_of != DECL_NONE;
}

bool nodes_has(struct checker *c, uint32_t decl, struct text node)
{
  uint32_t name, owner = c->infos[decl].nodes_of;
  return owner != DECL_NONE && text_map_find(&c->node_names, node, &name) &&
         pairs_have(&c->node_members, owner, name);
}

struct text nodes_missing(struct checker *c, uint32_t of, uint32_t flow)
{
  uint32_t owner = c->infos[of].nodes_of;
  if (owner == DECL_NONE || c->infos[flow].nodes_of == DECL_NONE)
    return TEXT_NONE;
  const struct decl *decl = &c->program->decls[owner];
  for (uint32_t i = 0; i < decl->setting_count; i++) {
    const struct setting *setting = &decl->settings[i];
    uint32_t count = setting->key == KEY_NODES  ? setting->value_count
                     : setting->key == KEY_NODE ? 1
                                                : 0;
    for (uint32_t j = 0; j < count; j++)
      if (setting->values[j].kind != VALUE_NONE && !text_is(setting->values[j].text, "any") &&
          !nodes_has(c, flow, setting->values[j].text))
        return setting->values[j].text;
  }
  return TEXT_NONE;
}
