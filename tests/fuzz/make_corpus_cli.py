#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes corpus/cli/*: a command line, a word a line, and after a NUL its config file."""
import pathlib

FOLDER = pathlib.Path(__file__).parent / "corpus" / "cli"
FILES = {
    "numbers": (["--batch=3k", "--lr", "1e-3", "--range", "-1,1"], ""),
    "times": (["--max-time", "1h30m", "--every", "5e"], ""),
    "words": (["--recipe", "classic", "--metrics=fcd,is", "-d", "data"], ""),
    "seeds": (["--seeds", "0-9,42", "-s7", "-s", "18446744073709551615"], ""),
    "switches": (["-rqv", "--no-pictures", "--resume=false", "--progress", "plain"], ""),
    "documents": (["--help"], ""),
    "version": (["--version"], ""),
    "manual": (["--print-man"], ""),
    "completion": (["--print-completion", "zsh"], ""),
    "operands": (["a", "--", "--b"], ""),
    "too_many_operands": (["a", "b", "c"], ""),
    "unknown": (["--bacth", "3"], ""),
    "value_missing": (["--batch"], ""),
    "out_of_range": (["--batch", "0"], ""),
    "targets": (["pixel:3,4", "region:4,4,10,12", "rec:a/b.png", "unit:0,3", "loss:7", "ink"], ""),
    "config": ([], '{"batch": 64, "lr": 0.5, "range": [0, 1], "seed": "0-9", "resume": true}'),
    "config_intervals": ([], '{"every": "3e", "max-time": 90, "metrics": ["fcd", "kid"]}'),
    "config_null": ([], '{"batch": null, "data": "x\\u00e9"}'),
    "config_unknown": ([], '{"bacth": 64}'),
    "config_nested": ([], '{"batch": [[1]]}'),
    "config_no_object": ([], "[1]"),
    "config_twice": ([], '{"batch": 1, "batch": 2}'),
    "config_large_seed": ([], '{"seed": 18446744073709551615}'),
    "config_below_line": (["--batch", "8"], '{"batch": 64}'),
}

FOLDER.mkdir(parents=True, exist_ok=True)
for name, (words, config) in FILES.items():
    content = "\n".join(words).encode() + (b"\0" + config.encode() if config else b"")
    (FOLDER / name).write_bytes(content)
