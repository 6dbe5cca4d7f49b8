"""What is said to be on the disk was flushed, files and the folders that name them; what the disk refuses is said."""

import errno
import os

import pytest

from lms.lib import disk


@pytest.fixture
def tree(tmp_path):
    for name in ("one", "a/two", "a/b/three"):
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_text(name)
    return tmp_path / "tree"


@pytest.fixture
def flushed(monkeypatch):
    """The inodes that were flushed, in order."""
    found, fsync = [], os.fsync

    def noting(opened):
        found.append(os.fstat(opened).st_ino)
        fsync(opened)

    monkeypatch.setattr(os, "fsync", noting)
    return found


def test_a_tree_is_flushed_with_its_folders_after_their_files(tree, flushed):
    disk.flush_tree(tree)
    files = {path.stat().st_ino for path in tree.rglob("*") if path.is_file()}
    folders = {tree.stat().st_ino, *(path.stat().st_ino for path in tree.rglob("*") if path.is_dir())}
    assert set(flushed[: len(files)]) == files
    assert set(flushed[len(files) :]) == folders


def test_files_are_flushed_beside_and_waited_for_with_their_names(tree, flushed):
    with disk.flushing([str(tree / "one"), str(tree / "a" / "two")]) as wait:
        wait()
    assert set(flushed) == {
        path.stat().st_ino for path in (tree / "one", tree / "a" / "two", tree, tree / "a")
    }


def test_who_does_not_wait_is_told_of_nothing(tree, monkeypatch):
    monkeypatch.setattr(os, "fsync", refusing(errno.EIO))
    with disk.flushing([str(tree / "one")]):
        pass


@pytest.mark.parametrize("name", ["file", "folder"])
def test_a_refusal_is_raised(tree, monkeypatch, name):
    monkeypatch.setattr(os, "fsync", refusing(errno.EIO, only=tree / "one" if name == "file" else tree))
    with pytest.raises(OSError, match="refused"):
        disk.flush_tree(tree)


def test_a_file_system_that_cannot_flush_names_is_forgiven_and_one_that_cannot_flush_files_is_not(
    tree, monkeypatch
):
    monkeypatch.setattr(os, "fsync", refusing(errno.EINVAL, only=tree))
    disk.flush_tree(tree)
    monkeypatch.setattr(os, "fsync", refusing(errno.EINVAL, only=tree / "one"))
    with pytest.raises(OSError, match="refused"):
        disk.flush_tree(tree)


def refusing(code, only=None):
    def fsync(opened):
        if only is None or os.fstat(opened).st_ino == only.stat().st_ino:
            raise OSError(code, "refused")

    return fsync
