/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tenant_entry: entries of a tenant's keystore, read and written.
 *
 * [SAP] the address of an entry is the hex form of its alias; [SPEC] the resources; [TEN] the statuses.
 */
#include <string.h>

#include <jansson.h>

#include "compiler/pki/pem.h"
#include "runtime/crypto/pkcs12.h"
#include "runtime/crypto/pkcs7.h"
#include "runtime/providers/keystore.h"
#include "runtime/providers/tenant_model.h"

/* [SAP] the limit of the monitor is 30720 bytes, [SPEC] the interface's maxLength 24576 */
enum { PAIR_LIMIT_BYTES = 30720 };

static const char reads[] = "MonitoringDataRead", edits[] = "SecurityMaterialEdit";

static const char *const store_names[] = {"system", "backup_admin_system", "KeyRenewal",
                                          "KeyHistory"};

static struct text entry_path(const struct tenant *tenant, struct text alias, const char *tail)
{
  return text_format(tenant->call->arena, "/KeystoreEntries('%.*s')%s",
                     TEXT_ARG(odata_hex(tenant->call->arena, alias)), tail);
}

/* Colons and blanks go, letters are small: the form is not documented. */
static struct text plain_hex(struct arena *arena, struct text written)
{
  char *plain = arena_alloc(arena, written.length + 1);
  size_t length = 0;
  for (size_t i = 0; i < written.length; i++) {
    char c = written.at[i];
    if (c >= 'A' && c <= 'F')
      c = (char)(c - 'A' + 'a');
    if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))
      plain[length++] = c;
  }
  return (struct text){plain, length};
}

static int64_t time_of(const struct odata_entry *from, const char *name)
{
  int64_t time_ms;
  return odata_time(odata_value(from, name), &time_ms) ? time_ms : 0;
}

static struct text key_of(struct arena *arena, const struct odata_entry *from)
{
  struct text type = odata_value(from, "KeyType"), size = odata_value(from, "KeySize");
  return type.length == 0
             ? TEXT("")
             : text_format(arena, "%.*s %.*s", TEXT_ARG(text_lower(arena, type)), TEXT_ARG(size));
}

static void fill_entry(struct arena *arena, const struct odata_entry *from,
                       struct tenant_entry *ret_entry)
{
  struct text type = odata_value(from, "Type");
  *ret_entry = (struct tenant_entry){
      .alias = odata_value(from, "Alias"),
      .fingerprint = plain_hex(arena, odata_value(from, "FingerprintSha256")),
      .owner = odata_value(from, "Owner"),
      .is_pair = type.length >= 3 && memmem(type.at, type.length, "ey", 2) != NULL,
      .modified_ms = time_of(from, "LastModifiedTime"),
      .subject = odata_value(from, "SubjectDN"),
      .issuer = odata_value(from, "IssuerDN"),
      .serial = odata_value(from, "SerialNumber"),
      .key = key_of(arena, from),
      .not_before_ms = time_of(from, "ValidNotBefore"),
      .not_after_ms = time_of(from, "ValidNotAfter"),
  };
}

enum tenant_end tenant_entry_read(struct tenant *tenant, enum tenant_store store, struct text alias,
                                  struct tenant_entry *ret_entry, struct answer *answer)
{
  const struct call *call = tenant->call;
  struct odata_page page;
  struct text path = entry_path(
      tenant, alias, text_format(call->arena, "?keystoreName=%s", store_names[store]).at);
  enum tenant_end end = tenant_read(tenant, path, reads, &page, answer);
  if (end != TENANT_OK)
    return end;
  if (page.count != 1 ||
      !odata_same_hex(odata_value(page.entries, "Hexalias"), odata_hex(call->arena, alias))) {
    answer_say(call, answer, "the tenant answers with another entry than `%.*s`", TEXT_ARG(alias));
    return TENANT_AWAY;
  }
  fill_entry(call->arena, page.entries, ret_entry);
  if (ret_entry->fingerprint.length == 64)
    return TENANT_OK;
  answer_say(call, answer, "the tenant says no SHA-256 fingerprint of `%.*s`", TEXT_ARG(alias));
  return TENANT_NO;
}

enum tenant_end tenant_find_alias(struct tenant *tenant, uint32_t certificate,
                                  struct text *ret_alias, struct answer *answer)
{
  const struct call *call = tenant->call;
  const struct graph_setting *aliases = graph_setting_nth(call->graph, certificate, KEY_ALIAS, 0);
  uint32_t count = aliases == NULL ? 0 : aliases->values.count, found = 0;
  struct text first = setting_text(call, certificate, KEY_ALIAS, 0);
  *ret_alias = first;
  if (count < 2) /* the one: what is there is read by who needs it */
    return TENANT_OK;
  for (uint32_t i = 0; i < count; i++) {
    struct tenant_entry entry;
    struct answer seen = {0};
    struct text alias = call->graph->values[aliases->values.first + i].text;
    enum tenant_end end = tenant_entry_read(tenant, TENANT_SYSTEM, alias, &entry, &seen);
    if (end != TENANT_OK && end != TENANT_MISSING) {
      *answer = seen;
      return end;
    }
    if (end == TENANT_OK && found++ == 0)
      *ret_alias = alias;
  }
  if (found == 1)
    return TENANT_OK;
  if (found == 0)
    return TENANT_MISSING;
  answer_help(call, answer, "remove the entry that nobody uses any more");
  answer_say(call, answer,
             "several of its aliases are there, `%.*s` among them: which one is in use?",
             TEXT_ARG(*ret_alias));
  return TENANT_NO;
}

struct listing {
  struct arena *arena;
  struct tenant_entry *entries;
  uint32_t count, capacity;
};

static bool add_listed(const struct odata_entry *entry, void *with)
{
  struct listing *listing = with;
  if (listing->count == listing->capacity) {
    uint32_t wanted = listing->capacity == 0 ? 64 : listing->capacity * 2;
    listing->entries = arena_grow(listing->arena, listing->entries, listing->count, wanted,
                                  sizeof *listing->entries);
    listing->capacity = wanted;
  }
  fill_entry(listing->arena, entry, &listing->entries[listing->count++]);
  return true;
}

enum tenant_end tenant_entries(struct tenant *tenant, enum tenant_store store,
                               struct tenant_entry **ret_entries, uint32_t *ret_count,
                               struct answer *answer)
{
  static const char *const wanted[] = {
      "Type",     "Owner",        "KeyType",        "KeySize",       "SubjectDN",
      "IssuerDN", "SerialNumber", "ValidNotBefore", "ValidNotAfter", "LastModifiedTime"};
  static const char set[] = "KeystoreEntries";
  struct arena *arena = tenant->call->arena;
  struct listing listing = {.arena = arena};
  if (!tenant_knows(tenant, set, "FingerprintSha256")) {
    answer_say(tenant->call, answer,
               "the interface of this tenant has no FingerprintSha256: its entries cannot be told "
               "apart");
    return TENANT_NO;
  }
  struct text path =
      text_format(arena, "/%s?keystoreName=%s&$select=Hexalias,Alias,FingerprintSha256", set,
                  store_names[store]);
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
    if (tenant_knows(tenant, set, wanted[i]))
      path = text_format(arena, "%.*s,%s", TEXT_ARG(path), wanted[i]);
  enum tenant_end end = tenant_each(tenant, path, reads, add_listed, &listing, answer);
  *ret_entries = listing.entries;
  *ret_count = listing.count;
  return end;
}

struct search {
  struct arena *arena;
  struct text fingerprint, alias;
};

static bool is_searched(const struct odata_entry *entry, void *with)
{
  struct search *search = with;
  struct text print = plain_hex(search->arena, odata_value(entry, "FingerprintSha256"));
  if (text_equal(print, search->fingerprint))
    search->alias = odata_value(entry, "Alias");
  return search->alias.length == 0;
}

enum tenant_end tenant_history_find(struct tenant *tenant, struct text fingerprint,
                                    struct text *ret_alias, struct answer *answer)
{
  struct search search = {tenant->call->arena, fingerprint, TEXT_NONE};
  enum tenant_end end =
      tenant_each(tenant, TEXT("/HistoryKeystoreEntries"), reads, is_searched, &search, answer);
  *ret_alias = search.alias;
  return end == TENANT_OK && search.alias.length == 0 ? TENANT_MISSING : end;
}

/* PKCS#7 in PEM [TEN], or the certificate alone, which is PEM although its type says DER [SAP]. */
static enum tenant_end read_certs(struct tenant *tenant, enum tenant_store store, struct text alias,
                                  struct cert_list *ret_certs, struct answer *answer)
{
  static const char *const tails[] = {"/ChainResource/$value", "/Certificate/$value"};
  const struct call *call = tenant->call;
  struct tenant_said said = {TENANT_MISSING, 0, TEXT_NONE};
  for (size_t i = 0; i < 2; i++) {
    struct text tail = text_format(call->arena, "%s?keystoreName=%s", tails[i], store_names[store]);
    struct tenant_wish wish = {.method = "GET",
                               .path = entry_path(tenant, alias, tail.at),
                               .accept = "*/*",
                               .role = reads};
    struct text error;
    said = tenant_call(tenant, &wish, answer);
    if (said.end != TENANT_OK && said.end != TENANT_MISSING && said.end != TENANT_NO)
      return said.end;
    if (said.end == TENANT_OK &&
        (pkcs7_read_certs(call->arena, said.body, ret_certs) ||
         (cert_read_pem(call->arena, said.body, ret_certs, &error) && ret_certs->count != 0)))
      return TENANT_OK;
  }
  if (said.end == TENANT_OK)
    answer_say(call, answer, "what the tenant gives for `%.*s` holds no certificate",
               TEXT_ARG(alias));
  return said.end == TENANT_OK ? TENANT_NO : said.end;
}

enum tenant_end tenant_chain(struct tenant *tenant, enum tenant_store store, struct text alias,
                             struct cert_list *ret_chain, struct answer *answer)
{
  struct tenant_entry entry;
  struct cert_list certs;
  enum tenant_end end = tenant_entry_read(tenant, store, alias, &entry, answer);
  if (end == TENANT_OK)
    end = read_certs(tenant, store, alias, &certs, answer);
  for (uint32_t i = 0; end == TENANT_OK && i < certs.count; i++)
    if (text_equal(certs.items[i].fingerprint, entry.fingerprint)) {
      *ret_chain = certs_in_order(tenant->call->arena, &certs, &certs.items[i]);
      return TENANT_OK;
    }
  if (end != TENANT_OK)
    return end;
  answer_say(tenant->call, answer, "the certificate of `%.*s` has changed while it was read",
             TEXT_ARG(alias));
  return TENANT_AWAY;
}

/* {"Hexalias","Alias","Password","Resource"}: the whole request is a secret. */
static struct secret *pair_body(const struct tenant *tenant, struct text alias,
                                const struct secret *file, const struct secret *password)
{
  struct secret *coded = secret_to_base64(file), *body = NULL;
  json_t *root = json_object();
  struct text hex = odata_hex(tenant->call->arena, alias);
  json_object_set_new(root, "Hexalias", json_stringn(hex.at, hex.length));
  json_object_set_new(root, "Alias", json_stringn(alias.at, alias.length));
  json_object_set_new(
      root, "Password",
      json_stringn((const char *)secret_view(password), secret_size_bytes(password)));
  if (coded != NULL) {
    json_object_set_new(root, "Resource",
                        json_stringn((const char *)secret_view(coded), secret_size_bytes(coded)));
    size_t bytes = json_dumpb(root, NULL, 0, JSON_COMPACT);
    body = secret_new(bytes);
    if (body != NULL)
      json_dumpb(root, (char *)secret_bytes(body), bytes, JSON_COMPACT);
  }
  json_decref(root);
  secret_free(coded);
  return body;
}

struct tenant_said tenant_put_pair(struct tenant *tenant, struct text alias,
                                   const struct pair *pair, bool verified, struct answer *answer)
{
  const struct call *call = tenant->call;
  struct tenant_said said = {TENANT_NO, 0, TEXT_NONE};
  struct cert_list shown = certs_without_root(&pair->chain); /* [SAP] intermediates are required */
  struct secret *password = secret_random_password(), *file = NULL, *body = NULL;
  struct text error = TEXT("no randomness");
  if (password != NULL)
    file = pkcs12_make(call->arena, alias, pair->key, &shown, password, &error);
  if (file != NULL && secret_size_bytes(file) > PAIR_LIMIT_BYTES) {
    answer_say(call, answer, "the pair with its chain has %zu bytes; a tenant takes %d",
               secret_size_bytes(file), PAIR_LIMIT_BYTES);
    answer_help(call, answer, "take certificates out of the chain that the receiver has itself");
  } else if (file != NULL) {
    body = pair_body(tenant, alias, file, password);
    struct tenant_wish wish = {
        .method = "POST",
        .path = text_format(call->arena,
                            "/KeyPairResources?fingerprintVerified=%s&returnKeystoreEntries=false"
                            "&update=true",
                            verified ? "true" : "false"),
        .content_type = "application/json",
        .secret_body = body,
        .role = edits};
    if (body != NULL)
      said = tenant_call(tenant, &wish, answer);
  } else {
    answer_say(call, answer, "%.*s", TEXT_ARG(error));
  }
  secret_free(body);
  secret_free(file);
  secret_free(password);
  return said;
}

static struct tenant_said put_bytes(struct tenant *tenant, struct text path, const char *type,
                                    struct text body, struct answer *answer)
{
  struct tenant_wish wish = {
      .method = "PUT", .path = path, .content_type = type, .body = body, .role = edits};
  return tenant_call(tenant, &wish, answer);
}

struct tenant_said tenant_put_certificate(struct tenant *tenant, struct text alias,
                                          const struct cert *cert, bool update, bool verified,
                                          struct answer *answer)
{
  struct arena *arena = tenant->call->arena;
  struct text path = text_format(
      arena,
      "/CertificateResources('%.*s')/$value?fingerprintVerified=%s&returnKeystoreEntries=false"
      "&update=%s",
      TEXT_ARG(odata_hex(arena, alias)), verified ? "true" : "false", update ? "true" : "false");
  return put_bytes(tenant, path, "application/pkix-cert", cert_to_pem(arena, cert), answer);
}

struct tenant_said tenant_put_chain(struct tenant *tenant, struct text alias,
                                    const struct cert_list *chain, bool verified,
                                    struct answer *answer)
{
  struct arena *arena = tenant->call->arena;
  struct cert_list shown = certs_without_root(chain);
  struct text body = certs_to_pem(arena, &shown);
  struct text path = text_format(arena,
                                 "/CertificateChainResources('%.*s')/"
                                 "$value?fingerprintVerified=%s&returnKeystoreEntries=false",
                                 TEXT_ARG(odata_hex(arena, alias)), verified ? "true" : "false");
  if (body.length > PAIR_LIMIT_BYTES) {
    answer_say(tenant->call, answer, "the chain has %zu bytes; a tenant takes %d", body.length,
               PAIR_LIMIT_BYTES);
    return (struct tenant_said){TENANT_NO, 0, TEXT_NONE};
  }
  return put_bytes(tenant, path, "application/x-pem-file", body, answer);
}

/* [SAP] mass deletion: PUT KeystoreResources('system')?deleteEntries=true */
static struct tenant_said drop_many(struct tenant *tenant, const struct text *aliases,
                                    uint32_t count, struct answer *answer)
{
  struct arena *arena = tenant->call->arena;
  struct text list = odata_join(arena, aliases, count);
  json_t *body = json_pack("{s:s%}", "Aliases", list.at, list.length);
  char *words = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);
  struct tenant_said said = {TENANT_NO, 0, TEXT_NONE};
  json_decref(body);
  if (words != NULL)
    said = put_bytes(tenant, TEXT("/KeystoreResources('system')?deleteEntries=true"),
                     "application/json", text_copy(arena, text_of(words)), answer);
  else
    answer_say(tenant->call, answer, "an alias is no UTF-8");
  free(words);
  return said;
}

struct tenant_said tenant_drop(struct tenant *tenant, const struct text *aliases, uint32_t count,
                               struct answer *answer)
{
  struct tenant_wish wish = {.method = "DELETE", .role = edits};
  if (count > 1)
    return drop_many(tenant, aliases, count, answer);
  wish.path = entry_path(tenant, aliases[0], "");
  return tenant_call(tenant, &wish, answer);
}

/* [SAP] the body "must contain a property with null value" */
struct tenant_said tenant_rename(struct tenant *tenant, struct text alias, struct text wanted,
                                 struct answer *answer)
{
  struct arena *arena = tenant->call->arena;
  struct text tail = text_format(arena, "?renameAlias=%.*s&returnHexAlias=false",
                                 TEXT_ARG(odata_escape(arena, wanted)));
  return put_bytes(tenant, entry_path(tenant, alias, tail.at), "application/json",
                   TEXT("{\"Status\":null}"), answer);
}

/* [SPEC] the DELETE that activates; without `activate=true` it would destroy the pending key. */
struct tenant_said tenant_activate(struct tenant *tenant, struct text alias, struct answer *answer)
{
  struct tenant_wish wish = {
      .method = "DELETE",
      .path = entry_path(tenant, alias, "?keystoreName=KeyRenewal&activate=true"),
      .role = edits};
  return tenant_call(tenant, &wish, answer);
}

struct tenant_said tenant_back_up(struct tenant *tenant, struct answer *answer)
{
  struct tenant_wish wish = {.method = "POST",
                             .path = TEXT("/KeystoreResources"),
                             .content_type = "application/json",
                             .body = TEXT("{\"Name\":\"backup_admin_system\"}"),
                             .role = edits};
  return tenant_call(tenant, &wish, answer);
}

struct tenant_said tenant_restore(struct tenant *tenant, struct answer *answer)
{
  return put_bytes(tenant,
                   TEXT("/KeystoreResources('system')?retrieveBackup=backup_admin_system"
                        "&importOption=replace"),
                   "application/json", TEXT("{\"Name\":\"system\"}"), answer);
}

/* "CN=a,O=b" -> {"CommonName":"a","Organization":"b"}; false for a part that the tenant cannot have. */
static bool add_subject(struct text subject, json_t *body, struct text *ret_part)
{
  static const struct {
    const char *word, *name;
  } parts[] = {{"CN=", "CommonName"},     {"OU=", "OrganizationUnit"},
               {"O=", "Organization"},    {"L=", "Locality"},
               {"ST=", "State"},          {"C=", "Country"},
               {"emailAddress=", "Email"}};
  for (size_t from = 0; from < subject.length;) {
    size_t to = from;
    while (to < subject.length && !(subject.at[to] == ',' && subject.at[to - 1] != '\\'))
      to++;
    struct text part = {subject.at + from, to - from};
    while (part.length > 0 && part.at[0] == ' ')
      part = (struct text){part.at + 1, part.length - 1};
    bool known = false;
    for (size_t i = 0; !known && i < sizeof parts / sizeof *parts; i++) {
      size_t length = strlen(parts[i].word);
      known = text_starts_with(part, parts[i].word);
      if (known)
        json_object_set_new(body, parts[i].name,
                            json_stringn(part.at + length, part.length - length));
    }
    *ret_part = part;
    if (!known)
      return false;
    from = to + 1;
  }
  return true;
}

struct tenant_said tenant_generate(struct tenant *tenant, struct text alias, uint32_t certificate,
                                   struct answer *answer)
{
  const struct call *call = tenant->call;
  struct text part = TEXT(""), hex = odata_hex(call->arena, alias);
  const struct graph_value *type =
      graph_setting_value(call->graph, certificate, KEY_KEY_TYPE_OF, 0);
  json_t *body = json_object();
  struct tenant_said said = {TENANT_NO, 0, TEXT_NONE};
  json_object_set_new(body, "Hexalias", json_stringn(hex.at, hex.length));
  json_object_set_new(body, "Alias", json_stringn(alias.at, alias.length));
  if (type != NULL && type->kind == VALUE_WORD) {
    json_object_set_new(body, "KeyType", json_string("EC"));
    json_object_set_new(body, "KeyAlgorithmParameter",
                        json_string(text_is(type->text, "p-521")   ? "secp521r1"
                                    : text_is(type->text, "p-384") ? "secp384r1"
                                                                   : "secp256r1"));
  } else {
    json_object_set_new(body, "KeyType", json_string("RSA"));
    json_object_set_new(
        body, "KeySize",
        json_integer(type != NULL && type->kind == VALUE_NUMBER ? type->number : 3072));
  }
  if (!add_subject(setting_text(call, certificate, KEY_SUBJECT, 0), body, &part)) {
    answer_say(call, answer, "a tenant makes no subject with `%.*s`", TEXT_ARG(part));
    json_decref(body);
    return said;
  }
  if (json_object_get(body, "Country") == NULL || json_object_get(body, "CommonName") == NULL) {
    answer_say(call, answer, "a tenant makes a key only for a subject with CN and C");
    json_decref(body);
    return said;
  }
  char *written = json_dumps(body, JSON_COMPACT);
  json_decref(body);
  struct tenant_wish wish = {.method = "POST",
                             .path = TEXT("/KeyPairGenerationRequests?returnKeystoreEntries=false"),
                             .content_type = "application/json",
                             .body =
                                 text_copy(call->arena, text_of(written == NULL ? "" : written)),
                             .role = edits};
  free(written);
  return tenant_call(tenant, &wish, answer);
}

struct tenant_said tenant_request(struct tenant *tenant, struct text alias, struct text *ret_csr,
                                  struct answer *answer)
{
  struct tenant_wish wish = {.method = "GET",
                             .path = entry_path(tenant, alias, "/SigningRequest/$value"),
                             .accept = "*/*",
                             .role = edits};
  struct tenant_said said = tenant_call(tenant, &wish, answer);
  *ret_csr = said.body;
  return said;
}

bool tenant_owns_alias(struct text alias)
{
  return text_starts_with(alias, "sap_") || text_is(alias, "hcicertificate") ||
         text_is(alias, "hcicertificate1") || text_is(alias, "hcimsgcertificate");
}

enum file_found tenant_look(const struct call *call, uint32_t certificate,
                            struct cert_list *ret_chain, struct answer *answer)
{
  struct tenant tenant;
  uint32_t place = setting_resource(call, certificate, KEY_IN, 0);
  struct text alias = setting_text(call, certificate, KEY_ALIAS, 0);
  enum tenant_end end = TENANT_CLOSED;
  if (tenant_open(call, tenant_of(call->graph, place), &tenant, answer) &&
      (end = tenant_find_alias(&tenant, certificate, &alias, answer)) == TENANT_OK)
    end = tenant_chain(&tenant, TENANT_SYSTEM, alias, ret_chain, answer);
  tenant_close(&tenant);
  if (end == TENANT_MISSING)
    answer_say(call, answer, "the tenant's keystore has no entry `%.*s`", TEXT_ARG(alias));
  return end == TENANT_OK ? FILE_FOUND : end == TENANT_MISSING ? FILE_MISSING : FILE_UNREADABLE;
}

bool tenant_has(const struct call *call, uint32_t keystore, const struct cert *cert,
                bool *ret_present, struct text *ret_error)
{
  struct tenant tenant;
  struct tenant_entry *entries;
  uint32_t count = 0;
  struct answer answer = {0};
  enum tenant_end end = TENANT_CLOSED;
  if (tenant_open(call, tenant_of(call->graph, keystore), &tenant, &answer))
    end = tenant_entries(&tenant, TENANT_SYSTEM, &entries, &count, &answer);
  tenant_close(&tenant);
  *ret_error = answer.says;
  *ret_present = false;
  for (uint32_t i = 0; end == TENANT_OK && i < count; i++)
    *ret_present = *ret_present || text_equal(entries[i].fingerprint, cert->fingerprint);
  return end == TENANT_OK;
}
