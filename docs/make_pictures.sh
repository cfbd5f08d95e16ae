#!/bin/bash
# Make pictures of docs/img again: docs/make_pictures.sh MNIST [PART ...]
#
# MNIST is the folder of the IDX files of MNIST's test images. The parts:
#   attractors   the pictures of runs/vae32, three of them photographed in chromium
#   digits       latent spaces of digits
#   preview      the sheet of the start page
#   rungs        the rungs of the correspondence test in pictures
#   latents      which latent holds what
#   sweep        every trial of a sweep
#   generators   samples of two generators that come with the package
#   question     the same numbers, by the map and by two generators: trained in minutes on a GPU, in
#                hours without
#   zoo          biggan, csvae and wgan on digits, which are trained in two hours
# Without a PART all are made but the last two. Needs the extra test. Models that are there already
# are not trained again.
set -euo pipefail
docs=$(cd "$(dirname "$0")" && pwd) && img=$docs/img bench=$docs/../bench
idx=$(cd "$1" && pwd)
parts=${*:2}
mkdir -p "${PICTURES:-pictures}" && cd "${PICTURES:-pictures}"

render() { # FILE OPTIONS...
  [ -e "$1" ] || fractaldream render "${@:2}" --quiet --out "$1"
}

train() { # FOLDER DATA OPTIONS...
  [ -e "$1/ckpt.pt" ] || fractaldream train "${@:2}" --threads 1 --quiet --out "$1" > "${1//\//-}.txt"
}

attractors() {
  render fdd3k.h5 --n 3000 --size 64
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

preview() {
  render fdd-40.h5 --n 40
  fractaldream preview fdd-40.h5 --rows 4 --columns 10 --force --out "$img/preview.png"
}

rungs() {
  python "$bench/rung_pictures.py" "$img"
}

latents() {
  render fdd3k32.h5 --n 3000 --size 32
  train runs/vae6 fdd3k32.h5 --kind vae --set architecture=conv --set latent=6 --set width=0.5 --epochs 5
  evalkit disentangle runs/vae6/ckpt.pt --data fdd3k32.h5 --force --out "$img/latents.png"
}

sweep() {
  [ -e sweep.db ] || fractaldream sweep run mnist --root "$idx" --preset dcgan4-mnist --space gan \
      --trials 30 --epochs 3 --set part=test --set size=32 --set width=0.125 --set limit=2000 \
      --storage sqlite:///sweep.db --device cpu --threads 1
  fractaldream sweep report --storage sqlite:///sweep.db --force --out sweep.html
  python "$docs/_ext/embedded_picture.py" sweep.html "Every trial" "$img/sweep.png"
}

generators() {
  render fdd32.h5 --n 50000 --size 32
  python "$bench/generators.py" fdd32.h5 gan-fdd=pretrained:gan-fdd \
      aae-fdd-sharp=pretrained:aae-fdd-sharp --keep judged --picture "$img/generators-32.png"
}

question() {
  render normal32.h5 --law normal --no-refusals --n 50000 --size 32
  train runs/gan-normal-0 normal32.h5 --preset gan-fdd --precision 32
  train runs/aae-sharp-normal-0 normal32.h5 --preset aae-fdd-sharp --epochs 10 --precision 32
  python "$bench/question.py" normal32.h5 'gan-fdd=runs/gan-normal-*/ckpt.pt' \
      'aae-fdd-sharp=runs/aae-sharp-normal-*/ckpt.pt' --n 256 --keep judged --picture "$img/question-32.png"
}

zoo() {
  mnist="mnist --root $idx --set part=test"
  for seed in 0 1 2; do
    train runs/biggan-$seed $mnist --preset biggan-mnist --seed $seed
    train runs/wgan-$seed $mnist --preset wgan-mnist --seed $seed
    train runs/wgan-clip-$seed $mnist --preset wgan-mnist --set clip=0.01 --seed $seed
  done
  train runs/csvae-0 $mnist --preset csvae-mnist
  python "$bench/zoo_adversaries.py" truncation "$idx" runs/biggan-0 runs/biggan-1 runs/biggan-2 \
      --classifier pretrained:mnist-classifier --picture "$img/zoo-truncation.png"
  python "$bench/zoo_adversaries.py" measures runs/wgan-* --picture "$img/zoo-measures.png"
  python "$bench/zoo_codes.py" subspaces runs/csvae-0 --root "$idx" \
      --classifier pretrained:mnist-classifier --picture "$img/zoo-csvae.png"
}

for part in ${parts:-attractors digits preview rungs latents sweep generators}; do $part; done
