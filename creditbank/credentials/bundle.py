"""The download: everything a stranger needs to check a transcript without asking us for anything but today's status list.

Owns: what is in the zip and its two README files. Refuses: anything that is not in the set that the holder made.
"""

import io
import json
import zipfile
from typing import Any

from django.template.loader import render_to_string
from django.utils import translation

from creditbank.credentials import contexts, did, keys, services, status
from creditbank.credentials.models import CredentialSet, IssuedCredential
from creditbank.transcripts.services import transcript_pdf, verify_address
from lms.lib.verify.rules import grouped


def bundle(made: CredentialSet) -> bytes:
    """The zip of a set."""
    credentials, jwts = services.contents(made)
    did_raw = keys.did_bytes()
    code, address = verify_address(made.snapshot)
    about = {
        "issuer": keys.issuer(),
        "fingerprint": did.fingerprint(did_raw),
        "code": grouped(code),
        "address": address,
        "keys_address": services.keys_address(),
        "check_address": services.check_address(),
        "made": made,
        "count": len(credentials) - 1,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for language, name in (("zh-hans", "README.zh.md"), ("en", "README.en.md")):
            with translation.override(language):
                archive.writestr(name, render_to_string(f"credit/credentials/{name}", about))
        archive.writestr("did.json", did_raw)
        for file in contexts.FILES.values():
            archive.writestr(f"contexts/{file}", (contexts.FOLDER / file).read_bytes())
        for number, (credential, jwt) in enumerate(zip(credentials[:-1], jwts, strict=False), start=1):
            archive.writestr(f"credentials/{number:03d}.json", _json(credential))
            archive.writestr(f"credentials/{number:03d}.jwt", jwt)
        archive.writestr("clr.json", _json(credentials[-1]))
        archive.writestr("clr.jwt", jwts[-1])
        numbers = IssuedCredential.objects.filter(set=made).values_list("status_list__number", flat=True)
        for number in sorted(set(numbers)):
            archive.writestr(f"status-list-{number}.json", _json(status.list_credential(number)))
        # A PDF shows the real name: it goes along only where the holder lets it be shown.
        if made.name_form == CredentialSet.NameForm.REAL:
            archive.writestr("transcript.pdf", transcript_pdf(made.snapshot))
    return out.getvalue()


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
