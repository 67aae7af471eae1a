"""The table of public sets that `glasscase data` fetches: from where, under which licence.

A checksum stands here only where it was found in several independent places; where none was, the
fetch says what it got and asks. Nothing here was fetched to write it: the addresses and licences
are as their homes and the places that cite them state them.
"""

from __future__ import annotations

from dataclasses import dataclass

from glasscase.catalog.idx_reading import FASHION_MNIST
from glasscase.errors import BadSetting
from glasscase.nearest_names import nearest_names

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class PublicFile:
    """One file of a public set."""

    name: str
    """Of the file as it is fetched; never a path."""
    url: str
    sha256: str | None
    """None: not known here, so the fetch asks for it."""
    most_bytes: int
    """More is refused while it is still coming in."""
    unpacked: str = ""
    """The folder an archive (.tar.gz or .zip) is unpacked to; empty for files left as they are."""


@dataclass(frozen=True, slots=True)
class PublicSet:
    """A set of photos or texts that anybody may fetch from its public home."""

    name: str
    about: str
    licence: str
    home: str
    """The page of its authors: read the licence there."""
    revision: str
    files: tuple[PublicFile, ...]
    read: str
    """What of the fetched folder is given to `glasscase train`, relative to it."""
    options: str = ""
    """Further options it is trained with."""
    classes: tuple[str, ...] = ()
    """Written to `classes.txt` beside the files."""
    most_unpacked_bytes: int = 0


_FASHION = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist"
_FASHION_REVISION = "b2617bb6d3ffa2e429640350f613e3291e10b141"
_GROCERY_REVISION = "b545e4c5db0a77d9274bc7753eb409f83772a3a5"
_WINES = "https://raw.githubusercontent.com/rogerioxavier/X-Wines"
_WINES_REVISION = "240889413572c42d37e353f297cbe285a146c446"
_RATINGS_REVISION = "c3a92ca7e3b1aa899ac3ef382af7ec56229ae960"


def _fashion(name: str, sha256: str, most_bytes: int) -> PublicFile:
    url = f"{_FASHION}/{_FASHION_REVISION}/data/fashion/{name}"
    return PublicFile(name, url, sha256, most_bytes)


SETS: tuple[PublicSet, ...] = (
    PublicSet(
        name="fashion-mnist",
        about="70,000 grey pictures of clothing, 28 x 28 px, 10 classes (Xiao et al. 2017)",
        licence="MIT",
        home="https://github.com/zalandoresearch/fashion-mnist",
        revision=_FASHION_REVISION,
        files=(
            _fashion(
                "train-images-idx3-ubyte.gz",
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
                30 * MB,
            ),
            _fashion(
                "train-labels-idx1-ubyte.gz",
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
                MB,
            ),
            _fashion(
                "t10k-images-idx3-ubyte.gz",
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
                10 * MB,
            ),
            _fashion(
                "t10k-labels-idx1-ubyte.gz",
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
                MB,
            ),
        ),
        read="train-images-idx3-ubyte.gz",
        classes=FASHION_MNIST,
    ),
    PublicSet(
        name="grocery-store",
        about="5,125 photos of groceries in shops, 81 classes in a tree (Klasson et al. 2019)",
        licence="said to be MIT; not verified here, read it at its home",
        home="https://github.com/marcusklasson/GroceryStoreDataset",
        revision=_GROCERY_REVISION,
        files=(
            PublicFile(
                "grocery-store.tar.gz",
                "https://codeload.github.com/marcusklasson/GroceryStoreDataset/tar.gz/"
                + _GROCERY_REVISION,
                None,
                500 * MB,
                unpacked="photos",
            ),
        ),
        read="photos/dataset/train",
        most_unpacked_bytes=1000 * MB,
    ),
    PublicSet(
        name="x-wines-test",
        about="100 wines with 17 attributes and 1,000 ratings, no photos (de Azambuja et al. 2023)",
        licence="CC0-1.0; cite doi.org/10.3390/bdcc7010020",
        home="https://github.com/rogerioxavier/X-Wines",
        revision=f"{_WINES_REVISION} (ratings: {_RATINGS_REVISION})",
        files=(
            PublicFile(
                "XWines_Test_100_wines.csv",
                f"{_WINES}/{_WINES_REVISION}/Dataset/last/XWines_Test_100_wines.csv",
                None,
                MB,
            ),
            PublicFile(
                "XWines_Test_1K_ratings.csv",
                f"{_WINES}/{_RATINGS_REVISION}/Dataset/last/XWines_Test_1K_ratings.csv",
                None,
                MB,
            ),
        ),
        read="XWines_Test_100_wines.csv",
        options="--label Type --text WineName,Grapes,Harmonize,RegionName",
    ),
)


def public_set(name: str, sets: tuple[PublicSet, ...] = SETS) -> PublicSet:
    """The set called `name`. Raises `BadSetting` naming the nearest and all there are."""
    names = [one.name for one in sets]
    if name not in names:
        near = nearest_names(name, names, most=1)
        raise BadSetting(
            f"there is no public set {name!r}",
            f"Did you mean {near[0]!r}? Sets are: {', '.join(names)}.",
        )
    return sets[names.index(name)]
