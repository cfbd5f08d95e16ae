"""What is particular to wgan."""

import torch

from small_steps import images, step_of


def test_wgan_trains_the_generator_in_every_kth_step_and_clips_where_it_shall():
    step = step_of("wgan", critic_steps=3, clip=0.02)
    moved = []
    for _ in range(4):
        before = step.model.generator.net[1].weight.detach().clone()
        losses = step(images(), None, None)
        moved.append(not torch.equal(step.model.generator.net[1].weight, before))
        assert torch.isclose(losses["discriminator"], -losses["critic_estimate"])
    assert moved == [True, False, False, True]
    assert max(float(w.detach().abs().max()) for w in step.model.critic.parameters()) <= 0.02
    assert "gradient_penalty" in step_of("wgan")(images(), None, None)
