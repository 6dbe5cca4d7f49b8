"""nginx on this machine with deploy/'s own template, between the few lines that Debian's nginx.conf would bring.

Used by the production shape of the tests, and by the bench, which measures pages through it.
"""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.common import ROOT
from tools.processes import Process
from tools.services import BROTLI_MODULE, program

DEPLOY = ROOT / "deploy"


def nginx(folder: Path, env: Mapping[str, str], *, log: Path, balancer: str = "", **listen: str) -> Process:
    """Starts it. folder: a new one, its own. env: what deploy/nginx/render reads; `listen` is added to it. balancer: the address of
    whoever asks for others, and says for whom (deploy/README.md).
    """
    folder.mkdir()
    rendered = subprocess.run(
        [DEPLOY / "nginx" / "render"],
        env={**env, **listen, "CONF_DIR": str(folder)},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    (folder / "rongtong.conf").write_text(rendered, encoding="utf-8")
    temporary = "".join(
        f"  {kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = folder / "nginx.conf"
    main.write_text(
        f"load_module {BROTLI_MODULE};\n"
        + ("user root;\n" if os.geteuid() == 0 else "")
        + f"worker_processes 1;\npid {folder}/pid;\nerror_log stderr warn;\ndaemon off;\n"
        "events { worker_connections 512; }\n"
        "http {\n  include /etc/nginx/mime.types;\n  default_type application/octet-stream;\n"
        + (f"  set_real_ip_from {balancer};\n  real_ip_header X-Forwarded-For;\n" if balancer else "")
        + f"  access_log off;\n{temporary}  include {folder}/rongtong.conf;\n}}\n",
        encoding="utf-8",
    )
    return Process("nginx", [program("nginx") or "nginx", "-e", "stderr", "-c", main], log=log)
