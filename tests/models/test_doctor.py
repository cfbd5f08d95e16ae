"""What PyTorch finds on this machine."""

import torch

from fractaldream_models.doctor import torch_facts


def test_facts_are_texts_about_this_machine():
    facts = torch_facts()
    assert facts["threads"] == str(torch.get_num_threads())
    assert facts["bf16"] in ("unknown", "in hardware", "not in hardware")
    assert all(isinstance(value, str) and value for value in facts.values())
    assert (facts["GPU"] == "none found") == (
        not torch.cuda.is_available() and not torch.backends.mps.is_available()
    )


def test_a_pytorch_that_cannot_tell_is_a_fact_as_well(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities", raising=False)
    assert torch_facts()["bf16"] == "unknown"
