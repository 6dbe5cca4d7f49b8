"""The store: newer patches replace, all or nothing, links are not followed, what goes in comes out."""

import errno
import io
import os
import stat
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.h5p.client import (
    LibraryName,
    LibraryVersion,
    Store,
    errors,
    export_content,
    open_package,
    player_files,
    resolve,
)

from .packages import dependency, files, good, library, library_json, pack

GREET = LibraryName("H5P.Greet", 1, 0)
LIBRARY = "H5P.Greet-1.0/library.json"


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "h5p")


def install(store, source, content_id="one"):
    with open_package(source, installed=store) as package:
        return store.install(package, content_id)


def patched(patch, script="H5P.Greet = 1;"):
    return pack({**files(), LIBRARY: library_json(patchVersion=patch), "H5P.Greet-1.0/greet.js": script})


def test_installing(store):
    done = install(store, good())
    assert [str(item.version) for item in done.libraries] == ["H5P.Greet 1.0.2"]
    assert store.content_ids() == ["one"]
    assert store.params("one")["greeting"] == "Hello"
    assert store.manifest("one").main_library == GREET
    assert store.content_file("one", "content/images/earth.png").read_bytes().startswith(b"\x89PNG")
    assert store.library_file("H5P.Greet-1.0", "greet.js").read_text() == "H5P.Greet = function () {};"
    assert list((store.root / "tmp").iterdir()) == []


def test_the_disk_has_everything_before_it_is_in_its_place_and_its_place_before_it_is_said(
    store, monkeypatch
):
    flushed, fsync, rename, moved = set(), os.fsync, os.rename, []

    def noting(opened):
        flushed.add(os.fstat(opened).st_ino)
        fsync(opened)

    def renaming(source, target):
        moved.append({path.stat().st_ino for path in (source, *source.rglob("*"))} <= flushed)
        rename(source, target)

    monkeypatch.setattr(os, "fsync", noting)
    monkeypatch.setattr(os, "rename", renaming)
    install(store, good())
    assert moved == [True, True]
    assert {(store.root / name).stat().st_ino for name in ("libraries", "contents")} <= flushed


@pytest.mark.parametrize("place", ["tmp", "contents"])
def test_a_disk_that_does_not_take_a_package_leaves_nothing_of_it(store, monkeypatch, place):
    """Before it is put in its place, and after."""
    fsync = os.fsync

    def refuse(opened):
        path = os.readlink(f"/proc/self/fd/{opened}")
        if path.startswith(str(store.root / place)):
            raise OSError(5, "Input/output error")
        fsync(opened)

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OSError, match="Input/output"):
        install(store, good())
    assert store.content_ids() == []
    assert store.versions() == []
    assert list((store.root / "tmp").iterdir()) == []
    monkeypatch.undo()
    install(store, good())
    assert store.content_ids() == ["one"]


def test_a_file_system_that_cannot_flush_names_is_forgiven_and_one_that_cannot_flush_files_is_not(
    store, monkeypatch
):
    fsync, refused = os.fsync, [stat.S_ISDIR]

    def refuse(opened):
        if any(kind(os.fstat(opened).st_mode) for kind in refused):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(opened)

    monkeypatch.setattr(os, "fsync", refuse)
    install(store, good())
    assert store.content_ids() == ["one"]
    refused.append(stat.S_ISREG)
    with pytest.raises(OSError, match="Invalid argument"):
        install(store, good(), "two")
    assert store.content_ids() == ["one"]


@pytest.mark.parametrize(("first", "second", "stays"), [(2, 3, 3), (3, 2, 3), (3, 3, 3), (9, 10, 10)])
def test_only_a_newer_patch_replaces(store, first, second, stays):
    install(store, patched(first, f"//{first}"))
    generation = store.generation
    done = install(store, patched(second, f"//{second}"), "two")
    assert store.library(GREET).version.patch == stays
    assert store.library_file("H5P.Greet-1.0", "greet.js").read_text() == f"//{stays}"
    assert (store.generation > generation) == (second > first) == bool(done.replaced)


def test_minor_versions_live_beside_each_other(store):
    install(store, good())
    newer = {
        k: v
        for k, v in files(preloadedDependencies=[dependency("H5P.Greet", 1, 1)]).items()
        if "-1.0" not in k
    }
    install(store, pack({**newer, **library(minorVersion=1)}), "two")
    assert store.library_names() == [GREET, LibraryName("H5P.Greet", 1, 1)]
    assert store.generation == 0


def test_a_package_may_lean_on_what_is_installed(store):
    install(store, good())
    bare = {k: v for k, v in files().items() if not k.startswith("H5P.")}
    with pytest.raises(errors.MissingDependency):
        open_package(pack(bare))
    assert install(store, pack(bare), "two").libraries == ()


def test_a_failure_in_the_middle_leaves_nothing(store, monkeypatch):
    def break_off(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(store, "_unpack_content", break_off)
    with pytest.raises(OSError, match="full"):
        install(store, good())
    monkeypatch.undo()
    assert store.content_ids() == []
    assert store.versions() == []
    assert list((store.root / "tmp").iterdir()) == []
    install(store, good())


def test_a_content_id_is_taken_once_and_libraries_of_the_second_try_are_not_kept(store):
    install(store, good())
    with pytest.raises(errors.DuplicateLibrary):
        install(store, patched(5))
    assert store.library(GREET).version.patch == 2


@pytest.mark.parametrize("content_id", ["", "../x", "a/b", ".hidden", "a" * 65, "ä"])
def test_content_ids_are_plain_names(store, content_id):
    with pytest.raises(errors.UnknownContent):
        install(store, good(), content_id)
    with pytest.raises(errors.UnknownContent):
        store.content_folder(content_id)


def test_undo_brings_the_older_patch_back(store):
    install(store, patched(2, "//old"))
    done = install(store, patched(3, "//new"), "two")
    generation = store.generation
    store.undo(done)
    assert store.content_ids() == ["one"]
    assert store.library_file("H5P.Greet-1.0", "greet.js").read_text() == "//old"
    assert store.generation > generation


def test_prune_takes_what_is_out_of_use(store):
    install(store, patched(2))
    install(store, patched(3), "two")
    (store.root / "tmp" / "crashed").mkdir()
    assert store.prune() == [LibraryVersion(GREET, 2)]
    assert store.versions() == [LibraryVersion(GREET, 3)]
    assert list((store.root / "tmp").iterdir()) == []


def test_what_crashed_installations_left_is_cleared_by_age(store):
    install(store, good())
    shelf = store.shelf("college")
    for folder in (store.root, shelf.root):
        (folder / "tmp" / "crashed").mkdir()
        (folder / "tmp" / "generation-1").write_text("1")
    moment = time.time() - 60
    assert (store.untouched(moment), store.clear_work(moment)) == ([], 0)
    assert (store.untouched(moment + 120), store.clear_work(moment + 120)) == (["one"], 4)
    assert [list((folder / "tmp").iterdir()) for folder in (store.root, shelf.root)] == [[], []]


@pytest.mark.parametrize(
    "path",
    [
        "../../one/h5p.json",
        "/etc/passwd",
        "content/../../../generation",
        "content",
        "nothing.png",
        "",
        "a\\b",
    ],
)
def test_files_outside_are_not_given(store, path):
    install(store, good())
    assert store.content_file("one", path) is None
    assert store.library_file("H5P.Greet-1.0", path) is None


def test_links_in_the_store_are_not_followed(store, tmp_path):
    install(store, good())
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    (store.content_folder("one") / "content" / "link.txt").symlink_to(secret)
    assert store.content_file("one", "content/link.txt") is None


def test_another_process_sees_what_this_one_installed(store):
    other = Store(store.root)
    assert other.library(GREET) is None
    install(store, good())
    assert other.library(GREET).version.patch == 2


def test_many_at_once(store):
    def work(number):
        try:
            install(Store(store.root, durable=False), patched(number % 4), f"c{number}")
        except Exception as error:
            failed.append(error)

    failed = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert len(store.content_ids()) == 12
    assert store.library(GREET).version.patch == 3


def nested():
    """Greet needs Base; content embeds Text, which h5p.json does not name."""
    return pack(
        {
            **files(),
            LIBRARY: library_json(preloadedDependencies=[dependency("H5P.Base")]),
            "content/content.json": {"parts": [{"library": "H5P.Text 1.1", "params": {"x": 1}}]},
            **library("H5P.Base", runnable=0),
            **library("H5P.Text", minorVersion=1, preloadedDependencies=[dependency("H5P.Base")]),
        }
    )


def test_a_player_gets_everything_in_order(store):
    install(store, nested())
    listed = player_files(store, "one")
    assert listed.main_library == GREET
    assert [name.machine_name for name in listed.libraries] == ["H5P.Base", "H5P.Greet", "H5P.Text"]
    assert listed.scripts == ("H5P.Base-1.0/greet.js", "H5P.Greet-1.0/greet.js", "H5P.Text-1.1/greet.js")
    assert listed.styles[0] == "H5P.Base-1.0/greet.css"
    assert not listed.needs_eval
    # The player reads h5p.json, so what content embeds is named there.
    assert [name.machine_name for name in store.manifest("one").dependencies] == [
        "H5P.Base",
        "H5P.Greet",
        "H5P.Text",
    ]


@pytest.mark.parametrize("script", ["eval('1')", "x = new Function('a', 'b')", "Function ('return this')()"])
def test_scripts_that_make_code_are_noticed(store, script):
    install(store, patched(2, script))
    assert player_files(store, "one").needs_eval
    assert not player_files(store, "one").needs_inline


@pytest.mark.parametrize(
    "script",
    [
        "a.setAttribute('onselectstart', 'return false')",
        '$(\'<a href="#" onclick="go()">\')',
        "b.attr( 'onload', x)",
    ],
)
def test_handlers_written_as_attributes_are_noticed(store, script):
    install(store, patched(2, script))
    assert player_files(store, "one").needs_inline
    assert not player_files(store, "one").needs_eval


def test_handlers_set_as_functions_are_fine(store):
    install(store, patched(2, "a.onclick = go; if (a < b && b.onload === c) { d = '<b>' }"))
    assert not player_files(store, "one").needs_inline


def test_export_comes_back_the_same(store, tmp_path):
    install(store, nested())
    first = export_content(store, "one")
    other = Store(tmp_path / "other")
    install(other, io.BytesIO(first))
    assert export_content(other, "one") == first
    assert other.params("one") == store.params("one")
    assert other.library_names() == store.library_names()


def test_export_takes_along_what_an_editor_needs(store, tmp_path):
    """And what the shelf below has, and nothing that the content doesn't need."""
    editor = {"editorDependencies": [dependency("H5PEditor.Part"), dependency("H5PEditor.Nowhere")]}
    with_editor = {
        **files(),
        LIBRARY: library_json(preloadedDependencies=[dependency("H5P.Base")], **editor),
        **library("H5P.Base", runnable=0),
        **library("H5PEditor.Part", runnable=0),
        **library("H5P.Other"),
    }
    install(store, pack(with_editor))
    first = export_content(store, "one")
    with open_package(io.BytesIO(first)) as package:
        assert {str(name) for name in package.libraries} == {
            "H5P.Base 1.0",
            "H5P.Greet 1.0",
            "H5PEditor.Part 1.0",
        }
    other = Store(tmp_path / "other")
    install(other, io.BytesIO(first))
    assert export_content(other, "one") == first


def test_what_is_not_there(store):
    with pytest.raises(errors.UnknownContent):
        export_content(store, "one")
    with pytest.raises(errors.UnknownContent):
        player_files(store, "one")
    store.remove_content("one")


@given(st.dictionaries(st.integers(0, 9), st.sets(st.integers(0, 9), max_size=4), min_size=1))
def test_dependencies_come_before_what_needs_them(graph):
    """Whatever the graph: either every library stands after all it needs, or a ring or a gap is named."""
    from courses.h5p.client import parse_library_manifest

    def manifest(number, needs):
        raw = library_json(f"L{number}", preloadedDependencies=[dependency(f"L{n}") for n in sorted(needs)])
        return parse_library_manifest(raw)

    all_of_them = {LibraryName(f"L{n}", 1, 0): manifest(n, needs) for n, needs in graph.items()}
    roots = sorted(all_of_them)
    try:
        order = [item.name for item in resolve(roots, all_of_them.get)]
    except errors.MissingDependency:
        assert any(need not in graph for needs in graph.values() for need in needs)
        return
    except errors.DependencyCycle:
        assert reaches_itself(graph)
        return
    assert len(set(order)) == len(order) == len(graph)
    for position, name in enumerate(order):
        assert set(all_of_them[name].dependencies) <= set(order[:position])


def reaches_itself(graph):
    for start in graph:
        seen, todo = set(), list(graph[start])
        while todo:
            node = todo.pop()
            if node == start:
                return True
            if node not in seen:
                seen.add(node)
                todo += graph.get(node, ())
    return False
