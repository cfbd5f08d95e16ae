"""What figures do not say by themselves: sentences for the cases in which they mislead."""

HIGH, LOW = 0.7, 0.2  # of precision, recall and coverage
CROWDED = 2.0  # density that balls of the real images reach where samples crowd in a few of them


def manifold_caveats(
    precision: float, recall: float, density: float | None = None, coverage: float | None = None
) -> list[str]:
    """Return what precision, recall, density and coverage do not say by themselves.

    Blurred images and images of few kinds lie close to many real ones. They have high precision,
    density and coverage, and low recall (Kynkaanniemi et al., 2019; Naeem et al., 2020).

    Parameters
    ----------
    precision, recall, density, coverage
        The figures of generated images; None where one was not measured.

    Returns
    -------
    list of str
        Sentences, none where the figures can be read as they are.

    Examples
    --------
    >>> manifold_caveats(0.9, 0.8, 1.0, 0.95)
    []
    """
    out = []
    if precision >= HIGH and recall < LOW:
        out.append(
            f"High precision ({precision:.3f}) with very low recall ({recall:.3f}): the model "
            "draws few of the kinds of image in the data, or blurs."
        )
        if coverage is not None and coverage >= HIGH:
            out.append(
                f"Coverage ({coverage:.3f}) is no sign of variety here: blurred images lie near "
                "many others."
            )
    elif recall >= HIGH and precision < LOW:
        out.append(
            f"High recall ({recall:.3f}) with very low precision ({precision:.3f}): the images "
            "scatter widely, and few of them look like the data."
        )
    elif precision < LOW and recall < LOW:
        out.append(
            f"Precision ({precision:.3f}) and recall ({recall:.3f}) are both very low: the images "
            "are not like the data yet."
        )
    if density is not None and density > CROWDED and recall < HIGH:
        out.append(
            f"Density above 1 ({density:.2f}): the images crowd together where the data are dense."
        )
    return out
