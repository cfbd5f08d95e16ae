"""The kinds of model: each module here is one, other packages offer more.

A module of this package defines one `fractaldream_models.kind.Kind` called KIND; its name is that
of the module, with hyphens for underscores. Another package offers a kind by an entry point of the
group `fractaldream.kinds`: the kind's name, and ``module:KIND``. A kind is imported when it is
first asked for.
"""

import importlib
import importlib.metadata
import pkgutil
from typing import TYPE_CHECKING, Literal

from fractaldream_base.errors import BadInput

if TYPE_CHECKING:
    from fractaldream_models.kind import Kind
    from fractaldream_models.model import Model, ModelConfig
    from fractaldream_models.settings import Settings

GROUP = "fractaldream.kinds"


def built_in() -> list[str]:
    """Return the names of the kinds of this package."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(__path__))


def names() -> list[str]:
    """Return the names of all kinds, those of other packages included."""
    return sorted({*built_in(), *_offered()})


def having(ability: Literal["encodes", "paired", "domains", "translates"]) -> list[str]:
    """Return the names of the kinds that have an ability, a flag of `Kind`; for messages.

    All kinds are imported; those that cannot be are left out.
    """

    def has(name: str) -> bool:
        try:
            return bool(getattr(find(name), ability))
        except BadInput:
            return False

    return [name for name in names() if has(name)]


def known(name: str) -> bool:
    """Return whether there is a kind of that name; it is not imported."""
    return name in built_in() or name in _offered()


def find(name: str) -> "Kind":
    """Return the kind of that name; this package's own come first. Raises BadInput."""
    if name in built_in():
        module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
        kind: Kind = module.KIND
        return kind
    offered = _offered()
    if name not in offered:
        raise BadInput(f"kind {name!r}: give one of {', '.join(names())}")
    return _load(offered[name])


def build(config: "ModelConfig") -> "Model":
    """Return a model with fresh weights, drawn from torch's generator. Raises BadInput.

    Fork and seed the generator around it.
    """
    return find(config.kind).build(config)


def defaults(name: str) -> "Settings":
    """Return the settings of that kind where no preset says. Raises BadInput."""
    return find(name).settings()


def check_settings(settings: "Settings") -> None:
    """Refuse values that no run can use, or not one of this kind. Raises BadInput."""
    from fractaldream_models.setting_checks import check

    check(settings)
    find(settings.kind).check_settings(settings)


def _offered() -> dict[str, importlib.metadata.EntryPoint]:
    """Return the entry points of other packages by name."""
    return {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}


def _load(point: importlib.metadata.EntryPoint) -> "Kind":
    from fractaldream_models.kind import Kind

    try:
        kind = point.load()
    except (ImportError, AttributeError) as error:
        raise BadInput(
            f"kind {point.name!r}: {point.value} cannot be imported ({error}); mend or remove the "
            "package that offers it"
        ) from error
    if not isinstance(kind, Kind) or kind.name != point.name:
        raise BadInput(
            f"kind {point.name!r}: {point.value} is no Kind of this name; mend or remove the "
            "package that offers it"
        )
    return kind
