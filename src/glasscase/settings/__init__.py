"""Every setting, declared once: read by TOML, the shell's `--set`, the docs and the bundle."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from glasscase.settings.reading import SettingsFile
from glasscase.settings.section import Section


class PhotoSettings(Section):
    """What photos are let in."""

    max_megapixels: float = Field(25.0, gt=0, description="Photos with more pixels are refused.")
    max_megabytes: float = Field(30.0, gt=0, description="Larger photo files are refused.")
    max_per_product: int = Field(8, ge=1, description="Photos used per product; others are left.")
    least_px: int = Field(
        0, ge=0, description="Shorter sides below it are too small; 0: half of the shop's usual."
    )
    max_set_megabytes: float = Field(
        2000.0, gt=0, description="Larger files of many pictures (IDX) are refused."
    )
    class_names: str = Field(
        "", description="Names of IDX labels: fashion-mnist, digits, or a file of one per line."
    )


class TextSettings(Section):
    """How words are read."""

    clean: bool = Field(default=True, description="Remove HTML and repeated shop boilerplate.")
    max_characters: int = Field(20_000, ge=100, description="Longer texts are cut, and said so.")
    max_tokens: int = Field(128, ge=8, le=8192, description="Tokens read at once (a window).")
    max_windows: int = Field(8, ge=1, le=64, description="Windows read of a long text.")


class EncoderSettings(Section):
    """Which encoders turn products into vectors."""

    text: str = Field(
        "minilm-l6-v2", description="Sentence encoder: a name, hf:NAME, api:MODEL or a folder."
    )
    image: str = Field("efficientnet-lite0", description="Image encoder: a name, timm:NAME ...")
    lexical: bool = Field(
        default=True, description="Use the words themselves (TF-IDF) beside sentences."
    )
    photo_words: bool = Field(
        default=False, description="Read the words printed on photos, and use them too (extra ocr)."
    )
    download: bool = Field(
        default=False, description="Fetch an encoder of the hub that is not on this machine."
    )
    api_max_tokens: int = Field(
        1_000_000, ge=0, description="Tokens an api: encoder may send (estimated) without asking."
    )
    api_price: float = Field(
        0.0, ge=0, lt=1e6, description="US dollars per million tokens of api:; 0: as published."
    )


class LexicalSettings(Section):
    """Which terms of the words themselves are counted (TF-IDF)."""

    longest_phrase: int = Field(
        2, ge=1, le=4, description="Words in a row that make a term: 2 is words and pairs."
    )
    shortest_characters: int = Field(
        2, ge=1, le=8, description="Neighbouring characters that make a term, at least."
    )
    longest_characters: int = Field(5, ge=1, le=8, description="The same, at most.")
    min_products: int = Field(
        2, ge=1, le=1000, description="A term must stand on so many products."
    )
    max_terms: int = Field(
        60_000, ge=1, le=1_000_000, description="Of more terms the most frequent are kept."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        shortest, longest = self.shortest_characters, self.longest_characters
        if shortest > longest:
            raise ValueError(
                f"shortest_characters is {shortest}, above longest_characters, which is {longest}"
            )
        return self


class TrainSettings(Section):
    """How a model is chosen and fitted."""

    effort: Literal["quick", "good", "best"] = Field("good", description="The one dial.")
    recipe: str = Field("late", description="Of `glasscase recipes`, or a TOML file made by tune.")
    seed: int = Field(0, ge=0, lt=2**31, description="The same seed gives the same bundle.")
    folds: int = Field(5, ge=2, le=20, description="Cross-validation folds.")
    modality: Literal["both", "text", "image"] = Field(
        "both", description="What is learnt from; the other is left aside even where it is there."
    )


class NetSettings(Section):
    """How networks are trained; what is not set is left to the recipe."""

    epochs: int | None = Field(None, ge=1, le=10_000, description="Most passes over the products.")
    batch_size: int | None = Field(None, ge=1, le=65_536, description="Products per batch.")
    learning_rate: float | None = Field(None, gt=0, lt=10, description="Step size.")
    weight_decay: float | None = Field(None, ge=0, lt=10, description="Pull of weights to zero.")
    schedule: Literal["constant", "plateau", "cosine"] | None = Field(
        None, description="How the rate changes."
    )
    patience: int | None = Field(None, ge=1, description="Epochs without gain before it stops.")
    class_weights: bool | None = Field(None, description="Weigh rare classes more in the loss.")
    balanced: bool | None = Field(None, description="Draw all classes alike often.")
    focal_gamma: float | None = Field(None, ge=0, le=10, description="Focal loss; 0 is plain.")
    label_smoothing: float | None = Field(None, ge=0, lt=1, description="Softer targets.")
    dropout: float | None = Field(None, ge=0, le=0.9, description="Of every dropout layer.")
    clip_norm: float | None = Field(None, ge=0, description="Largest gradient norm; 0: any.")
    accumulate: int | None = Field(None, ge=1, description="Batches per step.")
    precision: Literal["32-true", "bf16-mixed", "16-mixed"] | None = Field(
        None, description="Of the arithmetic."
    )
    accelerator: str | None = Field(None, description="auto, cpu or cuda.")
    devices: int | None = Field(None, ge=1, description="GPUs (or processes) at once.")
    side: int | None = Field(
        None, ge=16, le=1024, description="Photos learnt from end to end: side of the square, px."
    )
    unfreeze: int | None = Field(
        None,
        ge=0,
        le=100,
        description="Last blocks of each encoder that learn on (finetune, clip-align).",
    )
    layer_decay: float | None = Field(
        None, gt=0, le=1, description="Factor of the rate per block further down (finetune)."
    )
    phases: int | None = Field(
        None, ge=1, le=2, description="2: after the head, the backbone learns too (text-cnn)."
    )
    augment: Literal["none", "light", "medium", "heavy"] | None = Field(
        None, description="How much photos and words are changed in training end to end."
    )
    token_ids: bool | None = Field(
        None, description="The text columns hold lists of token numbers (text-cnn)."
    )
    log: list[Literal["csv", "tensorboard", "mlflow"]] = Field(
        ["csv"], description="Who is told of every epoch."
    )


class AugmentSettings(Section):
    """How photos and words are changed where a training changes them."""

    mirror: Literal["auto", "yes", "no"] = Field(
        "auto", description="Mirror photos; auto: at heavy only, for print reads one way."
    )

    @property
    def mirrored(self) -> bool | None:
        """None: as the level says."""
        return None if self.mirror == "auto" else self.mirror == "yes"


class LoadingSettings(Section):
    """How photos come to a training that looks at them again and again."""

    workers: Literal["auto", "none", "threads", "processes"] = Field(
        "auto", description="Who prepares batches ahead; auto measures what is fastest."
    )
    count: int = Field(0, ge=0, le=64, description="How many workers; 0 is one for each core.")
    memory_gigabytes: float = Field(
        2.0, ge=0, description="Decoded photos kept in memory, at most; 0 keeps none."
    )


class DecisionSettings(Section):
    """When an answer is accepted unseen."""

    accept_at: float = Field(0.9, gt=0, le=1, description="Accept from this probability on.")
    abstain_below: float = Field(0.4, ge=0, lt=1, description="Below it the model abstains.")
    top_k: int = Field(3, ge=1, description="How many classes a prediction lists.")
    promised: bool = Field(
        default=True, description="Accept by the bundle's promise where it has one, not accept_at."
    )

    check_usable: bool = Field(
        default=True, description="Show a person products whose photo or text is of no use."
    )
    unknown_at: float = Field(
        0.02,
        ge=0,
        lt=1,
        description="Of products of known kinds at most so many are called unknown; 0: none is.",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.abstain_below > self.accept_at:
            raise ValueError(
                f"abstain_below is {self.abstain_below}, above accept_at, which is {self.accept_at}"
            )
        return self


class ExplainSettings(Section):
    """How much work an explanation may take."""

    exact_words: int = Field(9, ge=1, le=12, description="All masks up to this many words.")
    max_samples: int = Field(1000, ge=50, description="Most perturbed texts for a long text.")
    seed: int = Field(0, ge=0, description="Seed of the sampled masks.")
    distinct_repeats: bool = Field(
        default=False,
        description="Weigh each occurrence of a repeated word by itself.",
    )
    neighbours: int = Field(5, ge=0, description="Nearest training products shown.")
    layer: str = Field(
        "", description="Layer of the photo network to look at, through torch; empty: the best."
    )


class CacheSettings(Section):
    """Where vectors are kept."""

    folder: str = Field("~/.cache/glasscase", description="Folder of the vector cache and models.")
    max_gigabytes: float = Field(10.0, gt=0, description="Oldest vectors go first beyond this.")

    @property
    def path(self) -> Path:
        """The folder to use: `GLASSCASE_CACHE` of the environment goes before `folder`."""
        return Path(os.environ.get("GLASSCASE_CACHE") or self.folder).expanduser()


class Settings(SettingsFile):
    """All settings of a run.

    >>> Settings().photos.max_megapixels
    25.0
    >>> Settings.read(overrides=["train.effort=quick"]).train.effort
    'quick'
    """

    photos: PhotoSettings = PhotoSettings()
    text: TextSettings = TextSettings()
    encoders: EncoderSettings = EncoderSettings()
    lexical: LexicalSettings = LexicalSettings()
    train: TrainSettings = TrainSettings()
    net: NetSettings = NetSettings()
    augment: AugmentSettings = AugmentSettings()
    loading: LoadingSettings = LoadingSettings()
    decision: DecisionSettings = DecisionSettings()
    explain: ExplainSettings = ExplainSettings()
    cache: CacheSettings = CacheSettings()
