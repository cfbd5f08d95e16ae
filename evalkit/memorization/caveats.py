"""Caveats of figures: sentences for the cases in which the figures mislead."""

HIGH, LOW = 0.7, 0.2  # of precision and recall
CROWDED = 2.0  # density that balls of the real images reach where samples crowd in a few of them


def unlike_data(precision: float, recall: float, density: float | None = None) -> bool:
    """Return whether images are not like the data, by figures that are very low.

    Parameters
    ----------
    precision, recall, density
        The figures of generated images; None where one was not measured.

    Examples
    --------
    >>> unlike_data(0.1, 0.0), unlike_data(0.3, 0.0, 0.1), unlike_data(0.9, 0.1, 1.0)
    (True, True, False)
    """
    return recall < LOW and min(precision, precision if density is None else density) < LOW


def manifold_caveats(precision: float, recall: float, density: float | None = None) -> list[str]:
    """Return what precision, recall and density do not say by themselves.

    Images of few kinds lie close to real ones: they have high precision and density, and low recall
    (Kynkaanniemi et al., 2019; Naeem et al., 2020).

    Parameters
    ----------
    precision, recall, density
        The figures of generated images; None where one was not measured.

    Returns
    -------
    list of str
        Sentences, none where the figures can be read as they are.

    Examples
    --------
    >>> manifold_caveats(0.9, 0.8, 1.0)
    []
    """
    out = []
    if precision >= HIGH and recall < LOW:
        out.append(
            f"High precision ({precision:.3f}) with very low recall ({recall:.3f}): the model "
            "draws few of the kinds of image in the data."
        )
    elif recall >= HIGH and precision < LOW:
        out.append(
            f"High recall ({recall:.3f}) with very low precision ({precision:.3f}): the images "
            "scatter widely, and few of them look like the data."
        )
    elif unlike_data(precision, recall, density):
        name, value = ("Precision", precision) if precision < LOW else ("Density", density)
        out.append(
            f"{name} ({value:.3f}) and recall ({recall:.3f}) are both very low: the images "
            "are not like the data: blurred, noisy, or of other shapes."
        )
    if density is not None and density > CROWDED and recall < HIGH:
        out.append(
            f"Density above 1 ({density:.2f}): the images crowd together where the data are dense."
        )
    return out
