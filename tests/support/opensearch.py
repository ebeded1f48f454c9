"""A real OpenSearch cluster on loopback: three small nodes, for the tests and for a developer.

`python -m tests.support.opensearch start FOLDER` prints the setting that names the nodes it has
started; `stop FOLDER` ends them. `test FOLDER` runs the tests that want a real cluster, over one
that lives as long.
"""

import contextlib
import hashlib
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

VERSION = "2.19.6"
SHA256 = "71d6d8b1c637f3faecda0752b184b1cc526fc6eaad59ec1408c6327bb00b9293"
USER = "opensearch"
"""Who runs the nodes where we are root: OpenSearch refuses to be."""

_ARTIFACT = f"org.opensearch.distribution.integ-test-zip:opensearch:{VERSION}:zip"
_GET = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:get"
_PLACE = f"org/opensearch/distribution/integ-test-zip/opensearch/{VERSION}/opensearch-{VERSION}.zip"
_HEAP = "-Xms256m -Xmx256m"
_PATIENCE = 120.0  # seconds until nodes are up, or down, on a busy machine

_SETTINGS = """\
cluster.name: taxnews-tests
node.name: {name}
path.data: {folder}/data
path.logs: {folder}/logs
network.host: 127.0.0.1
http.port: {http}
transport.port: {transport}
discovery.seed_hosts: {seeds}
cluster.initial_cluster_manager_nodes: {names}
node.processors: 1
cluster.routing.allocation.disk.threshold_enabled: false
cluster.fault_detection.follower_check: {{interval: 500ms, timeout: 2s, retry_count: 2}}
cluster.fault_detection.leader_check: {{interval: 500ms, timeout: 2s, retry_count: 2}}
"""

_LOGGING = """\
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %c{1} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


class Unavailable(Exception):
    """A program is missing by which a cluster is started here; the message names it."""


class Failed(Exception):
    """The cluster did not start; the message says why."""


def distribution(cache: Path) -> Path:
    """OpenSearch, unpacked in `cache`; fetched by Maven the first time. Raises `Unavailable` or
    `Failed`."""
    for program in ("java", "mvn"):
        if shutil.which(program) is None:
            raise Unavailable(f"no {program} here")
    home = cache / f"opensearch-{VERSION}"
    if home.exists():
        return home
    cache.mkdir(parents=True, exist_ok=True)
    repository = Path.home() / ".m2" / "repository"
    got = subprocess.run(
        [
            *("mvn", "-q", "-B", f"-Dmaven.repo.local={repository}", _GET),
            *(f"-Dartifact={_ARTIFACT}", "-Dtransitive=false"),
        ],
        capture_output=True,
        text=True,
    )
    if got.returncode:
        raise Failed(f"Maven cannot fetch {_ARTIFACT}")
    packed = repository / _PLACE
    if hashlib.sha256(packed.read_bytes()).hexdigest() != SHA256:
        raise Failed(f"{packed} is not what was published")
    making = cache / "unpacking"
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(making)
    for program in (making / home.name / "bin").iterdir():
        program.chmod(0o755)
    (making / home.name).rename(home)
    return home


class Node:
    """One node in a folder of its own; started, ended, killed, frozen by its own pid."""

    def __init__(self, folder: Path, http: int) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{http}"

    @property
    def pid(self) -> int:
        return int((self.folder / "pid").read_text())

    def start(self, home: Path) -> None:
        """Begins to start it."""
        environment = os.environ | {
            "OPENSEARCH_PATH_CONF": str(self.folder / "config"),
            "OPENSEARCH_JAVA_HOME": str(Path(shutil.which("java") or "").resolve().parents[1]),
            "OPENSEARCH_JAVA_OPTS": _HEAP,
        }
        with (self.folder / "output").open("ab") as output:
            process = subprocess.Popen(
                ["nice", "-n", "10", home / "bin" / "opensearch"],
                env=environment,
                cwd=self.folder,
                user=USER if _is_root() else None,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        (self.folder / "pid").write_text(str(process.pid))

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Ends it at once, as a power cut does."""
        self.signal(signal.SIGKILL)
        self._wait_for_end()

    def stop(self) -> None:
        """Ends it in order."""
        with contextlib.suppress(ProcessLookupError):
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            self._wait_for_end()

    def _wait_for_end(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        while _is_running(self.pid) and time.monotonic() < deadline:
            time.sleep(0.05)


class Cluster:
    """Nodes of one cluster in a folder: made by `create`, found again by `of`."""

    def __init__(self, home: Path, nodes: Sequence[Node]) -> None:
        self.home = home
        self.nodes = list(nodes)

    @property
    def setting(self) -> str:
        """The value of TAXNEWS_CLUSTER."""
        return ",".join(node.url for node in self.nodes)

    @classmethod
    def create(cls, home: Path, folder: Path, count: int = 3) -> "Cluster":
        """Starts new nodes in `folder` and waits until they are one cluster."""
        ports = _free_ports(2 * count)
        names = [f"n{number}" for number in range(1, count + 1)]
        seeds = [f"127.0.0.1:{port}" for port in ports[count:]]
        nodes = []
        for name, http, transport in zip(names, ports, ports[count:], strict=False):
            own = folder / name
            (own / "config").mkdir(parents=True)
            settings = _SETTINGS.format(
                name=name,
                folder=own,
                http=http,
                transport=transport,
                seeds=json.dumps(seeds),
                names=json.dumps(names),
            )
            (own / "config" / "opensearch.yml").write_text(settings)
            (own / "config" / "log4j2.properties").write_text(_LOGGING)
            (own / "config" / "jvm.options").write_text("-XX:+UseSerialGC\n")
            nodes.append(Node(own, http))
        folder.chmod(0o755)
        if _is_root():
            _make_user()
            subprocess.run(["chown", "-R", USER, *(node.folder for node in nodes)], check=True)
        cluster = cls(home, nodes)
        (folder / "cluster.json").write_text(json.dumps([str(home), ports[:count]]))
        for node in nodes:
            node.start(home)
        cluster.wait(count)
        return cluster

    @classmethod
    def of(cls, folder: Path) -> "Cluster":
        """The cluster that `create` started in `folder`."""
        home, ports = json.loads((folder / "cluster.json").read_text())
        nodes = [Node(folder / f"n{number}", port) for number, port in enumerate(ports, 1)]
        return cls(Path(home), nodes)

    def wait(self, count: int) -> None:
        """Waits until so many nodes are one cluster."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and any(_is_running(n.pid) for n in self.nodes):
            for node in self.nodes:
                # A node that is not ready yet may answer with an empty page.
                with contextlib.suppress(httpx.HTTPError, json.JSONDecodeError, KeyError):
                    health = httpx.get(f"{node.url}/_cluster/health", timeout=5).json()
                    if health["number_of_nodes"] == count:
                        return
            time.sleep(0.2)
        raise Failed(f"no cluster of {count} nodes; see {self.nodes[0].folder}/output")

    def stop(self) -> None:
        """Ends all nodes."""
        for node in self.nodes:
            node.stop()


@contextlib.contextmanager
def running(cache: Path, folder: Path) -> Iterator[Cluster]:
    """A cluster that runs within. Raises `Unavailable` or `Failed`."""
    cluster = Cluster.create(distribution(cache), folder)
    try:
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)


def _is_root() -> bool:
    return os.geteuid() == 0


def _make_user() -> None:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        subprocess.run(["useradd", "--system", "--no-create-home", USER], check=True)


def _free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens at now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _is_running(pid: int) -> bool:
    """Whether a process runs; one that has ended and is a child of ours is waited for."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def main() -> None:
    action, folder = sys.argv[1], Path(sys.argv[2]).absolute()
    try:
        sys.exit({"start": _start, "stop": _stop, "test": _test}[action](folder))
    except Unavailable as error:
        print(f"skipped: {error}, so no OpenSearch is started")
    except Failed as error:
        sys.exit(f"no cluster: {error}")


def _start(folder: Path) -> None:
    if (folder / "cluster.json").exists():
        raise Failed(f"{folder} has one already; end it with: make cluster-stop")
    cluster = Cluster.create(distribution(folder.parent), folder)
    print(f"TAXNEWS_CLUSTER={cluster.setting}")


def _stop(folder: Path) -> None:
    Cluster.of(folder).stop()
    shutil.rmtree(folder)


def _test(folder: Path) -> int:
    with running(folder.parent, folder) as cluster:
        environment = os.environ | {"TAXNEWS_TEST_CLUSTER": cluster.setting}
        command = [sys.executable, "-m", "pytest", "-m", "cluster", "-n", "auto"]
        return subprocess.run(command, env=environment).returncode


if __name__ == "__main__":
    main()
