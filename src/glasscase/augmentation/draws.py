"""Random numbers that depend on what they are for, never on when they are asked."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray


class Draws:
    """Numbers drawn for one thing: the same parts give the same numbers, in any process.

    The parts are hashed into the key of Philox, a counter-based generator (Salmon et al. 2011),
    so no state is shared between products, epochs or workers. Only uniform numbers are asked of
    it: those are the same in every version of NumPy.

    >>> Draws(7, "photo", 3, "mug-1").below(100) == Draws(7, "photo", 3, "mug-1").below(100)
    True
    """

    def __init__(self, *parts: int | str) -> None:
        named = [repr(part if isinstance(part, str) else int(part)) for part in parts]
        told = "\n".join(named).encode("utf-8", "backslashreplace")
        key = int.from_bytes(blake2b(told, digest_size=16).digest(), "little")
        self._generator = np.random.Generator(np.random.Philox(key=key))

    def many(self, count: int) -> NDArray[np.float64]:
        """`count` numbers of [0, 1)."""
        return self._generator.random(count)

    def chance(self, share: float) -> bool:
        """True in `share` (0 to 1) of all cases."""
        return float(self._generator.random()) < share

    def between(self, low: float, high: float) -> float:
        """A number from `low` to `high`, all alike."""
        return low + (high - low) * float(self._generator.random())

    def around(self, spread: float) -> float:
        """A number from `-spread` to `spread`."""
        return self.between(-spread, spread)

    def below(self, count: int) -> int:
        """A whole number from 0 to `count` - 1."""
        return min(int(self._generator.random() * count), count - 1)
