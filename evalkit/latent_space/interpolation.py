"""Paths through latent space: straight or along the sphere, and how fast the image changes."""

import itertools
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evalkit.errors import BadInput
from evalkit.inputs.model import LatentModel
from evalkit.networks.classifier import Classifier

from .places import Anchor, shares

KINDS = ("linear", "spherical")
PARALLEL = 1e-6  # radians: nearer than this, or so near to opposite, there is no arc to follow


def lerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(len(t), L): a at t = 0, b at t = 1, straight, both ends exactly."""
    t = np.asarray(t, float)[:, None]
    return np.where(t <= 0.5, a + t * (b - a), b - (1 - t) * (b - a))


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(len(t), L): from a to b along the great circle (Shoemake, 1985), at even angular speed.

    The norm goes straight from |a| to |b|, so that it is kept where both are equal. Raises BadInput
    where there is no one arc: one dimension, a latent of nought, opposite latents.
    """
    a, b, t = np.asarray(a, float), np.asarray(b, float), np.asarray(t, float)[:, None]
    if a.shape[0] < 2:
        raise BadInput("a latent of one dimension has no sphere; take the linear path")
    first, second = np.linalg.norm(a), np.linalg.norm(b)
    if first == 0 or second == 0:
        raise BadInput("a latent of nought has no direction; take the linear path")
    u, v = a / first, b / second
    # the angle by its half: exact where arccos of the product is not
    angle = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    if np.pi - angle < PARALLEL:
        raise BadInput("opposite latents have no one arc; give a latent between them")
    if angle < PARALLEL:
        along = u + t * (v - u)
    else:
        along = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / np.sin(angle)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    path = along * ((1 - t) * first + t * second)
    return np.where(t == 0, a, np.where(t == 1, b, path))  # the ends exactly


@dataclass(frozen=True)
class Turn:
    """Where the classifier's answer changes: between frame `step` - 1 and `step`."""

    step: int
    t: float  # of that frame
    before: str
    after: str


@dataclass(frozen=True)
class Path:
    """Frames along a path through all anchors; t runs from 0 by one to each next anchor.

    z: (N, L). images: float32 (N, C, S, S). speed: (N - 1,), root mean square change of the pixels
    from frame to frame, a unit of t. certainty: of the classifier's answer at each frame, and
    `answers`, its names; None without one.
    """

    model: str
    path: str
    anchors: list[Anchor]
    t: np.ndarray
    z: np.ndarray
    images: np.ndarray
    speed: np.ndarray
    length: float  # of the path in images: the sum of all changes
    direct: float  # root mean square difference of its first and last image
    answers: np.ndarray | None
    certainty: np.ndarray | None
    turns: list[Turn] | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "model": self.model,
            "path": self.path,
            "anchors": [a.name for a in self.anchors],
            "t": self.t,
            "latents": self.z,
            "norms": np.linalg.norm(self.z, axis=1),
            "speed": self.speed,
            "length": self.length,
            "direct": self.direct,
            "answers": self.answers,
            "certainty": self.certainty,
            "turns": None if self.turns is None else [asdict(turn) for turn in self.turns],
        }


def interpolate(
    model: LatentModel,
    anchors: list[Anchor],
    *,
    path: str = "linear",
    steps: int = 64,
    classifier: Classifier | None = None,
) -> Path:
    """The path through two or more anchors, `steps` frames for each part and one. Raises BadInput.

    Conditional kinds are told shares of the labels of both anchors, as the path goes on.
    """
    if len(anchors) < 2:
        raise BadInput("one place makes no path; give two or more")
    if path not in KINDS:
        raise BadInput(f"path {path!r}: give {' or '.join(KINDS)}")
    if steps < 1:
        raise BadInput(f"steps {steps}: give 1 or more")
    if path == "spherical" and model.latent < 2:
        raise BadInput(f"{model.name}: one latent has no sphere; give --path linear")
    between = {"linear": lerp, "spherical": slerp}[path]
    share = np.arange(steps + 1) / steps
    codes, weights = [], []
    for k, (a, b) in enumerate(itertools.pairwise(anchors)):
        try:
            part = between(a.z, b.z, share)
        except BadInput as error:
            raise BadInput(f"{a.name} to {b.name}: {error}") from error
        part_weights = np.zeros((steps + 1, len(anchors)))
        part_weights[:, k], part_weights[:, k + 1] = 1 - share, share
        first = 0 if k == 0 else 1  # an anchor between two parts is one frame
        codes.append(part[first:])
        weights.append(part_weights[first:])
    z = np.concatenate(codes)
    told = shares(model, [a.label for a in anchors], np.concatenate(weights))
    images = model.decode(z, told)
    change = np.sqrt(((images[1:] - images[:-1]) ** 2).mean((1, 2, 3), dtype=np.float64))
    t = np.arange(len(z)) / steps
    answers = certainty = turns = None
    if classifier is not None:
        probabilities = classifier.probabilities(images)
        best = probabilities.argmax(1)
        answers, certainty = np.array(classifier.labels)[best], probabilities.max(1)
        turns = [
            Turn(int(i) + 1, float(t[i + 1]), str(answers[i]), str(answers[i + 1]))
            for i in np.flatnonzero(best[1:] != best[:-1])
        ]
    return Path(
        model.name,
        path,
        anchors,
        t,
        z,
        images,
        change * steps,
        float(change.sum()),
        float(np.sqrt(((images[-1] - images[0]) ** 2).mean(dtype=np.float64))),
        answers,
        certainty,
        turns,
    )


def table(result: Path) -> str:
    """The result in words."""
    speed = result.speed
    names = " - ".join(a.name for a in result.anchors)
    lines = [
        f"{result.model}: {result.path} path {names}, {len(result.z)} frames",
        f"  norm of the latent   {np.linalg.norm(result.z, axis=1).min():.3f} to "
        f"{np.linalg.norm(result.z, axis=1).max():.3f}",
        f"  length in images     {result.length:.4f}, {result.direct:.4f} from end to end "
        "(root mean square of pixels)",
        f"  speed                {speed.mean():.4f} in the mean, fastest {speed.max():.4f} at "
        f"t = {result.t[int(speed.argmax())]:.2f}",
    ]
    if result.turns is not None and result.answers is not None:
        said = [f"{turn.before} -> {turn.after} at step {turn.step} (t = {turn.t:.2f})"
                for turn in result.turns]  # fmt: skip
        lines.append(f"  the classifier says  {result.answers[0]}" + (", " if said else ""))
        if said:
            lines[-1] += ", ".join(said)
    return "\n".join(lines)


def picture(result: Path, *, shown: int = 16) -> bytes:
    """The strip of `shown` frames over the curve of speed, as PNG."""
    from matplotlib.figure import Figure

    from evalkit.support.pictures import enlarged, figure_png, tiles, to_rgb

    at = np.unique(np.round(np.linspace(0, len(result.t) - 1, shown)).astype(int))
    strip = tiles(enlarged(to_rgb(result.images[at]), 64), len(at))
    panels = 2 if result.certainty is None else 3
    width = 12.0
    height = width * strip.shape[0] / strip.shape[1]
    figure = Figure(figsize=(width, height + 0.5 + 1.5 * (panels - 1)), layout="constrained")
    axes = figure.subplots(panels, 1, height_ratios=[height + 0.3, *[1.4] * (panels - 1)])
    axes[0].imshow(strip, aspect="auto", interpolation="nearest")
    axes[0].axis("off")
    names = " - ".join(a.name if len(a.name) < 24 else a.name[:20] + "..." for a in result.anchors)
    axes[0].set_title(f"{result.path} path {names}", fontsize=9, loc="left")
    middle = (result.t[1:] + result.t[:-1]) / 2
    axes[1].plot(middle, result.speed, color="#0072b2")
    axes[1].set(ylabel="change / t", ylim=(0, None))
    if result.certainty is not None and result.answers is not None:
        axes[2].plot(result.t, result.certainty, color="#d55e00")
        axes[2].set(ylabel="certainty", ylim=(0, 1.05))
        edges = [0, *[turn.step for turn in result.turns or []], len(result.t)]
        for first, last in itertools.pairwise(edges):
            place = (result.t[first] + result.t[min(last, len(result.t) - 1)]) / 2
            axes[2].text(place, 0.08, str(result.answers[first]), ha="center", fontsize=9)
    for one in axes[1:]:
        one.set_xlim(0, result.t[-1])
        for turn in result.turns or []:
            one.axvline(turn.t, color="#777", lw=0.8, ls=":")
    axes[-1].set_xlabel("t")
    return figure_png(figure)


def animation(result: Path, out: str, *, fps: int = 25) -> None:
    """There and back as .gif (Pillow) or .mp4 (the extra `video`). Raises BadInput."""
    import io
    import os
    from pathlib import Path as File

    from PIL import Image

    from evalkit.support.files import write_bytes
    from evalkit.support.pictures import check_suffix, enlarged, to_rgb

    check_suffix(out, ".gif", ".mp4")
    frames = enlarged(to_rgb(result.images), 256)
    frames = np.concatenate([frames, frames[-2:0:-1]])
    if File(out).suffix.lower() == ".gif":
        pictures = [Image.fromarray(frame) for frame in frames]
        content = io.BytesIO()
        pictures[0].save(
            content, "GIF", save_all=True, append_images=pictures[1:], loop=0,
            duration=max(20, round(1000 / fps)),
        )  # fmt: skip
        write_bytes(out, content.getvalue())
        return
    encoder = need_video(out)
    side = frames.shape[1]
    beside = File(out).with_name(f".{File(out).name}.{os.getpid()}.mp4")
    # yuv420p halves both sides, so they are made even
    writer = encoder.write_frames(
        str(beside), (side, side), fps=fps, macro_block_size=2, quality=8, ffmpeg_log_level="error"
    )
    try:
        writer.send(None)
        for frame in frames:
            writer.send(np.ascontiguousarray(frame))
        writer.close()
        beside.replace(out)
    except OSError as error:
        raise BadInput(f"{out}: cannot be written ({error.strerror})") from error
    finally:
        beside.unlink(missing_ok=True)


def need_video(out: str) -> Any:
    """imageio_ffmpeg. Raises BadInput where it is not installed."""
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise BadInput(
            f"{out}: MP4 needs imageio-ffmpeg; pip install 'fractaldream[video]', or give a .gif"
        ) from error
    return imageio_ffmpeg
