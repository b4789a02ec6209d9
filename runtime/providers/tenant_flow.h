/* SPDX-License-Identifier: Apache-2.0 */
/* tenant_flow: a flow on a SAP tenant, as it is seen there. */
#ifndef RENEW_PROVIDERS_TENANT_FLOW_H
#define RENEW_PROVIDERS_TENANT_FLOW_H

#include "runtime/providers/tenant.h"

struct flow_state {
  bool is_there;
  struct text status; /* STARTED, STARTING, STOPPING, ERROR [SAP] */
  struct text version;
  int64_t deployed_ms;
};

/* `artifact "..."`, else the flow's name. */
struct text tenant_flow_id(const struct call *call, uint32_t flow);
/* TENANT_OK also where it does not run. */
enum tenant_end tenant_flow_read(struct tenant *tenant, struct text id,
                                 struct flow_state *ret_state, struct answer *answer);

struct flow_sight {
  struct flow_state state;
  struct text design; /* the version of the design time; "" = not known */
};
/* For those who only look. False with words. */
bool tenant_flow_look(const struct call *call, uint32_t flow, struct flow_sight *ret_sight,
                      struct answer *answer);

#endif
