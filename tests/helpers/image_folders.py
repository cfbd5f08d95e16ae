"""Folders of small images."""

from PIL import Image


def write(folder, *names):
    """Write images of different colours, or other files, by their names; return the folder."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".png":
            Image.new("RGB", (20, 20), (10 * number, 0, 0)).save(path)
        else:
            path.write_bytes(b"other")
    return folder
