# SPDX-License-Identifier: MIT
# A plan as a Makefile: each line of NAME.plan is trained, measured and drawn, and NAME.csv is the table of them all.
#
#   make -C data/experiments -f plan.mk PLAN=search DATA=../mnist -j2
#   make -f plan.mk PLAN=mine BIN=/usr/local/bin OUT=runs   a copy of this file anywhere else, with a mine.plan
#
# A line is a name, a number of steps, seeds with commas, and options of gantrain; from # on it is a comment. A name
# stands for its options: others are another name. Each seed is a row of the table, and none is left out. It may be
# ended at any time, even by kill -9: the next make goes on where it was.
BIN ?= ../../build
PLAN ?= search
OUT ?= ../../build/experiments/$(PLAN)
TABLE ?= $(PLAN).csv
DATA ?= # what --data reads, such as ../mnist; nothing: the built-in digits
JUDGE ?= # what ganeval --judge reads; nothing: the built-in one
SAMPLES ?= 10000

lines := sed 's/ *\#.*//; /^$$/d' $(PLAN).plan
RUNS := $(shell $(lines) | awk '{ n = split($$3, seed, ","); for (i = 1; i <= n; i++) print $$1 "_" $$2 "_" seed[i] }')
part_of = $(word $(1),$(subst _, ,$(notdir $(2))))
options_of = $(shell $(lines) | awk -v name=$(call part_of,1,$(1)) '$$1 == name { $$1 = $$2 = $$3 = ""; print; exit }')
data := $(addprefix --data ,$(DATA))

all: $(TABLE) $(RUNS:%=$(OUT)/%.png)

# --resume: starts, or goes on with what an interrupted make has left.
$(RUNS:%=$(OUT)/%/model.safetensors): %/model.safetensors: | $(OUT)
	$(BIN)/gantrain -o $* --resume $(data) --steps $(call part_of,2,$*) --seed $(call part_of,3,$*) --sample-every 0 \
	  $(call options_of,$*) --quiet

$(RUNS:%=$(OUT)/%.png): %.png: %/model.safetensors
	$(BIN)/gansample $* --seeds 0-99 -o $@ --quiet

$(RUNS:%=$(OUT)/%.fcd): %.fcd: %/model.safetensors
	$(BIN)/ganeval $* $(data) $(addprefix --judge ,$(JUDGE)) --metrics fcd --samples $(SAMPLES) --csv $@ --quiet >$*.txt

# Of each run its value, the interval, and what other real pictures get.
$(RUNS:%=$(OUT)/%.row): %.row: %.fcd
	printf '%s,%s,"%s"\n' $(subst _,$(comma),$(notdir $*)) "$$(sed -n 2p $< | cut -d, -f 3-5,8)" "$(strip $(call options_of,$*))" >$@

$(TABLE): $(PLAN).plan $(RUNS:%=$(OUT)/%.row)
	( echo name,steps,seed,fcd,low,high,real,options; cat $(filter %.row,$^) ) >$@

$(OUT):
	mkdir -p $@

comma := ,
.PHONY: all
.DELETE_ON_ERROR:
