"""Weights by name: found on this machine, and fetched only when that was asked for."""

from __future__ import annotations

from pathlib import Path

from glasscase.errors import BadEncoder
from glasscase.extras import need

_WANTED = ("*.json", "*.txt", "*.model")


def hub_folder(repository: str, *, download: bool, weights: str = "*.safetensors") -> Path:
    """The folder on this machine that holds `repository` of the Hugging Face hub.

    Looks in the hub's own cache first. The network is tried only if `download` is set and
    `HF_HUB_OFFLINE` is not; code that comes with a model is never run. The folder's own name is
    the commit it stands for. `weights` says which files of weights are wanted, where a repository
    holds the same network in several formats.

    Raises:
        BadEncoder: it is not here and could not be fetched; says whether the network was tried.
    """
    hub = need("huggingface_hub", extra="train")
    errors = need("huggingface_hub.errors", extra="train")
    wanted = [*_WANTED, weights]
    try:
        found = hub.snapshot_download(repository, local_files_only=True, allow_patterns=wanted)
        if any(Path(found).glob(weights)):
            return Path(found)
    except errors.HFValidationError:
        message = f"{repository!r} is not a name on the hub"
        raise BadEncoder(message, "Names look like owner/model.") from None
    except errors.LocalEntryNotFoundError:
        pass  # not here: go on below
    if not download:
        raise BadEncoder(
            f"encoder {repository!r} is not on this machine; the network was not tried",
            f"Fetch it with --set encoders.download=true, or on another machine with "
            f"'hf download {repository}', and copy the folder.",
        )
    if need("huggingface_hub.constants", extra="train").HF_HUB_OFFLINE:
        raise BadEncoder(
            f"encoder {repository!r} is not on this machine; the network was not tried, "
            "because HF_HUB_OFFLINE is set",
            f"Unset it, or copy the folder that 'hf download {repository}' makes elsewhere.",
        )
    try:
        return Path(hub.snapshot_download(repository, allow_patterns=wanted))
    except Exception as error:
        raise BadEncoder(
            f"encoder {repository!r} could not be fetched; the network was tried: "
            f"{str(error).strip().splitlines()[0]}",
            "Check the name and the connection, or copy its folder here and give its path.",
        ) from error


def weight_files(folder: Path) -> list[Path]:
    """The `*.safetensors` files of `folder`, in order.

    Raises:
        BadEncoder: there are none; weights in formats that can carry code are not read.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise BadEncoder(
            f"folder {str(folder)!r} holds no *.safetensors",
            "Save the model anew with save_pretrained; other formats are not read.",
        )
    return files


def source_name(name: str, folder: Path) -> str:
    """`name` with the commit it was pinned to, where `folder` lies in the hub's cache."""
    return f"{name}@{folder.name}" if folder.parent.name == "snapshots" else name
