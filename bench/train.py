"""The full-size 128 px `aae` step: the source's loop as written against ours, one device, one run.

    python bench/train.py [--device cpu|cuda] [--steps 3] [--batch 16] [--precision 32|bf16] \
        [--json FILE]

The literal form: float32, plain nearest x2 and conv 9x9, a DataLoader on decoded images in memory
(workers stated below), default flags of PyTorch, default Adam, separate backward passes for E+G,
D on real, D on fake and G, D's own gradients computed in G's pass and discarded. G(z) is drawn
again for G, since the source's order no longer runs: its second optimiser has moved G's weights
in place since the first graph. L 32, three channels, settings of `aae-simpsons`.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import chain, cycle

import torch
import torch.nn.functional as F
from result_tables import Column, Row, add_json_option, print_table, save_tables
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.flop_counter import FlopCounterMode

from fractaldream_models.data.tensors import Data
from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import preset
from fractaldream_models.training.step import Step

SIZE, CHANNELS, LATENT, WORKERS, IMAGES = 128, 3, 32, 0, 256
SETTINGS = preset("aae-simpsons")


def block(inputs: int, outputs: int, *, up: bool, norm: bool) -> list[nn.Module]:
    """One stage of the source: its order of BatchNorm and LeakyReLU differs by direction."""
    slope, eps = SETTINGS.leak, SETTINGS.bn_eps
    activation, batchnorm = nn.LeakyReLU(slope, inplace=True), nn.BatchNorm2d(outputs, eps=eps)
    if up:
        conv = nn.Conv2d(inputs, outputs, 9, stride=1, padding=4)
        return [nn.Upsample(scale_factor=2, mode="nearest"), conv, batchnorm, activation]
    conv = nn.Conv2d(inputs, outputs, 9, stride=2, padding=4)
    return [conv, activation, *([batchnorm] if norm else [])]


def tower(outputs: int) -> nn.Sequential:
    layers = block(CHANNELS, 64, up=False, norm=False)
    for inputs in (64, 128, 256):
        layers += block(inputs, 2 * inputs, up=False, norm=True)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(512 * (SIZE // 16) ** 2, outputs))


def generator() -> nn.Sequential:
    side = SIZE // 8
    layers: list[nn.Module] = [
        nn.Linear(LATENT, 512 * side**2),
        nn.LeakyReLU(SETTINGS.leak, inplace=True),
        nn.Unflatten(1, (512, side, side)),
    ]
    for inputs in (512, 256, 128):
        layers += block(inputs, inputs // 2, up=True, norm=True)
    return nn.Sequential(*layers, nn.Conv2d(64, CHANNELS, 3, padding=1), nn.Tanh())


def literal(images: Tensor, device: torch.device, batch: int) -> Callable[[], None]:
    """One step of the source's loop."""
    enc, gen, dis = (m.to(device) for m in (tower(LATENT), generator(), tower(1)))
    count = sum(p.numel() for p in gen.parameters()), sum(p.numel() for p in dis.parameters())
    assert count == (18_263_043, 13_985_665)
    s = SETTINGS
    betas = (s.b1, s.b2)
    adam_g = torch.optim.Adam(gen.parameters(), lr=s.lr_g, betas=betas)
    adam_d = torch.optim.Adam(dis.parameters(), lr=s.lr_d, betas=betas)
    both = chain(enc.parameters(), gen.parameters())
    adam_e = torch.optim.Adam(both, lr=s.lr_e, betas=betas)
    floats = images.float() / 127.5 - 1
    loader = DataLoader(TensorDataset(floats), batch, shuffle=True, num_workers=WORKERS)
    batches: Iterator[list[Tensor]] = cycle(loader)
    bce = nn.BCEWithLogitsLoss()

    def step() -> None:
        x = next(batches)[0].to(device)
        adam_e.zero_grad()
        z = enc(x)
        decoded = gen(z)
        spread = F.mse_loss(z.pow(2), torch.ones_like(z)).sqrt()
        (F.mse_loss(decoded, x) + F.mse_loss(z, torch.zeros_like(z)) + spread).backward()
        adam_e.step()

        adam_d.zero_grad()
        real_label = torch.full((batch, 1), float(torch.empty(1).uniform_(0.9, 1)), device=device)
        bce(dis(x), real_label).backward()
        fakes = gen(torch.randn(batch, LATENT, device=device))
        bce(dis(fakes.detach()), torch.zeros(batch, 1, device=device)).backward()
        adam_d.step()

        adam_g.zero_grad()
        fakes = gen(torch.randn(batch, LATENT, device=device))
        bce(dis(fakes), torch.ones(batch, 1, device=device)).backward()
        adam_g.step()

    return step


def ours(images: Tensor, device: torch.device, batch: int, precision: str) -> Callable[[], None]:
    """One step of `fractaldream train`: same model, same data, same objective."""
    model = build(ModelConfig("aae", SIZE, CHANNELS, LATENT, leak=SETTINGS.leak))
    model = model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    rows = torch.arange(len(images))
    data = Data(images=images.to(device), train=rows, validation=rows)
    noise = torch.Generator(device=device).manual_seed(0)
    step = Step(model, SETTINGS, noise)

    def run() -> None:
        x = data.batch(torch.randperm(len(rows))[:batch], model.value_range)
        x = x.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"):
            step(x, None, None)

    return run


def matrix_rate(device: torch.device, dtype: torch.dtype) -> float:
    """FLOP/s of a large matrix product on this device, measured here."""
    n = 8192 if device.type == "cuda" else 4096
    a, b = (torch.randn(n, n, device=device).to(dtype) for _ in range(2))
    out = torch.empty_like(a)
    seconds = timed(lambda: torch.mm(a, b, out=out), device, 20 if device.type == "cuda" else 5)
    return 2 * n**3 / min(seconds)


def timed(step: Callable[[], object], device: torch.device, repeats: int) -> list[float]:
    """Seconds of each call, after one that is not counted."""
    seconds = []
    for i in range(repeats + 1):
        started = time.perf_counter()
        step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        if i:
            seconds.append(time.perf_counter() - started)
    return seconds


COLUMNS = (
    Column("what"),
    Column("s a step", ".3f", statistics.median),
    Column("images/s", ".1f", statistics.median),
    Column("TFLOP a step", ".2f"),
    Column("TFLOP/s", ".2f", statistics.median),
    Column("times as fast as the literal form", ".2f"),
    Column("of the rate of a matrix product", ".0%"),
)


def rows(device: torch.device, precision: str, steps: int, batch: int) -> Iterator[Row]:
    """Yield the row of the literal form and that of ours."""
    images = torch.randint(256, (IMAGES, CHANNELS, SIZE, SIZE), dtype=torch.uint8)
    literal_seconds = None
    for name, step in (
        ("literal, float32", literal(images, device, batch)),
        (f"ours, {precision}", ours(images, device, batch, precision)),
    ):
        seconds = timed(step, device, steps)
        with FlopCounterMode(display=False) as counter:
            step()
        tera = counter.get_total_flops() / 1e12
        middle = statistics.median(seconds)
        share = None
        if literal_seconds is not None:
            dtype = torch.bfloat16 if precision == "bf16" else torch.float32
            share = tera / middle / (matrix_rate(device, dtype) / 1e12)
        literal_seconds = literal_seconds or middle
        rates = [batch / value for value in seconds], [tera / value for value in seconds]
        yield name, seconds, rates[0], tera, rates[1], literal_seconds / middle, share


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--batch", type=int, default=16, help="Images in a step.")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=["32", "bf16"])
    add_json_option(parser)
    options = parser.parse_args()
    device = torch.device(options.device)
    precision = options.precision or ("bf16" if device.type == "cuda" else "32")
    torch.set_num_threads(options.threads)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    caption = (
        f"{name}, torch {torch.__version__}, {options.threads} threads, loader workers {WORKERS}, "
        f"{options.batch} images in a step"
    )
    measured = rows(device, precision, options.steps, options.batch)
    save_tables(options.json, print_table(caption, COLUMNS, measured))


if __name__ == "__main__":
    main()
