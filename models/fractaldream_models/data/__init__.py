"""Data set files, image folders, MNIST and live streams, all read as tensors."""
