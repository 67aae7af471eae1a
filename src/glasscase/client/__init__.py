"""A small typed client of the service; needs the extra `client`, and neither server nor models.

>>> from glasscase.client import Client, Refused
>>> Client("http://127.0.0.1:8000").url
'http://127.0.0.1:8000'
"""

from __future__ import annotations

from glasscase.client.client import Client as Client
from glasscase.client.refused import Refused as Refused
from glasscase.client.refused import Unreachable as Unreachable

__all__ = ["Client", "Refused", "Unreachable"]
