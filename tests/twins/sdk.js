// SPDX-License-Identifier: Apache-2.0
// sdk.js: SAP's own libraries pointed at the twin of a tenant (tests/run/twin_sdk.t). Prints TAP lines.
//   node sdk.js BASE   NODE_PATH names the folder of the libraries, NODE_EXTRA_CA_CERTS the twin's root
const { executeHttpRequest } = require('@sap-cloud-sdk/http-client');
const { edmToTs, defaultDeSerializers, responseDataAccessor } = require('@sap-cloud-sdk/odata-v2/internal');
const { parse } = require('@sap-ux/edmx-parser');

const tenant = { url: process.argv[2], authentication: 'BasicAuthentication', username: 'user', password: 'password' };
const json = { accept: 'application/json' };
let number = 0;
function ok(good, name) {
  number += 1;
  console.log(`${good ? 'ok' : 'not ok'} ${number} - ${name}`);
}

async function status(request, options) {
  try {
    return (await executeHttpRequest(tenant, request, options)).status;
  } catch (error) {
    return error.response ? error.response.status : error.message;
  }
}

async function main() {
  const list = await executeHttpRequest(tenant, { method: 'get', url: '/KeystoreEntries', headers: json });
  const rows = responseDataAccessor.getCollectionResult(list.data);
  ok(responseDataAccessor.isCollectionResult(list.data) && rows.length === 2, 'the list is one of OData 2.0');
  const next = list.data.d.__next;
  const second = await executeHttpRequest(tenant, { method: 'get', url: next.slice(tenant.url.length), headers: json });
  ok(responseDataAccessor.getCollectionResult(second.data).length === 1, 'the next link leads to the rest');
  const at = edmToTs(rows[0].LastModifiedTime, 'Edm.DateTimeOffset', defaultDeSerializers);
  ok(at.isValid() && Math.abs(at.valueOf() - Date.now()) < 3600000, `DateTimeOffset is read: ${at.toISOString()}`);
  const flow = await executeHttpRequest(tenant, { method: 'get', url: "/IntegrationRuntimeArtifacts('orders')", headers: json });
  const deployed = edmToTs(responseDataAccessor.getSingleResult(flow.data).DeployedOn, 'Edm.DateTime', defaultDeSerializers);
  ok(deployed.isValid() && deployed.valueOf() < Date.now(), `DateTime is read: ${deployed.toISOString()}`);

  const backup = { method: 'post', url: '/KeystoreResources', headers: json, data: { Name: 'backup_admin_system' } };
  ok(await status(backup, { fetchCsrfToken: false }) === 403, 'a write without the anti-forgery token is refused');
  ok(await status(backup, { fetchCsrfToken: true }) === 201, 'the library fetches token and cookie by itself, and it is taken');

  const metadata = await executeHttpRequest(tenant, { method: 'get', url: '/$metadata', headers: { accept: 'application/xml' } });
  const model = parse(metadata.data);
  const sets = model.schema.entitySets.map((set) => set.name);
  const entry = model.schema.entityTypes.find((type) => type.name === 'KeystoreEntry');
  ok(sets.includes('KeystoreEntries') && sets.includes('ServiceEndpoints'), `$metadata is EDMX: ${sets.length} entity sets`);
  ok(entry && Object.keys(rows[0]).every((name) => name === '__metadata' || entry.entityProperties.some((p) => p.name === name)),
    'every property of an entry is declared');
  console.log(`1..${number}`);
}

main().catch((error) => {
  console.log(`not ok ${number + 1} - ${error.message}`);
  process.exit(1);
});
