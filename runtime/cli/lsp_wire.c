/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lsp_wire: messages of JSON-RPC in frames: header lines, an empty line, Content-Length bytes.
 *
 * (1) A head longer than HEAD_LIMIT_BYTES, or one without a length, is dropped: the next line that
 *     looks like a head is tried. A message above MESSAGE_LIMIT_BYTES is read and thrown away.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "runtime/cli/lsp.h"

enum { HEAD_LIMIT_BYTES = 8 * 1024, MESSAGE_LIMIT_BYTES = 64 * 1024 * 1024 };

static void drop_read(struct wire *wire)
{
  if (wire->at == 0)
    return;
  memmove(wire->in.bytes, wire->in.bytes + wire->at, wire->in.size_bytes - wire->at);
  wire->in.size_bytes -= wire->at;
  wire->at = 0;
}

bool wire_read(struct wire *wire, int timeout_ms)
{
  struct pollfd ready = {.fd = STDIN_FILENO, .events = POLLIN};
  int got = poll(&ready, 1, timeout_ms);
  if (got < 0 && errno != EINTR)
    wire->is_closed = true;
  if (got <= 0)
    return !wire->is_closed;
  char piece[1 << 16];
  ssize_t size = read(STDIN_FILENO, piece, sizeof piece);
  if (size == 0 || (size < 0 && errno != EINTR && errno != EAGAIN))
    wire->is_closed = true;
  if (size > 0) {
    drop_read(wire);
    buffer_add(&wire->in, piece, (size_t)size);
  }
  return !wire->is_closed;
}

/* The bytes of the head with its empty line; 0 where it is not whole yet. */
static size_t head_length(const char *at, size_t size)
{
  const char *crlf = memmem(at, size, "\r\n\r\n", 4), *lf = memmem(at, size, "\n\n", 2);
  if (crlf != NULL && (lf == NULL || crlf < lf))
    return (size_t)(crlf - at) + 4;
  return lf == NULL ? 0 : (size_t)(lf - at) + 2;
}

static bool content_length(const char *head, size_t length, uint64_t *ret_bytes)
{
  static const char name[] = "Content-Length:";
  for (const char *at = head, *end = head + length; at < end;) {
    const char *line_end = memchr(at, '\n', (size_t)(end - at));
    line_end = line_end == NULL ? end : line_end;
    if ((size_t)(line_end - at) > sizeof name - 1 && strncasecmp(at, name, sizeof name - 1) == 0) {
      at += sizeof name - 1;
      while (at < line_end && (*at == ' ' || *at == '\t'))
        at++;
      uint64_t bytes = 0;
      const char *digits = at;
      for (; at < line_end && *at >= '0' && *at <= '9' && bytes < UINT32_MAX; at++)
        bytes = bytes * 10 + (uint64_t)(*at - '0');
      *ret_bytes = bytes;
      return at > digits && at < line_end && (*at == '\r' || *at == '\n' || *at == ' ');
    }
    at = line_end + 1;
  }
  return false;
}

static void skip(struct wire *wire)
{
  size_t there = wire->in.size_bytes - wire->at;
  size_t now = wire->skip < there ? (size_t)wire->skip : there;
  wire->at += now;
  wire->skip -= now;
}

enum wire_result wire_next(struct wire *wire, json_t **ret_message)
{
  for (;;) {
    skip(wire);
    const char *at = wire->in.bytes + wire->at;
    size_t size = wire->in.size_bytes - wire->at;
    if (wire->skip != 0 || size == 0)
      return WIRE_NONE;
    size_t head = head_length(at, size);
    if (head == 0 && size <= HEAD_LIMIT_BYTES)
      return WIRE_NONE;
    uint64_t bytes;
    if (head == 0 || head > HEAD_LIMIT_BYTES || !content_length(at, head, &bytes)) {
      wire->at += head == 0 ? size : head;
      fputs("renew: lsp: dropped bytes that are no message\n", stderr);
      continue;
    }
    if (bytes > MESSAGE_LIMIT_BYTES) {
      wire->at += head;
      wire->skip = bytes;
      return WIRE_TOO_LARGE;
    }
    if (size - head < bytes)
      return WIRE_NONE;
    json_error_t error;
    *ret_message = json_loadb(at + head, (size_t)bytes, JSON_ALLOW_NUL, &error);
    wire->at += head + (size_t)bytes;
    return *ret_message == NULL ? WIRE_NO_JSON : WIRE_MESSAGE;
  }
}

static bool write_all(const char *at, size_t size)
{
  while (size > 0) {
    ssize_t put = write(STDOUT_FILENO, at, size);
    if (put < 0 && errno == EINTR)
      continue;
    if (put <= 0)
      return false;
    at += put;
    size -= (size_t)put;
  }
  return true;
}

bool wire_write(json_t *message)
{
  json_object_set_new(message, "jsonrpc", json_string("2.0"));
  char *body = json_dumps(message, JSON_COMPACT);
  json_decref(message);
  if (body == NULL)
    return true; /* a text that is no UTF-8 cannot be sent; none is made */
  struct buffer frame = {0};
  size_t size = strlen(body);
  buffer_format(&frame, "Content-Length: %zu\r\n\r\n", size);
  buffer_add(&frame, body, size);
  bool good = write_all(frame.bytes, frame.size_bytes);
  buffer_free(&frame);
  free(body);
  return good;
}
