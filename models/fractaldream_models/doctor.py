"""The facts about this machine that PyTorch finds, for `fractaldream doctor`."""


def torch_facts() -> dict[str, str]:
    """Return PyTorch's threads, the instructions that it uses, and the GPUs that it finds."""
    import torch

    capabilities: dict[str, bool] = getattr(
        torch.cpu, "get_capabilities", dict
    )()  # newer versions tell
    half = capabilities.get("avx512_bf16")
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        gpus.append("Apple (mps)")
    return {
        "threads": str(torch.get_num_threads()),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "bf16": "unknown" if half is None else "in hardware" if half else "not in hardware",
        "built for": f"CUDA {torch.version.cuda}" if torch.version.cuda else "CPU",
        "GPU": ", ".join(gpus) or "none found",
    }
