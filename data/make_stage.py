"""Make data/fdd-50k: all that is published with the set, but for what holds its 50,000 rows.

    python data/make_stage.py [--file fdd-50k.h5]

Renders the set, unless a file of it is given, and refuses one whose content hash is not the
published one. The checksums are of the files as they were staged here: another release of the
compressor, of Pillow or of pyarrow may write the same content in other bytes.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import fractaldream as fd
from fractaldream.publishing import checks, images, staging
from fractaldream.publishing.options import PublishOptions

DATA = Path(__file__).parent
NAME = "fdd-50k"
LIGHT = (
    "README.md",
    "SHA256SUMS",
    "croissant.json",
    "dataset-metadata.json",
    "preview.png",
    "recipe.toml",
)
OWNER = "OWNER"  # stands for the account that publishes
DATE = "2026-11-21"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", type=Path, help="the rendered set; default: render it now")
    given = parser.parse_args().file
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        file = given or Path(folder) / f"{NAME}.h5"
        if given is None:
            fd.render(fd.Recipe.from_toml(DATA / f"{NAME}.toml"), file, progress=True)
        with fd.open(file) as data:
            content = data.content_sha256
        vectors = json.loads((DATA / "test-vectors.json").read_text())
        if content != vectors["content_sha256 of fdd-50k"]:
            raise SystemExit(f"{file}: content_sha256 {content} is not that of {NAME}")
        described = images.describe(file, PublishOptions(OWNER, NAME, date=DATE))
        staged = Path(folder) / "staged"
        staged.mkdir()
        staging.fill(file, described, staged)
        checks.check_words(described)
        checks.check_stage(staged, described, sample=1000, threads=None, progress=True)
        (DATA / NAME).mkdir(exist_ok=True)
        for name in LIGHT:
            shutil.copyfile(staged / name, DATA / NAME / name)
    print(f"{DATA / NAME}: content_sha256 {content}")


if __name__ == "__main__":
    main()
