"""Imports run one way: bot → retrieval → corpus, without a circle, and from no test to another."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter

from tests.conftest import ROOT

PACKAGES = ("corpus", "retrieval", "bot")
"""In the order in which they may import: each only from those before it and from itself."""


@cache
def modules() -> Mapping[str, ast.Module]:
    """The syntax tree of every module of the packages, by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imports(tree: ast.AST, known: Mapping[str, object]) -> Iterator[str]:
    """The modules among `known` that `tree` imports, wherever in it the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                submodule = f"{node.module}.{alias.name}"
                name = submodule if submodule in known else node.module
                if name in known:
                    yield name


def test_no_module_imports_from_a_package_after_its_own() -> None:
    broken = [
        (module, name)
        for module, tree in modules().items()
        for name in imports(tree, modules())
        if _package(name) > _package(module)
    ]
    assert broken == []


def _package(module: str) -> int:
    return PACKAGES.index(module.split(".")[0])


def test_no_test_imports_another() -> None:
    """What several tests need stands in tests/support."""
    paths = sorted((ROOT / "tests").rglob("*.py"))
    trees = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(
            path.read_text(encoding="utf-8")
        )
        for path in paths
    }
    tests = {name for name in trees if name.split(".")[-1].startswith("test_")}
    broken = [(name, each) for name in trees for each in imports(trees[name], dict.fromkeys(tests))]
    assert broken == []


def circle_in(graph: Mapping[str, set[str]]) -> list[str]:
    """A circle of imports, its first module again at the end; empty where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = {name: {*imports(tree, modules())} - {name} for name, tree in modules().items()}
    assert circle_in(graph) == []


def test_no_folder_imports_itself_by_way_of_others() -> None:
    """Folders of a package in layers; a module that lies beside them is one of its own."""
    graph: dict[str, set[str]] = {}
    for name, tree in modules().items():
        room = _room(name)
        graph.setdefault(room, set()).update(_room(i) for i in imports(tree, modules()))
    assert circle_in({room: rooms - {room} for room, rooms in graph.items()}) == []


def _room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def test_a_circle_is_named() -> None:
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) in (
        ["a", "b", "c", "a"],
        ["b", "c", "a", "b"],
        ["c", "a", "b", "c"],
    )
