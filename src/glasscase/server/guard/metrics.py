"""Figures for Prometheus, in a registry of the service's own.

Each process counts for itself: where several share a port, a scrape meets one of them. Run one
process per container for figures that add up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Model = tuple[str, str, str]
"""Role, id, name."""


class Metrics:
    """What the service counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self._requests = Counter(
            "glasscase_requests_total",
            "Requests by route, method and status.",
            ["route", "method", "status"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "glasscase_request_seconds",
            "How long requests took.",
            ["route"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "glasscase_requests_in_flight",
            "Requests being answered.",
            registry=self.registry,
        )
        self.predictions = Counter(
            "glasscase_predictions_total",
            "Answers by model and verdict.",
            ["model", "verdict"],
            registry=self.registry,
        )

    def note(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request that was answered; `route` is a path with names in place of ids."""
        known = method if method in _METHODS else "other"
        self._requests.labels(route, known, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def watch(
        self, gauges: Mapping[str, Callable[[], float]], models: Callable[[], Iterable[Model]]
    ) -> None:
        """Read these whenever somebody asks for figures.

        Args:
            gauges: name without `glasscase_` -> what gives the figure now.
            models: gives the models that answer now.
        """
        self.registry.register(_Watched(gauges, models))

    def text(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)


GAUGES = {
    "waiting": "Products waiting for an answer.",
    "explanations": "Explanations waiting or worked on.",
    "unwritten": "Answers not written to the database yet.",
    "lost": "Answers that could not be written to the database.",
}


class _Watched(Collector):
    def __init__(
        self, gauges: Mapping[str, Callable[[], float]], models: Callable[[], Iterable[Model]]
    ) -> None:
        self._gauges, self._models = gauges, models

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for name, value in self._gauges.items():
            yield GaugeMetricFamily(f"glasscase_{name}", GAUGES[name], value=value())
        told = GaugeMetricFamily(
            "glasscase_model_info",
            "The models that answer, by role.",
            labels=["role", "id", "name"],
        )
        for model in self._models():
            told.add_metric(model, 1.0)
        yield told
