"""Where a run of predictions writes: a folder of parts that stays, or one file that is made of such a folder."""

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from detente.configs.errors import InputError
from detente.data.formats import MANIFEST, PARTS, REJECTS, file_format, make_folder, stem, write_rows
from detente.data.outputs import check_outputs
from detente.inference.manifest import Manifest, read_manifest
from detente.inference.parts import COLUMNS, appears_whole, read_prediction_rows, sync
from detente.inference.window import Facts

_LOCK = ".lock"


class Output:
    """The place of a run's output.

    Args:
        path: `.jsonl`, `.csv` and `.parquet` name a file; a name without an ending is that of a folder.

    Raises:
        InputError: The ending is another one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_file = bool(path.suffix)
        if self.is_file:
            file_format(path)
        self.folder = path.with_name(f"{path.name}.parts") if self.is_file else path
        self.rejects = path.with_name(f"{stem(path)}.{REJECTS}") if self.is_file else path / REJECTS
        self._manifest = self.folder / MANIFEST

    def check(self, inputs: Sequence[Path]) -> None:
        """Stop before anything is read where the output would destroy something, or can't be written.

        Raises:
            InputError: It is one of the inputs, or stands where nothing can be written, or is of the other kind.
        """
        check_outputs([self.path, self.rejects] if self.is_file else [self.rejects], inputs)
        if not self.is_file and self.path.resolve() in {path.resolve() for path in inputs}:
            raise InputError(f"{self.path}: expected an output that is none of the inputs; give another name")
        if self.folder.is_file():
            advice = "Give another name, or for one file an ending: .jsonl, .csv, .parquet"
            raise InputError(f"{self.folder}: expected a folder, or nothing; found a file. {advice}")

    def holds(self, path: Path) -> bool:
        """Whether a file is of the output: what an earlier run wrote into a folder of inputs is no input."""
        place = path.resolve()
        ours = (self.path.resolve(), self.rejects.resolve(), self.folder.resolve())
        return place in ours or self.folder.resolve() in place.parents

    def part(self, number: int) -> Path:
        """Where a part is, or will be."""
        return self.folder / PARTS.replace("*", f"{number:06}")

    def numbers(self, first: int) -> set[int]:
        """Of the parts that are there, from a number on."""
        found = {int(path.stem.rpartition("-")[2]) for path in self.folder.glob(PARTS)}
        return {number for number in found if number >= first}

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder, and keep other runs out.

        Raises:
            InputError: Another run writes there, or the folder can't be made.
        """
        make_folder(self.folder)
        try:
            with FileLock(self.folder / _LOCK, timeout=0):
                yield
        except Timeout as error:
            raise InputError(f"{self.path}: expected no other run; one is writing there now. Wait for it.") from error

    def begin(self, fresh: Manifest, *, resume: bool) -> Manifest:
        """The manifest to work by: the fresh one, which is then on the disk, or that of the run to go on with.

        Raises:
            InputError: There are parts, and they are not to be gone on with, or were made otherwise.
        """
        if not self._manifest.is_file():
            self._check_empty()
            self.save(fresh)
            return fresh
        there = read_manifest(self._manifest)
        if not resume:
            self._refuse(there)
        if differences := there.differences(fresh):
            lines = "\n".join(f"  {line}" for line in differences)
            raise InputError(
                f"{self.path}: expected the run whose parts are in {self.folder}; found another, and won't mix them:\n"
                f"{lines}\nGive the same inputs, model and settings, or another output."
            )
        return there

    def save(self, manifest: Manifest) -> None:
        """Put the manifest on the disk, whole."""
        with appears_whole(self._manifest) as partial:
            partial.write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")

    def add_rejects(self, facts: Facts) -> None:
        """Append what gave no predictions, and whether that is a failure; without any there is no file."""
        told = [(problem, True) for problem in facts.rejected] + [(problem, False) for problem in facts.silent]
        lines = [json.dumps({"place": one.place, "reason": one.reason, "failed": failed}) for one, failed in told]
        if lines:
            with self.rejects.open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)

    def finish(self) -> None:
        """Make the one file of the parts, and remove them; a folder is what it should be already."""
        if not self.is_file:
            return
        rows = (row for part in sorted(self.folder.glob(PARTS)) for row in read_prediction_rows(part))
        write_rows(self.path, COLUMNS, rows)
        sync(self.path)
        gone = self.folder.with_name(f".{self.folder.name}")  # a folder that is half removed would be a riddle
        shutil.rmtree(gone, ignore_errors=True)
        self.folder.rename(gone)
        shutil.rmtree(gone)

    def how_to_go_on(self) -> str:
        """What to tell somebody whose run was stopped."""
        return f"What is done is kept in {self.folder}. Go on with the same command and --resume."

    def _check_empty(self) -> None:
        """A hidden file is no one's work: the lock, or what was left of a write that was cut off."""
        if found := next((path for path in self.folder.iterdir() if not path.name.startswith(".")), None):
            raise InputError(
                f"{self.folder}: expected a new or an empty folder; found {found.name}. Give another name."
            )

    def _refuse(self, there: Manifest) -> None:
        if there.finished and not self.is_file:
            advice = "Give another name, or remove it first."
            raise InputError(f"{self.path}: expected a new folder; found one with predictions. {advice}")
        parts = len(list(self.folder.glob(PARTS)))
        raise InputError(
            f"{self.path}: expected no unfinished run; found one with {parts} parts in {self.folder}. "
            "Go on with it: the same command and --resume. Or remove that folder and begin anew."
        )
