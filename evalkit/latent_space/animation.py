"""Animations of images, there and back: .gif, or .mp4 with the extra `video`."""

import io
from pathlib import Path
from typing import Any

import numpy as np

from evalkit.support.pictures import check_suffix, enlarged, to_rgb
from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing, write_bytes

SIDE = 256  # pixels that a frame has at least


def write_animation(images: np.ndarray, path: str | Path, *, fps: int = 25) -> None:
    """Write images there and back.

    Parameters
    ----------
    images
        Frames, float (N, C, S, S) in [0, 1].
    path
        A file that ends in .gif (written by Pillow) or .mp4 (needs imageio-ffmpeg).
    fps
        Frames per second.

    Raises
    ------
    BadInput
        If the name ends otherwise, the file cannot be written, or imageio-ffmpeg is missing.
    """
    check_suffix(path, ".gif", ".mp4")
    path = Path(path)
    frames = enlarged(to_rgb(images), SIDE)
    frames = np.concatenate([frames, frames[-2:0:-1]])
    if path.suffix.lower() == ".gif":
        _write_gif(frames, path, fps)
    else:
        _write_mp4(frames, path, fps)


def _write_gif(frames: np.ndarray, path: Path, fps: int) -> None:
    from PIL import Image

    pictures = [Image.fromarray(frame) for frame in frames]
    content = io.BytesIO()
    pictures[0].save(
        content, "GIF", save_all=True, append_images=pictures[1:], loop=0,
        duration=max(20, round(1000 / fps)),
    )  # fmt: skip
    write_bytes(path, content.getvalue())


def _write_mp4(frames: np.ndarray, path: Path, fps: int) -> None:
    encoder = need_video(path)
    side = frames.shape[1]
    # yuv420p halves both sides, so they are made even
    options = {"macro_block_size": 2, "quality": 8, "output_params": ["-f", "mp4"]}
    with replacing(path) as beside:
        writer = encoder.write_frames(
            str(beside), (side, side), fps=fps, ffmpeg_log_level="error", **options
        )
        writer.send(None)
        for frame in frames:
            writer.send(np.ascontiguousarray(frame))
        writer.close()


def check_animation(path: str | Path | None) -> None:
    """Raise BadInput where no animation of this name can be written, before the work begins."""
    check_suffix(path, ".gif", ".mp4")
    if path is not None and Path(path).suffix.lower() == ".mp4":
        need_video(path)


def need_video(path: str | Path) -> Any:
    """Return the module imageio_ffmpeg. Raises BadInput where it is not installed."""
    try:
        import imageio_ffmpeg
    except ImportError as error:
        raise BadInput(
            f"{path}: MP4 needs imageio-ffmpeg; pip install 'fractaldream[video]', or give a .gif"
        ) from error
    return imageio_ffmpeg
