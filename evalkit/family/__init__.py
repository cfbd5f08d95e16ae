"""All that knows Fractal Dream: renderer, symmetries, fresh images, closest attractor.

`renderer` is the map FD from standardised parameters (`law_units`) to images, and `symmetry` what
leaves its images as they are. `fresh_images` draws images that no model has seen, `factors` says
which parameters show, `latents` pairs them with the latents of a model, and `closest_attractor`
searches the family for the image nearest to another.
"""
