"""The weights of a photo network that was learnt on, kept for heat maps through torch.

The stored graph of a network that ends in a global average gives its maps itself. Any other one
(ViT, CLIP) can only be looked into through torch; its source has the architecture, and this file
has what it learnt.
"""

from __future__ import annotations

from pathlib import Path

from glasscase.encoders.photo_network import PhotoNetwork
from glasscase.errors import BadEncoder
from glasscase.extras import need
from glasscase.files import write_bytes

LEARNT = "learnt.safetensors"
"""Beside the graph."""


def store_learnt(network: PhotoNetwork, folder: Path) -> None:
    """Store what `network` learnt in `folder`, unless its graph has maps. Raises `CannotWrite`."""
    if network.has_maps:
        return
    from safetensors.numpy import save

    state = network.backbone.state_dict()
    arrays = {name: state[name].detach().cpu().contiguous().numpy() for name in sorted(state)}
    write_bytes(folder / LEARNT, save(arrays))


def with_learnt(network: PhotoNetwork, weights: Path) -> PhotoNetwork:
    """`network` with the weights of a file by `store_learnt`.

    Raises:
        BadEncoder: the file is damaged, or of a network of another build.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    torch = need("torch", extra="train")
    try:
        state = {name: torch.from_numpy(array) for name, array in load_file(weights).items()}
        network.backbone.load_state_dict(state)
    except (OSError, SafetensorError, RuntimeError) as error:
        message = f"what the photo network learnt cannot be read: {str(error).splitlines()[0]}"
        raise BadEncoder(message, "Train the model anew.") from error
    return network
