"""Public names only. Each is imported on first use, so `import glasscase` loads nothing heavy."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glasscase.catalog.catalog import Catalog as Catalog
    from glasscase.catalog.photo import Photo as Photo
    from glasscase.catalog.product import Product as Product
    from glasscase.catalog.taxonomy_diff import diff_trees as diff_trees
    from glasscase.jobs.ablate import ablate as ablate
    from glasscase.jobs.add_category import add_category as add_category
    from glasscase.jobs.apply_kpi import apply_kpi as apply_kpi
    from glasscase.jobs.audit import audit as audit
    from glasscase.jobs.augment import augment as augment
    from glasscase.jobs.compare import compare as compare
    from glasscase.jobs.compare_bundles import compare_bundles as compare_bundles
    from glasscase.jobs.evaluate import evaluate as evaluate
    from glasscase.jobs.explain import explain as explain
    from glasscase.jobs.kpis.kpi_options import KpiOptions as KpiOptions
    from glasscase.jobs.migrate_bundle import migrate_bundle as migrate_bundle
    from glasscase.jobs.migrate_table import migrate_table as migrate_table
    from glasscase.jobs.predict_kpi import predict_kpi as predict_kpi
    from glasscase.jobs.profile import profile as profile
    from glasscase.jobs.promise import promise as promise
    from glasscase.jobs.read_shelf import read_shelf as read_shelf
    from glasscase.jobs.robustness import robustness as robustness
    from glasscase.jobs.score_packs import score_packs as score_packs
    from glasscase.jobs.search import search as search
    from glasscase.jobs.slices import slices as slices
    from glasscase.jobs.taxonomy_source import read_tree as read_tree
    from glasscase.jobs.train import train as train
    from glasscase.jobs.tune import tune as tune
    from glasscase.jobs.unknowns import unknowns as unknowns
    from glasscase.jobs.write_insights import write_insights as write_insights
    from glasscase.jobs.zero_shot import zero_shot as zero_shot
    from glasscase.models.classifier import ProductClassifier as ProductClassifier
    from glasscase.settings import Settings as Settings

_HOME = {
    "Catalog": "glasscase.catalog.catalog",
    "KpiOptions": "glasscase.jobs.kpis.kpi_options",
    "Photo": "glasscase.catalog.photo",
    "Product": "glasscase.catalog.product",
    "ProductClassifier": "glasscase.models.classifier",
    "Settings": "glasscase.settings",
    "ablate": "glasscase.jobs.ablate",
    "add_category": "glasscase.jobs.add_category",
    "apply_kpi": "glasscase.jobs.apply_kpi",
    "audit": "glasscase.jobs.audit",
    "augment": "glasscase.jobs.augment",
    "compare": "glasscase.jobs.compare",
    "compare_bundles": "glasscase.jobs.compare_bundles",
    "diff_trees": "glasscase.catalog.taxonomy_diff",
    "evaluate": "glasscase.jobs.evaluate",
    "explain": "glasscase.jobs.explain",
    "migrate_bundle": "glasscase.jobs.migrate_bundle",
    "migrate_table": "glasscase.jobs.migrate_table",
    "predict_kpi": "glasscase.jobs.predict_kpi",
    "profile": "glasscase.jobs.profile",
    "promise": "glasscase.jobs.promise",
    "read_shelf": "glasscase.jobs.read_shelf",
    "robustness": "glasscase.jobs.robustness",
    "read_tree": "glasscase.jobs.taxonomy_source",
    "score_packs": "glasscase.jobs.score_packs",
    "search": "glasscase.jobs.search",
    "slices": "glasscase.jobs.slices",
    "train": "glasscase.jobs.train",
    "tune": "glasscase.jobs.tune",
    "unknowns": "glasscase.jobs.unknowns",
    "write_insights": "glasscase.jobs.write_insights",
    "zero_shot": "glasscase.jobs.zero_shot",
}
__all__ = [
    "Catalog",
    "KpiOptions",
    "Photo",
    "Product",
    "ProductClassifier",
    "Settings",
    "ablate",
    "add_category",
    "apply_kpi",
    "audit",
    "augment",
    "compare",
    "compare_bundles",
    "diff_trees",
    "evaluate",
    "explain",
    "migrate_bundle",
    "migrate_table",
    "predict_kpi",
    "profile",
    "promise",
    "robustness",
    "read_shelf",
    "read_tree",
    "score_packs",
    "search",
    "slices",
    "train",
    "tune",
    "unknowns",
    "write_insights",
    "zero_shot",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__
