"""The service itself, started once for these tests on a free port, with the packages of its lock file."""

import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from courses.h5p.authoring.lumi_client import LumiClient
from tests.factories.accounts import OrganisationFactory, member
from tools.authoring import SERVICE, install
from tools.environment import NODE_FOLDER

SECRET = "a secret of tests, long enough for the service"


class Service:
    def __init__(self, folder, site):
        install()
        self.folder = folder
        environment = {
            "PATH": os.environ["PATH"],
            "H5P_AUTHORING_SECRET": SECRET,
            "H5P_AUTHORING_HOME": str(folder),
            "H5P_AUTHORING_PORT": "0",
            "H5P_AUTHORING_PACKAGE_MB": "2",
            "PUBLIC_URL": site,
        }
        self.process = subprocess.Popen(
            [NODE_FOLDER / "node", SERVICE / "server.mjs"], env=environment, stdout=subprocess.PIPE, text=True
        )
        self.url = self.process.stdout.readline().split()[-1]

    def client(self, organisation="shkd", **options):
        return LumiClient(self.url, SECRET, organisation=organisation, language="zh-hans", **options)

    def close(self):
        self.process.terminate()
        self.process.wait(20)


class Site:
    """The page around the frame, at an address of its own: what Playwright answers itself has none, and Chromium lets
    such a page ask nothing of this machine."""

    def __init__(self):
        self.pages = {"/done": "done"}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path = self.path.partition("?")[0]
                script = path.startswith("/static/") and path.endswith(".js")
                text = site.pages.get(path, "")
                if script:
                    text = (Path(django_settings.BASE_DIR) / "themes" / path[1:]).read_text()
                self.send_response(200)
                self.send_header("Content-Type", "text/javascript" if script else "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.httpd.server_port}"
        threading.Thread(target=self.httpd.serve_forever, daemon=True).start()


@pytest.fixture(scope="session")
def site():
    started = Site()
    yield started
    started.httpd.shutdown()


@pytest.fixture(scope="session")
def service(tmp_path_factory, site):
    started = Service(tmp_path_factory.mktemp("authoring"), site.url)
    yield started
    started.close()


@pytest.fixture
def authoring(service, settings, tmp_path):
    """The platform with the service switched on, and a store of its own."""
    settings.H5P_ROOT = tmp_path / "h5p"
    settings.H5P_AUTHORING_URL = settings.H5P_AUTHORING_PUBLIC_URL = service.url
    settings.H5P_AUTHORING_SECRET = SECRET
    return service


@pytest.fixture
def college(db):
    return OrganisationFactory(code="shkd", name="申江开放大学")


@pytest.fixture
def editor(college):
    return member("editor", college)
