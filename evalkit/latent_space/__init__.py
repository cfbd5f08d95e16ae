"""Paths, sums, planes and maps of a latent space.

==============  ========================================  ==========================
function        module                                    stands on
==============  ========================================  ==========================
interpolate     `interpolation`, `animation`              `places`, `paths`
arithmetic      `expressions`                             `places`, `terms`
grid            `plane_grid`, `grid_figure`, `regions`    `plane`
project         `projection`                              `points`, `maps`
==============  ========================================  ==========================

Each returns a result that is drawn as one picture (`picture_result`).
"""
