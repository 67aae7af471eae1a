"""Public sets, fetched from a real server on this machine: breaks, lies, and what is refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import stat
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import Refused, Shell
from glasscase.catalog.catalog import Catalog
from glasscase.errors import BadSetting, CannotFetch, CannotWrite
from glasscase.jobs.batches.unpacking import unpack
from glasscase.jobs.data import fetch
from glasscase.jobs.public_data import public_sets
from glasscase.jobs.public_data.download import download
from glasscase.jobs.public_data.public_sets import SETS, PublicFile, PublicSet, public_set
from glasscase.progress import Progress, silent
from test_idx_reading import LABELS, PICTURES, idx

CONTENT = np.random.default_rng(0).bytes(400_000)
MB = 1_000_000


@dataclass
class Home:
    """What the server has, how it behaves, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    break_after: int = 0
    ranges: bool = True
    etag: str = '"one"'
    length: bool = True
    shift: int = 0
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    address: str = ""


class Handler(BaseHTTPRequestHandler):
    home: Home

    def do_GET(self) -> None:
        home, name = self.home, self.path
        home.asked.append(self.headers.get("Range", "all"))
        if name in home.moved:
            self.send_response(302)
            self.send_header("Location", home.moved[name])
            self.end_headers()
            return
        if name not in home.files:
            self.send_error(404)
            return
        data, start = home.files[name], 0
        wanted = self.headers.get("Range", "")
        same = self.headers.get("If-Range", home.etag) == home.etag
        if home.ranges and same and wanted:
            start = int(wanted.removeprefix("bytes=").rstrip("-")) + home.shift
            if start >= len(data):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        else:
            self.send_response(200)
        if home.etag:
            self.send_header("ETag", home.etag)
        if home.length:
            self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end = start + home.break_after if home.break_after else len(data)
        self.wfile.write(data[start:end])

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    made = Home(files={"/set.bin": CONTENT})
    handler = type("Bound", (Handler,), {"home": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


Fetch = Callable[..., None]


@pytest.fixture
def get(home: Home, tmp_path: Path) -> Fetch:
    def run(*, trusted: bool = True, most_bytes: int = MB, progress: Progress = silent) -> None:
        url = f"{home.address}/set.bin"
        place = tmp_path / "set.bin"
        download(url, place, most_bytes=most_bytes, trusted=trusted, progress=progress)

    return run


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_whole_file_comes_and_nothing_else_stays(get: Fetch, tmp_path: Path) -> None:
    get()
    assert (tmp_path / "set.bin").read_bytes() == CONTENT
    assert left(tmp_path) == ["set.bin"]


@pytest.mark.parametrize("trusted", [True, False])
def test_a_broken_download_goes_on_where_it_was(
    home: Home, get: Fetch, tmp_path: Path, trusted: bool
) -> None:
    home.break_after = 150_001
    with pytest.raises(CannotFetch, match=r"broke off after 150,001 of 400,000 bytes. Run the"):
        get(trusted=trusted)
    assert not (tmp_path / "set.bin").exists()
    assert (tmp_path / "set.bin.part").stat().st_size == 150_001
    with pytest.raises(CannotFetch, match="broke off after 300,002 of"):
        get(trusted=trusted)
    home.break_after = 0
    get(trusted=trusted)
    assert (tmp_path / "set.bin").read_bytes() == CONTENT
    assert home.asked == ["all", "bytes=150001-", "bytes=300002-"]
    assert left(tmp_path) == ["set.bin"]


def test_a_server_without_ranges_sends_it_anew(home: Home, get: Fetch, tmp_path: Path) -> None:
    home.break_after = 100_000
    with pytest.raises(CannotFetch):
        get()
    home.break_after, home.ranges = 0, False
    get()
    assert (tmp_path / "set.bin").read_bytes() == CONTENT


def test_a_rest_that_begins_elsewhere_is_not_taken(home: Home, get: Fetch, tmp_path: Path) -> None:
    home.break_after = 100_000
    with pytest.raises(CannotFetch):
        get()
    home.break_after, home.shift = 0, 7
    get()
    assert (tmp_path / "set.bin").read_bytes() == CONTENT
    assert home.asked == ["all", "bytes=100000-", "all"]


def test_a_file_that_changed_meanwhile_is_fetched_anew(
    home: Home, get: Fetch, tmp_path: Path
) -> None:
    home.break_after = 100_000
    with pytest.raises(CannotFetch):
        get(trusted=False)
    home.break_after, home.etag = 0, '"two"'
    home.files["/set.bin"] = CONTENT[::-1]
    get(trusted=False)
    assert (tmp_path / "set.bin").read_bytes() == CONTENT[::-1]


def test_without_checksum_or_etag_nothing_is_put_together(
    home: Home, get: Fetch, tmp_path: Path
) -> None:
    home.break_after, home.etag = 100_000, ""
    with pytest.raises(CannotFetch):
        get(trusted=False)
    home.break_after = 0
    get(trusted=False)
    assert home.asked == ["all", "all"]
    assert (tmp_path / "set.bin").read_bytes() == CONTENT


def test_a_part_that_is_too_long_is_fetched_anew(home: Home, get: Fetch, tmp_path: Path) -> None:
    (tmp_path / "set.bin.part").write_bytes(b"x" * 500_000)
    get()
    assert (tmp_path / "set.bin").read_bytes() == CONTENT
    assert home.asked == ["bytes=500000-", "all"]


class Counting:
    """A progress that counts what came in."""

    size_bytes = 0

    def track(self, items, *, total, what):
        del total, what
        for item in items:
            self.size_bytes += len(item)
            yield item

    def say(self, message: str) -> None:
        del message


@pytest.mark.parametrize("length", [True, False])
def test_too_large_is_refused_by_the_header_or_on_the_way(
    home: Home, get: Fetch, tmp_path: Path, length: bool
) -> None:
    home.length = length
    home.files["/set.bin"] = CONTENT * 10
    came = Counting()
    with pytest.raises(CannotFetch, match=r"is larger than it may be: .* the limit is 200,000"):
        get(most_bytes=200_000, progress=came)
    assert left(tmp_path) == []
    assert came.size_bytes == 0 if length else came.size_bytes < 400_000


def test_a_redirect_to_another_host_is_refused(home: Home, get: Fetch, tmp_path: Path) -> None:
    home.moved["/set.bin"] = "http://localhost:9/set.bin"
    with pytest.raises(CannotFetch, match="leads to another place, http://localhost:9. That"):
        get()
    home.moved["/set.bin"] = "/other.bin"
    home.files["/other.bin"] = CONTENT
    get()
    assert (tmp_path / "set.bin").read_bytes() == CONTENT


def test_what_is_not_there_is_told(home: Home, get: Fetch) -> None:
    del home.files["/set.bin"]
    with pytest.raises(CannotFetch, match=r"answers 404 Not Found. It may have moved: see its"):
        get()


def test_no_network_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(CannotFetch, match=r"cannot be reached: .*refused.* with --from\.$"):
        download("http://127.0.0.1:9/x", tmp_path / "x", most_bytes=MB, trusted=True)


@pytest.mark.parametrize(
    "url", ["http://example.com/x", "file:///etc/passwd", "ftp://127.0.0.1/x", "https:///x"]
)
def test_only_https_is_fetched(url: str, tmp_path: Path) -> None:
    with pytest.raises(CannotFetch, match="is not an https address"):
        download(url, tmp_path / "x", most_bytes=MB, trusted=True)


# ------------------------------------------------------------------------------ archives


def tar_of(*members: tuple[str, bytes | str]) -> bytes:
    """A .tar.gz; a content that is a string makes a link to it."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as packed:
        for name, content in members:
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                packed.addfile(info)
            else:
                info.size = len(content)
                packed.addfile(info, io.BytesIO(content))
    return stream.getvalue()


def zip_of(*members: tuple[str, bytes], mode: int = stat.S_IFREG | 0o644) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, mode << 16
            packed.writestr(info, content)
    return stream.getvalue()


@pytest.mark.parametrize("pack", [tar_of, zip_of])
def test_an_archive_is_unpacked_without_its_outer_folder(
    pack: Callable[..., bytes], tmp_path: Path
) -> None:
    archive = tmp_path / "set.any"
    archive.write_bytes(pack(("repo-1/a/b.txt", b"one"), ("repo-1/c.txt", b"two")))
    assert unpack(archive, tmp_path / "out", most_bytes=MB) == 2
    assert (tmp_path / "out" / "a" / "b.txt").read_bytes() == b"one"
    assert left(tmp_path / "out") == ["a", "c.txt"]


HOSTILE = {
    "parent": (tar_of(("a/../../evil", b"x")), "which leaves its folder"),
    "absolute": (tar_of(("/tmp/evil", b"x")), "which leaves its folder"),
    "windows": (zip_of(("C:evil", b"x")), "which leaves its folder"),
    "backslash": (tar_of(("a\\..\\..\\evil", b"x")), "which leaves its folder"),
    "zip parent": (zip_of(("../evil", b"x")), "which leaves its folder"),
    "link": (tar_of(("a", "/etc/passwd")), "which is neither a file nor a folder"),
    "zip link": (
        zip_of(("a", b"/etc/passwd"), mode=stat.S_IFLNK | 0o777),
        "which is neither a file nor a folder",
    ),
    "twice": (tar_of(("a", b"x"), ("a", b"y")), "holds 'a' twice"),
    "bomb": (zip_of(("a", b"\0" * 3 * MB)), "unpacks to over 1 MB"),
    "tar bomb": (tar_of(("a", b"\0" * 3 * MB)), "unpacks to over 1 MB"),
    "many": (tar_of(*[(f"{i}", b"") for i in range(30)]), "holds over 20 files"),
    "empty": (zip_of(), "holds no files"),
    "text": (b"not an archive at all", "is damaged"),
    "cut": (tar_of(("a", np.random.default_rng(0).bytes(9000)))[:4000], "is damaged"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_leaves_nothing_behind(case: str, tmp_path: Path) -> None:
    data, words = HOSTILE[case]
    archive = tmp_path / "inner" / "set.any"
    archive.parent.mkdir()
    archive.write_bytes(data)
    with pytest.raises(CannotFetch, match=words):
        unpack(archive, tmp_path / "inner" / "out", most_bytes=MB, most_files=20)
    assert left(tmp_path) == ["inner"]
    assert left(tmp_path / "inner") == ["set.any"]


# ------------------------------------------------------------------------------ whole sets


def photo_bytes(colour: int) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (9, 9), (colour, 0, 0)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
def clothes(home: Home) -> PublicSet:
    """A tiny IDX set whose checksums are known."""
    files = []
    for name, array in (
        ("train-images-idx3-ubyte.gz", PICTURES), ("train-labels-idx1-ubyte.gz", LABELS),
    ):  # fmt: skip
        data = gzip.compress(idx(array), mtime=0)
        home.files[f"/{name}"] = data
        known = hashlib.sha256(data).hexdigest()
        files.append(PublicFile(name, f"{home.address}/{name}", known, MB))
    classes = tuple(f"kind {i}" for i in range(10))
    return PublicSet(
        "clothes", "four pictures", "MIT", home.address, "r1", tuple(files),
        read="train-images-idx3-ubyte.gz", classes=classes,
    )  # fmt: skip


@pytest.fixture
def groceries(home: Home) -> PublicSet:
    """A tiny archive of photos whose checksum nobody knows."""
    home.files["/g.tar.gz"] = tar_of(
        ("repo/train/Fruit/Apple/1.png", photo_bytes(10)),
        ("repo/train/Milk/2.png", photo_bytes(90)),
    )  # fmt: skip
    file = PublicFile("g.tar.gz", f"{home.address}/g.tar.gz", None, MB, unpacked="photos")
    return PublicSet(
        "groceries", "two photos", "unknown", home.address, "r2", (file,),
        read="photos/train", most_unpacked_bytes=MB,
    )  # fmt: skip


def test_a_known_set_is_fetched_checked_and_readable(
    clothes: PublicSet, home: Home, tmp_path: Path
) -> None:
    made = fetch(clothes, tmp_path / "set")
    assert [one.checked for one in made.files] == ["known", "known"]
    catalog = Catalog.read(tmp_path / "set" / clothes.read)
    assert catalog.labels() == ["kind 9", "kind 0", "kind 3", "kind 9"]
    facts = json.loads((tmp_path / "set" / "source.json").read_text())
    assert (facts["licence"], facts["revision"]) == ("MIT", "r1")
    assert facts["files"][0]["sha256"] == clothes.files[0].sha256
    fetch(clothes, tmp_path / "set")
    assert home.asked == ["all", "all"]


def test_the_licence_is_said_before_anything_is_fetched(clothes: PublicSet, tmp_path: Path) -> None:
    class Listening:
        said: list[str] = []

        def track(self, items, *, total, what):
            del total
            self.said.append(what)
            yield from items

        def say(self, message: str) -> None:
            self.said.append(message)

    fetch(clothes, tmp_path / "set", progress=Listening())
    assert Listening.said[0].startswith("clothes: four pictures. Licence: MIT. http://127.0.0.1")
    assert Listening.said[1] == "fetching train-images-idx3-ubyte.gz"


def test_another_file_than_the_known_one_is_thrown_away(
    clothes: PublicSet, home: Home, tmp_path: Path
) -> None:
    name = clothes.files[1].name
    home.files[f"/{name}"] = b"something else"
    with pytest.raises(CannotFetch, match=rf"'{name}' has the SHA-256 [0-9a-f]+, it should be"):
        fetch(clothes, tmp_path / "set", accepted=[hashlib.sha256(b"something else").hexdigest()])
    assert not list((tmp_path / "set").glob(f"*{name}*"))


def test_a_file_changed_on_disk_is_told_and_then_fetched_again(
    clothes: PublicSet, tmp_path: Path
) -> None:
    fetch(clothes, tmp_path / "set")
    (tmp_path / "set" / clothes.files[0].name).write_bytes(b"damaged")
    with pytest.raises(CannotFetch, match="It is thrown away. Fetch it again"):
        fetch(clothes, tmp_path / "set")
    assert len(fetch(clothes, tmp_path / "set").files) == 2


def test_an_unknown_checksum_must_be_accepted(
    groceries: PublicSet, home: Home, tmp_path: Path
) -> None:
    sha256 = hashlib.sha256(home.files["/g.tar.gz"]).hexdigest()
    with pytest.raises(CannotFetch) as caught:
        fetch(groceries, tmp_path / "set")
    assert str(caught.value) == (
        f"nothing here says whether these SHA-256 are right: g.tar.gz has {sha256}. Compare them "
        f"with another source; if you trust them, run again with --accept-sha256 {sha256}"
    )
    assert not (tmp_path / "set" / "photos").exists()
    with pytest.raises(CannotFetch):
        fetch(groceries, tmp_path / "set", accepted=["00" * 32])
    made = fetch(groceries, tmp_path / "set", accepted=[sha256.upper()])
    assert home.asked == ["all"]
    assert made.files[0].checked == "accepted"
    catalog = Catalog.read(tmp_path / "set" / groceries.read)
    assert catalog.labels() == ["Fruit > Apple", "Milk"]
    assert fetch(groceries, tmp_path / "set").files[0].checked == "accepted"


def test_files_may_come_from_a_folder(clothes: PublicSet, home: Home, tmp_path: Path) -> None:
    usb = tmp_path / "usb"
    usb.mkdir()
    for file in clothes.files:
        (usb / file.name).write_bytes(home.files[f"/{file.name}"])
    fetch(clothes, tmp_path / "set", source=usb)
    assert home.asked == []
    (usb / clothes.files[0].name).unlink()
    with pytest.raises(CannotFetch, match=r"lacks 'train-images-idx3-ubyte.gz'. Fetch it from"):
        fetch(clothes, tmp_path / "other", source=usb)
    (usb / clothes.files[0].name).write_bytes(b"x" * (MB + 1))
    with pytest.raises(CannotFetch, match="has 1,000,001 bytes, the limit is 1,000,000"):
        fetch(clothes, tmp_path / "third", source=usb)


def test_nothing_of_somebody_else_is_overwritten(clothes: PublicSet, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("x")
    with pytest.raises(CannotWrite, match="exists and holds no clothes. Choose another --out"):
        fetch(clothes, tmp_path / "letters")
    fetch(clothes, tmp_path / "set")
    with pytest.raises(CannotWrite, match="exists and holds no other"):
        fetch(replace(clothes, name="other"), tmp_path / "set")


def test_the_table_of_sets_is_sound() -> None:
    for one in SETS:
        assert one.home.startswith("https://github.com/")
        for file in one.files:
            assert file.url.startswith("https://")
            assert any(len(part) == 40 for part in file.url.split("/")), "no fixed revision"
            assert file.sha256 is None or len(bytes.fromhex(file.sha256)) == 32
            assert Path(file.name).name == file.name
            assert not file.unpacked or one.most_unpacked_bytes
    with pytest.raises(BadSetting, match=r"Did you mean 'fashion-mnist'\? Sets are: fashion"):
        public_set("fashion")


def test_the_shell_lists_and_fetches(
    clothes: PublicSet,
    shell: Shell,
    refused: Refused,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, said, _ = shell("data")
    assert code == 0
    assert "  licence: MIT" in said
    assert "grocery-store.tar.gz: SHA-256 not verified here" in said
    code, said, _ = shell("data", "--json")
    assert [one["name"] for one in json.loads(said)] == [one.name for one in SETS]
    monkeypatch.setattr(public_sets, "public_set", lambda name: clothes)
    code, said, err = shell("data", "clothes", "--out", tmp_path / "set")
    assert code == 0, err
    assert "clothes: four pictures. Licence: MIT." in err
    path = tmp_path / "set" / "train-images-idx3-ubyte.gz"
    assert said.endswith(f"Next: glasscase train {path} --out bundle/\n")
    monkeypatch.undo()
    assert refused("data", "grocery", "--out", tmp_path / "g") == (
        "there is no public set 'grocery'. Did you mean 'grocery-store'? "
        "Sets are: fashion-mnist, grocery-store, x-wines-test.\n"
    )
