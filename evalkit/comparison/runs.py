"""The runs that are compared: where their checkpoints are and what they are called."""

from pathlib import Path

from fractaldream_base.errors import BadInput
from fractaldream_models.pretrained import is_pretrained

CHECKPOINT = "ckpt.pt"


def checkpoint_of(run: str) -> str:
    """Return RUN/ckpt.pt of a run folder, or the checkpoint itself. Raises BadInput."""
    if is_pretrained(run):
        return run
    path = Path(run)
    if path.is_dir():
        if not (path / CHECKPOINT).is_file():
            raise BadInput(f"{run}: no ckpt.pt in this folder; give a run of fractaldream train")
        return str(path / CHECKPOINT)
    if not path.is_file():
        raise BadInput(
            f"{run}: no such run; give folders of fractaldream train, checkpoints or "
            "pretrained:NAME"
        )
    return run


def names_of(checkpoints: list[str]) -> list[str]:
    """Return the shortest ends of the paths that differ, `ckpt.pt` left out. Raises BadInput."""
    parts = [Path(path).parts for path in checkpoints]
    parts = [part[:-1] if len(part) > 1 and part[-1] == CHECKPOINT else part for part in parts]
    for length in range(1, max(map(len, parts)) + 1):
        ends = ["/".join(part[-length:]) for part in parts]
        if len(set(ends)) == len(ends):
            return ends
    raise BadInput("the same run twice; give each once")
