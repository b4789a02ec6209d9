/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan: all integration flows below a path: a flow (`.iflw`), a bundle, the export of a package (a zip of
 * zips), or a folder of any of these.
 *
 * (1) Nothing is written anywhere; names inside an archive are names, never paths.
 * (2) An archive is hostile: at most SCAN_DEPTH_MAX archives inside each other, SCAN_ENTRY_MAX bytes an
 *     entry and SCAN_TOTAL_MAX bytes altogether, unpacked.
 * (3) What cannot be read is a trouble with its path; the rest is scanned nevertheless.
 * (4) Flows come in the order of their paths; a collection of scripts that opens the keystore is one, too.
 */
#ifndef RENEW_SCAN_SCAN_H
#define RENEW_SCAN_SCAN_H

#include "runtime/scan/uses.h"

enum {
  SCAN_DEPTH_MAX = 4,
  SCAN_ENTRY_MAX = 64 * 1024 * 1024,
  SCAN_SCRIPT_MAX = 16 * 1024 * 1024,
  SCAN_TOTAL_MAX = 512 * 1024 * 1024,
  SCAN_ENTRIES_MAX = 200000,
  SCAN_COLLECTIONS_MAX = 100
};

struct scanned_flow {
  struct text path;    /* "export.zip!9af5_content!src/main/.../x.iflw" */
  struct text id;      /* the artifact's: Bundle-SymbolicName; else the file's name */
  struct text name;    /* Bundle-Name; else the id */
  struct text version; /* Bundle-Version; "" where nothing says */
  struct text bytes;   /* of the .iflw; "" of a collection of scripts */
  struct uses uses;
  struct text *collections; /* the ids of the script collections that its steps call */
  uint32_t collection_count;
  /* Of a tenant's flow, the version that runs: "" where none does, TEXT_NONE where nobody asked. */
  struct text runs, runs_status;
};

struct scan_trouble {
  struct text path, says;
};

struct scan {
  struct scanned_flow *flows;
  uint32_t count;
  struct scan_trouble *troubles;
  uint32_t trouble_count;
};

void scan_path(struct arena *arena, const char *path, struct scan *ret_scan);
/* Adds the flows of a bundle that was fetched; shown: what stands for its path. bytes are kept by
 * reference. The limits hold for each bundle. */
void scan_bundle(struct arena *arena, struct text bytes, struct text shown, struct scan *scan);
/* When all is read: what a script collection takes out of the keystore, the flows take that call it. */
void scan_link(struct arena *arena, struct scan *scan);
void scan_add_trouble(struct arena *arena, struct scan *scan, struct text path, struct text says);

#endif
