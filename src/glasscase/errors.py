"""Every error Glasscase raises on purpose: what is wrong, where, and what to do.

    GlasscaseError                exit  HTTP
    ├── MissingExtra                 2   501   an optional dependency is not installed
    ├── BadSetting                   2   422   a setting or option is unknown or impossible
    ├── BadCatalog                   2   422   a table, folder or column cannot be used at all
    ├── TooLarge                     2   413   what was sent is beyond a limit
    ├── BadPhoto                     2   415   one photo cannot be used
    ├── BadProduct                   2   422   one product has nothing to work with
    ├── BadBundle                    2   409   a bundle is missing, damaged, or too new
    ├── BadCheckpoint                2   409   a training cannot be resumed from what is there
    ├── BadEncoder                   2   422   an encoder name is nowhere or its files are wrong
    ├── BadDetector                  2   422   a detector's file is of no known form, or fails
    ├── BadService                   2   502   an endpoint is away, or answers nonsense
    ├── NotFitted                    2   409   a model is asked before it was trained
    ├── CannotFetch                  2   502   a public file cannot be had, or is another one
    ├── BadStore                     2   503   the database cannot be reached or is not ours
    ├── CannotWrite                  2   507   a result cannot be stored (disk full, no permission)
    ├── CannotTrain                  2   422   the catalogue holds too little to learn from
    └── Conflict                     2   409   somebody was faster, or it is in use or over

Anything else that escapes is our bug: exit code 1, HTTP 500.
"""

from __future__ import annotations


class GlasscaseError(Exception):
    """Base of all expected errors: what is wrong (`reason`) and what to do about it (`remedy`).

    The shell prints `str(error)` as one line and leaves with `exit_code`; a server sends `status`.

    >>> print(BadSetting("level is 0", "Use 1 for the top of the tree."))
    level is 0. Use 1 for the top of the tree.
    """

    exit_code = 2
    status = 400

    def __init__(self, reason: str, remedy: str = "") -> None:
        self.reason = reason.strip().rstrip(".")
        self.remedy = remedy.strip()
        super().__init__(f"{self.reason}. {self.remedy}".strip())


class MissingExtra(GlasscaseError, ImportError):
    """An optional dependency is not installed."""

    status = 501


class BadSetting(GlasscaseError, ValueError):
    """A setting or option has an unknown name or an impossible value."""

    status = 422


class BadCatalog(GlasscaseError, ValueError):
    """A table, a folder or one of its columns cannot be used at all."""

    status = 422


class TooLarge(GlasscaseError, ValueError):
    """What was sent is larger than a limit allows: bytes, files or rows."""

    status = 413


class BadPhoto(GlasscaseError, ValueError):
    """One photo cannot be used; the product goes on without it."""

    status = 415


class BadProduct(GlasscaseError, ValueError):
    """One product has nothing the model could work with."""

    status = 422


class BadBundle(GlasscaseError, ValueError):
    """A bundle is missing, damaged, or written by a newer Glasscase."""

    status = 409


class BadCheckpoint(GlasscaseError, ValueError):
    """A training cannot go on from a checkpoint: it is damaged, or another run's."""

    status = 409


class BadEncoder(GlasscaseError, ValueError):
    """An encoder's name is nowhere to be found, or its files are not what they claim."""

    status = 422


class BadDetector(GlasscaseError, ValueError):
    """A detector is nowhere to be found, of no known form, or its answers are no boxes."""

    status = 422


class BadService(GlasscaseError, RuntimeError):
    """An endpoint on the network is away, refuses, or answers nonsense."""

    status = 502


class NotFitted(GlasscaseError, RuntimeError):
    """A model is asked for an answer before it was trained."""

    status = 409


class CannotFetch(GlasscaseError):
    """A public file cannot be fetched, or is not the one that was wanted."""

    status = 502


class BadStore(GlasscaseError):
    """The database cannot be reached, or was written by a newer Glasscase."""

    status = 503


class CannotWrite(GlasscaseError, OSError):
    """A result cannot be stored: the disk is full, or the place may not be written to."""

    status = 507


class CannotTrain(GlasscaseError, ValueError):
    """The catalogue holds too little to learn from."""

    status = 422


class Conflict(GlasscaseError, RuntimeError):
    """What is asked does not fit how things are by now: somebody was faster, it is in use, over."""

    status = 409
