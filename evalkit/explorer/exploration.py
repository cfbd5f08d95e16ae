"""The explorer as a function: prepare the page, and write it as one file where asked to."""

from pathlib import Path

from evalkit.inputs.images import ImageSource, as_images
from evalkit.inputs.model import ModelSource, as_model
from evalkit.networks.classifier import ClassifierSource, as_classifier
from evalkit.support.docstrings import shared_parameters
from fractaldream_base.files import check_outputs

from .content import Content, check, prepare
from .options import ExploreOptions
from .static import write_static


@shared_parameters
def explore(
    model: ModelSource,
    data: ImageSource = None,
    *,
    classifier: ClassifierSource | None = None,
    static: str | Path | None = None,
    options: ExploreOptions = ExploreOptions(),
    device: str = "cpu",
    progress: bool = False,
) -> Content:
    """Prepare a page to look into a latent space.

    Parameters
    ----------
    data
        Images on the map. None shows samples in their place.
    static
        A file (HTML) to which the page is written; it needs no server.
    options
        What the page shows.

    Returns
    -------
    Content
        What the page shows: the points of the map, the decoded planes. `server.serve` shows it in
        a browser, `static.write_static` writes it as a file.

    Raises
    ------
    BadInput
        If the model or the data cannot be shown, or the file cannot be written.

    Examples
    --------
    >>> explore("runs/aae/ckpt.pt", "fdd64.h5", static="look.html")  # doctest: +SKIP
    """
    check(options)
    check_outputs(static)
    model = as_model(model, device=device)
    images = None if data is None else as_images(data, model)
    namer = as_classifier(classifier, device)
    content = prepare(model, images, namer, options, progress=progress)
    if static is not None:
        write_static(content, static)
    return content
