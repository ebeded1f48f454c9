"""The index beside its peers.

    python -m tests.drills.benchmarks.bench_index --data FOLDER --sizes 10000 …

One process an engine, all pinned to one core; the same paragraphs, questions, k and one thread
for all; no cache of questions or results; the questions that warm up are not measured ones.
Prints a table and leaves it, the figures and a plot in tests/drills/benchmarks/results/.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.drills.benchmarks.engines import ENGINES, timed_batches

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]

WARM_UP = 100  # questions
PATIENCE = 60.0  # seconds of questions, after which a slow engine has shown enough
LIMITS = {"rank_bm25": 100_000}  # paragraphs: more take longer than anyone waits
NEWCOMERS = 2_200  # paragraphs kept back, to be added
FEATURES = {
    "p50": "p50 ms", "p95": "p95 ms", "p99": "p99 ms", "build": "build s", "peak": "peak MB",
    "disk": "disk MB", "start": "start→answer ms", "open": "open ms", "rss": "resident MB",
    "add100": "add 100 ms", "add1": "add 1 ms", "delete1": "delete 1 ms",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT / "corpus" / "sample")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--engines", nargs="+", default=list(ENGINES), choices=ENGINES)
    parser.add_argument("--core", type=int, default=0)
    parser.add_argument("--work", type=Path, help="keep the corpora and indexes here")
    parser.add_argument("--results", type=Path, default=HERE / "results")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {arguments.core})
    work = arguments.work or Path(tempfile.mkdtemp(prefix="taxnews-bench-"))
    try:
        figures = [
            figure
            for size in arguments.sizes
            for figure in measure(arguments.data, size, arguments.engines, work)
        ]
    finally:
        if arguments.work is None:
            shutil.rmtree(work)
    arguments.results.mkdir(parents=True, exist_ok=True)
    text = table(figures)
    (arguments.results / "index.md").write_text(text, "utf-8")
    (arguments.results / "index.json").write_text(json.dumps(figures, indent=1), "utf-8")
    plot(figures, arguments.results / "index.png")
    print(text)


def measure(data: Path, size: int, engines: list[str], work: Path) -> list[dict[str, Any]]:
    """The figures of each engine at one size."""
    corpus = work / f"corpus-{size}"
    if not (corpus / "questions.json").exists():
        _child("make", str(data), str(corpus), str(size))
    figures = []
    for name in engines:
        if size > LIMITS.get(name, size):
            continue
        print(f"{size:>9,} {name}", file=sys.stderr, flush=True)
        folder = work / f"{name}-{size}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        figure = {"engine": name, "size": size} | _child("build", name, str(corpus), str(folder))
        if "p50" not in figure:
            figure["disk"] = sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / 1e6
            _child("first", name, str(corpus), str(folder))  # compiled kernels are kept
            starts = []
            for _ in range(5):
                begun = time.perf_counter()
                _child("first", name, str(corpus), str(folder))
                starts.append((time.perf_counter() - begun) * 1e3)
            figure["start"] = statistics.median(starts)
            figure |= _child("ask", name, str(corpus), str(folder))
        figures.append(figure)
        shutil.rmtree(folder)
    return figures


def _child(task: str, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.drills.benchmarks.bench_index", f"--{task}", *arguments]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(done.stdout or "{}"))


# What a process of its own does.


def make(data: str, corpus: str, size: str) -> dict[str, Any]:
    from tests.drills.benchmarks.material import make_material

    folder = Path(corpus)
    material = make_material(Path(data), folder, int(size) + NEWCOMERS, 1000 + WARM_UP)
    distinct = statistics.mean(len(set(question)) for question in material.questions)
    description = {
        "terms_a_paragraph": float(material.lengths.mean()),
        "terms_a_question": distinct,
        "vocabulary": len(material.vocabulary),
    }
    (folder / "description.json").write_text(json.dumps(description))
    newcomers = [entry for batch in material.batches(int(size)) for entry in batch][int(size) :]
    (folder / "newcomers.json").write_text(json.dumps(newcomers))
    (folder / "questions.json").write_text(json.dumps(material.questions))
    return {}


def build(name: str, corpus: str, folder: str) -> dict[str, Any]:
    from tests.drills.benchmarks.material import open_material

    material = open_material(Path(corpus), without=NEWCOMERS)
    engine = ENGINES[name]()
    if name == "ours":  # compiling happens once an installation
        from retrieval.index import prepare

        prepare()
    spent = [0.0]
    begun = time.perf_counter()
    engine.build(timed_batches(material.batches(), spent), Path(folder))
    figures: dict[str, Any] = {"build": time.perf_counter() - begun - spent[0], "peak": _peak()}
    figures |= json.loads((Path(corpus) / "description.json").read_text())
    if name == "rank_bm25":
        figures |= _asked(engine, Path(corpus))
    return figures


def first(name: str, corpus: str, folder: str) -> dict[str, Any]:
    engine = ENGINES[name]()
    engine.open(Path(folder))
    engine.search(
        ["增值税", "发票", "税务局", "企业", "查处", "案件", "金额", "万元", "虚开", "2021"]
    )
    return {}


def ask(name: str, corpus: str, folder: str) -> dict[str, Any]:
    engine = ENGINES[name]()
    __import__("numpy")
    begun = time.perf_counter()
    engine.open(Path(folder))
    figures = {"open": (time.perf_counter() - begun) * 1e3}
    if name == "ours":  # as a server does
        from retrieval.index import settle

        settle(len(engine.index))
    figures |= _asked(engine, Path(corpus))
    newcomers = json.loads((Path(corpus) / "newcomers.json").read_text())
    hundreds = [newcomers[at : at + 100] for at in range(0, 2000, 100)]
    try:
        engine.add(newcomers[2150:])
        engine.delete(newcomers[2199][0])
        figures["add100"] = _median(engine.add, hundreds)
        figures["add1"] = _median(engine.add, [[entry] for entry in newcomers[2000:2050]])
        figures["delete1"] = _median(engine.delete, list(range(1000, 1050)))
    except NotImplementedError:
        pass
    return figures


def _asked(engine: Any, corpus: Path) -> dict[str, Any]:
    questions = json.loads((corpus / "questions.json").read_text())
    begun = time.perf_counter()
    for question in questions[:WARM_UP]:
        engine.search(question)
        if time.perf_counter() - begun > PATIENCE / 4:
            break
    took: list[float] = []
    for question in questions[WARM_UP:]:
        begun = time.perf_counter()
        engine.search(question)
        took.append((time.perf_counter() - begun) * 1e3)
        if sum(took) > PATIENCE * 1e3:
            break
    ranks = statistics.quantiles(took, n=100, method="inclusive")
    return {
        "p50": ranks[49], "p95": ranks[94], "p99": ranks[98], "questions": len(took),
        "rss": _resident(),
    }  # fmt: skip


def _median(function: Any, arguments: list[Any]) -> float:
    took = []
    for argument in arguments:
        begun = time.perf_counter()
        function(argument)
        took.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(took)


def _peak() -> float:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def _resident() -> float:
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return _peak()
    return int(statm.read_text().split()[1]) * resource.getpagesize() / 1e6


# What comes out.


def table(figures: list[dict[str, Any]]) -> str:
    """Markdown: the machine, a table a size, and how many times faster ours is."""
    versions = [f"Python {platform.python_version()}", f"SQLite {sqlite3.sqlite_version}"]
    packages = {name for engine in ENGINES.values() for name in engine.packages}
    versions += [f"{name} {importlib.metadata.version(name)}" for name in sorted(packages)]
    lines = [f"{_processor()}, one core; {', '.join(versions)}. k = 10, k1 = 1.5, b = 0.75."]
    for size in sorted({figure["size"] for figure in figures}):
        own = [figure for figure in figures if figure["size"] == size]
        lines += [
            "",
            (
                f"**{size:,} paragraphs** of {own[0]['terms_a_paragraph']:.0f} terms, "
                f"{own[0]['vocabulary']:,} different ones; questions of "
                f"{own[0]['terms_a_question']:.1f} distinct terms."
            ),
            "",
            "| engine | " + " | ".join(FEATURES.values()) + " |",
            "|---|" + "---:|" * len(FEATURES),
        ]
        for figure in own:
            cells = [_shown(figure.get(name)) for name in FEATURES]
            lines.append(f"| {figure['engine']} | " + " | ".join(cells) + " |")
        ours = next((figure for figure in own if figure["engine"] == "ours"), None)
        for figure in own if ours else ():
            if figure is not ours:
                ratios = [f"{name} {figure[name] / ours[name]:,.1f}×" for name in ("p50", "p95")]
                built = figure["build"] / ours["build"]
                lines.append(
                    f"\nOurs beside {figure['engine']}: {', '.join(ratios)} faster, "
                    f"built {built:.1f}× faster ({figure['questions']} questions)."
                )
    return "\n".join(lines) + "\n"


def plot(figures: list[dict[str, Any]], path: Path) -> None:
    """Milliseconds a question (median, and the line up to p95) against the number of paragraphs."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.2), layout="constrained")
    for name in ENGINES:
        own = [each for each in figures if each["engine"] == name]
        if own:
            sizes, medians = [e["size"] for e in own], [e["p50"] for e in own]
            above = [e["p95"] - e["p50"] for e in own]
            axes.errorbar(
                sizes, medians, yerr=[[0] * len(own), above], marker="o", capsize=3,
                label=name, linewidth=2.5 if name == "ours" else 1.2,
            )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlabel="paragraphs", ylabel="ms a question, p50 to p95")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=130)


def _shown(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


if __name__ == "__main__":
    tasks = {"--make": make, "--build": build, "--first": first, "--ask": ask}
    if len(sys.argv) > 1 and sys.argv[1] in tasks:
        print(json.dumps(tasks[sys.argv[1]](*sys.argv[2:])))
    else:
        main()
