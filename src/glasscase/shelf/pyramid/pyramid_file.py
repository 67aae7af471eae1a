"""The product detector as one file: an ONNX graph with 16-bit weights and its card inside."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from glasscase.encoders.embedded import lite0_network
from glasscase.encoders.export import graph_bytes
from glasscase.errors import BadDetector
from glasscase.extras import need
from glasscase.shelf.detector import DetectorCard
from glasscase.shelf.forms.pyramid_card import CARD_KEY, FORM, FORM_KEY
from glasscase.shelf.forms.pyramid_places import INPUT_PX

_LARGE = 64  # tensors with more numbers than this are kept in 16 bits
_HALF = ".half"
_MAPS = ("fine", "middle", "coarse")
_HEAD_KEY = "glasscase.head"
_SAID = "said/"
_HEAD = "said/head."


def features_bytes(detector: Path | None = None) -> bytes:
    """The frozen backbone as an ONNX graph: `images` [n, 3, side, side] -> `fine`, `middle` and
    `coarse`, its feature maps.

    Args:
        detector: a detector file to take it from, in a moment; None: exported anew, in seconds.
    """
    if detector is not None:
        onnx = need("onnx", extra="train")
        parts = onnx.utils.Extractor(onnx.load(detector))
        return bytes(parts.extract_model(["images"], list(_MAPS)).SerializeToString())
    torch = need("torch", extra="train")
    from glasscase.shelf.pyramid.pyramid_net import LiteFeatures

    example = torch.zeros((2, 3, INPUT_PX, INPUT_PX))
    backbone = LiteFeatures(lite0_network()).eval()
    return graph_bytes(backbone, {"images": example}, {0: "n"}, list(_MAPS))


def detector_bytes(head: Any, card: DetectorCard, features: bytes) -> bytes:
    """The whole detector as an ONNX file, with its card among the metadata.

    `images` float32 [n, 3, 384, 384], -1 to 1 -> `scores` [n, 3060] and `corners` [n, 3060, 4] in
    pixels of the input.

    Args:
        head: a `PyramidHead` that has learnt.
        card: what it is; its `sha256` is left out, for the file's bytes give it.
        features: the graph of the backbone, as `features_bytes` gives it.
    """
    onnx = need("onnx", extra="train")
    answers = onnx.load_from_string(_head_bytes(head))
    told = onnx.compose.add_prefix(answers, _SAID, rename_inputs=False, rename_outputs=False)
    backbone = onnx.load_from_string(features)
    pairs = [(name, name) for name in _MAPS]
    model = onnx.compose.merge_models(backbone, told, io_map=pairs)
    halve(model)
    named = {one.name.removesuffix(_HALF) for one in model.graph.initializer}
    other = {
        name: tensor.tolist()
        for name, tensor in head.state_dict().items()
        if _HEAD + name not in named
    }  # what the exporter renamed or folded: small, and needed to learn on
    shape = {"channels": head.channels, "depth": head.depth, "other": other}
    onnx.helper.set_model_props(model, {_HEAD_KEY: json.dumps(shape)})
    return with_card(model.SerializeToString(), card)


def with_card(detector: bytes, card: DetectorCard) -> bytes:
    """The same detector with another card; its `sha256` is left out, for the bytes give it."""
    onnx = need("onnx", extra="train")
    model = onnx.load_from_string(detector)
    stored = {prop.key: prop.value for prop in model.metadata_props}
    about = json.dumps({**asdict(card), "sha256": ""})
    stored |= {FORM_KEY: FORM, CARD_KEY: about, "license": card.licence}
    onnx.helper.set_model_props(model, stored)
    return bytes(model.SerializeToString(deterministic=True))


def _head_bytes(head: Any) -> bytes:
    """The head alone as an ONNX graph: feature maps -> `scores`, `corners`."""
    torch = need("torch", extra="train")
    from glasscase.shelf.pyramid.pyramid_net import FEATURES, HeadAnswers

    maps = {
        name: torch.zeros((2, width, side, side))
        for name, width, side in zip(
            _MAPS, FEATURES, (INPUT_PX // 8, INPUT_PX // 16, INPUT_PX // 32), strict=True
        )
    }
    plain = head.to(memory_format=torch.contiguous_format)
    return graph_bytes(HeadAnswers(plain, INPUT_PX).eval(), maps, {0: "n"}, ["scores", "corners"])


def halve(model: Any) -> None:
    """Keep the large weights of an ONNX model in 16 bits; it goes on reckoning in 32."""
    onnx = need("onnx", extra="train")
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        values = onnx.numpy_helper.to_array(tensor)
        if values.size <= _LARGE or abs(values).max() > 6e4:
            continue
        name = tensor.name
        tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), name + _HALF))
        casts.append(
            onnx.helper.make_node("Cast", [name + _HALF], [name], to=onnx.TensorProto.FLOAT)
        )
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])


def stored_head(path: Path) -> Any:
    """The head (torch) of a detector file that `detector_bytes` made, to learn on from there.

    Raises:
        BadDetector: the file is none of ours.
    """
    torch = need("torch", extra="train")
    onnx = need("onnx", extra="train")
    from glasscase.shelf.pyramid.pyramid_net import PyramidHead

    try:
        model = onnx.load(path)
        props = {prop.key: prop.value for prop in model.metadata_props}
        shape = json.loads(props[_HEAD_KEY])
        tensors = {
            one.name.removesuffix(_HALF).removeprefix(_HEAD): onnx.numpy_helper.to_array(one)
            for one in model.graph.initializer
            if one.name.startswith(_HEAD)
        }
        head = PyramidHead(int(shape["channels"]), int(shape["depth"]))
        other = {name: np.array(values) for name, values in shape["other"].items()}
        tensors |= other
        wanted = head.state_dict()
        weights = {
            name: torch.from_numpy(tensors[name].astype(np.float32)).reshape(like.shape)
            for name, like in wanted.items()
        }
        head.load_state_dict(weights)
    except Exception as error:  # whatever a damaged file makes the reader say
        raise BadDetector(
            f"{str(path)!r} is no detector that can learn on",
            "Give a file that glasscase detector train wrote, or leave it out.",
        ) from error
    return head
