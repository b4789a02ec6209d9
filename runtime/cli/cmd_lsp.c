/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cmd_lsp: the language server: the Language Server Protocol 3.17 on standard input and output.
 *
 * (1) Messages are answered in their order. Before each one everything that has come is read, so that
 *     a cancellation is seen before its request is begun.
 * (2) Nothing that a client sends ends the program but `exit` and the end of its input.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>

#include "runtime/cli/lsp.h"
#include "runtime/engine/clock.h"

enum { DEBOUNCE_MS = 150, QUEUE_MAX = 1000 };
enum {
  NO_JSON = -32700,
  INVALID_REQUEST = -32600,
  UNKNOWN_METHOD = -32601,
  INVALID_PARAMS = -32602,
  NOT_INITIALIZED = -32002,
  REQUEST_FAILED = -32803,
  CANCELLED = -32800
};

struct method {
  const char *name;
  lsp_handler *handle;
};

static const struct method methods[] = {
    {"textDocument/completion", lsp_completion},
    {"textDocument/hover", lsp_hover},
    {"textDocument/definition", lsp_definition},
    {"textDocument/references", lsp_references},
    {"textDocument/prepareRename", lsp_prepare_rename},
    {"textDocument/rename", lsp_rename},
    {"textDocument/formatting", lsp_formatting},
    {"textDocument/documentSymbol", lsp_symbols},
    {"textDocument/foldingRange", lsp_folding},
    {"textDocument/codeAction", lsp_code_action},
};

struct server {
  struct lsp lsp;
  struct wire wire;
  json_t *queue[QUEUE_MAX];
  uint32_t queued;
};

static void send_to(struct server *server, json_t *message)
{
  if (!wire_write(message))
    server->lsp.is_over = true;
}

static void fail(struct server *server, json_t *id, int code, const char *message)
{
  send_to(server,
          json_pack("{s:O?,s:{s:i,s:s}}", "id", id, "error", "code", code, "message", message));
}

/* Takes the reference of the result. */
static void answer(struct server *server, json_t *id, json_t *result)
{
  json_t *message = json_object();
  json_object_set(message, "id", id);
  json_object_set_new(message, "result", result);
  send_to(server, message);
}

static void notify(struct server *server, const char *method, json_t *params)
{
  send_to(server, json_pack("{s:s,s:o}", "method", method, "params", params));
}

static bool client_can(const json_t *params, const char *const *path)
{
  const json_t *at = json_object_get(params, "capabilities");
  for (; *path != NULL; path++)
    at = json_object_get(at, *path);
  return json_is_true(at);
}

static json_t *capabilities(const struct lsp *lsp)
{
  return json_pack(
      "{s:s,s:{s:b,s:i,s:{s:b}},s:{s:[s]},s:b,s:b,s:b,s:{s:b},s:b,s:b,s:b,s:{s:[s]},s:{s:[s]}}",
      "positionEncoding", lsp->is_utf8 ? "utf-8" : "utf-16", "textDocumentSync", "openClose", 1,
      "change", 2, "save", "includeText", 0, "completionProvider", "triggerCharacters", ".",
      "hoverProvider", 1, "definitionProvider", 1, "referencesProvider", 1, "renameProvider",
      "prepareProvider", 1, "documentFormattingProvider", 1, "documentSymbolProvider", 1,
      "foldingRangeProvider", 1, "codeActionProvider", "codeActionKinds", "quickfix",
      "executeCommandProvider", "commands", "renew.explain");
}

static json_t *initialize(struct lsp *lsp, const json_t *params)
{
  static const char *const snippets[] = {"textDocument", "completion", "completionItem",
                                         "snippetSupport", NULL};
  static const char *const tree[] = {"textDocument", "documentSymbol",
                                     "hierarchicalDocumentSymbolSupport", NULL};
  const json_t *encodings = json_object_get(
      json_object_get(json_object_get(params, "capabilities"), "general"), "positionEncodings");
  for (size_t i = 0; i < json_array_size(encodings); i++) {
    const char *word = json_string_value(json_array_get(encodings, i));
    lsp->is_utf8 = lsp->is_utf8 || (word != NULL && strcmp(word, "utf-8") == 0);
  }
  lsp->has_snippets = client_can(params, snippets);
  lsp->has_tree = client_can(params, tree);
  lsp->is_begun = true;
  return json_pack("{s:o,s:{s:s,s:s}}", "capabilities", capabilities(lsp), "serverInfo", "name",
                   "renew", "version", RENEW_VERSION);
}

/* The long text, as a message that every client can show. */
static void explain(struct server *server, json_t *id, const json_t *params)
{
  const char *command = json_string_value(json_object_get(params, "command"));
  const char *word = json_string_value(json_array_get(json_object_get(params, "arguments"), 0));
  enum diag_code code;
  if (command == NULL || strcmp(command, "renew.explain") != 0 || word == NULL ||
      !diag_code_find(text_of(word), &code)) {
    fail(server, id, INVALID_PARAMS, "renew.explain takes the code of a finding");
    return;
  }
  struct buffer says = {0};
  buffer_format(&says, "%s: %s\n\n%s\n\nExamples: renew explain %s", word, diag_code_title(code),
                diag_code_explanation(code), word);
  notify(server, "window/showMessage", json_pack("{s:i,s:s}", "type", 3, "message", says.bytes));
  answer(server, id, json_string(says.bytes));
  buffer_free(&says);
}

static void on_request(struct server *server, json_t *id, const char *method, const json_t *params)
{
  struct lsp *lsp = &server->lsp;
  if (strcmp(method, "initialize") == 0) {
    if (lsp->is_begun)
      fail(server, id, INVALID_REQUEST, "initialize was said already");
    else
      answer(server, id, initialize(lsp, params));
    return;
  }
  if (!lsp->is_begun || lsp->is_shut) {
    fail(server, id, lsp->is_shut ? INVALID_REQUEST : NOT_INITIALIZED,
         lsp->is_shut ? "the server is shut down" : "initialize comes first");
    return;
  }
  if (strcmp(method, "shutdown") == 0) {
    lsp->is_shut = true;
    answer(server, id, json_null());
    return;
  }
  if (strcmp(method, "workspace/executeCommand") == 0) {
    explain(server, id, params);
    return;
  }
  for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
    if (strcmp(method, methods[i].name) != 0)
      continue;
    struct lsp_document *document = lsp_find(
        lsp, json_string_value(json_object_get(json_object_get(params, "textDocument"), "uri")));
    if (document == NULL) {
      fail(server, id, INVALID_PARAMS, "this document is not open");
      return;
    }
    json_t *result = methods[i].handle(lsp, document, params);
    if (result == NULL)
      fail(server, id, REQUEST_FAILED, lsp->refusal.bytes);
    else
      answer(server, id, result);
    return;
  }
  fail(server, id, UNKNOWN_METHOD, "there is no such method");
}

/* What imports the changed text may have other findings now. */
static void touch(struct lsp *lsp)
{
  for (uint32_t i = 0; i < lsp->count; i++)
    lsp->documents[i]->due_ms = clock_monotonic_ms() + DEBOUNCE_MS;
}

static void on_change(struct lsp *lsp, struct lsp_document *document, const json_t *params)
{
  const json_t *changes = json_object_get(params, "contentChanges");
  for (size_t i = 0; i < json_array_size(changes); i++)
    lsp_change(lsp, document, json_array_get(changes, i));
  document->version =
      json_integer_value(json_object_get(json_object_get(params, "textDocument"), "version"));
  touch(lsp);
}

static void on_notification(struct server *server, const char *method, const json_t *params)
{
  struct lsp *lsp = &server->lsp;
  if (strcmp(method, "exit") == 0)
    lsp->is_over = true;
  if (!lsp->is_begun || lsp->is_over)
    return;
  const json_t *item = json_object_get(params, "textDocument");
  const char *uri = json_string_value(json_object_get(item, "uri"));
  struct lsp_document *document = lsp_find(lsp, uri);
  if (strcmp(method, "textDocument/didOpen") == 0 && uri != NULL) {
    const json_t *text = json_object_get(item, "text");
    if (json_is_string(text))
      lsp_open(lsp, uri, (struct text){json_string_value(text), json_string_length(text)},
               json_integer_value(json_object_get(item, "version")));
    touch(lsp);
  } else if (strcmp(method, "textDocument/didChange") == 0 && document != NULL) {
    on_change(lsp, document, params);
  } else if (strcmp(method, "textDocument/didSave") == 0 && document != NULL) {
    lsp->stamp++; /* what is not open may have been written too */
    touch(lsp);
  } else if (strcmp(method, "textDocument/didClose") == 0 && document != NULL) {
    notify(server, "textDocument/publishDiagnostics",
           json_pack("{s:s,s:[]}", "uri", uri, "diagnostics"));
    lsp_close(lsp, document);
    touch(lsp);
  }
}

static void dispatch(struct server *server, json_t *message)
{
  const char *method = json_string_value(json_object_get(message, "method"));
  json_t *id = json_object_get(message, "id");
  const json_t *params = json_object_get(message, "params");
  if (method == NULL) {
    /* An answer to us has an id and no method: we ask nothing. */
    bool is_answer = json_object_get(message, "result") || json_object_get(message, "error");
    if (!is_answer)
      fail(server, id, INVALID_REQUEST, "a message has a method");
  } else if (id != NULL) {
    on_request(server, id, method, params);
  } else {
    on_notification(server, method, params);
  }
}

/* Takes back the request that the message cancels, where it has not begun. */
static void cancel(struct server *server, const json_t *message)
{
  const json_t *id = json_object_get(json_object_get(message, "params"), "id");
  for (uint32_t i = 0; i < server->queued; i++) {
    json_t *other = json_object_get(server->queue[i], "id");
    if (id == NULL || other == NULL || !json_equal(id, other))
      continue;
    fail(server, other, CANCELLED, "cancelled");
    json_decref(server->queue[i]);
    memmove(&server->queue[i], &server->queue[i + 1],
            (--server->queued - i) * sizeof server->queue[0]);
    return;
  }
}

static void take_messages(struct server *server)
{
  json_t *message;
  while (server->queued < QUEUE_MAX) {
    switch (wire_next(&server->wire, &message)) {
    case WIRE_NONE:
      return;
    case WIRE_TOO_LARGE:
      fail(server, NULL, INVALID_REQUEST, "the message is too large");
      continue;
    case WIRE_NO_JSON:
      fail(server, NULL, NO_JSON, "the message is no JSON");
      continue;
    case WIRE_MESSAGE:
      break;
    }
    const char *method = json_string_value(json_object_get(message, "method"));
    if (method != NULL && strcmp(method, "$/cancelRequest") == 0) {
      cancel(server, message);
      json_decref(message);
    } else {
      server->queue[server->queued++] = message;
    }
  }
}

/* The time until a document is due: 0 where one is, -1 where none will be. */
static int wait_ms(const struct lsp *lsp, struct lsp_document **ret_due)
{
  int64_t now_ms = clock_monotonic_ms(), least_ms = -1;
  *ret_due = NULL;
  for (uint32_t i = 0; i < lsp->count; i++) {
    int64_t due_ms = lsp->documents[i]->due_ms;
    if (due_ms == 0)
      continue;
    int64_t left_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    if (least_ms < 0 || left_ms < least_ms) {
      least_ms = left_ms;
      *ret_due = lsp->documents[i];
    }
  }
  return (int)least_ms;
}

static void serve(struct server *server)
{
  struct lsp *lsp = &server->lsp;
  bool is_open = true;
  while (!lsp->is_over) {
    struct lsp_document *due;
    int left_ms = wait_ms(lsp, &due);
    take_messages(server);
    if (!is_open && server->queued == 0)
      return;
    if (server->queued < QUEUE_MAX && is_open)
      is_open = wire_read(&server->wire, server->queued != 0 ? 0 : left_ms);
    take_messages(server);
    if (server->queued != 0) {
      json_t *message = server->queue[0];
      memmove(&server->queue[0], &server->queue[1], --server->queued * sizeof server->queue[0]);
      dispatch(server, message);
      json_decref(message);
    } else if (due != NULL && wait_ms(lsp, &due) == 0) {
      due->due_ms = 0;
      notify(server, "textDocument/publishDiagnostics", lsp_diagnostics(lsp, due));
    }
  }
}

int cmd_lsp(struct cli *cli)
{
  cli_take_flag(cli, "--stdio"); /* what some clients say; there is no other way */
  if (!cli_arguments(cli, 0, 0))
    return EXIT_USAGE;
  signal(SIGPIPE, SIG_IGN);
  struct server *server = calloc(1, sizeof *server);
  server->lsp.cli = cli;
  serve(server);
  struct lsp *lsp = &server->lsp;
  bool is_shut = lsp->is_shut;
  while (lsp->count > 0)
    lsp_close(lsp, lsp->documents[0]);
  while (server->queued > 0)
    json_decref(server->queue[--server->queued]);
  free(lsp->documents);
  buffer_free(&lsp->refusal);
  buffer_free(&server->wire.in);
  free(server);
  return is_shut ? EXIT_OK : EXIT_ANSWER_NO;
}
