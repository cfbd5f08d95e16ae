"""Measure whether single latents stand for single true factors.

`evaluation` is the front door, `disentangle()`. It encodes images whose factors are known
(`encoded_images`), and `scores` gives their `codes` to one module a metric: `mig`, `sap`, `dci` and
`factor_vae`. `results` is what it returns, and `figures` draws it.
"""
