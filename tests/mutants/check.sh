#!/bin/sh
# SPDX-License-Identifier: MIT
# What a fault of `make mutants` changes stands in its file as the list has it: code takes its faults along.
cd "$(dirname "$0")/../.." && exec perl tests/mutants/run.pl --check
