"""What the documentation shows to be typed, saved or run: its code blocks and the words between backticks."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from pathlib import Path
from typing import Self

from support.processes import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"(?:^    .*\n)+", re.MULTILINE)
_SPAN = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    number: int  # of its language on this page, from 1
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}-{self.language}-{self.number}"


@dataclass(frozen=True)
class Typed:
    """A line that a reader types, and what the page says is seen then."""

    line: str
    shown: str


def blocks(page: Path, *languages: str) -> list[Block]:
    """The fenced blocks of these languages, in order."""
    found: list[Block] = []
    for language, text in _BLOCK.findall(page.read_text()):
        number = 1 + sum(block.language == language for block in found)
        found.append(Block(page.stem, number, language, text))
    return [block for block in found if block.language in languages]


def typed_in(block: Block) -> Iterator[Typed]:
    """The lines of a console block: those after a `$`, each with what stands below it; without any `$`, all of them."""
    if not block.text.startswith("$ "):
        yield from (Typed(line, "") for line in block.text.splitlines() if line)
        return
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        yield Typed(line, shown)


def commands(page: Path) -> Iterator[str]:
    """Every line or span of a page that is a command: in console blocks, indented blocks and between backticks."""
    text = page.read_text()
    for block in blocks(page, "console"):
        yield from (typed.line for typed in typed_in(block))
    prose = _BLOCK.sub("", text)
    for indented in _INDENTED.findall(prose):
        yield from (line.strip() for line in indented.splitlines())
    yield from spans(page)


def spans(page: Path) -> Iterator[str]:
    """What stands between backticks outside of blocks; a span may go on in the next line."""
    prose = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    yield from (" ".join(span.split()) for span in _SPAN.findall(prose))


def as_shown(shown: str, seen: str) -> bool:
    """Whether a page tells the truth: `...` stands for anything, and spaces and line ends do not count."""
    return OutputChecker().check_output(shown, seen, ELLIPSIS | NORMALIZE_WHITESPACE)


class Terminal:
    """A shell that keeps its folder and its variables from one line to the next."""

    _END = "--- that was it:"

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=dict(environment),
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def type(self, line: str) -> tuple[int, str]:
        """The exit code, and what was printed to either output."""
        assert self._shell.stdin is not None
        assert self._shell.stdout is not None
        self._shell.stdin.write(f'{line}\necho "{self._END} $?"\n')
        self._shell.stdin.flush()
        seen = []
        for printed in self._shell.stdout:
            if self._END in printed:
                before, _, code = printed.partition(self._END)
                return int(code), "".join([*seen, before])
            seen.append(printed)
        raise AssertionError(f"the shell ended at: {line}\n{''.join(seen)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_trouble: object) -> None:
        """The shell ends with its input."""
        self._shell.communicate(timeout=20)
