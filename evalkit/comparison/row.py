"""The row of one run: who it is, and its figures."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from evalkit.sample_quality.curves import DiscriminatorCurves


@dataclass(frozen=True)
class Row:
    """The figures of one run.

    Attributes
    ----------
    run
        Short name of the run.
    checkpoint
        Its checkpoint.
    kind, latent, activation, size, parameters, epoch
        Kind of the model, number of latents, activation of the generator's hidden layers, pixels
        of its images, number of weights of its generator, epoch of the checkpoint.
    figures
        Figures by the name of a column, see `columns.COLUMNS`; only those that were measured.
    details
        The whole results that the figures come from, as `--json` writes them.
    notes
        What was not measured, and why.
    real
        Which real images the run was compared with: `fresh` or `held out`.
    spaces
        The spaces in which distances were taken, in words.
    curves
        D(x) and D(G(z)) by epoch, where they were recorded.
    """

    run: str
    checkpoint: str
    kind: str
    latent: int
    activation: str
    size: int
    parameters: int
    epoch: int | None
    figures: dict[str, float]
    details: dict[str, Any]
    notes: tuple[str, ...]
    real: str = ""
    spaces: tuple[str, ...] = ()
    curves: DiscriminatorCurves | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON; what `details` holds already is left out."""
        values = asdict(self)
        for name in ("real", "spaces", "curves"):
            del values[name]
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Row":
        """Return the row whose fields JSON holds.

        Raises KeyError or TypeError where it holds other ones.
        """
        fields_of_row = {field.name: values[field.name] for field in fields(cls)}
        fields_of_row |= {name: tuple(values[name]) for name in ("notes", "spaces")}
        if values["curves"] is not None:
            fields_of_row["curves"] = DiscriminatorCurves.from_dict(values["curves"])
        return cls(**fields_of_row)
