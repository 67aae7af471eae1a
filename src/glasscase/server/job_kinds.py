"""Every kind of job the service does beside answering, and the function that does it."""

from __future__ import annotations

from collections.abc import Mapping

from glasscase.server.batch_work import batch_work
from glasscase.server.catalogue_work import catalogue_work
from glasscase.server.job_worker import Work
from glasscase.server.kpi_work import kpi_work
from glasscase.server.model_work import compare_work, evaluate_work
from glasscase.server.pack_work import packs_work
from glasscase.server.retraining import retrain_work
from glasscase.server.service import Service


def works(service: Service) -> Mapping[str, Work]:
    """Kind -> function, for this service. A new kind is one line here."""
    return {
        "batch": batch_work(service),
        "catalogue": catalogue_work(service),
        "compare": compare_work(service),
        "evaluate": evaluate_work(service),
        "kpi": kpi_work(service),
        "packs": packs_work(service),
        "retrain": retrain_work(service),
    }
