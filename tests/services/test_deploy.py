"""What deploy/ says fits together: names of variables, files that are copied, commands that exist."""

import re
import subprocess

import pytest
import yaml

from creditbank.deposits import reading as deposits
from lms.learning.evidence import http_api as packs
from lms.lib import evidence
from lms.training.supervision import photos
from lms.training.tenders import sealing
from tools.common import ROOT

DEPLOY = ROOT / "deploy"
RENDER = {
    "PUBLIC_URL": "https://learn.example.org/",
    "CONTENT_URL": "https://content.example.org",
    "PATH": "/usr/bin:/bin",
}


def render(**changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [DEPLOY / "nginx" / "render"], env=RENDER | changes, capture_output=True, text=True, check=False
    )


def test_the_nginx_template_is_filled_in_completely() -> None:
    text = render(LISTEN="443 ssl http2").stdout
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert "${" not in code
    assert "listen 443 ssl http2;" in code
    assert "server_name learn.example.org;" in code
    assert "server_name content.example.org;" in code
    assert "X-Forwarded-Proto https;" in code
    assert 'frame-ancestors https://learn.example.org"' in code


def test_nginx_lets_through_what_the_forms_promise_to_take() -> None:
    # "PDF、JPG 或 PNG，每个不超过 10 MB，最多 5 个": the forms beside, and tables that come in by the API.
    promised = max(
        evidence.MAX_FILES * evidence.MAX_FILE_BYTES,
        deposits.MAX_BYTES,
        packs.MAX_CHECKED,
        photos.MAX_BYTES,
        sealing.MOST_SEALED_BYTES,
    )
    site = render().stdout.split("\nserver {")[1]
    # The server's own stands before its first place; the one for pages and the API keeps it.
    size = re.search(r"^    client_max_body_size ([0-9]+)m;", site.partition("location")[0], re.M)
    assert size is not None
    assert int(size[1]) * 1024 * 1024 > promised + 2 * 1024 * 1024
    pages = site[site.index("location / {") :].partition("\n    }")[0]
    assert "client_max_body_size" not in pages
    # What is larger is told in words, with the same status.
    assert "error_page 413 " in site
    for place in ("location @too_large {", "location @too_large_json {"):
        assert "return 413 " in site[site.index(place) :].partition("\n    }")[0]


def test_writing_exercises_is_at_the_content_origin_and_only_where_it_is_switched_on() -> None:
    assert "h5p-authoring" not in "\n".join(
        line for line in render().stdout.splitlines() if not line.lstrip().startswith("#")
    )
    site, content = render(AUTHORING_UPSTREAM="127.0.0.1:8010").stdout.split(
        "server_name content.example.org;"
    )
    assert "h5p-authoring" not in site
    assert "proxy_pass http://127.0.0.1:8010;" in content
    # The address is a key: no line of any log has it.
    place = content[content.index("h5p-authoring/(t|") :].partition("\n    }")[0]
    assert {"access_log off;", "error_log /dev/null crit;"} <= {line.strip() for line in place.splitlines()}
    # Braces still pair.
    assert content.count("{") + 1 == content.count("}")
    assert render().stdout.count("{") == render().stdout.count("}")


@pytest.mark.parametrize(
    ("bucket", "there", "gone"), [("", "alias", "slice"), ("rongtong", "slice 1m;", "/media/;")]
)
def test_media_come_from_a_folder_or_from_an_object_store(bucket: str, there: str, gone: str) -> None:
    text = render(RONGTONG_S3_BUCKET=bucket).stdout
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    places = re.findall(r"^    location (?:\^~ )?/media/ \{\n(.*?)^    \}", code, re.M | re.S)
    assert len(places) == 1
    assert there in places[0]
    assert gone not in code
    assert ("proxy_cache_path" in code) == bool(bucket)
    # Whoever may have a document is asked by the application, wherever it lies.
    assert "location /media/documents/ { return 404; }" in code
    assert code.count("{") == code.count("}")


def test_the_authoring_service_has_its_script_its_unit_and_its_variables() -> None:
    unit = (DEPLOY / "systemd" / "rongtong-authoring.service").read_text(encoding="utf-8")
    assert "ExecStart=/opt/rongtong/deploy/bin/authoring\n" in unit
    assert (DEPLOY / "bin" / "authoring").stat().st_mode & 0o111
    read = set(
        re.findall(r"env\.([A-Z0-9_]+)", (ROOT / "authoring" / "src" / "config.mjs").read_text("utf-8"))
    )
    example = (DEPLOY / "authoring.env.example").read_text(encoding="utf-8")
    assert read == set(re.findall(r"^#? ?([A-Z0-9_]+)=", example, re.M))


def test_a_value_that_could_add_directives_is_refused() -> None:
    done = render(SERVER_NAME="x; } evil {")
    assert done.returncode != 0
    assert "SERVER_NAME" in done.stderr
    assert render(PUBLIC_URL="").returncode != 0


def test_one_origin_for_the_site_and_for_foreign_content_is_refused() -> None:
    done = render(CONTENT_URL="https://learn.example.org/")
    assert done.returncode != 0
    assert "CONTENT_URL" in done.stderr


def test_compose_starts_commands_that_exist() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert set(compose["services"]) == {
        "postgres", "redis", "elasticsearch", "release", "web", "study", "worker", "beat", "nginx", "authoring",
    }  # fmt: skip
    for service in compose["services"].values():
        command = service.get("command", [""])[0]
        if command.startswith("deploy/"):
            assert (ROOT / command).stat().st_mode & 0o111, command
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./"):
                assert (DEPLOY / source).exists(), source
            else:
                assert source in compose["volumes"]


def test_what_nginx_asks_in_another_container_listens_beyond_its_own() -> None:
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    container = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    for service in ("web", "study"):
        assert re.search(rf"UPSTREAM: {service}:\d+$", compose, re.M)
        name = re.search(r"--host \"\$\{([A-Z_]+):-127\.0\.0\.1\}\"", (DEPLOY / "bin" / service).read_text())
        assert name is not None
        assert f"{name[1]}=0.0.0.0" in container
        # Said of itself, so that an example taken over as it stands does not close the door again.
        example = (DEPLOY / "env.example").read_text(encoding="utf-8")
        assert re.search(rf"^# {name[1]}=", example, re.M)


def test_the_container_copies_files_that_exist() -> None:
    lines = re.findall(r"^COPY (?!--from)(.+)$", (DEPLOY / "Containerfile").read_text(encoding="utf-8"), re.M)
    assert lines
    for line in lines:
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source


@pytest.mark.parametrize("name", ["study", "worker", "beat"])
def test_each_service_of_systemd_starts_the_same_script(name: str) -> None:
    unit = (DEPLOY / "systemd" / f"rongtong-{name}.service").read_text(encoding="utf-8")
    assert f"ExecStart=/opt/rongtong/deploy/bin/{name}\n" in unit
    assert (DEPLOY / "bin" / name).stat().st_mode & 0o111
    assert f"rongtong-{name}.service" in (DEPLOY / "systemd" / "rongtong.target").read_text(encoding="utf-8")


def test_the_web_processes_of_systemd_are_those_that_nginx_knows() -> None:
    unit = (DEPLOY / "systemd" / "rongtong-web@.service").read_text(encoding="utf-8")
    assert "ExecStart=/usr/bin/env PORT=%i /opt/rongtong/deploy/bin/web\n" in unit
    target = (DEPLOY / "systemd" / "rongtong.target").read_text(encoding="utf-8")
    ports = re.findall(r"rongtong-web@(\d+)\.service", target)
    assert len(ports) == 2
    assert re.findall(
        r"^    server 127\.0\.0\.1:(\d+) .*; server 127\.0\.0\.1:(\d+) fail_timeout=2s;$",
        render().stdout,
        re.M,
    ) == [tuple(ports)]


def test_nginx_is_given_as_many_web_processes_as_there_are() -> None:
    text = render(UPSTREAM="10.0.0.1:8000 10.0.0.2:8000 10.0.0.3:8000").stdout
    for host in ("10.0.0.1", "10.0.0.2", "10.0.0.3"):
        assert text.count(f"server {host}:8000 fail_timeout=2s;") == 1
        assert text.count(f"server {host}:8000 backup;") == 1
    assert render(UPSTREAM="10.0.0.1:8000; evil").returncode != 0


def test_the_example_names_every_variable_that_the_application_reads() -> None:
    settings = "".join(
        path.read_text(encoding="utf-8") for path in sorted((ROOT / "lms" / "config").glob("*.py"))
    )
    read = set(re.findall(r'env\.(?:text|flag|words)\(\s*"([A-Z0-9_]+)"', settings))
    read |= {"SECRET_KEY", "RONGTONG_FIELD_KEYS", "RONGTONG_LOOKUP_KEY", "RONGTONG_HOME"}
    example = (DEPLOY / "env.example").read_text(encoding="utf-8")
    named = set(re.findall(r"^#? ?([A-Z0-9_]+)=", example, re.M))
    # Switches of a developer's own site that have no place in production.
    assert read - named <= {"DEBUG"}
