"""What the service answers about a KPI."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class IntervalAnswer(BaseModel):
    """A figure with its interval; null where it is not defined."""

    value: float | None
    low: float | None
    high: float | None


class KpiModelAnswer(BaseModel):
    """One model that was tried."""

    name: str
    family: str
    reads: list[str] = Field(description="`names`, `sentence` (text), `image` (photo).")
    r2: IntervalAnswer = Field(description="On held-out products; 0 is the mean.")
    mae: IntervalAnswer
    spearman: IntervalAnswer
    over_names: IntervalAnswer = Field(description="Points of R2 beyond named features, 1 is all.")
    chosen: bool
    baseline: bool


class KpiGainAnswer(IntervalAnswer):
    """What photos or words take off the error."""

    what: Literal["photo", "text"]
    family: str
    helps: bool


class KpiAlarmAnswer(BaseModel):
    """Something that may flatter the figures."""

    level: Literal["certain", "likely"]
    column: str
    reason: str
    remedy: str


class KpiAnswer(BaseModel):
    """What came of learning a KPI; docs/kpi.md says what each part means."""

    model_config = ConfigDict(extra="allow")

    kind: Literal["kpi"]
    target: dict[str, Any]
    protocol: dict[str, Any]
    models: list[KpiModelAnswer] = Field(description="The best first; baselines are in it.")
    chosen: str
    gains: list[KpiGainAnswer]
    intervals: dict[str, Any]
    drivers: dict[str, Any] | None = Field(description="Associations, unless an experiment says.")
    experiment: dict[str, Any] | None
    alarms: list[KpiAlarmAnswer]
    sentences: list[str]
    notes: list[str]
    problems: list[dict[str, Any]]
