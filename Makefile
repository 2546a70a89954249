# SPDX-License-Identifier: MIT
# One static library, one link rule, a build folder per set of flags; `make help` lists the targets.
CC ?= cc
CFLAGS ?= -g
SAN ?=
Q := $(if $(V),,@)

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
  -Wpointer-arith -Wcast-qual -Wwrite-strings -Wformat=2 -Wundef -Wdouble-promotion -Wconversion
FLAGS := -std=c11 -D_POSIX_C_SOURCE=200809L -O3 -fno-math-errno -fno-trapping-math \
  -ffp-contract=off -fopenmp -Iinclude $(WARNINGS) $(CFLAGS) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer)
X86 := $(filter x86_64-%,$(shell $(CC) -dumpmachine))
FLAGS_kernels_plain := -ffp-contract=fast
FLAGS_kernels_avx2 := -ffp-contract=fast $(if $(X86),-mavx2 -mfma)
FLAGS_kernels_avx512 := -ffp-contract=fast $(if $(X86),-mavx2 -mfma -mavx512f -mavx512dq -mavx512bw -mavx512vl -mprefer-vector-width=512)
FLAGS_random_avx2 := $(if $(X86),-mavx2)
FLAGS_random_avx512 := $(if $(X86),-mavx512f -mavx512dq -mavx512bw -mavx512vl -mprefer-vector-width=512)
LDLIBS := -lopenblas -lpng -lz -ljansson -lm

BUILD := build/$(shell printf '%s' '$(CC) $(FLAGS) $(LDFLAGS)' | cksum | cut -d' ' -f1)
PROGRAMS := gantrain gansample ganexplain
MODULE_SOURCES := $(wildcard src/*/*.c src/*/*.S)
MODULE_OBJECTS := $(MODULE_SOURCES:%=$(BUILD)/%.o)
TESTS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(wildcard tests/test_*.c))
DEMO := build/demo

all: $(PROGRAMS:%=build/%) ## Build the programs into build/
build/%: $(BUILD)/%
	$(Q)ln -sf $(<:build/%=%) $@

$(BUILD)/libganlens.a: $(MODULE_OBJECTS)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(PROGRAMS:%=$(BUILD)/%): $(BUILD)/%: $(BUILD)/src/%.c.o $(BUILD)/libganlens.a
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(BUILD)/tests/%: $(BUILD)/tests/%.c.o $(BUILD)/libganlens.a
	$(Q)$(CC) $(FLAGS) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcmocka
$(BUILD)/%.c.o: %.c
	$(Q)mkdir -p $(@D) && $(CC) $(FLAGS) $(FLAGS_$(basename $(notdir $<))) -MMD -MP -c -o $@ $<
$(BUILD)/%.S.o: %.S
	$(Q)mkdir -p $(@D) && $(CC) $(FLAGS) -MMD -MP -c -o $@ $<

test: all $(TESTS) ## Run the tests (needs what `make deps` installs)
	$(Q)CMOCKA_MESSAGE_OUTPUT=TAP BIN=$(CURDIR)/build prove -e '' $(TESTS) tests/check_layers.sh $(wildcard tests/cli/*.sh)
check: test

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 12
format: ## Format the C files
	$(Q)clang-format -i $(wildcard include/*.h src/*.c src/*/*.[ch] tests/*.[ch])
clean: ## Remove everything that was built
	rm -rf build

.PHONY: all test check help format clean
.SECONDARY:
.DELETE_ON_ERROR:
-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
