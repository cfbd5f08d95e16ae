"""The batches of an epoch."""

import torch

from fractaldream_models.distributed.collectives import Processes
from fractaldream_models.training.batches import Batches
from fractaldream_models.training.pairs import paired_rows
from fractaldream_models.training.planning import fresh, plan
from small_runs import small


def batches_of(source, **changes):
    """Return the batches of the first epoch, and the data."""
    planned = plan(source, small(paired_weight=1.0, **changes))
    model = fresh(planned.config, 0)
    batches = Batches(planned.data, planned.settings, model, Processes(), 0, seed=4)
    return list(batches.of_epoch(0, torch.Generator().manual_seed(0))[1]), planned.data


def test_with_the_whole_share_every_image_of_a_batch_has_its_parameters(dataset):
    batches, data = batches_of(dataset)
    images = data.batch(data.train, (-1, 1)).flatten(1)
    for batch in batches:
        assert torch.equal(batch.paired.images, batch.images)
        rows = torch.cdist(batch.images.flatten(1), images).argmin(1)
        assert torch.equal(batch.paired.params, data.params[data.train[rows]])


def test_with_a_share_the_batches_stay_and_the_pairs_are_of_the_chosen_images(dataset):
    whole, data = batches_of(dataset)
    batches, _ = batches_of(dataset, paired_share=0.25)
    chosen = paired_rows(data.train, 0.25, 4)
    assert len(chosen) == round(len(data.train) / 4)
    for batch, other in zip(batches, whole, strict=True):
        assert torch.equal(batch.images, other.images)
        rows = [int((data.params == row).all(1).nonzero()) for row in batch.paired.params]
        assert set(rows) <= set(chosen.tolist())
        assert torch.equal(batch.paired.images, data.batch(torch.tensor(rows), (-1, 1)))
