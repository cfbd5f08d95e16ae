"""Coupled networks of Liu 2016."""

import torch

from fractaldream_models.networks.liu2016 import chosen_by_label


def test_each_row_is_what_the_network_of_its_domain_made():
    of_each = [torch.zeros(3, 1, 2, 2), torch.ones(3, 1, 2, 2)]
    onehot = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.25, 0.75]])
    chosen = chosen_by_label(onehot, of_each)
    assert chosen.shape == (3, 1, 2, 2)
    assert chosen[:, 0, 0, 0].tolist() == [0, 1, 0.75]  # shares of both mix
