"""A client that speaks tus, over Django's own."""

import base64

URL = "/api/v1/packs/uploads"
BYTES = "application/offset+octet-stream"


def encoded(**pairs: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in pairs.items())


class Tus:
    """Requests with the protocol's headers; answers as Django's test client gives them."""

    def __init__(self, client, organisation):
        self.client = client
        self.organisation = organisation

    def ask(self, method, path, body=b"", content_type="application/json", **headers):
        sent = {"Tus-Resumable": "1.0.0", "Accept": "application/json"}
        sent |= {name.replace("_", "-"): str(value) for name, value in headers.items()}
        return self.client.generic(method, path, body, content_type=content_type, headers=sent)

    def create(self, size, body=b"", name="课程.zip", **headers):
        metadata = encoded(filename=name, organisation=self.organisation.code)
        sent = {"Upload_Length": size, "Upload_Metadata": metadata} | headers
        return self.ask("POST", URL, body, content_type=BYTES if body else "", **sent)

    def begun(self, size, **more):
        answer = self.create(size, **more)
        assert answer.status_code == 201, answer.content.decode()
        return answer["Location"]

    def patch(self, where, body, at, **headers):
        return self.ask("PATCH", where, body, content_type=BYTES, Upload_Offset=at, **headers)

    def offset(self, where):
        answer = self.ask("HEAD", where)
        assert answer.status_code == 200
        return int(answer["Upload-Offset"])
