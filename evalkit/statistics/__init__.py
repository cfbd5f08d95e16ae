"""Inference, the orthogonal group and nearest neighbours."""
