"""Generative models of images, their training and their checkpoints.

>>> from fractaldream_models.checkpoint import load
>>> model = load("run/ckpt.pt")
>>> images = model.sample(16, torch.Generator().manual_seed(0))
"""
