/* SPDX-License-Identifier: Apache-2.0 */
/* odata: the wire facts of docs/SYSTEMS.md, each with its source; and answers that are hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "runtime/net/odata.h"

static struct arena *arena;

static int make(void **state)
{
  (void)state;
  arena = arena_new("test", 0);
  return 0;
}

static int drop(void **state)
{
  (void)state;
  arena_free(arena);
  return 0;
}

static void assert_text(struct text got, const char *wanted)
{
  assert_string_equal(text_zero(arena, got), wanted);
}

/* [SAP] the examples of the documentation: hex of the UTF-8 bytes; asked in lower, answered in upper case */
static void aliases_are_hex(void **state)
{
  static const struct {
    const char *alias, *hex;
  } rows[] = {
      {"my alias", "6D7920616C696173"},
      {"smtp.mail.yahoo.com", "736d74702e6d61696c2e7961686f6f2e636f6d"},
      {"mycertificate", "6d796365727469666963617465"},
      {"mykeypair", "6d796b657970616972"},
      {"baltimore cybertrust root", "62616c74696d6f7265206379626572747275737420726f6f74"},
      {"\xC3\xA4/\\'", "c3a42f5c27"},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct text alias;
    assert_true(odata_same_hex(odata_hex(arena, text_of(rows[i].alias)), text_of(rows[i].hex)));
    assert_true(odata_unhex(arena, text_of(rows[i].hex), &alias));
    assert_text(alias, rows[i].alias);
  }
  struct text alias;
  assert_false(odata_unhex(arena, TEXT("6d7"), &alias));
  assert_false(odata_unhex(arena, TEXT("6x"), &alias));
  assert_false(odata_same_hex(TEXT("6d"), TEXT("6e")));
}

/* [SAP] JSON and XML dates; [TEN] the offset form; [SAP] a DateTime without zone is UTC */
static void both_forms_of_dates_are_read(void **state)
{
  static const struct {
    const char *written;
    int64_t ms;
  } rows[] = {
      {"/Date(1492098664000)/", 1492098664000},
      {"/Date(1492098664000+0000)/", 1492098664000},
      {"/Date(1492098664000-0060)/", 1492098664000},
      {"/Date(-1000)/", -1000},
      {"2019-10-04T00:00:00Z", 1570147200000},
      {"2019-10-04T02:00:00+02:00", 1570147200000},
      {"2021-03-18T11:19:04.598", 1616066344598},
      {"2021-03-18T11:19:04.5", 1616066344500},
      {"2021-03-18T11:19:04.5981234Z", 1616066344598},
      {"2021-03-18T11:19", 1616066340000},
  };
  static const char *const none[] = {"",
                                     "/Date()/",
                                     "/Date(1)",
                                     "/Date(1)/x",
                                     "2021-13-01T00:00:00Z",
                                     "2021-03-18",
                                     "2021-03-18T11:19:04.598+0",
                                     "yesterday"};
  (void)state;
  int64_t ms;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_true(odata_time(text_of(rows[i].written), &ms));
    assert_int_equal(ms, rows[i].ms);
  }
  for (size_t i = 0; i < sizeof none / sizeof *none; i++)
    assert_false(odata_time(text_of(none[i]), &ms));
  /* [SAP] literals of $filter carry no zone */
  assert_text(odata_time_literal(arena, 1570147200), "datetime'2019-10-04T00:00:00'");
}

/* [SAP] mass deletion: aliases joined by ';', with '\;' and '\\' */
static void lists_and_literals_are_escaped(void **state)
{
  const struct text aliases[] = {TEXT("a"), TEXT("b;c"), TEXT("d\\e")};
  (void)state;
  assert_text(odata_join(arena, aliases, 3), "a;b\\;c;d\\\\e");
  assert_text(odata_quote(arena, TEXT("O'Neil & Co/")), "'O%27%27Neil%20%26%20Co%2F'");
  assert_text(odata_escape(arena, TEXT("a-b._~%")), "a-b._~%25");
}

/* [SPEC] entries in JSON; [ODATA] __next; [SAP] it is absolute */
static void a_page_of_json_is_read(void **state)
{
  struct odata_page page;
  struct text error;
  (void)state;
  assert_true(odata_read(
      arena, ODATA_2,
      TEXT("{\"d\":{\"results\":[{\"__metadata\":{\"uri\":\"x\"},\"Hexalias\":\"61\",\"KeySize\":"
           "3072,"
           "\"EllipticCurve\":null,\"Entries\":{\"__deferred\":{\"uri\":\"y\"}},"
           "\"EntryPoints\":{\"results\":[{\"Url\":\"https://h/1\"},{\"Url\":\"https://h/2\"}]}}],"
           "\"__next\":\"https://h/api/v1/KeystoreEntries?$skiptoken=1000\"}}"),
      &page, &error));
  assert_int_equal(page.count, 1);
  assert_text(odata_value(page.entries, "Hexalias"), "61");
  assert_text(odata_value(page.entries, "KeySize"), "3072");
  assert_null(odata_value(page.entries, "EllipticCurve").at);
  assert_null(odata_value(page.entries, "__metadata").at);
  assert_null(odata_inlined(page.entries, "Entries"));
  assert_int_equal(odata_inlined(page.entries, "EntryPoints")->count, 2);
  assert_text(odata_value(&odata_inlined(page.entries, "EntryPoints")->entries[1], "Url"),
              "https://h/2");
  assert_text(page.next, "https://h/api/v1/KeystoreEntries?$skiptoken=1000");
  assert_true(odata_read(arena, ODATA_2, TEXT("\xEF\xBB\xBF {\"d\":{\"Status\":\"STARTED\"}}"),
                         &page, &error));
  assert_text(odata_value(page.entries, "Status"), "STARTED");
  assert_true(odata_read(arena, ODATA_2, TEXT("{\"d\":{\"results\":[]}}"), &page, &error));
  assert_int_equal(page.count, 0);
}

/* Texts lie in the body where nothing was escaped, and beside it where something was. */
static void texts_of_json_are_what_was_meant(void **state)
{
  struct odata_page page;
  struct text error;
  (void)state;
  assert_true(odata_read(
      arena, ODATA_2,
      TEXT("{\"d\":{\"results\":[{\"Al\\u0069as\":\"a\\\"\\u00fc\\ud83d\\ude00\\/\",\"B\":\"\","
           "\"C\":\"\\n\"},{\"Alias\":\"plain\",\"D\":-1.5e3,\"E\":true,\"F\":[],\"G\":[1,2]}]}}"),
      &page, &error));
  assert_int_equal(page.count, 2);
  assert_text(odata_value(page.entries, "Alias"), "a\"\xc3\xbc\xf0\x9f\x98\x80/");
  assert_text(odata_value(page.entries, "B"), "");
  assert_text(odata_value(page.entries, "C"), "\n");
  assert_text(odata_value(&page.entries[1], "Alias"), "plain");
  assert_text(odata_value(&page.entries[1], "D"), "-1.5e3");
  assert_text(odata_value(&page.entries[1], "E"), "true");
  assert_int_equal(odata_inlined(&page.entries[1], "F")->count, 0);
  assert_int_equal(odata_inlined(&page.entries[1], "G")->count, 0);
  assert_null(page.next.at);
}

static void what_is_no_json_is_refused(void **state)
{
  static const char *const bodies[][2] = {
      {"{\"d\":{\"results\":[{\"Hexalias\":", "no JSON, at byte"},
      {"{\"d\":{}}{", "no JSON"},
      {"{\"d\":{\"A\":\"\xff\"}}", "no JSON"},
      {"{\"d\":{\"A\":\"x\\u0000y\"}}", "zero byte"},
      {"{\"d\":{\"A\\u0000\":1}}", "zero byte"},
      {"{\"e\":{}}", "neither `d` nor `value`"},
      {"[1]", "neither `d` nor `value`"},
      {"{\"d\":{\"results\":[1]}}", "something else than entries"},
      {"{\"d\":7}", "something else than entries"},
      {"{\"d\":{} // x\n}", "no JSON"}};
  struct odata_page page;
  struct text error;
  (void)state;
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    assert_false(odata_read(arena, ODATA_2, text_of(bodies[i][0]), &page, &error));
    assert_non_null(strstr(text_zero(arena, error), bodies[i][1]));
  }
  struct buffer many = {0};
  buffer_add_zero(&many, "{\"d\":[");
  for (int i = 0; i < 1000 * 1000; i++)
    buffer_add_zero(&many, "1,");
  buffer_add_zero(&many, "1]}");
  assert_false(odata_read(arena, ODATA_2, buffer_text(&many), &page, &error));
  assert_non_null(strstr(text_zero(arena, error), "more than 1000000 values"));
  buffer_free(&many);
}

#define ATOM                                                                                       \
  "xmlns=\"http://www.w3.org/2005/Atom\" "                                                         \
  "xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\" "                    \
  "xmlns:d=\"http://schemas.microsoft.com/ado/2007/08/dataservices\""

/* [SAP] the default form; [ODATA] null, inlined feeds; [SAP] rel="next" is absolute */
static void a_page_of_atom_is_read(void **state)
{
  struct odata_page page;
  struct text error;
  (void)state;
  assert_true(odata_read(arena, ODATA_2,
                         TEXT("<?xml version=\"1.0\" encoding=\"utf-8\"?><feed " ATOM
                              "><title>x</title><entry><content>"
                              "<m:properties><d:Hexalias>61</d:Hexalias><d:EllipticCurve "
                              "m:null=\"true\"/><d:Alias>a &amp; b"
                              "</d:Alias></m:properties></content><link rel=\"related\" "
                              "title=\"EntryPoints\"><m:inline><feed>"
                              "<entry><content><m:properties><d:Url>https://h/1</d:Url></"
                              "m:properties></content></entry></feed>"
                              "</m:inline></link></entry><entry><content "
                              "src=\"x\"/><m:properties><d:Hexalias>62</d:Hexalias>"
                              "</m:properties></entry><link rel=\"next\" "
                              "href=\"https://h/p?$skiptoken=2&amp;x=1\"/></feed>"),
                         &page, &error));
  assert_int_equal(page.count, 2);
  assert_text(odata_value(page.entries, "Alias"), "a & b");
  assert_null(odata_value(page.entries, "EllipticCurve").at);
  assert_text(odata_value(odata_inlined(page.entries, "EntryPoints")->entries, "Url"),
              "https://h/1");
  assert_text(odata_value(&page.entries[1], "Hexalias"), "62");
  assert_text(page.next, "https://h/p?$skiptoken=2&x=1");
  assert_true(odata_read(
      arena, ODATA_2,
      TEXT("<d:Size xmlns:d=\"http://schemas.microsoft.com/ado/2007/08/dataservices\">7</d:Size>"),
      &page, &error));
  assert_text(odata_value(page.entries, "Size"), "7");
}

/* [META] sets and types stand in different schemas of one document, or in one */
static void a_metadata_document_is_read(void **state)
{
  struct odata_model model;
  struct text error;
  (void)state;
  assert_true(odata_read_model(
      arena,
      TEXT("<edmx:Edmx "
           "xmlns:edmx=\"http://schemas.microsoft.com/ado/2007/06/edmx\"><edmx:DataServices>"
           "<Schema xmlns=\"http://schemas.microsoft.com/ado/2008/09/edm\">"
           "<EntityType Name=\"KeystoreEntry\"><Key><PropertyRef Name=\"Hexalias\"/></Key>"
           "<Property Name=\"Hexalias\" Type=\"Edm.String\"/><Property Name=\"Alias\" "
           "Type=\"Edm.String\"/><NavigationProperty Name=\"ChainCertificates\"/></EntityType>"
           "<EntityContainer><EntitySet Name=\"KeystoreEntries\" "
           "EntityType=\"com.sap.hci.api.KeystoreEntry\"/><EntitySet Name=\"Keystores\"/>"
           "<FunctionImport Name=\"DeployIntegrationDesigntimeArtifact\"/>"
           "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"),
      &model, &error));
  assert_int_equal(model.count, 3);
  assert_text(model.sets[0].name, "KeystoreEntries");
  assert_int_equal(model.sets[0].property_count, 3);
  assert_text(model.sets[0].properties[1], "Alias");
  assert_text(model.sets[0].properties[2], "ChainCertificates");
  assert_text(model.sets[1].name, "Keystores");
  assert_int_equal(model.sets[1].property_count, 0);
  assert_text(model.sets[2].name, "DeployIntegrationDesigntimeArtifact");
  assert_false(odata_read_model(arena, TEXT("<a/>"), &model, &error));
}

static void errors_are_read_in_every_form(void **state)
{
  static const struct {
    const char *body, *code, *message;
  } rows[] = {
      /* [SPEC] OdataError */
      {"{\"error\":{\"code\":\"Bad Request\",\"message\":{\"lang\":\"en\",\"value\":\"no such\\n "
       "alias\"}}}",
       "Bad Request", "no such alias"},
      /* [ODATA] */
      {"<?xml version=\"1.0\"?><error "
       "xmlns=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\">"
       "<code>Not Found</code><message xml:lang=\"en\">gone</message></error>",
       "Not Found", "gone"},
      /* [CODE] XML rendered as JSON */
      {"{\"code\":\"1\",\"message\":{\"@lang\":\"en\",\"#text\":\"odd\"}}", "1", "odd"},
      {"{\"error\":{\"code\":\"1\",\"message\":\"plain\"}}", "1", "plain"},
      {"{\"error\":\"unauthorized\",\"error_description\":\"Bad credentials\"}", "",
       "Bad credentials"},
      {"<!DOCTYPE html><html><head><title>502 Bad\nGateway</title></head></html>", "",
       "502 Bad Gateway"},
      {"<html><body>x</body></html>", "", ""},
      {"<html><title>500 St\xf6rung</title></html>", "", "500 St<U+FFFD>rung"},
      {"404 Not Found: Requested route does not exist.", "",
       "404 Not Found: Requested route does not exist."},
      {"", "", ""},
      {" \r\n", "", ""},
  };
  (void)state;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct odata_problem problem = odata_read_problem(arena, text_of(rows[i].body));
    assert_text(problem.code, rows[i].code);
    assert_text(problem.message, rows[i].message);
  }
  assert_true(odata_read_problem(arena, TEXT("<html></html>")).is_page);
  assert_true(odata_read_problem(arena, TEXT("{\"error\":")).message.length > 0);
  /* What a server says is passed on: but not a screenful of it, and no control characters. */
  char *noise = memset(arena_alloc(arena, 5000), 'x', 5000);
  noise[7] = '\x1b';
  struct text said = odata_read_problem(arena, (struct text){noise, 5000}).message;
  assert_true(said.length < 400);
  assert_null(memchr(said.at, '\x1b', said.length));
  memcpy(memset(noise, '\x06', 5000), "<html><title>", strlen("<html><title>"));
  assert_true(odata_read_problem(arena, (struct text){noise, 5000}).message.length <=
              ODATA_SAID_MAX);
  for (size_t i = 0; i < 5000; i++)
    noise[i] = "x\xe2\x82\xac"[i % 4]; /* the cut falls between letters and into one */
  for (size_t from = 0; from < 4; from++) {
    said = odata_read_problem(arena, (struct text){noise + 4 - from, 4000}).message;
    said = (struct text){said.at + strcspn(said.at, "x"), said.length - strcspn(said.at, "x")};
    assert_true(text_is_utf8(said, &(size_t){0}));
    assert_null(strstr(text_zero(arena, said), "<U+FFFD>"));
  }
}

static struct text repeat(const char *before, const char *one, size_t times, const char *behind)
{
  struct buffer made = {0};
  buffer_add_zero(&made, before);
  for (size_t i = 0; i < times; i++)
    if (strstr(one, "%zu") != NULL)
      buffer_format(&made, "a%zu=\"x\" ", i);
    else
      buffer_add_zero(&made, one);
  buffer_add_zero(&made, behind);
  struct text copy = text_copy(arena, buffer_text(&made));
  buffer_free(&made);
  return copy;
}

static void hostile_answers_are_refused_at_once(void **state)
{
  const struct text bodies[] = {
      TEXT(""),
      TEXT("  \n"),
      TEXT("<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM "
           "\"file:///etc/passwd\">]><entry>&x;</entry>"),
      TEXT("<entry xmlns=\"http://www.w3.org/2005/Atom\"><content>&undefined;</content></entry>"),
      repeat("<entry xmlns=\"http://www.w3.org/2005/Atom\" ", "%zu", 100000, "/>"),
      repeat("", "<a>", 200000, ""),
      repeat("", "[", 200000, ""),
      repeat("{\"d\":", "{\"d\":", 200000, ""),
      TEXT("{\"d\":{\"results\":[{\"Hexalias\":"),
      TEXT("{\"d\":{\"results\":[1,2]}}"),
      TEXT("{\"value\":[]}"), /* of nothing */
      TEXT("<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry>"),
      TEXT("<feed xmlns=\"urn:other\"/>"),
      TEXT("<html><title>Gateway</title></html>"),
      TEXT("\x89PNG\r\n"),
      {"<a>\0</a>", 8},
      TEXT("<a>\xff\xfe</a>"),
      {"<\0a\0>\0", 6}, /* UTF-16 */
  };
  (void)state;
  struct timespec from, to;
  clock_gettime(CLOCK_MONOTONIC, &from);
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    struct odata_page page;
    struct text error = TEXT_NONE;
    assert_false(odata_read(arena, ODATA_2, bodies[i], &page, &error));
    assert_true(error.length > 0);
    odata_read_problem(arena, bodies[i]);
  }
  clock_gettime(CLOCK_MONOTONIC, &to);
  /* libxml2 alone needs minutes for 100,000 attributes: far from what a slow machine explains */
  assert_true(to.tv_sec - from.tv_sec < 30);
}

/* The other version's empty list is no list. */
static void each_version_reads_its_own(void **state)
{
  struct odata_page page;
  struct text error;
  const struct text list = TEXT("{\"@odata.context\":\"$metadata\",\"value\":[]}");
  (void)state;
  assert_true(odata_read(arena, ODATA_4, list, &page, &error));
  assert_int_equal(page.count, 0);
  assert_false(odata_read(arena, ODATA_2, list, &page, &error));
  assert_text(error, "the answer is of OData 4.0, and 2.0 was asked");
  assert_false(odata_read(arena, ODATA_4, TEXT("{\"d\":{\"results\":[]}}"), &page, &error));
  assert_text(error, "the answer is of OData 2.0, and 4.0 was asked");
}

static void an_encoding_that_lies_changes_nothing(void **state)
{
  struct odata_page page;
  struct text error;
  (void)state;
  assert_true(odata_read(arena, ODATA_2,
                         TEXT("<?xml version=\"1.0\" encoding=\"UTF-7\"?><entry " ATOM
                              "><content><m:properties>"
                              "<d:A>+ADw-x</d:A></m:properties></content></entry>"),
                         &page, &error));
  assert_text(odata_value(page.entries, "A"), "+ADw-x");
}

/* [ODATA] 4.0, JSON: a list under `value` with a next link that may be relative; one entity, known by its
 * context; annotations under their own names; nothing else is taken for an answer. */
static void the_fourth_version_is_read(void **state)
{
  struct odata_page page;
  struct text error = TEXT_NONE;
  (void)state;
  assert_true(odata_read(
      arena, ODATA_4,
      TEXT("{\"@odata.context\":\"$metadata#ClientCertificates\",\"@odata.nextLink\":"
           "\"ClientCertificates?$skiptoken=1\",\"value\":[{\"Certificate\":\"A\",\"IsValid\":true,"
           "\"CommunicationSystems\":[{\"CommunicationSystemID\":\"CRM\"},"
           "{\"CommunicationSystemID\":\"SHOP\"}]},{\"Certificate\":\"B\",\"Serial\":null}]}"),
      &page, &error));
  assert_int_equal(page.count, 2);
  assert_text(page.next, "ClientCertificates?$skiptoken=1");
  const struct odata_page *systems = odata_inlined(&page.entries[0], "CommunicationSystems");
  assert_non_null(systems);
  assert_int_equal(systems->count, 2);
  assert_text(odata_value(&systems->entries[1], "CommunicationSystemID"), "SHOP");
  assert_int_equal(odata_value(&page.entries[1], "Serial").length, 0);
  assert_null(odata_inlined(&page.entries[1], "CommunicationSystems"));
  assert_true(odata_read(arena, ODATA_4,
                         TEXT("{\"@odata.context\":\"$metadata#OutboundUsers/$entity\","
                              "\"@odata.etag\":\"W/\\\"7\\\"\",\"UUID\":\"1\"}"),
                         &page, &error));
  assert_int_equal(page.count, 1);
  assert_text(odata_value(&page.entries[0], "@odata.etag"), "W/\"7\"");
  assert_true(odata_read(arena, ODATA_4, TEXT("{\"@odata.context\":\"$metadata\",\"value\":[]}"),
                         &page, &error));
  assert_int_equal(page.count, 0);
  assert_false(odata_read(arena, ODATA_4, TEXT("{\"access_token\":\"x\"}"), &page, &error));
  assert_false(odata_read(arena, ODATA_4, TEXT("[1,2]"), &page, &error));
  struct odata_problem problem = odata_read_problem(
      arena, TEXT("{\"error\":{\"code\":\"CM_APS_CS/026\",\"message\":\"user ID is missing\"}}"));
  assert_text(problem.code, "CM_APS_CS/026");
  assert_text(problem.message, "user ID is missing");
}

int main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(aliases_are_hex, make, drop),
      cmocka_unit_test_setup_teardown(the_fourth_version_is_read, make, drop),
      cmocka_unit_test_setup_teardown(both_forms_of_dates_are_read, make, drop),
      cmocka_unit_test_setup_teardown(lists_and_literals_are_escaped, make, drop),
      cmocka_unit_test_setup_teardown(a_page_of_json_is_read, make, drop),
      cmocka_unit_test_setup_teardown(texts_of_json_are_what_was_meant, make, drop),
      cmocka_unit_test_setup_teardown(what_is_no_json_is_refused, make, drop),
      cmocka_unit_test_setup_teardown(the_fourth_version_is_read, make, drop),
      cmocka_unit_test_setup_teardown(a_page_of_atom_is_read, make, drop),
      cmocka_unit_test_setup_teardown(a_metadata_document_is_read, make, drop),
      cmocka_unit_test_setup_teardown(errors_are_read_in_every_form, make, drop),
      cmocka_unit_test_setup_teardown(hostile_answers_are_refused_at_once, make, drop),
      cmocka_unit_test_setup_teardown(each_version_reads_its_own, make, drop),
      cmocka_unit_test_setup_teardown(an_encoding_that_lies_changes_nothing, make, drop),
  };
  cmocka_set_message_output(CM_OUTPUT_TAP);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
