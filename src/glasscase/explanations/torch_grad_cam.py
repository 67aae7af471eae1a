"""Grad-CAM and Layer-CAM through torch, at any layer of any network with maps.

Sources: Selvaraju et al. 2017, "Grad-CAM"; Jiang et al. 2021, "LayerCAM". For encoders whose
vector is not the mean of their last maps, and for a look at finer layers than the last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from glasscase.errors import BadSetting
from glasscase.explanations.nearest_names import nearest_names
from glasscase.extras import need

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
) -> NDArray[np.float32]:
    """Heat maps [n, rows, columns], 0 or more, of what `layer` says for sum(cotangent * output).

    Args:
        module: the network; put in eval mode for the call and back afterwards.
        layer: dotted name of a part whose output is [n, channels, rows, columns],
            such as `blocks.6` or `layer4`; see `module.named_modules()`.
        images: [n, 3, h, w], prepared as the network wants them.
        cotangent: [n, outputs] or [outputs]: what of the output is asked about. One-hot for a
            class of a classifier; the head's gradient for an encoder.
        kind: `grad-cam` weighs channels by their mean gradient; `layer-cam` weighs every place by
            its own positive gradient, which suits early layers.

    Raises:
        BadSetting: there is no such layer, or its output is not a stack of maps.
        MissingExtra: torch is not installed.

    Not covered: transformers whose layers give tokens instead of maps.
    """
    library = need("torch", extra="train")
    parts = dict(module.named_modules())
    if layer not in parts:
        near = ", ".join(nearest_names(layer, [name for name in parts if name]))
        raise BadSetting(f"the network has no layer {layer!r}", f"Close to it: {near}.")
    held: list[torch.Tensor] = []
    hook = parts[layer].register_forward_hook(lambda _module, _given, out: held.append(out))
    was_training = module.training
    module.eval()
    try:
        with library.enable_grad():
            # A gradient must flow even where every weight of the network is frozen.
            output = module(images.detach().clone().requires_grad_())
        maps = held[-1] if held else None
        if not isinstance(maps, library.Tensor) or maps.ndim != 4:
            message = f"layer {layer!r} does not give maps [n, channels, rows, columns]"
            raise BadSetting(message, "Choose a convolution block before the pooling.")
        (gradient,) = library.autograd.grad((output * cotangent).sum(), maps)
    finally:
        hook.remove()
        module.train(was_training)
    if kind == "layer-cam":
        heat = (gradient.clamp(min=0) * maps).sum(dim=1)
    else:
        heat = (gradient.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1)
    return np.asarray(heat.clamp(min=0).detach().cpu().numpy(), np.float32)
