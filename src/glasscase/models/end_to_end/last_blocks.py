"""Which blocks of a network learn on, and how fast."""

from __future__ import annotations

from typing import Any

from glasscase.extras import need

Groups = list[tuple[float, list[Any]]]


def last_blocks(network: Any, count: int, decay: float) -> tuple[list[Any], Groups]:
    """Modules that stay frozen, and the parameters of the last `count` blocks with their rates.

    What comes after the blocks (a last convolution, a norm) learns at 0.1 of the head's rate, the
    last block as well, each block further down at `decay` of the one above (layer-wise rates,
    Howard and Ruder 2018). 0 blocks freeze everything.

    Args:
        network: of timm or transformers; its blocks are the longest list of modules it has.
        count: blocks that learn on; all where there are fewer.
        decay: above 0, at most 1.
    """
    blocks = _blocks(network)
    if count == 0:
        return [network], []
    learnt = blocks[-count:]
    frozen = blocks[: -len(learnt)]
    if len(learnt) < len(blocks):  # what comes before the blocks
        frozen = [*_before(network, blocks), *frozen]
    held = {id(p) for module in frozen for p in module.parameters()}
    inside = {id(p) for block in blocks for p in block.parameters()}
    after = [p for p in network.parameters() if id(p) not in held | inside]
    groups = [(0.1, after)]
    groups += [
        (0.1 * decay**depth, list(block.parameters()))
        for depth, block in enumerate(reversed(learnt))
    ]
    return [*frozen, *_norms(learnt), *_norms([network])], groups


def _blocks(network: Any) -> list[Any]:
    """The longest list of modules within: stages of a convolutional network, layers of others."""
    torch = need("torch", extra="train")
    lists = [
        list(module)
        for module in network.modules()
        if isinstance(module, torch.nn.Sequential | torch.nn.ModuleList)
    ]
    if hasattr(network, "blocks"):
        return list(network.blocks)
    stages = [getattr(network, name, None) for name in ("layer1", "layer2", "layer3", "layer4")]
    if all(stage is not None for stage in stages):
        return stages
    return max(lists, key=len, default=[])


def _before(network: Any, blocks: list[Any]) -> list[Any]:
    """Parts of the network that come before its blocks, however deep these are."""
    inside = {id(module) for block in blocks for module in block.modules()}
    found: list[Any] = []
    for child in network.children():
        if id(child) in inside:
            break
        if any(id(module) in inside for module in child.modules()):
            return [*found, *_before(child, blocks)]
        found.append(child)
    return found


def _norms(modules: list[Any]) -> list[Any]:
    """Batch norms: their running figures, learnt on millions of photos, stay as they are."""
    torch = need("torch", extra="train")
    kinds = torch.nn.modules.batchnorm._BatchNorm
    return [part for module in modules for part in module.modules() if isinstance(part, kinds)]
