"""A code sender for tests: keeps what it was given."""

from typing import ClassVar

from lms.accounts.people.sender import CodeMessage


class Outbox:
    messages: ClassVar[list[CodeMessage]] = []

    def send(self, message: CodeMessage) -> None:
        self.messages.append(message)


class Broken:
    def send(self, message: CodeMessage) -> None:
        raise ConnectionError("gateway down")
