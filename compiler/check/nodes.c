/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nodes: the nodes that declarations name. A node is no declaration of its own: it is a word of a
 * tenant, a flow or a system.
 */
#include "compiler/check/checker.h"

static bool names_nodes(enum key key)
{
  return key == KEY_NODES || key == KEY_NODE;
}

void names_collect_nodes(struct checker *c)
{
  for (uint32_t i = 0; i < c->program->decl_count; i++) {
    const struct decl *decl = &c->program->decls[i];
    for (uint32_t j = 0; j < decl->setting_count; j++) {
      const struct setting *setting = &decl->settings[j];
      if (!names_nodes(setting->key))
        continue;
      uint32_t count = setting->key == KEY_NODE ? 1 : setting->value_count;
      for (uint32_t k = 0; k < count; k++)
        text_map_add(&c->node_names, setting->values[k].text, i, NULL);
    }
  }
}

/*
 * True where the tenant, flow or system has that node, by its own keys or by its tenant's.
 * *ret_any: whether it has nodes at all.
 */
bool names_has_node(const struct checker *c, uint32_t decl, struct text node, bool *ret_any)
{
  const struct decl *there = &c->program->decls[decl];
  bool any = false;
  for (uint32_t j = 0; j < there->setting_count; j++) {
    const struct setting *setting = &there->settings[j];
    if (!names_nodes(setting->key))
      continue;
    any = true;
    uint32_t count = setting->key == KEY_NODE ? 1 : setting->value_count;
    for (uint32_t k = 0; k < count; k++)
      if (text_equal(setting->values[k].text, node)) {
        *ret_any = true;
        return true;
      }
  }
  *ret_any = any;
  const struct value *tenant = decl_value(there, KEY_ON, 0);
  if (any || there->kind != KIND_FLOW || tenant == NULL || tenant->kind != VALUE_REF ||
      c->program->decls[tenant->decl].kind != KIND_TENANT)
    return false;
  return names_has_node(c, tenant->decl, node, ret_any);
}
