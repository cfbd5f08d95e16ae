"""What is particular to cogan."""

import torch

from domain_files import built
from fractaldream_models import kinds


def test_a_coupled_pair_shares_all_layers_but_those_at_the_image():
    model = built("cogan", size=32, width=0.1).eval()
    z, x = torch.randn(2, 3), torch.randn(2, 1, 32, 32)
    labels = [torch.full((2,), domain) for domain in (0, 1)]

    def used(loss):
        gradients = torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)
        named = zip(model.named_parameters(), gradients, strict=True)
        return {name for (name, _), g in named if g is not None and g.abs().max() > 0}

    images = [used(model.decode(z, k).square().sum()) for k in labels]
    verdicts = [used(model.discriminate(x, k).square().sum()) for k in labels]
    for parts, prefix in ((images, "generator.images"), (verdicts, "discriminator.first")):
        assert parts[0] ^ parts[1] == {
            name for name, _ in model.named_parameters() if name.startswith(prefix)
        }
        assert parts[0] & parts[1]


def test_coupled_networks_learn_from_no_pairs():
    assert "cogan" not in kinds.having("paired")
