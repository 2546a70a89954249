# SPDX-License-Identifier: MIT
# One static library, one link rule, a build folder per set of flags; `make help` lists the targets.
# Variables: CC, CFLAGS, SAN=address,undefined, PREFIX, DESTDIR, OPENBLAS, V=1 to see the commands.
Q := $(if $(V),,@)
# OpenBLAS is opened when it is first needed, by the first of these names that is there.
OPENBLAS ?= $(if $(filter Darwin,$(shell uname)),libopenblas.0.dylib libopenblas.dylib \
  $(foreach d,/opt/homebrew /usr/local,$d/opt/openblas/lib/libopenblas.dylib),libopenblas.so.0 libopenblas.so)

ifneq ($(filter deps,$(MAKECMDGOALS)),)
ifeq ($(MAKE_RESTARTS)$(findstring n,$(firstword -$(MAKEFLAGS))),)
# make starts anew once an included file was made: it then sees what was installed.
include build/deps.mk
build/deps.mk: FORCE
	$(Q)CC='$(CC)' OPENBLAS='$(OPENBLAS)' sh .ci/deps && mkdir -p $(@D) && touch $@
endif
endif

CFLAGS ?= -g
PREFIX ?= /usr/local
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
  -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wdouble-promotion -Wconversion
BASE_FLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L -O3 -fno-math-errno -fno-trapping-math \
  -ffp-contract=off -pthread -Iinclude $(WARNINGS) $(CFLAGS)
FLAGS := $(BASE_FLAGS) $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)
X86 := $(filter x86_64-%,$(shell $(CC) -dumpmachine 2>/dev/null))
AVX512 := -mavx512f -mavx512dq -mavx512bw -mavx512vl -mprefer-vector-width=512
FLAGS_kernels_plain := -O3 -ffp-contract=fast
FLAGS_kernels_avx2 := -O3 -ffp-contract=fast $(if $(X86),-mavx2 -mfma)
FLAGS_kernels_avx512 := -O3 -ffp-contract=fast $(if $(X86),-mavx2 -mfma $(AVX512))
FLAGS_random_avx2 := $(if $(X86),-mavx2)
FLAGS_random_avx512 := $(if $(X86),$(AVX512))
FLAGS_blas := -DOPENBLAS_NAMES="\"$(OPENBLAS)\""
LDLIBS := -lpng -lz -ljansson -lm -ldl

ALL_FLAGS := $(CC) $(FLAGS) $(LDFLAGS) $(foreach f,$(sort $(filter FLAGS_%,$(.VARIABLES))),$($(f)))
BUILD := build/$(shell printf '%s' '$(ALL_FLAGS)' | cksum | cut -d' ' -f1)
PROGRAMS := $(patsubst src/%.c,%,$(wildcard src/*.c))
LIBRARY := $(BUILD)/libganlens.a
LIBRARY_OBJECTS := $(patsubst %,$(BUILD)/%.o,$(wildcard src/*/*.c src/*/*.S))
TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/test_*.c))
REPLAYS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZERS := $(REPLAYS:%=%.live)
BENCH := $(BUILD)/tests/bench/bench
LINKED := $(PROGRAMS:%=$(BUILD)/%) $(TESTS) $(REPLAYS) $(FUZZERS) $(BENCH)
# Preloaded by shell tests; unsanitized, since they come before the sanitizers' own libraries.
SHIM := $(if $(filter Linux,$(shell uname)),$(BUILD)/tests/shim/fault.so)
NO_MEMORY := $(if $(SAN),,$(SHIM:%/fault.so=%/no_memory.so))
SHELL_TEST := MAKEFLAGS= BIN=$(CURDIR)/$(BUILD) SHIM=$(SHIM:%=$(CURDIR)/%) NO_MEMORY=$(NO_MEMORY:%=$(CURDIR)/%)
# Signals that a shell ignores for what it runs in the background are sent by tests.
PROVE := perl -e '@SIG{qw(INT HUP)} = ("DEFAULT") x 2; exec @ARGV' prove -e ""
FORMATTED = $(wildcard include/*.h src/*.c src/*/*.[ch] tests/*.[ch] tests/*/*.[ch])
SHARE = man/man1/$(1).1 bash-completion/completions/$(1) zsh/site-functions/_$(1) \
  fish/vendor_completions.d/$(1).fish
SHARED := man/man7/ganlens.7 $(foreach p,$(PROGRAMS),$(call SHARE,$(p)))
INSTALLED := $(DESTDIR)$(PREFIX)

all: $(PROGRAMS:%=build/%) ## Build the programs into build/ (the default)
$(PROGRAMS:%=build/%): build/%: $(BUILD)/% FORCE # always looked at: another set of flags may have been built since
	$(Q)[ "$$(readlink $@)" = $(<:build/%=%) ] || ln -sf $(<:build/%=%) $@

$(LINKED): $(LIBRARY)
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) -o $@ $(filter %.o,$^) $(LIBRARY) $(LDLIBS)
$(PROGRAMS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/src/%.c.o
$(TESTS) $(REPLAYS): %: %.c.o
$(BENCH): $(patsubst %.c,$(BUILD)/%.c.o,$(wildcard tests/bench/*.c))
$(FUZZERS): %.live: %.c.o
$(REPLAYS): $(BUILD)/tests/fuzz/replay.c.o
$(patsubst tests/fuzz/mutate_%.c,$(BUILD)/tests/fuzz/fuzz_%.live,$(wildcard tests/fuzz/mutate_*.c)): \
  $(BUILD)/tests/fuzz/fuzz_%.live: $(BUILD)/tests/fuzz/mutate_%.c.o $(BUILD)/tests/fuzz/mutation.c.o
$(TESTS): LDLIBS += -lcmocka
$(FUZZERS): LDLIBS += -fsanitize=fuzzer

$(LIBRARY): $(LIBRARY_OBJECTS)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(BUILD)/%.c.o: %.c
	$(Q)mkdir -p $(@D) && $(CC) $(FLAGS) $(FLAGS_$(basename $(notdir $<))) -MMD -MP -c -o $@ $<
$(BUILD)/%.S.o: %.S
	$(Q)mkdir -p $(@D) && $(CC) $(FLAGS) -MMD -MP -c -o $@ $<
$(filter %.S.o,$(LIBRARY_OBJECTS)): $(wildcard data/digits5k/*.gz data/recipes/*.json data/judge/*.safetensors)
$(BUILD)/%.so: %.c
	$(Q)mkdir -p $(@D) && $(CC) $(BASE_FLAGS) -fPIC -shared -MMD -MP -o $@ $< -ldl

check: tests ## Run all tests, as many at once as there are CPUs (SAN=address,undefined: under sanitizers)
	$(Q)$(SHELL_TEST) CMOCKA_MESSAGE_OUTPUT=TAP \
	  $(PROVE) -j$$(nproc 2>/dev/null || echo 2) $(TESTS) $(REPLAYS) $(wildcard tests/*.sh tests/mutants/*.sh) \
	    $(filter-out %/lib.sh,$(wildcard tests/cli/*.sh))
check-memory: tests ## Fail every single allocation, where check fails some (ten minutes)
	$(Q)SOME= $(SHELL_TEST) $(PROVE) -j2 $(wildcard tests/cli/memory_*.sh)
check-kill: all ## Kill runs of every model KILLS times (1000) at random, compare bytes (ten minutes)
	$(Q)$(SHELL_TEST) sh tests/kill/kill_at_random.sh $(or $(KILLS),1000)
tests: all $(TESTS) $(REPLAYS) $(BENCH) $(SHIM) $(NO_MEMORY) ## Build programs, tests and benchmark, run nothing

deps: ## Install what is missing for building and testing; silent if nothing is
	@:
demo: all ## Train half a minute on the built-in digits and explain four seeds
	$(Q)MAKEFLAGS= build/gantrain -o build/demo --force --max-time 30s --sample-every 500
	$(Q)build/gansample build/demo --seeds 0-99 -q -o build/demo-grid.png
	$(Q)build/ganexplain build/demo --seeds 1-4 -q
	@printf '%s\n' 'What it was shown:    build/demo/real.png' \
	  'What it draws now:    build/demo-grid.png' 'How it got there:     build/demo/samples/, build/demo/curves.png' \
	  'Four seeds explained:'; ls build/demo/explain/index.html build/demo/explain/*/*tion.png | sed 's/^/  /'
mnist: ## Fetch MNIST into data/mnist (MNIST_MIRROR=URL: from there)
	$(Q)sh data/fetch_mnist.sh data/mnist
bench: all $(BENCH) ## Measure speed beside its limits
	$(Q)MAKEFLAGS= $(BENCH) $(BUILD)/gantrain $(BUILD)/ganexplain

mutants: ## Plant faults one at a time and see a test fail (MUTANTS=PATTERN: some of them)
	$(Q)MAKEFLAGS= CC='$(CC)' perl tests/mutants/run.pl '$(MUTANTS)'

fuzz: ## Fuzz what is read for FUZZ_TIME seconds (60) each, print the coverage (needs clang)
	$(Q)$(MAKE) --no-print-directory CC=clang SAN=fuzzer-no-link,address,undefined run-fuzzers
	$(Q)$(MAKE) --no-print-directory CC=gcc CFLAGS=--coverage corpus-coverage
run-fuzzers: $(FUZZERS)
	$(Q)sh tests/fuzz/run.sh $(or $(FUZZ_TIME),60) $(FUZZERS)
corpus-coverage: $(REPLAYS)
	$(Q)sh tests/fuzz/coverage.sh $(BUILD) $(REPLAYS)

# Man pages and completions are the programs' own words.
build/share/man/man1/%.1: build/%
	$(Q)mkdir -p $(@D) && $< --print-man >$@
build/share/man/man7/ganlens.7: build/ganexplain
	$(Q)mkdir -p $(@D) && $< --print-manual >$@
build/share/bash-completion/completions/%: build/%
	$(Q)mkdir -p $(@D) && $< --print-completion bash >$@
build/share/zsh/site-functions/_%: build/%
	$(Q)mkdir -p $(@D) && $< --print-completion zsh >$@
build/share/fish/vendor_completions.d/%.fish: build/%
	$(Q)mkdir -p $(@D) && $< --print-completion fish >$@
man: build/share/man/man7/ganlens.7 ## Read the page of definitions; `make install` makes it `man ganlens`
	@man -l $<
install: all $(SHARED:%=build/share/%) ## Install programs, man pages and completions (PREFIX, DESTDIR)
	$(Q)install -d $(addprefix '$(INSTALLED)'/,bin $(addprefix share/,$(sort $(dir $(SHARED)))))
	$(Q)install -m 755 $(PROGRAMS:%=build/%) '$(INSTALLED)/bin'
	$(Q)for f in $(SHARED); do install -m 644 build/share/$$f '$(INSTALLED)'/share/$$f || exit 1; done
uninstall: ## Remove what install put there
	$(Q)cd '$(INSTALLED)' && rm -f $(PROGRAMS:%=bin/%) $(SHARED:%=share/%)

format: ## Format the C files (FORMAT='--dry-run -Werror': only check)
	$(Q)clang-format $(or $(FORMAT),-i) $(FORMATTED)
clean: ## Remove all that was built
	rm -rf build
help: ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' Makefile | expand -t 14

.PHONY: all deps check check-memory check-kill tests demo mnist bench mutants fuzz run-fuzzers corpus-coverage man install \
  uninstall format clean help FORCE
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
