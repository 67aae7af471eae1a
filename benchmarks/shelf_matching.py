"""Are products on a shelf recognised by one photo each, and strangers told as unknown?

    python benchmarks/shelf_matching.py [--scenes 30] [--encoder efficientnet-lite0]

Composed shelves (`shelf/drawn/scenes.py`) with exact boxes. Of the products on them every second is
in the gallery, by one photo on white ground, beside 150 packs that are on no shelf; the others are
strangers. Limits are those the gallery measured on copies of its own photos.
"""

from __future__ import annotations

import argparse
import io
import time

import numpy as np
from PIL import Image

from glasscase.catalog.photo import Photo
from glasscase.catalog.product import Product
from glasscase.encoders.table import load_encoder
from glasscase.settings import Settings
from glasscase.shelf.drawn.scene_packs import draw_pack
from glasscase.shelf.drawn.scenes import shelf_scene
from glasscase.shelf.known.gallery import Gallery

LEAST_PX = 32


def product_photo(number: int) -> Product:
    """A pack on white ground, as a shop shows it."""
    pack = draw_pack(number)
    ground = Image.new("RGB", (pack.width + 40, pack.height + 40), "white")
    ground.paste(pack, (20, 20), pack if pack.mode == "RGBA" else None)
    stream = io.BytesIO()
    ground.save(stream, "PNG")
    photo = Photo(f"{number}.png", data=stream.getvalue())
    return Product(f"pack-{number:04d}", {"title": f"Pack {number}"}, (photo,))


def crops(scenes: int) -> tuple[list[np.ndarray], list[str]]:
    pictures, names = [], []
    for number in range(scenes):
        scene = shelf_scene(number, seed=9, size_px=(960, 1280), kind="shelf")
        for box, name in zip(scene.boxes.corners.astype(int), scene.product, strict=True):
            left, top, right, bottom = box
            if min(right - left, bottom - top) >= LEAST_PX:
                pictures.append(scene.image[top:bottom, left:right])
                names.append(name)
    return pictures, names


def main() -> None:
    told = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    told.add_argument("--scenes", type=int, default=30)
    told.add_argument("--encoder", default="efficientnet-lite0")
    told.add_argument("--copies", type=int, nargs="*", default=[0, 3, 5])
    told.add_argument("--most", type=int, default=600, help="boxes asked for")
    asked = told.parse_args()
    encoder = load_encoder(asked.encoder, modality="image", settings=Settings())
    pictures, names = crops(asked.scenes)
    chosen = np.random.default_rng(0).permutation(len(names))[: asked.most]
    pictures, names = [pictures[i] for i in chosen], [names[i] for i in chosen]
    shown = sorted(set(names))
    known = shown[::2]
    others = [f"pack-{n:04d}" for n in range(90_000, 90_150) if f"pack-{n:04d}" not in shown]
    products = [product_photo(int(name.rpartition("-")[2])) for name in (*known, *others)]
    vectors = encoder.encode_images(pictures)
    inside = np.array([name in known for name in names])
    print(
        f"{len(names)} boxes of {asked.scenes} shelves; {len(products)} products in the gallery, "
        f"{inside.sum()} boxes of them, {(~inside).sum()} of strangers; {asked.encoder}"
    )
    print(
        "| copies | nearest is right | accepted and right | accepted, wrong | strangers accepted "
        "| limits | strangers, as measured on copies | seconds |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for views in asked.copies:
        started = time.perf_counter()
        gallery = Gallery.of(products, encoder, views=views)
        seconds = time.perf_counter() - started
        matches = gallery.match(vectors)
        right = np.array([m.product.id == name for m, name in zip(matches, names, strict=True)])
        taken = np.array([m.accepted for m in matches])
        limits = gallery.limits
        print(
            f"| {views} | {right[inside].mean():.3f} | {(right & taken)[inside].mean():.3f} "
            f"| {(~right & taken)[inside].mean():.3f} | {taken[~inside].mean():.3f} "
            f"| {limits.similarity:.3f}, {limits.margin:.3f} "
            f"| {gallery.measured.get('strangers_share', '-')} | {seconds:.1f} |"
        )


if __name__ == "__main__":
    main()
