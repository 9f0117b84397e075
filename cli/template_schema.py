"""The JSON Schema of templates for editors: with what the code says about each setting."""

import ast
import inspect
from collections.abc import Iterator
from typing import Any


def template_schema() -> dict[str, Any]:
    """Draft 2020-12. A setting's description is the text below it in `shared/domain/`."""
    from shared.domain import functions, template

    described = template.Template.model_json_schema()
    models: dict[str, Any] = described.get("$defs", {}) | {template.Template.__name__: described}
    sources = [ast.parse(inspect.getsource(module)) for module in (template, functions)]
    for model, setting, text in (each for source in sources for each in _described(source)):
        if setting in models.get(model, {}).get("properties", {}):
            models[model]["properties"][setting].setdefault("description", text)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | described


def _described(source: ast.Module) -> Iterator[tuple[str, str, str]]:
    """Class, attribute and the text below the attribute."""
    for model in source.body:
        if not isinstance(model, ast.ClassDef):
            continue
        for setting, below in zip(model.body, model.body[1:], strict=False):
            match setting, below:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    yield model.name, name, inspect.cleandoc(text)
                case _:
                    pass
