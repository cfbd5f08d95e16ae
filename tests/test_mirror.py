"""The tree of tests mirrors the packages: each module has its tests where one looks for them."""

from pathlib import Path

TESTS = Path(__file__).parent
ROOT = TESTS.parent
PACKAGES = {
    "fractaldream": ROOT / "fractaldream",
    "fractaldream_base": ROOT / "fractaldream_base",
    "models": ROOT / "models" / "fractaldream_models",
    "evalkit": ROOT / "evalkit",
}
SCRIPTS = {"bench", "docs"}  # folders of the repository whose scripts and pages are tested

# modules of these names may do without a file of tests
DECLARATIONS = {
    "cli": "shells over functions: tests/test_commands.py and test_accidents.py type all commands",
    "options": "fields and defaults, which the tests of the functions that take them use",
    "results": "fields and tables: tests/test_results_in_notebooks.py shows all of them",
    "errors": "classes without a body",
}
# other modules, or whole rooms, whose tests lie elsewhere
ELSEWHERE = {
    "evalkit/comparison/columns": "a table; tests/evalkit/comparison/test_evaluation.py reads it",
    "evalkit/explorer/views": "parts of one page, which tests/evalkit/explorer/views/test_build.py "
    "builds and test_page.py opens in a browser",
    "evalkit/latent_space/picture_result": "a base class of the results of its room",
    "evalkit/support/page_style": "a style sheet",
    "models/kinds": "tests/models/kinds/test_kinds.py and training/test_loop.py walk through all",
}


def modules():
    """Yield each module by its place below tests/, such as evalkit/clean/scan."""
    for name, folder in PACKAGES.items():
        for path in sorted(folder.rglob("*.py")):
            if not path.name.startswith("__"):
                yield (Path(name) / path.relative_to(folder)).with_suffix("").as_posix()


def covered_elsewhere(module):
    return any(module == place or module.startswith(f"{place}/") for place in ELSEWHERE)


def test_every_module_has_its_file_of_tests():
    missing = [
        module
        for module in modules()
        if module.rpartition("/")[2] not in DECLARATIONS
        and not covered_elsewhere(module)
        and not (TESTS / module).with_name(f"test_{Path(module).name}.py").exists()
    ]
    assert missing == [], "write tests/PACKAGE/ROOM/test_MODULE.py for these"


def test_every_file_of_tests_names_a_module():
    """Or its room, a folder of files of its room, or the front door of its package.

    Tests of several packages, or of all commands, stand at the root.
    """
    known = set(modules())
    stray = []
    for path in sorted(TESTS.rglob("test_*.py")):
        place = path.relative_to(TESTS)
        package, name = place.parts[0], path.stem.removeprefix("test_")
        if len(place.parts) == 1 or package in SCRIPTS:
            continue
        room = PACKAGES[package].joinpath(*place.parts[1:-1])
        named = (place.parent / name).as_posix() in known or (room / name).is_dir()
        front_door = name == "front_door" and len(place.parts) == 2
        if not (named or front_door or name == room.name):
            stray.append(place.as_posix())
    assert stray == [], "name the module that they test, or move them to the root of tests/"


def test_no_exception_is_stale():
    known = set(modules())
    for place in ELSEWHERE:
        assert any(m == place or m.startswith(f"{place}/") for m in known), place
    for name in DECLARATIONS:
        assert any(module.endswith(f"/{name}") for module in known), name
