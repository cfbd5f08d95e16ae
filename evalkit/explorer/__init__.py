"""A page in the browser to look into a latent space: live, or as one file."""
