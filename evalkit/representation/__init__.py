"""What labels can be read from the codes of images, and what clusters the codes form."""
