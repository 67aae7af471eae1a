"""Every kind of job the service does beside answering, and the function that does it."""

from __future__ import annotations

from collections.abc import Mapping

from glasscase.server.service import Service
from glasscase.server.threads.job_worker import Work
from glasscase.server.work.batch_work import batch_work
from glasscase.server.work.catalogue_work import catalogue_work
from glasscase.server.work.kpi_work import kpi_work
from glasscase.server.work.model_work import compare_work, evaluate_work
from glasscase.server.work.pack_work import packs_work
from glasscase.server.work.retraining import retrain_work


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
