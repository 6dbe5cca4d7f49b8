"""Seals a bid file on a computer of the bidder's own, for a browser that cannot; and shows that a sealed file opens. Touches no database.

    python -m lms seal_bid 投标书.pdf --tender XQ-2026-00001 --part courses --bidder QPJX --yuan 480000.00
    python -m lms seal_bid 投标书.sealed --tender … --part … --bidder … --open 投标书.key.json

docs/tenders.md has the form of both files.
"""

import os
import sys
from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.training.tenders import sealing
from lms.training.tenders.rules import Part


class Command(BaseCommand):
    help = "Seal a bid file for a tender: writes FILE.sealed to hand in and FILE.key.json to keep."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the bid as PDF; with --open the sealed file")
        parser.add_argument("--tender", required=True, help="number of the needs package, e.g. XQ-2026-00001")
        parser.add_argument("--part", required=True, choices=[part.value for part in Part])
        parser.add_argument("--bidder", required=True, help="the body's code on the platform")
        parser.add_argument("--yuan", help="the price, at most two decimals")
        parser.add_argument(
            "--open", metavar="KEY", help="show what the sealed file holds, with this key file"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        about = sealing.About(options["tender"], options["part"], options["bidder"])
        path = Path(options["file"])
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        if options["open"]:
            self._open(data, Path(options["open"]), about)
        else:
            self._seal(path, data, about, options["yuan"])

    def _seal(self, path: Path, data: bytes, about: sealing.About, yuan: str | None) -> None:
        if not data.startswith(b"%PDF-") or len(data) > sealing.MOST_FILE_BYTES:
            raise CommandError(f"{path}: the bid is a PDF of at most 10 MB")
        content = sealing.Content(_fen(yuan), path.name[-sealing.LONGEST_NAME :], data)
        key = sealing.new_key()
        sealed = sealing.seal(key, about, content)
        sha256 = sealing.fingerprint(sealed)
        # One key opens one file: both names carry the beginning of its hash, and nothing is written over.
        stem = f"{path.with_suffix('')}-{sha256[:8]}"
        _write(Path(f"{stem}.key.json"), sealing.written_key(key, about, sha256).encode(), 0o600)
        _write(Path(f"{stem}.sealed"), sealed, 0o644)
        self.stdout.write(f"{stem}.sealed\tSHA-256 {sha256}")
        self.stdout.write(f"{stem}.key.json\tkeep it: without it nobody can open the bid")

    def _open(self, data: bytes, key_path: Path, about: sealing.About) -> None:
        try:
            read = sealing.read_key(key_path.read_text(encoding="utf-8"))
            content = sealing.unseal(read.key, about, data)
        except OSError as error:
            raise CommandError(f"{key_path}: {error.strerror}") from error
        except sealing.Unsealable as error:
            raise CommandError("this is no sealed file") from error
        except sealing.WrongKey as error:
            raise CommandError(
                "the key does not open it, or it is for another tender, part or bidder"
            ) from error
        except ValueError as error:
            raise CommandError(f"{key_path}: this is no key file") from error
        self.stdout.write(f"SHA-256 {sealing.fingerprint(data)}")
        if content.amount_fen is None:
            sys.exit("it opens, but there is no price in it")
        whole, rest = divmod(content.amount_fen, 100)
        self.stdout.write(f"{content.name}\t{len(content.file)} bytes\t{whole}.{rest:02d} yuan")


def _fen(yuan: str | None) -> int:
    try:
        value = Decimal(yuan or "") * 100
    except InvalidOperation:
        raise CommandError("--yuan: the price, e.g. 480000.00") from None
    if not value.is_finite() or value != value.to_integral_value() or value < 1:
        raise CommandError("--yuan: above zero, with at most two decimals")
    return int(value)


def _write(path: Path, data: bytes, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror}") from error
