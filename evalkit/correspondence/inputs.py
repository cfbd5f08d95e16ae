"""Open what a call is about: generators of the same kind of images, their map and its inverse."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from evalkit.family.law_units import LAW_UNITS
from evalkit.family.renderer import Renderer, renderer_of
from evalkit.inputs.images import ImageSet, ImageSource
from evalkit.inputs.model import LatentModel, ModelSource, as_model
from evalkit.inputs.provenance import (
    check_dataset,
    learnt_from,
    missing_data,
    recorded_recipe,
)
from evalkit.networks import inverse_store
from evalkit.networks.inverse_renderer import InverseRenderer
from fractaldream import open as open_dataset
from fractaldream import palette
from fractaldream.recipe import Recipe
from fractaldream_base.errors import BadInput

from .options import CorrespondOptions

USUAL_PALETTE = "kbc"  # of the inverse renderers that come with the package


@dataclass(frozen=True)
class Inputs:
    """Inputs of a call.

    Attributes
    ----------
    models
        The generators under test.
    renderer, inverse
        The map that they are tested against, and its inverse renderer.
    inverse_file
        Where the inverse renderer is kept.
    data
        The data set that the map's settings come from; None for the law `normal`.
    device
        Where the checkpoints compute.
    recorded
        Whether the settings are the recipe that the checkpoints record, their data not being here.
    """

    models: tuple[LatentModel, ...]
    renderer: Renderer
    inverse: InverseRenderer
    inverse_file: Path
    data: str | None
    device: str
    recorded: bool = False


def open_inputs(
    models: Sequence[ModelSource],
    data: ImageSource,
    options: CorrespondOptions,
    *,
    device: str = "cpu",
    progress: bool = False,
) -> Inputs:
    """Open generators, find their data set, and load or train the inverse renderer of its map.

    Parameters
    ----------
    models
        Checkpoints, ``module:callable``, functions or opened models.
    data
        A data set file; None for what the checkpoints record, and the law `normal` for callables.
    options
        Options of the call.
    device
        Where checkpoints compute: cpu, cuda or mps.
    progress
        Show progress on stderr.

    Raises
    ------
    BadInput
        If a generator or its data set cannot be opened, or the generators differ in images or data.
    """
    opened = tuple(seen_in_usual_colours(as_model(model, device=device)) for model in models)
    check_comparable(opened)
    source = find_data(opened, data)
    first = opened[0]
    recorded = isinstance(source, Recipe)
    if isinstance(source, Recipe):
        name: str | None = f"the recipe in {first.name}"
    else:
        name = source
        if source is not None:
            check_dataset(source)
    renderer = renderer_of(
        source,
        mapping=options.mapping,
        size=first.size,
        palette=seen_palette(first),
    )
    inverse, _, file = inverse_store.inverse_of(renderer, images=options.images, progress=progress)
    return Inputs(opened, renderer, inverse, file, name, device, recorded=recorded)


def recorded_data(model: LatentModel) -> str | None:
    """Return the data set that a checkpoint says it learnt from; None where it says none."""
    source: str | None = model.data.get("read", {}).get("source")
    return source


def seen_palette(model: LatentModel) -> str:
    """Return the palette in which a model's images are looked at: its own, and kbc for levels."""
    recorded = model.data.get("read", {}).get("palette") or USUAL_PALETTE
    return recorded if model.colours is None else USUAL_PALETTE


def seen_in_usual_colours(model: LatentModel) -> LatentModel:
    """Return a model of levels, or of grey images, in the palette of the package.

    Levels are the same in any palette, so that the palette that it was trained with says nothing.
    Grey images are taken for levels.
    """
    if model.colours is None and model.channels == 3:
        return model
    import torch

    colours = torch.from_numpy(palette(USUAL_PALETTE).copy())
    return replace(model, colours=colours, channels=3)


def check_comparable(models: Sequence[LatentModel]) -> None:
    """Raise BadInput for models that cannot be tested on the same draws."""
    for model in models:
        if model.conditional:
            raise BadInput(
                f"{model.name}: {model.kind} needs labels, not parameters; give another kind"
            )
        if model.noise_latents:
            raise BadInput(
                f"{model.name}: {model.kind} has no six latents but {model.latent:,}, the noise of "
                "all pixels; give another kind, or ask neighbours, quality or compare"
            )
        if not model.normal_prior:
            raise BadInput(
                f"{model.name}: {model.kind} has no normal latents, which correspondence is about; "
                "give another kind"
            )
    if len({model.size for model in models}) > 1:
        raise BadInput("generators of different image sizes; ask them one by one")
    if len({model.name for model in models}) < len(models):
        raise BadInput("the same generator twice; give each once")
    if len({seen_palette(model) for model in models}) > 1:
        raise BadInput("generators of different palettes; ask them one by one")


def find_data(models: Sequence[LatentModel], data: ImageSource) -> str | Recipe | None:
    """Return the data set that generators learnt from: the one given, or the one recorded.

    None for callables without a given file; the recipe that checkpoints record where their data set
    is not here. Raises BadInput where they record nothing, or several.
    """
    if data is not None:
        return data.name if isinstance(data, ImageSet) else str(data)
    checkpoints = [model for model in models if model.network is not None]
    if not checkpoints:
        return None
    for model in checkpoints:
        if recorded_data(model) is None and recorded_recipe(model.data) is None:
            raise BadInput(missing_data(model.name, model.data))
    first, *others = checkpoints
    if not all(_same_data(first, other) for other in others):
        raise BadInput("generators of different data sets; give --data FILE, or ask one by one")
    for model in checkpoints:
        source = recorded_data(model)
        if source is not None and Path(source).exists():
            return source
    recipe = recorded_recipe(first.data)
    if recipe is None or recipe.law not in LAW_UNITS:
        raise BadInput(missing_data(first.name, first.data))
    return recipe


def _same_data(first: LatentModel, other: LatentModel) -> bool:
    """Return whether two checkpoints record the same recipe, or without one the same file."""
    recipes = recorded_recipe(first.data), recorded_recipe(other.data)
    if None not in recipes:
        return recipes[0] == recipes[1]
    return recorded_data(first) == recorded_data(other)


def learnt_from_data(model: LatentModel, inputs: Inputs) -> bool | None:
    """Return whether a model learnt from the data of a call; None where that is not known."""
    data = inputs.data
    if model.network is None or data is None:
        return None
    if inputs.recorded:
        return True
    with open_dataset(data) as file:
        return learnt_from(model.data, {"content_sha256": file.content_sha256}, data)
