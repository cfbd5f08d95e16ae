"""Colours that colour-blind people tell apart, each class with a marker of its own besides."""

# Okabe and Ito 2008 (black last, as it is the ink), then grey and Tol's wine for ten digits
CLASSES = (
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#F0E442",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
    "#000000",
    "#999999",
    "#882255",
)
MARKERS = (
    "circle",
    "square",
    "triangle",
    "diamond",
    "inverted_triangle",
    "hex",
    "star",
    "plus",
    "square_pin",
    "triangle_pin",
    "asterisk",
)
UNKNOWN = "#0072B2"
INK = "#222222"
EMPTY = 0xFFF4F4F4  # grey, as canvases hold pixels


def colour_of(label: int) -> str:
    """Return the colour of a class.

    Colours come again after ten, markers after eleven, so that pairs come again after 110.
    """
    return UNKNOWN if label < 0 else CLASSES[label % len(CLASSES)]


def marker_of(label: int) -> str:
    """Return the marker of a class, for a scatter."""
    return "circle" if label < 0 else MARKERS[label % len(MARKERS)]
