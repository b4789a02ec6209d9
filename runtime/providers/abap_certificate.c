/* SPDX-License-Identifier: Apache-2.0 */
/*
 * abap_certificate: which of the system's client certificates the plan's C.old and C.new are.
 *
 *   C issued by the system   bound by label (SAP-f7a5-7), once a run: C.old when the run begins, C.new with it or, where
 *                            SAP has not issued it yet, when a step first asks for it. From then on it is the
 *                            fingerprint that counts (STATE/keys/RUN/C.old.abap): at the next issue the very
 *                            same certificate has the other label
 *   C in a keystore of ours  known by the pair in the run's safe
 *
 * [SAP] ClientCertificates, its properties, and that CommunicationSystems can be expanded. Not public: the
 * form of FingerPrint (hex of MD5, SHA-1 or SHA-256 is taken for one [INF]), and whether the key of a
 * certificate stays when it is renamed (it is never kept).
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "runtime/providers/abap.h"
#include "runtime/providers/safe.h"

static const char scenario[] = "SAP_COM_0A13";
enum { SHA1_HEX = 40, SHA256_HEX = 64, NAMES_SHOWN = 8 };

struct text abap_print_of(struct arena *arena, struct text words)
{
  struct buffer hex = {0};
  bool is_hex = true;
  for (size_t i = 0; i < words.length && is_hex; i++) {
    unsigned char c = (unsigned char)words.at[i];
    char low = (char)tolower(c);
    if (isxdigit(c))
      buffer_add(&hex, &low, 1);
    else
      is_hex = strchr(": -\t", c) != NULL && c != '\0';
  }
  struct text print = is_hex && (hex.size_bytes == SHA1_HEX || hex.size_bytes == SHA256_HEX)
                          ? text_copy(arena, buffer_text(&hex))
                          : TEXT("");
  buffer_free(&hex);
  return print;
}

/* ---- the list ---- */

struct reading {
  struct arena *arena;
  struct abap_certs *certs;
};

static bool add_certificate(const struct odata_entry *entry, void *with)
{
  struct reading *reading = with;
  struct arena *arena = reading->arena;
  struct abap_certs *certs = reading->certs;
  const struct odata_page *systems = odata_inlined(entry, "CommunicationSystems");
  struct abap_cert one = {
      .id = odata_value(entry, "Certificate"),
      .description = odata_value(entry, "Description"),
      .print = abap_print_of(arena, odata_value(entry, "FingerPrint")),
      .serial = odata_value(entry, "SerialNumber"),
      .until = odata_value(entry, "ValidToDateTime"),
      .tells_systems = systems != NULL,
  };
  one.systems =
      arena_array(arena, systems == NULL ? 1 : (size_t)systems->count + 1, sizeof *one.systems);
  for (uint32_t i = 0; systems != NULL && i < systems->count; i++) {
    struct text name = odata_value(&systems->entries[i], "CommunicationSystemID");
    if (name.length != 0)
      one.systems[one.system_count++] = name;
  }
  certs->items =
      arena_grow(arena, certs->items, certs->count, (size_t)certs->count + 1, sizeof *certs->items);
  certs->items[certs->count++] = one;
  return true;
}

enum abap_end abap_certificates(struct abap *abap, struct abap_certs *ret_certs,
                                struct answer *answer)
{
  struct reading reading = {abap->call->arena, ret_certs};
  *ret_certs = (struct abap_certs){0};
  return abap_each(abap, ABAP_CERTIFICATES,
                   TEXT(ABAP_CERTIFICATES "ClientCertificates?$expand=CommunicationSystems"),
                   scenario, add_certificate, &reading, answer);
}

/* ---- what is bound ---- */

static const char *record_path(const struct call *call, struct text name)
{
  return safe_path(call, name, "abap");
}

/* "" where nothing is bound. */
static struct text read_record(const struct call *call, struct text name)
{
  struct text bytes, error = TEXT_NONE, print = TEXT("");
  if (call->world->live ||
      file_read(call->arena, record_path(call, name), &bytes, &error) != FILE_FOUND)
    return print;
  json_t *root = json_loadb(bytes.at, bytes.length, 0, NULL);
  const char *words = json_string_value(json_object_get(root, "fingerprint"));
  if (words != NULL)
    print = abap_print_of(call->arena, text_copy(call->arena, text_of(words)));
  json_decref(root);
  return print;
}

static bool write_record(const struct call *call, struct text name, const struct abap_cert *cert,
                         struct answer *answer)
{
  struct text error = TEXT_NONE;
  json_t *root =
      json_pack("{s:s%, s:s%}", "fingerprint", cert->print.at, cert->print.length, "serial",
                cert->serial.at == NULL ? "" : cert->serial.at, cert->serial.length);
  char *words = root == NULL ? NULL : json_dumps(root, JSON_COMPACT);
  bool good = words != NULL && safe_make_folder(call, &error) &&
              file_replace(call->arena, record_path(call, name), text_of(words), 0600, &error) !=
                  FILE_FAILED;
  free(words);
  json_decref(root);
  if (!good)
    answer_say(call, answer, "%.*s cannot be bound: %.*s", TEXT_ARG(name), TEXT_ARG(error));
  else
    answer_add_fact(call->arena, answer, text_zero(call->arena, name), cert->print);
  return good;
}

static struct text name_of(const struct call *call, uint32_t certificate, const char *version)
{
  return text_format(call->arena, "%.*s.%s", TEXT_ARG(call->graph->resources[certificate].name),
                     version);
}

struct text abap_bound_print(const struct call *call, const struct argument *argument)
{
  return read_record(call, argument_name(call, argument));
}

/* ---- by label ---- */

/* *ret_cert NULL: none. False: more than one, or one without a fingerprint. */
static bool find_label(const struct call *call, const struct abap_certs *certs, struct text label,
                       const struct abap_cert **ret_cert, struct answer *answer)
{
  *ret_cert = NULL;
  for (uint32_t i = 0; i < certs->count; i++) {
    if (label.length == 0 || !text_equal(certs->items[i].description, label))
      continue;
    if (*ret_cert != NULL) {
      answer_say(call, answer, "two client certificates are called `%.*s`", TEXT_ARG(label));
      return false;
    }
    *ret_cert = &certs->items[i];
  }
  if (*ret_cert == NULL || (*ret_cert)->print.length != 0)
    return true;
  answer_say(call, answer,
             "the system tells no fingerprint of `%.*s` that could be compared (SHA-1 or SHA-256)",
             TEXT_ARG(label));
  answer_help(call, answer, "write `mode manual`: a person then compares the exported file");
  return false;
}

static struct text list_of(const struct call *call, const struct abap_certs *certs)
{
  struct buffer out = {0};
  for (uint32_t i = 0; i < certs->count && i < NAMES_SHOWN; i++)
    buffer_format(&out, "%s`%.*s`", i == 0 ? "" : ", ",
                  TEXT_ARG(text_visible(call->arena, certs->items[i].description)));
  if (certs->count > NAMES_SHOWN)
    buffer_add_zero(&out, ", ...");
  struct text words =
      certs->count == 0 ? TEXT("none at all") : text_copy(call->arena, buffer_text(&out));
  buffer_free(&out);
  return words;
}

struct labelled {
  const struct abap_cert *expiring, *current;
};

static enum abap_end read_labels(const struct call *call, uint32_t certificate,
                                 const struct abap_certs *certs, struct labelled *ret_labelled,
                                 struct answer *answer)
{
  struct text label = setting_text(call, certificate, KEY_LABEL, 0);
  struct text expiring = setting_text(call, certificate, KEY_LABEL_EXPIRING, 0);
  if (!find_label(call, certs, expiring, &ret_labelled->expiring, answer) ||
      !find_label(call, certs, label, &ret_labelled->current, answer))
    return ABAP_NO;
  if (ret_labelled->current != NULL)
    return ABAP_OK;
  answer_say(call, answer, "no client certificate is called `%.*s`; there are: %.*s",
             TEXT_ARG(label), TEXT_ARG(list_of(call, certs)));
  answer_help(call, answer,
              "write the names into `label` and `label-expiring` as Maintain Client Certificates "
              "shows them");
  return ABAP_NO;
}

static const struct abap_cert *by_print(const struct abap_certs *certs, struct text print)
{
  for (uint32_t i = 0; i < certs->count; i++)
    if (print.length != 0 && text_equal(certs->items[i].print, print))
      return &certs->items[i];
  return NULL;
}

/* A certificate of ours that somebody uploaded: the system may say it by either digest. */
static enum abap_end find_ours(struct abap *abap, const struct argument *argument,
                               const struct abap_certs *certs, const struct abap_cert **ret_cert,
                               struct answer *answer)
{
  const struct call *call = abap->call;
  struct cert_list chain;
  struct text error = TEXT_NONE, name = argument_name(call, argument);
  if (safe_read_chain(call, name, &chain, &error) != FILE_FOUND) {
    answer_say(call, answer, "%.*s is not known: %.*s", TEXT_ARG(name), TEXT_ARG(error));
    return ABAP_NO;
  }
  *ret_cert = by_print(certs, chain.items[0].fingerprint);
  if (*ret_cert == NULL)
    *ret_cert = by_print(certs, cert_sha1(call->arena, &chain.items[0]));
  return ABAP_OK;
}

/* C.new, asked for before SAP has issued it. */
static enum abap_end not_issued(const struct call *call, uint32_t certificate,
                                struct answer *answer)
{
  answer_say(
      call, answer,
      "SAP has not issued the new certificate: `%.*s` is still the one that was there when the "
      "run began",
      TEXT_ARG(setting_text(call, certificate, KEY_LABEL, 0)));
  answer_help(
      call, answer,
      "it comes on the day of `issue on`; then: renew retry. Where SAP has rotated already, "
      "there is nothing to renew: renew cancel %.*s --because \"...\"",
      TEXT_ARG(call->run));
  return ABAP_NO;
}

enum abap_end abap_find(struct abap *abap, const struct argument *argument,
                        const struct abap_certs *certs, const struct abap_cert **ret_cert,
                        struct answer *answer)
{
  const struct call *call = abap->call;
  struct labelled there;
  bool is_old = argument_has(argument, MEMBER_OLD);
  *ret_cert = NULL;
  if (certificate_is_ours(call->graph, argument->resource))
    return find_ours(abap, argument, certs, ret_cert, answer);
  struct text print = abap_bound_print(call, argument);
  if (print.length != 0) {
    *ret_cert = by_print(certs, print);
    return ABAP_OK;
  }
  enum abap_end end = read_labels(call, argument->resource, certs, &there, answer);
  if (end != ABAP_OK)
    return end;
  struct text old = read_record(call, name_of(call, argument->resource, "old"));
  if (is_old) { /* bound with the run; a dry run binds nothing */
    *ret_cert = there.expiring != NULL ? there.expiring : there.current;
    return ABAP_OK;
  }
  if (old.length == 0 && there.expiring != NULL)
    old = there.expiring->print;
  if (old.length == 0 || text_equal(there.current->print, old))
    return not_issued(call, argument->resource, answer);
  *ret_cert = there.current;
  return call->world->live ||
                 write_record(call, argument_name(call, argument), there.current, answer)
             ? ABAP_OK
             : ABAP_NO;
}

bool abap_bind(const struct call *call, uint32_t certificate, enum outcome *ret_outcome,
               struct answer *answer)
{
  struct abap abap;
  struct abap_certs certs;
  struct labelled there;
  struct text old = name_of(call, certificate, "old"), new = name_of(call, certificate, "new");
  uint32_t system = abap_of_certificate(call->graph, certificate);
  *ret_outcome = OUTCOME_MISCONFIGURED;
  if (read_record(call, old).length != 0)
    return true;
  enum abap_end end = abap_open(call, system, &abap, answer)
                          ? abap_certificates(&abap, &certs, answer)
                          : ABAP_CLOSED;
  if (end == ABAP_OK)
    end = read_labels(call, certificate, &certs, &there, answer);
  if (end != ABAP_OK) {
    *ret_outcome = end == ABAP_AWAY || end == ABAP_BUSY || end == ABAP_LOST ? OUTCOME_UNREACHABLE
                                                                            : OUTCOME_MISCONFIGURED;
    answer_say(call, answer, "%.*s cannot be bound: %.*s", TEXT_ARG(old), TEXT_ARG(answer->says));
    return false;
  }
  if (there.expiring != NULL && text_equal(there.expiring->print, there.current->print)) {
    answer_say(call, answer, "%.*s cannot be bound: `%.*s` and `%.*s` are the same certificate",
               TEXT_ARG(old), TEXT_ARG(there.expiring->description),
               TEXT_ARG(there.current->description));
    return false;
  }
  /* The old one last: where it is, both are bound. */
  if (there.expiring != NULL && !write_record(call, new, there.current, answer))
    return false;
  return write_record(call, old, there.expiring != NULL ? there.expiring : there.current, answer);
}
