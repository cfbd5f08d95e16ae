"""What is evaluated: models, callables and images, and where they come from."""
