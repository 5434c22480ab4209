"""The options of a load as options of a command: made from `bulk.options`, which holds them all."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, get_args, get_type_hints

import typer

from langchain_customerio.bulk.options import Flag, Options, documentation
from langchain_customerio.cli.values import pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TYPES = get_type_hints(Options)
_FLAGS: dict[str, Flag] = {
    name: hint.__metadata__[0]
    for name, hint in get_type_hints(Options, include_extras=True).items()
    if hasattr(hint, "__metadata__")
}
_DEFAULTS = Options()

FLAGS: Final[dict[str, str]] = {name: flag.name or f"--{name.replace('_', '-')}" for name, flag in _FLAGS.items()}
"""The flag of each option."""


def takes_load_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option for each of a load's; it receives them as `**options`, for `read` to read."""
    own = inspect.signature(command, eval_str=True)
    kept = [each for each in own.parameters.values() if each.kind is not each.VAR_KEYWORD]
    command.__signature__ = own.replace(parameters=[*kept, *_parameters()])  # type: ignore[attr-defined] # read by inspect
    return command


def read(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was written on a command line as options of `load`.

    >>> read({"map": ["userId=id"], "rate": 0.0, "strict": True})
    {'map': {'userId': 'id'}, 'rate': None, 'strict': True}
    """
    return {name: _value(name, value) for name, value in given.items()}


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 - of any option
    if _is_mapping(name):
        return pairs(value, FLAGS[name]) or None
    if value is None:
        return getattr(_DEFAULTS, name)
    return value or None if name == "rate" else value


def _parameters() -> Iterator[inspect.Parameter]:
    documented = documentation()
    for name, flag in _FLAGS.items():
        kind = _type(name)
        about = typer.Option(
            FLAGS[name],
            rich_help_panel=flag.group,
            metavar=flag.metavar,
            min=flag.least,
            help=flag.help or documented.get(name),
        )
        default = getattr(_DEFAULTS, name)
        yield inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[kind, about]
        )


def _type(name: str) -> Any:  # noqa: ANN401 - a type, of any form
    kind = _FLAGS[name].type or _TYPES[name]
    if _is_mapping(name):
        return list[str] | None
    return Path | None if os.PathLike[str] in get_args(kind) else kind


def _is_mapping(name: str) -> bool:
    return Mapping[str, str] in get_args(_TYPES[name])
