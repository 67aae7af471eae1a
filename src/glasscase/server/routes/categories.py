"""The tree of categories, searched while somebody types: `GET /v1/categories`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from glasscase.review.category_search import find_categories
from glasscase.server.access import Reviewing
from glasscase.server.answers.review_answers import CategoriesAnswer, Category
from glasscase.server.guard.refusals import refusals
from glasscase.server.reviewers import choices_of
from glasscase.server.service import ServiceOf

router = APIRouter(prefix="/v1", tags=["review"])


@router.get("/categories", responses=refusals(409))
def categories(
    service: ServiceOf,
    _: Reviewing,
    words: Annotated[str, Query(max_length=100, description="A few letters do.")] = "",
    most: Annotated[int, Query(ge=1, le=200)] = 20,
) -> CategoriesAnswer:
    """Categories whose path fits the words, the best first; typing mistakes are forgiven."""
    choices = choices_of(service)
    found = find_categories(words, choices.paths, most=most)
    return CategoriesAnswer(
        categories=[
            Category(
                label=" > ".join(one.path),
                path=list(one.path),
                known=" > ".join(one.path) in choices.classes,
                products=choices.taxonomy.count(one.path),
            )
            for one in found
        ]
    )
