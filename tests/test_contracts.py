"""The contracts: what each package may import, no circles of files, and short functions."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def test_packages_know_only_what_lies_before_them():
    code = (
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("name", ["fractaldream", "fractaldream_models", "evalkit"])
def test_front_doors_open_on_every_name_and_load_nothing_before(name):
    heavy = "{'numpy', 'numba', 'torch', 'h5py', 'matplotlib'}"
    code = f"import sys, {name}; assert not {heavy} & set(sys.modules), {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)
    package = importlib.import_module(name)
    assert len(package.__all__) == len(set(package.__all__)) > 10
    for attribute in package.__all__:
        value = getattr(package, attribute)
        assert not isinstance(value, type(sys)), f"{name}.{attribute} is a module"
    submodules = {path.stem for path in Path(package.__file__).parent.iterdir()}
    assert not submodules & set(package.__all__), "importing these modules would hide the names"


PACKAGES = ("fractaldream", "fractaldream_base", "models/fractaldream_models", "evalkit")
KERNELS = {"count_one", "render_group"}  # inside a kernel, numba sees arrays and scalars alone


def functions(tree):
    """Yield each function of a module, and whether it is a method."""
    for node in ast.walk(tree):
        methods = node.body if isinstance(node, ast.ClassDef) else []
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                static = any(ast.unparse(d) == "staticmethod" for d in child.decorator_list)
                yield child, child in methods and not static


def lines_of_code(function):
    """Lines of a function without its docstring, which may hold examples."""
    lines = function.end_lineno - function.lineno + 1
    if ast.get_docstring(function) is not None:
        docstring = function.body[0]
        lines -= docstring.end_lineno - docstring.lineno + 1
    return lines


def parameters_of(function, is_method):
    given = function.args
    named = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return len(named) + bool(given.vararg) + bool(given.kwarg) - is_method


@pytest.mark.parametrize("package", PACKAGES)
def test_no_module_and_function_share_a_name(package):
    """An import could be either; `cli` is what the program of a command line is called."""
    for path in sorted((ROOT / package).rglob("*.py")):
        names = {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body
                 if isinstance(node, ast.FunctionDef)}  # fmt: skip
        assert path.stem == "cli" or path.stem not in names, path.relative_to(ROOT)


@pytest.mark.parametrize("package", PACKAGES)
def test_functions_and_modules_are_short(package):
    """Below 60 lines of code and at most eight parameters; modules below 400 lines."""
    for path in sorted((ROOT / package).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        where = path.relative_to(ROOT)
        assert text.count("\n") < 400, f"{where}: split it"
        for function, is_method in functions(ast.parse(text)):
            lines = lines_of_code(function)
            assert lines < 60, f"{where}: {function.name} has {lines} lines"
            count = parameters_of(function, is_method)
            allowed = count <= 8 or (path.name == "kernels.py" and function.name in KERNELS)
            assert allowed, (
                f"{where}: {function.name} has {count} parameters; take an options dataclass"
            )
