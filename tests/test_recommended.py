"""The table of recommended encoders says what the libraries that know them say."""

from __future__ import annotations

import pytest

from glasscase.encoders.api_budget import PRICES
from glasscase.encoders.recommended import RECOMMENDED, RecommendedEncoder
from glasscase.encoders.table import EMBEDDED
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas

OF_TIMM = [one for one in RECOMMENDED if one.name.startswith("timm:")]
LICENCES = {"apache-2.0": "Apache-2.0", "cc-by-nc-4.0": "CC-BY-NC-4.0"}


def test_names_are_there_once_and_the_embedded_ones_are_among_them() -> None:
    names = [one.name for one in RECOMMENDED]
    assert len(set(names)) == len(names)
    assert {name for _, name in EMBEDDED} <= set(names)
    prefixes = {name.partition(":")[0] for name in names if ":" in name}
    assert prefixes == {"timm", "hf", "open_clip", "api"}
    for one in RECOMMENDED:
        assert one.source.startswith("https://"), one.name
        assert one.note.endswith("."), one.name


@pytest.mark.parametrize("one", OF_TIMM, ids=lambda one: one.name)
def test_what_is_said_of_timm_is_what_timm_says(one: RecommendedEncoder) -> None:
    declare_torchvision_schemas()
    import timm
    import torch

    name = one.name.removeprefix("timm:")
    config = timm.get_pretrained_cfg(name)
    assert LICENCES[config.license] == one.licence
    assert one.source == f"https://huggingface.co/{config.hf_hub_id}"
    with torch.device("meta"):  # shapes alone, no weights
        network = timm.create_model(name, pretrained=False, num_classes=0)
    assert network.head_hidden_size == one.dim
    counted = sum(weights.numel() for weights in network.parameters()) / 1e6
    assert counted == pytest.approx(one.millions, abs=0.06)


def test_prices_in_notes_are_those_counted_with() -> None:
    for one in RECOMMENDED:
        model = one.name.removeprefix("api:")
        if model in PRICES:
            assert f"{PRICES[model]:.2f} US dollars per million tokens" in one.note
