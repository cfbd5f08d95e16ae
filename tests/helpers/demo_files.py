"""What the steps of the demo leave, for tests of its page."""

import json

import numpy as np
from PIL import Image

from evalkit.demo.steps import RUN, demo_steps


def write_results(folder):
    """Write what the steps leave, with a verdict that HTML must not read."""
    (folder / RUN).mkdir(parents=True)
    for name in ("data", "samples", "reconstructions", "neighbours", f"{RUN}/losses"):
        Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(folder / f"{name}.png")
    (folder / "correspond.json").write_text(json.dumps({"verdict": "a < b & c"}))
    copying = {"verdict": "closer than chance", "caveats": ["Recall < 0.2."]}
    (folder / "neighbours.json").write_text(json.dumps(copying))
    row = json.dumps({"epoch": 1, "validation_mse": 0.1})
    (folder / RUN / "metrics.jsonl").write_text(f'{row}\n{{"epoch": 2, "vali')
    for step in demo_steps(0):
        step.printed(folder).write_text(f"<{step.name}>\n")
