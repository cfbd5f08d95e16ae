"""Rows that are measured already, kept beside their checkpoints or in the cache folder."""

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from evalkit.support.versions import fingerprint
from fractaldream_base.cache import cache_folder
from fractaldream_base.errors import BadInput
from fractaldream_base.files import file_digest, write_json
from fractaldream_models.pretrained import checkpoint_file, is_pretrained

from .options import CompareOptions
from .row import Row

FILE = "measures.json"  # beside the checkpoint


@dataclass(frozen=True)
class RowStore:
    """The rows of one checkpoint in RUN/measures.json, under a hash of all they depend on.

    Those of a checkpoint that comes with the package stand in the cache folder.
    """

    path: Path
    key: str

    @classmethod
    def of(
        cls, checkpoint: str, space: str, options: CompareOptions, classifier: str
    ) -> "RowStore":
        """Return the store of one checkpoint.

        The hash covers the code of all packages, the libraries and the processor as well: a
        row that other code measured is measured again.

        Parameters
        ----------
        checkpoint
            The file.
        space
            The space of features, in words.
        options
            What all rows have in common.
        classifier
            Hash of the classifier's file; empty without one.
        """
        settings = {name: getattr(options, name) for name in ("n", "seed", "without", "fold")}
        weights = None if options.weights is None else file_digest(options.weights)
        content = [
            fingerprint(), file_digest(checkpoint_file(checkpoint)), settings, space, classifier,
            weights, options.download,
        ]  # fmt: skip
        key = hashlib.sha256(json.dumps(content).encode()).hexdigest()
        place = cache_folder() / "checkpoint" if is_pretrained(checkpoint) else Path(checkpoint)
        return cls(place.with_name(FILE), key)

    def read(self, run: str, checkpoint: str) -> Row | None:
        """Return the row under this key, or None."""
        try:
            values = json.loads(self.path.read_text(encoding="utf-8"))[self.key]
            return Row.from_dict(values | {"run": run, "checkpoint": checkpoint})
        except (OSError, ValueError, KeyError, TypeError):
            return None  # none there, or of another form: measured again

    def write(self, row: Row) -> Row:
        """Add a row and return it; where the folder cannot be written, say so and go on."""
        try:
            rows = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            rows = {}
        rows = rows if isinstance(rows, dict) else {}
        try:
            write_json(self.path, {**rows, self.key: asdict(row)})
        except BadInput as error:
            print(f"evalkit compare: not kept: {error}", file=sys.stderr)
        return row
