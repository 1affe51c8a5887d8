"""Which device, and whether bfloat16 pays on it."""

import os

import torch

for _cache in ("LRU_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY"):
    # oneDNN and torch's use of it keep code for a thousand shapes of batches, over a gigabyte; a layer needs a few
    os.environ.setdefault(_cache, "64")


def pick_device(wanted: str = "auto") -> torch.device:
    """The accelerator, if there is one and the CPU is not asked for."""
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    return torch.device("cpu") if wanted == "cpu" or accelerator is None else accelerator


def pick_batch_tokens(device: torch.device) -> int:
    """Tokens a batch, padding included, when answering.

    On a CPU the states between two layers then fit into the cache: 1,024 are a tenth faster than 4,096 or 256 (small
    encoder, bf16, processor time). An accelerator wants more to do at once.
    """
    return 1024 if device.type == "cpu" else 4096


def use_bf16(dtype: str, device: torch.device) -> bool:
    """Whether to compute in bfloat16: if asked for, or on hardware that multiplies it faster than fp32.

    A CPU without such instructions emulates them, and is slower than in fp32 (pytorch/pytorch issue 118499). So is an
    Intel CPU that is made for AMX where a virtual machine hides AMX from it: its AVX-512 instructions for bfloat16
    multiply at about half the rate of fp32. Its AVX-512 instructions for fp16 tell it from those that have no AMX.
    """
    if dtype != "auto":
        return dtype == "bf16"
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    has: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)() if device.type == "cpu" else {}
    return bool(has.get("amx_bf16") or (has.get("avx512_bf16") and not has.get("avx512_fp16")))
