"""Grad-CAM and Layer-CAM through torch, at any layer of any network that looks at places.

Sources: Selvaraju et al. 2017, "Grad-CAM"; Jiang et al. 2021, "LayerCAM". For encoders whose
vector is not the mean of their last maps, and for a look at finer layers than the last.

A layer is looked at as maps [n, channels, rows, columns], as maps with channels last (Swin), or as
tokens [n, 1 + places, channels] with the class token and its like first (ViT, CLIP, DINOv2): the
places are then the largest square that fits. Where a network reads its class token, the patches of
the last layers no longer count; the layer chosen of itself is the last one where they do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import isqrt
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.extras import need
from glasscase.nearest_names import nearest_names

if TYPE_CHECKING:
    import torch

Kind = Literal["grad-cam", "layer-cam"]


def torch_grad_cam(
    module: torch.nn.Module,
    layer: str,
    images: torch.Tensor,
    cotangent: torch.Tensor,
    *,
    kind: Kind = "grad-cam",
    forward: Callable[[torch.Tensor], Any] | None = None,
) -> tuple[NDArray[np.float32], str]:
    """Signed maps [n, rows, columns] of what a layer says for sum(cotangent * output), and which.

    Cut what is below 0 for the map of the papers; what is below 0 speaks against.

    Args:
        module: the network; put in eval mode for the call and back afterwards.
        layer: dotted name of a part, such as `blocks.6` or `layer4`; see `module.named_modules()`.
            "" takes the last one the answer hangs on: where there are tokens a normalisation of
            them, as is usual for transformers, else whatever gives maps.
        images: [n, 3, h, w], prepared as the network wants them.
        cotangent: [n, outputs] or [outputs]: what of the output is asked about. One-hot for a
            class of a classifier; the head's gradient for an encoder.
        kind: `grad-cam` weighs channels by their mean gradient; `layer-cam` weighs every place by
            its own positive gradient, which suits early layers.
        forward: how images go through `module`, where that is not the module's own way.

    Raises:
        BadSetting: there is no such layer, it has no places, or the answer does not hang on them.
        MissingExtra: torch is not installed.
    """
    library = need("torch", extra="train")
    parts = dict(module.named_modules())
    if layer and layer not in parts:
        near = ", ".join(nearest_names(layer, [name for name in parts if name]))
        raise BadSetting(f"the network has no layer {layer!r}", f"Close to it: {near}.")
    held: dict[str, torch.Tensor] = {}
    looked = [layer] if layer else parts
    hooks = [parts[name].register_forward_hook(_keep(held, name, len(images))) for name in looked]
    was_training = module.training
    module.eval()
    try:
        with library.enable_grad():
            # A gradient must flow even where every weight of the network is frozen.
            output = (forward or module)(images.detach().clone().requires_grad_())
        if not held:
            raise _no_places(layer, held)
        gradients = library.autograd.grad(
            (output * cotangent).sum(), list(held.values()), allow_unused=True
        )
    finally:
        for hook in hooks:
            hook.remove()
        module.train(was_training)
    slopes = {
        name: _maps(gradient)
        for name, gradient in zip(held, gradients, strict=True)
        if gradient is not None and bool(_maps(gradient).any())
    }
    name = _chosen(slopes, parts, held)
    if name is None:
        raise _no_places(layer, held)
    return _signed(_maps(held[name]), slopes[name], kind), name


def _keep(held: dict[str, torch.Tensor], name: str, n: int) -> Callable[..., None]:
    def keep(_module: Any, _given: Any, output: Any) -> None:
        if not getattr(output, "requires_grad", False) or len(output) != n:
            return
        if _maps(output) is not None:
            held.pop(name, None)  # in the order of their last use
            held[name] = output

    return keep


def _chosen(
    live: Iterable[str], parts: dict[str, torch.nn.Module], held: dict[str, torch.Tensor]
) -> str | None:
    """The last of the layers the answer hangs on, of tokens only normalisations."""
    names = list(live)
    tokens = [name for name in names if held[name].ndim == 3]
    norms = [name for name in tokens if "norm" in type(parts[name]).__name__.lower()]
    maps = [name for name in names if held[name].ndim == 4]
    return next(reversed(norms or maps or tokens), None)


def _maps(output: torch.Tensor) -> Any:
    """What a layer gave as [n, channels, rows, columns]; None where it has no places."""
    shape = tuple(output.shape)
    if output.ndim == 3:
        side = isqrt(shape[1])
        patches = output[:, shape[1] - side**2 :]
        return _large(patches.transpose(1, 2).reshape(shape[0], shape[2], side, side))
    if output.ndim != 4:
        return None
    if shape[1] == shape[2] != shape[3]:
        return _large(output.permute(0, 3, 1, 2))
    return _large(output) if shape[2] == shape[3] else None


def _large(maps: Any) -> Any:
    return maps if maps.shape[2] > 1 else None


def _signed(maps: Any, slopes: Any, kind: Kind) -> NDArray[np.float32]:
    weights = slopes.clamp(min=0) if kind == "layer-cam" else slopes.mean(dim=(2, 3), keepdim=True)
    return np.asarray((weights * maps).sum(dim=1).detach().cpu().numpy(), np.float32)


def _no_places(layer: str, held: dict[str, torch.Tensor]) -> BadSetting:
    remedy = "Choose a convolution block before the pooling, or a norm before the last attention."
    if not layer:
        return BadSetting("no layer of the network keeps the places of a photo apart", remedy)
    if layer not in held:
        return BadSetting(f"layer {layer!r} does not give maps or tokens", remedy)
    return BadSetting(f"the answer does not hang on the places of layer {layer!r}", remedy)
