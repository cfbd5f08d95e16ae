"""Generative models of images, their training and their checkpoints.

import fractaldream_models as fm

result = fm.train("fdd64.h5", "runs/aae", {"epochs": 20}, preset="aae-fdd")
model = fm.load(result.checkpoint)
images = fm.sample(model, 64, out="samples.png").images
"""

import lazy_loader

# The names stand in __init__.pyi. Each is imported on first use: numba and torch are slow to load.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
