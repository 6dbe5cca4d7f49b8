"""An independent tool for our platform: PyLTI1p3's tool side, which checks our messages with code that is not ours, spoken to
without a network. Its browser is Django's test client.
"""

import json
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from pylti1p3.cookie import CookieService
from pylti1p3.launch_data_storage.base import LaunchDataStorage
from pylti1p3.message_launch import MessageLaunch
from pylti1p3.oidc_login import OIDCLogin
from pylti1p3.redirect import Redirect
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config import ToolConfDict

from lms.lib.clock import now

TOOL = "https://tool.example.edu.cn"
LAUNCH = f"{TOOL}/launch"
PRIVATE = generate_private_key(public_exponent=65537, key_size=2048)
OTHER = generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def jwks_of(key, kid="tool-1"):
    row = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {"keys": [row | {"kid": kid, "alg": "RS256", "use": "sig"}]}


class Form(HTMLParser):
    """The form of a page that sends somebody on."""

    def __init__(self, html):
        super().__init__()
        self.action, self.fields, self._inside = "", {}, False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if tag == "form":
            self._inside = found.get("id") == "lti-post"
            self.action = found["action"] if self._inside else self.action
        elif tag == "input" and self._inside:
            self.fields[found["name"]] = found.get("value", "")


def form(response):
    return Form(response.content.decode())


class Sent(Request):
    def __init__(self, fields):
        super().__init__()
        self.fields = fields

    session = {}

    def is_secure(self):
        return True

    def get_param(self, key):
        return self.fields.get(key)


class Cookies(CookieService):
    def __init__(self):
        self.kept = {}

    def get_cookie(self, name):
        return self.kept.get(name)

    def set_cookie(self, name, value, exp=3600):
        self.kept[name] = value


class Memory(LaunchDataStorage):
    def __init__(self):
        super().__init__()
        self.kept = {}

    def get_session_cookie_name(self):
        return None

    def can_set_keys_expiration(self):
        return False

    def get_value(self, key):
        return self.kept.get(key)

    def set_value(self, key, value, exp=None):
        self.kept[key] = value

    def check_value(self, key):
        return key in self.kept


class To(Redirect):
    def __init__(self, url):
        self.url = url

    def do_redirect(self):
        return self.url

    do_js_redirect = get_redirect_url = do_redirect

    def set_redirect_url(self, location):
        self.url = location


class Login(OIDCLogin):
    def get_redirect(self, url):
        return To(url)


class Launch(MessageLaunch):
    def _get_request_param(self, key):
        return self._request.get_param(key)


class Tool:
    """One tool at our platform. browser: the client of the person who opens it."""

    def __init__(self, row, browser, issuer):
        self.row, self.browser, self.issuer = row, browser, issuer
        self.cookies, self.memory = Cookies(), Memory()

    def config(self):
        keys = self.browser.get("/lti/jwks.json").json()
        config = ToolConfDict(
            {
                self.issuer: [
                    {
                        "default": True,
                        "client_id": self.row.client_id,
                        "auth_login_url": f"{self.issuer}/lti/authorize",
                        "auth_token_url": f"{self.issuer}/lti/token",
                        "key_set": keys,
                        "deployment_ids": [self.row.deployment_id],
                    }
                ]
            }
        )
        config.set_private_key(self.issuer, pem(PRIVATE), client_id=self.row.client_id)
        return config

    def login(self, first):
        """The tool's login: the address it sends the browser to."""
        service = SessionService(Sent({}))
        login = Login(Sent(first.fields), self.config(), service, self.cookies, self.memory)
        return login.redirect(LAUNCH)

    def open(self, page):
        """From the page that opens it to what the tool was told: a validated launch."""
        first = form(page)
        assert first.action == self.row.login_url
        address = self.login(first)
        return self.arrive(self.browser.get(address.removeprefix(self.issuer)))

    def arrive(self, page):
        assert page.status_code == 200, page.content.decode()
        second = form(page)
        assert second.action == LAUNCH
        service = SessionService(Sent({}))
        launch = Launch(Sent(second.fields), self.config(), service, self.cookies, self.memory)
        return launch.validate()

    def assertion(self, key=PRIVATE, kid="tool-1", **more):
        moment = int(now().timestamp())
        claims = {
            "iss": self.row.client_id,
            "sub": self.row.client_id,
            "aud": f"{self.issuer}/lti/token",
            "iat": moment,
            "exp": moment + 60,
            "jti": f"jti-{id(more)}-{len(self.memory.kept)}-{moment}",
        } | more
        return signed({name: value for name, value in claims.items() if value is not None}, key, kid)

    def ask_token(self, scope, **more):
        self.memory.kept[f"asked-{len(self.memory.kept)}"] = True
        assertion = more.pop("client_assertion", None) or self.assertion(**more)
        return self.browser.post(
            "/lti/token",
            {
                "grant_type": "client_credentials",
                "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                "client_assertion": assertion,
                "scope": scope,
            },
        )

    def service(self, method, address, scope, data=None, kind="application/json", **headers):
        token = self.ask_token(scope).json()["access_token"]
        body = b"" if data is None else json.dumps(data).encode()
        path = urlsplit(address)
        where = path.path + (f"?{path.query}" if path.query else "")
        return self.browser.generic(
            method, where, body, content_type=kind, headers={"Authorization": f"Bearer {token}"} | headers
        )


def signed(claims, key=PRIVATE, kid="tool-1", algorithm="RS256"):
    return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})


def asked_of(address):
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
