"""A line of fixed answers, for tests that need one smaller than the real one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.wrappers import Request
from werkzeug.wrappers import Response as Answer


@dataclass
class Line:
    """A line of fixed answers by path, which notes what it was asked."""

    answers: Mapping[str, Answer | str]
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def __call__(self, environ: Any, start: Any) -> Iterable[bytes]:
        request = Request(environ)
        fields = dict(request.form) if request.method == "POST" else dict(request.args)
        self.asked.append((request.method, request.path, fields))
        self.headers.append(request.headers)
        if request.path == "/voice/status":
            return Answer(status=204)(environ, start)
        return self.answer(request)(environ, start)

    def answer(self, request: Request) -> Answer:
        answer = self.answers.get(request.path, Answer(status=404))
        if isinstance(answer, Answer):
            return answer
        return Answer(f"<Response>{answer}</Response>", content_type="text/xml; charset=utf-8")

    def last(self) -> tuple[str, str, dict[str, str]]:
        return [ask for ask in self.asked if ask[1] != "/voice/status"][-1]
