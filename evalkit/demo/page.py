"""The page of the demo: data, training, samples, answers, and what to type next."""

import base64
import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalkit.support.page_style import STYLE
from fractaldream_base.errors import BadInput

from .steps import ANSWER, CHECKPOINT, DATA, METRICS, RUN, Step

MORE = """
img.pixels { image-rendering: pixelated; width: 100%; } pre { font-size: .8rem;
padding: .6rem .8rem; background: #8881; border-radius: 4px; }
pre { white-space: pre-wrap; }
code { background: #8881; padding: .1rem .3rem; border-radius: 3px; overflow-wrap: anywhere; }
summary { cursor: pointer; }
"""
NEXT = (
    (
        f"evalkit explore {CHECKPOINT}",
        "Move through the latent space with sliders, in the browser.",
    ),
    (
        f"fractaldream train {DATA} --out {RUN} --resume --epochs 200",
        "Train longer: the model was trained for a short time here, and samples are blurred.",
    ),
    (
        f"fractaldream train {DATA} --kind vae --set latent=6 --set paired_weight=10 --epochs 60 "
        "--out paired",
        "Tie the latents to the six numbers while training, then ask for correspondence again.",
    ),
    (
        f"evalkit correspond pretrained:aae-paired --data {DATA}",
        "Ask the same of a model that comes with the package. It was told the six numbers of every "
        "image, and follows the map.",
    ),
    (
        "fractaldream render --n 50000 --out large.h5",
        "Render a data set to work with: 128 px, the same bytes on every machine.",
    ),
)


def render_page(folder: Path, sequence: Sequence[Step]) -> str:
    """Return the page as HTML that needs no other file. Raises BadInput."""
    step = {each.name: each for each in sequence}
    answer, copying = _results(folder / "correspond.json"), _results(folder / "neighbours.json")
    parts = [
        _section(
            "1. Data",
            "Each image is the strange attractor of a map of the plane. Six numbers make it, and "
            "they are stored beside it: this is the ground truth that a model never sees.",
            [step["render"], step["preview"]],
            _figure(folder / "data.png", "96 of the images"),
        ),
        _section(
            "2. Training",
            _training(folder),
            [step["train"]],
            _figure(folder / RUN / "losses.png", "Losses and held-out figures by epoch", "")
            + _figure(
                folder / "reconstructions.png",
                "Held-out images (upper row) and their reconstructions (lower row)",
            )
            + _figure(folder / "samples.png", "Samples: decoded random latents")
            + _printed(folder, step["reconstruct"]),
        ),
        _section(
            "3. Do the latents stand for the six numbers?",
            "If the model has rebuilt the map, it draws from six latents what the map draws from "
            "six numbers. The test compares both with what chance gives. A model that was never "
            "told the six numbers, after so short a training, is not expected to succeed.",
            [step["correspond"]],
            f'<p class="verdict">{html.escape(answer["verdict"])}</p>'
            + _printed(folder, step["correspond"])
            + f'<p><a href="{ANSWER}">{ANSWER}</a> shows images of the map and of the model side '
            "by side, and explains the terms.</p>",
        ),
        _section(
            "4. Are the samples copies?",
            "Generated images, each beside the training images that are nearest to it, and a test "
            "whether they are nearer than never-seen images are.",
            [step["neighbours"]],
            f'<p class="verdict">{_verdict(copying)}</p>'
            + _figure(
                folder / "neighbours.png", "Generated images and their nearest training images", ""
            )
            + _folded(folder, step["neighbours"]),
        ),
        _next(folder),
    ]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>fractaldream demo</title><style>{STYLE}{MORE}</style>"
        "<h1>From six numbers to images, and back?</h1>"
        "<p>A small data set, a small model and a few questions. Below each heading stands the "
        "command that made the part, to be typed in the folder of this page.</p>" + "".join(parts)
    )


def _results(path: Path) -> dict[str, Any]:
    """Return the results that a command wrote as JSON. Raises BadInput."""
    try:
        results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadInput(f"{path}: missing; run the demo with --force to begin anew") from None
    return results


def _verdict(copying: dict[str, Any]) -> str:
    """Return whether images were copied, with all caveats, as HTML."""
    verdict = copying["verdict"]
    sentences = [f"{verdict[0].upper()}{verdict[1:]}.", *copying["caveats"]]
    return " ".join(map(html.escape, sentences))


def _section(title: str, text: str, commands: Sequence[Step], content: str) -> str:
    """Return a part of the page: what it shows, the commands behind it, pictures and figures."""
    lines = "\n".join(html.escape(step.command) for step in commands)
    return f"<h2>{html.escape(title)}</h2><p>{html.escape(text)}</p><pre>{lines}</pre>{content}"


def _training(folder: Path) -> str:
    """Return what was trained, in a sentence, from the rows that the training wrote."""
    text = (folder / METRICS).read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)  # the last one may be torn where the time was over
    rows: list[dict[str, Any]] = [json.loads(line) for line in lines if line.endswith("\n")]
    epochs = "epoch" if len(rows) == 1 else "epochs"
    return (
        "A variational autoencoder learns to draw the images from six latents. It was trained for "
        f"{len(rows)} {epochs}; its squared error on held-out images went from "
        f"{rows[0]['validation_mse']:.4f} to {rows[-1]['validation_mse']:.4f} (pixels in [0, 1], "
        "lower is better)."
    )


def _figure(path: Path, caption: str, kind: str = "pixels") -> str:
    """Return a picture inside the page, with its caption; empty where there is no picture.

    A training that ends within few epochs draws no losses.
    """
    if not path.exists():
        return ""
    content = base64.b64encode(path.read_bytes()).decode()
    return (
        f'<figure><img class="{kind}" alt="{html.escape(caption)}" '
        f'src="data:image/png;base64,{content}"><figcaption>{html.escape(caption)}</figcaption>'
        "</figure>"
    )


def _printed(folder: Path, step: Step) -> str:
    """Return what a command printed."""
    text = step.printed(folder).read_text(encoding="utf-8", errors="replace")
    return f"<pre>{html.escape(text.strip())}</pre>"


def _folded(folder: Path, step: Step) -> str:
    """Return what a command printed, to be unfolded."""
    return f"<details><summary>All figures</summary>{_printed(folder, step)}</details>"


def _next(folder: Path) -> str:
    """Return what to type next."""
    commands = "".join(
        f"<pre>{html.escape(command)}</pre><p>{html.escape(text)}</p>" for command, text in NEXT
    )
    return (
        "<h2>5. What to type next</h2><p>Type these in the folder "
        f"<code>{html.escape(str(folder))}</code>.</p>{commands}"
    )
