"""Evaluate generative models, and clean image sets: arrays in, frozen results out.

import evalkit

answer = evalkit.correspond("runs/aae/ckpt.pt", data="normal64.h5")
print(answer.verdict)
evalkit.neighbours("runs/aae/ckpt.pt", "normal64.h5")
evalkit.review("simpsons/")
"""

import lazy_loader

# The names stand in __init__.pyi. Each is imported on first use: torch and numba are slow to load.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
