"""Parametric image data sets of the Fractal Dream attractor, the same bytes everywhere.

import fractaldream as fd

fd.render(fd.Recipe(n=1000), "small.h5")
data = fd.open("small.h5")
data[3], data.params[3], data.rgb(3, "viridis")
"""

import lazy_loader

__version__ = "0.1.0"

# The names stand in __init__.pyi. Each is imported on first use: numba and torch are slow to load.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]
