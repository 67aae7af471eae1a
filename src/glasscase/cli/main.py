"""The shell's door: `glasscase VERB ...`. One line on stderr for a mistake, exit codes 0 to 3.

0    done
1    a bug of ours: one line, and a file with the details
2    the user's mistake: one line that says what, where, and what to do
3    done, and what was to be guarded got worse (`compare --protect`, `verify-log`, `purge`)
130  stopped with Ctrl-C
"""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer

from glasscase import __version__
from glasscase.cli import (
    add_category,
    audit,
    augment,
    cache,
    compare,
    data,
    demo,
    detector,
    encoders,
    evaluate,
    explain,
    gallery,
    insights,
    keys,
    kpi,
    pack,
    pairs,
    predict,
    profile,
    promise,
    purge,
    recipes,
    retrain,
    robustness,
    search,
    serve,
    shelf,
    slices,
    taxonomy,
    toy,
    train,
    tune,
    unknowns,
    verify_log,
    zero_shot,
)
from glasscase.cli.follower import is_follower
from glasscase.errors import GlasscaseError

UsageError = cast(type[Exception], typer.BadParameter.__base__)
"""What the option parser raises; typer keeps the class to itself, so it is asked of a child."""

app = typer.Typer(
    name="glasscase",
    help="See-through product intelligence: which category, how sure, and why.",
    epilog="Begin with `glasscase demo`, or `glasscase train --help`.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"], "max_content_width": 100},
)
for verb in (
    profile.profile,
    audit.audit,
    augment.augment,
    train.train,
    recipes.recipes,
    tune.tune,
    evaluate.evaluate,
    promise.promise,
    retrain.retrain,
    unknowns.unknowns,
    add_category.add_category,
    robustness.robustness,
    slices.slices,
    compare.compare,
    predict.predict,
    explain.explain,
    shelf.shelf,
    serve.serve,
    pack.pack,
    kpi.kpi,
    insights.insights,
    search.search,
    zero_shot.zero_shot,
    encoders.encoders,
    cache.cache,
    data.data,
    pairs.pairs,
    purge.purge,
    verify_log.verify_log,
    demo.demo,
    toy.toy,
):
    app.command()(verb)
app.add_typer(taxonomy.taxonomy, name="taxonomy")
app.add_typer(gallery.gallery, name="gallery")
app.add_typer(detector.detector, name="detector")
app.add_typer(keys.keys, name="keys")


def _version(asked: bool) -> None:
    if asked:
        print(f"glasscase {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where in the program a mistake was found.")
    ] = False,
) -> None:
    """See-through product intelligence: which category, how sure, and why."""
    del version, debug


def run() -> None:
    """Run the command line of this process and leave with its exit code."""
    sys.exit(main(sys.argv[1:]))


def main(arguments: Sequence[str]) -> int:
    """Run one command line, `arguments` without the program's name, and return its exit code."""
    debug = "--debug" in arguments
    if not sys.warnoptions and not debug:
        warnings.simplefilter("ignore")
    try:
        return _invoke([word for word in arguments if word != "--debug"] or ["--help"])
    except BrokenPipeError:  # the reader of our output has seen enough
        _drop_stdout()
        return 0
    except KeyboardInterrupt:
        _complain("Stopped. What was encoded so far is kept: the same command goes on from there.")
        return 130
    except UsageError as error:
        _complain(_usage(error))
        return 2
    except GlasscaseError as error:
        if debug:
            traceback.print_exc()
        _complain(str(error))
        return error.exit_code
    except Exception as error:  # noqa: BLE001  (the last door: a bug is told, never hidden)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            _drop_stdout()
            _complain("The disk is full. Free some space; what was there before is unchanged.")
            return 2
        if debug:
            traceback.print_exc()
        _complain(_bug(error))
        return 1


def _invoke(arguments: list[str]) -> int:
    command = typer.main.get_command(app)
    if is_follower():
        _drop_stdout()
    try:
        with command.make_context("glasscase", arguments) as context:
            command.invoke(context)
    except typer.Exit as leaving:
        code = leaving.exit_code
    else:
        code = 0
    sys.stdout.flush()
    return code


def _drop_stdout() -> None:
    """Let what is left of stdout go nowhere, for Python writes it once more when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(message: str) -> None:
    print(" ".join(message.split()), file=sys.stderr, flush=True)


def _usage(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    verb = context.command_path if context is not None else "glasscase"
    message = getattr(error, "format_message", error.__str__)()
    stop = "" if message.endswith(("?", ".")) else "."
    return f"{message}{stop} See {verb} --help."


def _bug(error: Exception) -> str:
    what = traceback.format_exception_only(error)[-1].strip()
    descriptor, name = tempfile.mkstemp(prefix="glasscase-bug-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f"glasscase {__version__}, Python {sys.version}\n{sys.argv}\n\n")
        stream.writelines(traceback.format_exception(error))
    return f"This is a bug in Glasscase, not in your data: {what}. Details: {Path(name)}"
