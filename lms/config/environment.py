"""Reading the environment: the only place that looks at variables, and where secrets of the embedded shape live.

Owns: names and defaults of the variables that choose the shape. Refuses: a production shape without its secrets.
"""

import json
import os
import secrets
from base64 import urlsafe_b64encode
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parents[2]


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, default: bool = False) -> bool:
    return text(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def redis_of_test_process(url: str) -> str:
    """The Redis database of this one of several test processes (pytest-xdist calls them gw0, gw1, …)."""
    number = int("0" + text("PYTEST_XDIST_WORKER").removeprefix("gw")) % 8 + 1
    return urlsplit(url)._replace(path=f"/{number}").geturl()


def home() -> Path:
    """Where all data of the embedded shape lives."""
    return Path(text("RONGTONG_HOME") or BASE_DIR / "var").expanduser().resolve()


OBJECT_STORE = "RONGTONG_S3_"


def object_store() -> dict[str, str] | None:
    """Where files lie instead of in folders: bucket, keys, endpoint, region, prefix, style, as `lms.lib.objects.ObjectStorage` takes
    them; None where nothing is said of it. Raises ImproperlyConfigured for half of it."""
    bucket, endpoint = text("RONGTONG_S3_BUCKET"), text("RONGTONG_S3_ENDPOINT").rstrip("/")
    region, style = text("RONGTONG_S3_REGION"), text("RONGTONG_S3_STYLE")
    access_key, secret_key = text("RONGTONG_S3_ACCESS_KEY"), text("RONGTONG_S3_SECRET_KEY")
    prefix = text("RONGTONG_S3_PREFIX").strip("/")
    if not any((bucket, endpoint, region, style, access_key, secret_key, prefix)):
        return None
    needed = {"BUCKET": bucket, "ACCESS_KEY": access_key, "SECRET_KEY": secret_key}
    missing = [f"{OBJECT_STORE}{name}" for name, value in needed.items() if not value]
    if not endpoint and not region:
        missing.append(f"{OBJECT_STORE}ENDPOINT (or, for Amazon's own, {OBJECT_STORE}REGION)")
    if missing:
        raise ImproperlyConfigured(
            f"Files are to lie in an object store: set {', '.join(missing)} too, or none of {OBJECT_STORE}* "
            "(see deploy/env.example)."
        )
    address = urlsplit(endpoint)
    if endpoint and (address.scheme not in {"http", "https"} or not address.hostname or address.path):
        raise ImproperlyConfigured(
            f"{OBJECT_STORE}ENDPOINT is the store's own address, without the bucket: https://s3.example.org, not {endpoint}."
        )
    if style not in {"", "path", "virtual"}:
        raise ImproperlyConfigured(f"{OBJECT_STORE}STYLE is path or virtual, not {style}.")
    return {
        "bucket": bucket,
        "access_key": access_key,
        "secret_key": secret_key,
        "endpoint": endpoint,
        "region": region,
        "prefix": f"{prefix}/" if prefix else "",
        # Stores of one's own are seldom reached by a host name for each bucket.
        "style": style or ("path" if endpoint else "virtual"),
    }


def fresh_field_key() -> str:
    return urlsafe_b64encode(secrets.token_bytes(32)).decode()


def load_secrets(folder: Path, *, embedded: bool) -> dict[str, str]:
    """SECRET_KEY, RONGTONG_FIELD_KEYS and RONGTONG_LOOKUP_KEY, from the environment or, embedded only, a file.

    The file is made once with mode 0600. Production must bring all three: a key made on the spot would differ
    between its machines, and encrypted identity numbers would be lost with the first container.
    """
    names = ("SECRET_KEY", "RONGTONG_FIELD_KEYS", "RONGTONG_LOOKUP_KEY")
    found = {name: text(name) for name in names if text(name)}
    missing = [name for name in names if name not in found]
    if not missing:
        return found
    if not embedded:
        raise ImproperlyConfigured(f"Set {', '.join(missing)} in the environment (see deploy/env.example).")
    path = folder / "secrets.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "RONGTONG_FIELD_KEYS": fresh_field_key(),
            "RONGTONG_LOOKUP_KEY": secrets.token_urlsafe(32),
        }
        # Written aside and linked into place, so that web and worker starting together agree on one file.
        draft = folder / f".secrets-{os.getpid()}-{secrets.token_hex(4)}"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(fresh, file)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return json.loads(path.read_text(encoding="utf-8")) | found
