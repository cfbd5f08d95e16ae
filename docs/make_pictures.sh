#!/bin/bash
# Make the pictures of models in docs/img: docs/make_pictures.sh MNIST [attractors|digits ...]
#
# MNIST is the folder of the IDX files of MNIST's test images. Needs the extra test and chromium. Takes
# about a quarter of an hour of one core. Models that are there already are not trained again.
set -euo pipefail
docs=$(cd "$(dirname "$0")" && pwd) && img=$docs/img
idx=$(cd "$1" && pwd)
parts=${*:2}
mkdir -p "${PICTURES:-pictures}" && cd "${PICTURES:-pictures}"

train() { # FOLDER DATA OPTIONS...
  [ -e "$1/ckpt.pt" ] || fractaldream train "${@:2}" --threads 1 --quiet --out "$1" > "${1//\//-}.txt"
}

attractors() {
  [ -e fdd3k.h5 ] || fractaldream render --n 3000 --size 64 --out fdd3k.h5
  train runs/vae32 fdd3k.h5 --preset vae-fdd --set batch=32 --epochs 7
  fractaldream reconstruct runs/vae32/last.pt fdd3k.h5 --force --out "$img/vae-fdd-reconstructions.png"
  evalkit neighbours runs/vae32/ckpt.pt --data fdd3k.h5 --rows 6 --force --out "$img/neighbours.png"
  evalkit explore runs/vae32/ckpt.pt --data fdd3k.h5 --map fdd --plane components --grid 20 \
      --force --static look.html
  python "$docs/_ext/page_picture.py" look.html "view=plane&plane=components&cell=88&ends=65,334" "$img/explorer-plane.png"
  python "$docs/_ext/page_picture.py" look.html "view=data&colour=a" "$img/explorer-data.png"
  python "$docs/_ext/page_picture.py" look.html "view=sliders" "$img/explorer-sliders.png"
}

digits() {
  mnist="mnist --root $idx --set part=test"
  [ -e digits.pt ] || evalkit classifier mnist --root "$idx" --part test --threads 1 --out digits.pt
  for latent in 2 10; do
    train runs/vae-$latent $mnist --preset vae-linear-mnist --set latent=$latent --epochs 10
  done
  named="--root $idx --classifier digits.pt --force"
  evalkit grid runs/vae-2/ckpt.pt --n 20 $named --out "$img/grid.png"
  evalkit interpolate runs/vae-10/ckpt.pt 3 5 $named --out "$img/interpolate.png"
  evalkit arithmetic runs/vae-10/ckpt.pt "0 + 4 - 7" $named --out "$img/arithmetic.png"
  evalkit project runs/vae-10/ckpt.pt --root "$idx" --method pca --method tsne \
      --force --out "$img/project.png"
}

for part in ${parts:-attractors digits}; do $part; done
