"""What the argument schemas of all tools have in common.

To the provider every argument is a string, a boolean or one of several words, flat and without null, which is the one
shape that all of them pass on unchanged. Behind it, whatever a model sent is taken as it came.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema, model_validator

from langchain_customerio.api.fields import refuse, type_name
from langchain_customerio.api.validation import shown
from langchain_customerio.errors import InvalidRequestError, Problem

Text = Annotated[Any, WithJsonSchema({"type": "string"})]
"""A string to the provider; here also a number, an object or a list, which the body's parser judges."""


def optional(description: str | None) -> Any:  # noqa: ANN401 - what pydantic's own `Field` returns
    """Return a text field that may be left out; the schema shows no default, since OpenAI's strict mode takes none."""
    return Field(default_factory=str, description=description)


class Arguments(BaseModel):
    """Arguments of a tool; what is no argument is refused, because it would be dropped in silence."""

    model_config = ConfigDict(hide_input_in_errors=True, defer_build=True)

    hint: ClassVar[str] = "leave it out"
    """What to do with an argument that there is not."""

    @classmethod
    def renamed(cls, data: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments under the names that this tool has for them."""
        return data

    @model_validator(mode="before")
    @classmethod
    def _known_only(cls, data: Any) -> Any:  # noqa: ANN401 - whatever a model sent
        data = cls.renamed(data)
        for key in data:
            if key not in cls.model_fields:
                near = get_close_matches(str(key).lower(), cls.model_fields, n=1, cutoff=0.8)
                raise refuse(f"is no argument; {f'use {near[0]}' if near else cls.hint}", shown(str(key)))
        return data


def explain_arguments(error: ValidationError) -> str:
    """Tell a model which arguments are wrong, without repeating any."""
    lines: list[Problem] = []
    for detail in error.errors(include_url=False, include_input=True):
        field = ".".join(map(str, detail["loc"])) or detail.get("ctx", {}).get("path", "")
        message = detail["msg"] if detail["type"] in {"refused", "missing"} else _shape(detail["msg"], detail["input"])
        lines.append(Problem(field, message.replace("Field required", "is required")))
    return str(InvalidRequestError(problems=tuple(lines)))


def _shape(message: str, value: object) -> str:
    return f"{message.replace('Input should be', 'needs')}, found {type_name(value)}"
