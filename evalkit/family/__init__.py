"""All that knows Fractal Dream: renderer, symmetries, fresh images, closest attractor."""
