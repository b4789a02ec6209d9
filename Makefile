# renew: one file. `make help` lists the targets.
SHELL       := /bin/bash
BUILD       ?= build
CC          ?= gcc
AR          ?= ar
PKGS        := libcurl openssl zlib sqlite3 libevent libevent_pthreads yajl jansson libutf8proc libical libxml-2.0 libzip
WARN        := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Werror
CFLAGS      ?= -O2 -g
FLAVOUR     ?=
CPPFLAGS    += -I. -I$(BUILD)/gen -D_GNU_SOURCE $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
# libcurl is loaded when something is sent (runtime/net/libcurl.c).
LDLIBS      += $(filter-out -lcurl,$(shell pkg-config --libs $(PKGS) 2>/dev/null)) -lpthread
LEMON_TEMPLATE := /usr/share/lemon/lempar.c

LIB_DIRS    := compiler/base compiler/when compiler/tables compiler/pki compiler/syntax compiler/check compiler/graph \
               compiler/verify compiler/prove compiler/report runtime/crypto runtime/net runtime/providers runtime/store runtime/engine runtime/scan
LIB_SRC     := $(foreach d,$(LIB_DIRS),$(sort $(wildcard $(d)/*.c)))
CLI_SRC     := $(sort $(wildcard runtime/cli/*.c))
GEN_OBJ     := $(BUILD)/gen/lexer.o $(BUILD)/gen/renew.o $(BUILD)/gen/examples.o $(BUILD)/gen/templates.o
LIB_OBJ     := $(LIB_SRC:%.c=$(BUILD)/obj/%.o) $(GEN_OBJ)
CLI_OBJ     := $(CLI_SRC:%.c=$(BUILD)/obj/%.o)
UNIT_SRC    := $(sort $(wildcard tests/unit/*_test.c tests/prove/*_test.c))
# grammar_coverage is built by its test, with a parser that counts (-DYYCOVERAGE).
TOOL_SRC    := $(filter-out %/grammar_coverage.c,$(sort $(wildcard tests/tools/*.c)))
TOOL_BIN    := $(TOOL_SRC:tests/tools/%.c=$(BUILD)/tests/%) $(BUILD)/tests/explore
UNIT_BIN    := $(patsubst %.c,$(BUILD)/tests/%.t,$(notdir $(UNIT_SRC)))

# `make V=1` shows the compile lines.
Q := $(if $(V),,@)
MAKEFLAGS += --no-print-directory

.DELETE_ON_ERROR:
.PHONY: all deps demo demo-sap faults-sap library test asan bench crash failpoints fuzz oracle verdicts spin library-twin nightly golden redproof install deb man help unit clean

all: $(BUILD)/renew ## build the program: build/renew

$(BUILD)/renew: $(CLI_OBJ) $(BUILD)/librenew.a
	$(Q)$(CC) $(CFLAGS) $(FLAVOUR) $(LDFLAGS) -o $@ $(CLI_OBJ) $(BUILD)/librenew.a $(LDLIBS)

$(BUILD)/librenew.a: $(LIB_OBJ)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

# Generated code is compiled with -w and never committed. Lemon leaves an unchanged header with its
# old time, so the header is touched; -c: uncompressed tables, for honest lists of what was expected.
$(BUILD)/gen/renew.c $(BUILD)/gen/renew.h &: grammar/renew.y
	@mkdir -p $(BUILD)/gen
	$(Q)lemon -c -q -d$(BUILD)/gen -T$(LEMON_TEMPLATE) grammar/renew.y
	@touch $(BUILD)/gen/renew.h
$(BUILD)/gen/lexer.c: grammar/lexer.re $(BUILD)/gen/renew.h
	@mkdir -p $(BUILD)/gen
	$(Q)re2c -W --no-generation-date -o $@ grammar/lexer.re
EXAMPLES    := $(sort $(wildcard grammar/examples/*.renew grammar/examples/*.conf))
$(BUILD)/gen/examples.c: grammar/embed.pl $(EXAMPLES) grammar/examples
	@mkdir -p $(BUILD)/gen
	$(Q)perl grammar/embed.pl example_files $(EXAMPLES) > $@
TEMPLATES   := $(sort $(wildcard plans/templates/*.txt))
$(BUILD)/gen/templates.c: grammar/embed.pl $(TEMPLATES) plans/templates
	@mkdir -p $(BUILD)/gen
	$(Q)perl grammar/embed.pl template_files $(TEMPLATES) > $@
$(BUILD)/gen/%.o: $(BUILD)/gen/%.c
	$(Q)$(CC) -std=c17 $(CPPFLAGS) $(CFLAGS) $(FLAVOUR) -w -MMD -MP -c $< -o $@
$(BUILD)/obj/%.o: %.c | $(BUILD)/gen/renew.h
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 $(CPPFLAGS) $(CFLAGS) $(FLAVOUR) $(WARN) -MMD -MP -c $< -o $@
$(BUILD)/tests/%.t: tests/unit/%.c $(BUILD)/librenew.a
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 $(CPPFLAGS) $(CFLAGS) $(FLAVOUR) $(WARN) -MMD -MP -o $@ $< $(BUILD)/librenew.a -lcmocka $(LDLIBS)
# What the oracle and its tools share.
SEARCH_OBJ  := $(BUILD)/obj/tests/prove/search.o $(BUILD)/obj/tests/prove/search_read.o $(BUILD)/obj/tests/prove/made_plan.o
$(BUILD)/tests/%.t: tests/prove/%.c $(SEARCH_OBJ) $(BUILD)/librenew.a
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 $(CPPFLAGS) $(CFLAGS) $(FLAVOUR) $(WARN) -MMD -MP -o $@ $< $(SEARCH_OBJ) $(BUILD)/librenew.a -lcmocka $(LDLIBS)

deps: ## install what is missing (Debian; elsewhere: print the list)
	@bash docs/setup.sh

demo: deps ## a renewal under live traffic, killed and resumed; writes build/demo/report.html
	@$(MAKE) -j2 all
	python3 -B tests/demo/demo.py

demo-sap: deps ## the seed documents' plans against the twins of their systems, killed and resumed
	@$(MAKE) -j2 all
	tests/demo/sap.sh

# Each test has ten minutes, and a session of its own: one that hangs shows what it runs, and ends.
PROVE := prove -j2 --timer --exec tests/tap/within.pl
TESTS := $(sort $(wildcard tests/golden/*.t tests/reject/*.t tests/run/*.t tests/prove/*.t tests/crash/*.t))
test: deps ## install what is missing, build, pass every test (the sanitizer build first)
	$(MAKE) -j2 all unit
	$(MAKE) asan
	$(PROVE) $(UNIT_BIN) $(TESTS)

# The sanitizer build runs everything but what only repeats it many times (the kill campaign).
ASAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
asan: ## the same tests with AddressSanitizer and UBSan
	$(MAKE) BUILD=build/asan CFLAGS='-O1 -g' FLAVOUR='$(ASAN)' -j2 all unit
	RENEW=$(CURDIR)/build/asan/renew UBSAN_OPTIONS=print_stacktrace=1 \
	  $(PROVE) $(patsubst %.c,build/asan/tests/%.t,$(notdir $(UNIT_SRC))) \
	  $(filter-out tests/crash/%,$(TESTS))

crash: all ## kill -9 at CRASH_POINTS (200) random moments of the overlap run, resume, compare
	tests/crash/crash.sh

failpoints: ## kill -9 before and behind every durable change, in each process of the overlap run
	$(MAKE) BUILD=build/faults FLAVOUR=-DFAULTS all
	python3 -B tests/crash/failpoints.py build/faults/renew

faults-sap: all ## each request to a SAP tenant, an ABAP environment, Cloud Foundry under each network fault (hours)
	FAULTS=all prove --timer tests/run/tenant_faults.t tests/run/tenant_faults_more.t tests/run/abap_faults.t \
	  tests/run/service_keys_faults.t tests/run/service_instances_faults.t

twin-sdk: ## the twin of a SAP tenant read by SAP's own libraries (npm, about a hundred packages)
	npm install --prefix build/sdk --ignore-scripts --no-audit --no-fund @sap-cloud-sdk/http-client@3 \
	  @sap-cloud-sdk/odata-v2@3 @sap-ux/edmx-parser@0.10
	prove tests/run/twin_sdk.t

library-twin: all ## every plan of the library against the twins, with a fault at each write
	LIBRARY=all prove --timer tests/run/library_tenant.t tests/run/library_keys.t

redproof: ## for each diagnostic code: without its emission its test fails
	$(MAKE) BUILD=build/redproof CFLAGS='-O1 -g' FLAVOUR=-DREDPROOF all
	tests/redproof.sh

library: all ## write plans/library: plans, scenarios, index and pictures
	python3 -B plans/library/library.py plans/library
	for plan in $(filter-out %.test.renew,$(wildcard plans/library/u*.renew)); do \
	  $(BUILD)/renew graph $$plan --as svg -o plans/library/pictures/$$(basename $$plan .renew).svg || exit 1; done

golden: all ## rewrite the golden files; look at the diff before you commit
	tests/golden/update.sh

bench: all $(BUILD)/bench/step_overhead $(BUILD)/tests/prove_alone ## ratios against peers, measured in one run
	BENCH=$(BUILD)/bench tests/bench/run.sh
$(BUILD)/bench/%: tests/bench/%.c $(BUILD)/librenew.a
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 $(CPPFLAGS) $(CFLAGS) $(FLAVOUR) $(WARN) -MMD -MP -o $@ $< $(BUILD)/librenew.a -lcmocka $(LDLIBS)

FUZZ_SECONDS ?= 60
fuzz: ## libFuzzer on each target of tests/fuzz (parser, plan file, PKCS#12, OData, scan), FUZZ_SECONDS each
	tests/fuzz/run.sh $(FUZZ_SECONDS)

oracle: $(BUILD)/tests/oracle_test.t ## the proof against an explicit search: 1,000,000 random plans, all orders of 5
	PROVE_PLANS=$${PROVE_PLANS:-1000000} PROVE_SEED=$${PROVE_SEED:-$$(date -u +%Y%m%d)} PROVE_ORDERS=all $<

SPIN_PLANS ?= 200
spin: all ## SPIN's verdict on SPIN_PLANS (200) plans against ours: samples, library, incidents, random ones
	python3 -B tests/prove/spin.py $(BUILD)/renew $(SPIN_PLANS) $(or $(SPIN_SEED),1)

verdicts: all $(BUILD)/tests/explore ## renew's verdict and the search's on each plan in plans/ with one mistake
	python3 -B tests/prove/verdicts.py $(BUILD)/renew $(BUILD)/tests/explore plans

nightly: all ## the long campaigns; ONLY=crash|failpoints|redproof|fuzz|oracle|verdicts|spin|library-twin|faults-sap picks one
	@for id in $(or $(ONLY),crash failpoints redproof fuzz oracle verdicts spin library-twin faults-sap); do \
	  $(MAKE) $$id CRASH_POINTS=$${CRASH_POINTS:-2000} FUZZ_SECONDS=$${FUZZ_SECONDS:-600} || exit 1; done

man: ## write the man pages into build/man
	@mkdir -p $(BUILD)/man && perl docs/man.pl $(BUILD)/man
PREFIX ?= /usr/local
install: all man ## install the program, the plans and the documentation below PREFIX
	install -D -m 755 $(BUILD)/renew $(DESTDIR)$(PREFIX)/bin/renew
	install -d $(DESTDIR)$(PREFIX)/share/renew $(DESTDIR)$(PREFIX)/share/doc/renew
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(BUILD)/man/renew.1
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man5 $(BUILD)/man/renew.5
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man7 $(BUILD)/man/renew-verbs.7
	cp -R plans $(DESTDIR)$(PREFIX)/share/renew/
	cp -R docs/editors $(DESTDIR)$(PREFIX)/share/renew/
	install -d $(DESTDIR)$(PREFIX)/share/bash-completion/completions
	perl docs/completion.pl > $(DESTDIR)$(PREFIX)/share/bash-completion/completions/renew
	cp -R README.md LICENSE docs/*.md $(DESTDIR)$(PREFIX)/share/doc/renew/
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/doc/renew/docs docs/*.svg

$(BUILD)/tests/explore: tests/prove/explore.c $(SEARCH_OBJ) $(BUILD)/librenew.a
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 $(CPPFLAGS) $(CFLAGS) $(FLAVOUR) $(WARN) -MMD -MP -o $@ $< $(SEARCH_OBJ) $(BUILD)/librenew.a $(LDLIBS)
$(BUILD)/tests/%: tests/tools/%.c $(BUILD)/librenew.a
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 $(CPPFLAGS) $(CFLAGS) $(FLAVOUR) $(WARN) -MMD -MP -o $@ $< $(BUILD)/librenew.a $(LDLIBS)

VERSION := $(shell sed -n 's/.*RENEW_VERSION "\(.*\)"/\1/p' runtime/cli/cli.h)
deb: all man ## a Debian package: build/deb/renew_VERSION_ARCH.deb
	@rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb
	@$(MAKE) install DESTDIR=$(BUILD)/deb/root PREFIX=/usr >/dev/null
	@docs/debian/build.sh $(BUILD) $(VERSION)

unit: $(UNIT_BIN) $(TOOL_BIN) ## build the unit tests and the tools of the shell tests

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12

clean: ## remove build/
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
