/* SPDX-License-Identifier: Apache-2.0 */
/* doctor_machine: the program, its libraries, the limits of the process, zones and the clock. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "compiler/graph/rplan.h"
#include "compiler/when/zone.h"
#include "runtime/cli/doctor.h"
#include "runtime/crypto/library.h"
#include "runtime/crypto/secret.h"
#include "runtime/engine/clock.h"
#include "runtime/net/library.h"

enum { EDITION = 1, CLOCK_SLACK_S = 120, SHORT_LINE_BYTES = 128 };

static void look_at_openssl(struct doctor *doctor)
{
  struct crypto_library crypto = crypto_library_look();
  const char *modules = getenv("OPENSSL_MODULES"), *conf = getenv("OPENSSL_CONF");
  if (!crypto.has_standard) {
    doctor_add(doctor, "openssl", CHECK_FAIL,
               conf != NULL ? TEXT("unset OPENSSL_CONF")
                            : TEXT("activate the provider `default` in openssl.cnf"),
               "%s has no SHA-256: no provider of it is active", crypto.version);
    return;
  }
  doctor_add(doctor, "openssl", CHECK_OK, TEXT_NONE, "%s, %s", crypto.version,
             crypto.is_fips ? "FIPS algorithms only" : "default provider, no FIPS");
  if (crypto.is_fips)
    doctor_add(doctor, "openssl", CHECK_WARN,
               TEXT("renew with ec p-256 or rsa 3072; export old PKCS#12 stores anew"),
               "only FIPS algorithms are allowed: Ed25519 and old PKCS#12 files are refused");
  if (crypto.has_legacy)
    doctor_add(doctor, "openssl", CHECK_OK, TEXT_NONE,
               "the legacy provider is there (old PKCS#12)");
  else
    doctor_add(doctor, "openssl", CHECK_WARN,
               modules != NULL ? TEXT("unset OPENSSL_MODULES") : TEXT("apt-get install libssl3"),
               "the legacy provider cannot be loaded from %s: PKCS#12 files with RC2 or RC4 cannot "
               "be opened",
               modules != NULL ? modules : crypto.modules);
}

static void look_at_libraries(struct doctor *doctor)
{
  struct net_library net = net_library_look();
  look_at_openssl(doctor);
  doctor_add(doctor, "libcurl", net.has_https ? CHECK_OK : CHECK_FAIL,
             net.has_https ? TEXT_NONE : TEXT("apt-get install libcurl4"), "libcurl %s with %s%s%s",
             net.version, net.tls[0] == '\0' ? "no TLS" : net.tls,
             net.has_https ? "" : "; without https", net.has_mail ? "" : "; without smtp: no mail");
  doctor_add(doctor, "sqlite", CHECK_OK, TEXT_NONE, "SQLite %s", store_library());
}

/* What a key or password needs while it is read. */
static void look_at_locking(struct doctor *doctor)
{
  struct rlimit limit = {0};
  getrlimit(RLIMIT_MEMLOCK, &limit);
  void *pages =
      mmap(NULL, SECRET_LIMIT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  bool can_lock = pages != MAP_FAILED && mlock(pages, SECRET_LIMIT_BYTES) == 0;
  if (pages != MAP_FAILED)
    munmap(pages, SECRET_LIMIT_BYTES);
  if (can_lock)
    doctor_add(doctor, "memory", CHECK_OK, TEXT_NONE, "keys and passwords are locked into memory");
  else
    doctor_add(doctor, "memory", CHECK_WARN,
               TEXT("ulimit -l 8192, as root in /etc/security/limits.conf, or LimitMEMLOCK=8M in "
                    "the systemd unit"),
               "keys and passwords cannot be locked into memory (the limit is %llu KiB): they may "
               "reach the swap",
               (unsigned long long)limit.rlim_cur / 1024);
}

static void look_at_cores(struct doctor *doctor)
{
  struct rlimit limit = {0};
  getrlimit(RLIMIT_CORE, &limit);
  if (limit.rlim_cur == 0)
    doctor_add(doctor, "core dumps", CHECK_OK, TEXT_NONE, "core dumps are off");
  else
    doctor_add(doctor, "core dumps", CHECK_WARN, TEXT("ulimit -c 0"),
               "core dumps are on: a crash would write memory with keys into a file");
}

static void look_at_zones(struct doctor *doctor)
{
  static const char database[] = "/usr/share/zoneinfo/tzdata.zi";
  struct zone zone;
  char line[SHORT_LINE_BYTES] = "";
  struct text bytes;
  if (!zone_find(TEXT("Europe/Berlin"), &zone)) {
    doctor_add(doctor, "zones", CHECK_FAIL, TEXT("apt-get install tzdata"),
               "there is no time zone database: no window has a time");
    return;
  }
  /* "# version 2024a" */
  if (cli_read_file(doctor->cli->arena, database, 1 << 20, &bytes) &&
      text_starts_with(bytes, "# version ")) {
    size_t length = 0;
    const char *at = bytes.at + strlen("# version ");
    while (length + 1 < sizeof line && at + length < bytes.at + bytes.length && at[length] > ' ')
      length++;
    memcpy(line, at, length);
  }
  doctor_add(doctor, "zones", CHECK_OK, TEXT_NONE, "the time zone database is there%s%s",
             line[0] == '\0' ? "" : ", version ", line);
}

void doctor_machine(struct doctor *doctor)
{
  doctor_witness(doctor, "/proc/self/exe");
  doctor_add(doctor, "program", CHECK_OK, TEXT_NONE,
             "renew %s, edition %d, plan file format %d, store version %d", RENEW_VERSION, EDITION,
             RPLAN_FORMAT, STORE_VERSION);
  look_at_libraries(doctor);
  look_at_locking(doctor);
  look_at_cores(doctor);
  look_at_zones(doctor);
}

/* What is dated later than now was written by a clock that went wrong, then or now. */
void doctor_clock(struct doctor *doctor)
{
  struct timex kernel = {0};
  int64_t now_s = clock_real_now_s();
  time_t now = now_s;
  struct tm utc, local;
  char words[SHORT_LINE_BYTES], local_words[SHORT_LINE_BYTES], past[SHORT_LINE_BYTES];
  gmtime_r(&now, &utc);
  localtime_r(&now, &local);
  strftime(words, sizeof words, "%Y-%m-%d %H:%M:%S UTC", &utc);
  strftime(local_words, sizeof local_words, "%H:%M %Z", &local);
  if (doctor->past_s > now_s + CLOCK_SLACK_S) {
    time_t past_s = doctor->past_s;
    gmtime_r(&past_s, &utc);
    strftime(past, sizeof past, "%Y-%m-%d %H:%M UTC", &utc);
    doctor_add(doctor, "clock", CHECK_FAIL,
               text_format(doctor->cli->arena,
                           "timedatectl set-ntp true; where only that date is wrong: touch %.*s",
                           TEXT_ARG(doctor_quote(doctor, doctor->past_of))),
               "%s (%s) is before %s, when %s was written", words, local_words, past,
               doctor->past_of);
  } else {
    doctor_add(doctor, "clock", CHECK_OK, TEXT_NONE, "%s (%s)", words, local_words);
  }
  int state = adjtimex(&kernel);
  if (state == -1)
    return;
  if (state == TIME_ERROR || (kernel.status & STA_UNSYNC) != 0)
    doctor_add(
        doctor, "clock", CHECK_WARN, TEXT("timedatectl set-ntp true"),
        "the kernel says that nothing keeps the clock right: validity and windows rest on it");
  else
    doctor_add(doctor, "clock", CHECK_OK, TEXT_NONE, "the clock is kept right by a time service");
}
