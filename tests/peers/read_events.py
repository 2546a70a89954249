# SPDX-License-Identifier: MIT
"""Reads what gantrain --tensorboard wrote with the tensorboard package and compares it with RUN.

    python3 -m venv venv && venv/bin/pip install tensorboard
    build/gantrain -o run --steps 400 --tensorboard board
    venv/bin/python tests/peers/read_events.py run board/run
"""
import json
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import IMAGES, SCALARS, EventAccumulator

run, folder = map(pathlib.Path, sys.argv[1:])
events = EventAccumulator(str(folder), size_guidance={SCALARS: 0, IMAGES: 0})
events.Reload()
lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
for key in lines[0]:
    if key == "step":
        continue
    got = [(e.step, e.value) for e in events.Scalars(key)]
    want = [(line["step"], line[key]) for line in lines if line[key] is not None]
    assert [step for step, _ in got] == [step for step, _ in want], key
    assert all(abs(a - b) <= 1e-6 * abs(b) for (_, a), (_, b) in zip(got, want)), key
    print(f"{key}: {len(got)} values")

pictures = [(e.step, e.encoded_image_string) for e in events.Images("samples")]
files = sorted((run / "samples").glob("step-*.png"), key=lambda f: int(f.stem[5:]))
assert [step for step, _ in pictures] == [int(f.stem[5:]) for f in files]
assert all(picture == f.read_bytes() for (_, picture), f in zip(pictures, files))
print(f"samples: {len(pictures)} pictures, byte for byte")
