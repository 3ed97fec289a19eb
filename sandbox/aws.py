"""The local AWS: moto behind HTTP, with a recorder in front of it that can also inject faults."""

import io
import socket
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import create_environ, run_wsgi_app

from sandbox import gate, iam, moto_internals, node, simulator, state_key
from sandbox.calls import Call, RefusedError, Request, error_body, error_code, parse
from sandbox.faults import Fault, Rule

SETUP_AGENT = "sandbox-setup"
# Calls that Pulumi's own AWS plugin makes to configure itself. No program makes them.
_OWN_QUESTION = "GetUser"
# How many seconds the server may take to notice its end.
_NOTICED = 0.02

Answer = tuple[int, bytes | str, str]
Handler = Callable[[Request], Answer | None]
_Response = tuple[str, list[tuple[str, str]], bytes]


class LocalAws:
    """An HTTP server on a free local port that answers as AWS does, if moto can.

    It answers only its own run: `sandbox.gate`. The caller's access key decides the account.
    Calls reach moto one at a time, so the record has the order in which they took effect.
    moto's state belongs to the process: two of these in one process share it.
    """

    def __init__(self) -> None:
        """Take a free port. Nothing is answered before `start`."""
        self.rules: list[Rule] = []  # the first handler that takes a call decides
        self.answers: dict[str, Handler] = {}
        self.simulator = simulator.Simulator()
        self.nodes = node.Nodes()
        self._lock = threading.RLock()
        self._calls: list[Call] = []
        self._moto = moto_internals.application()
        self.keys = gate.Keys()
        guarded = gate.Gate(self._serve, self.keys)
        self._server = make_server("127.0.0.1", 0, guarded, threaded=True, request_handler=_Quiet)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_NOTICED,), name="sandbox-aws", daemon=True
        )
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        """Answer from now on, with an empty AWS."""
        self.reset()
        self._thread.start()

    def stop(self) -> None:
        """Answer no more, and give the port back."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def calls(self) -> list[Call]:
        """Return the record, in the order in which the calls took effect."""
        with self._lock:
            return list(self._calls)

    def forget(self) -> None:
        """Empty the record."""
        with self._lock:
            self._calls.clear()

    def reset(self) -> None:
        """Empty AWS, the record, the faults and the answers."""
        with self._lock:
            run_wsgi_app(self._moto, create_environ("/moto-api/reset", method="POST"))
            self.keys.forget()
            self._calls.clear()
            self.rules.clear()
            self.answers.clear()
            self.simulator.scps = ()
            self.nodes.clear()

    def _serve(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            body = _body(environ)
            request = _request(environ, body)
        except (ValueError, OSError, RecursionError) as error:
            message = f"The request is malformed: {error}"
            return gate.refuse(environ, start_response, HTTPStatus.BAD_REQUEST, "SerializationException", message)
        if (key := state_key.answer(request)) is not None:
            status, headers, content = _response(*key)
        elif SETUP_AGENT in environ.get("HTTP_USER_AGENT", "") or request.action == _OWN_QUESTION:
            with self._lock:
                status, headers, content = self._ask_moto(environ, body, request)
        else:
            status, headers, content = self._answer(environ, body, request)
        start_response(status, headers)
        return [content]

    def _answer(self, environ: dict[str, Any], body: bytes, request: Request) -> _Response:
        with self._lock:
            fault = next((rule.fault for rule in self.rules if rule.takes(request)), None)
        if fault is None or fault.applied:
            test = self.answers.get(request.action)
            answer = test(request) if test else None  # it may wait for other calls
            with self._lock:
                response = _answered(answer) if answer else self._respond(environ, body, request)
                self._record(request, response, dropped=fault is not None and fault.drop)
        else:
            response = _fault_response(request, fault)
            with self._lock:
                self._record(request, response, dropped=fault.drop, done=False)
        if fault is not None and fault.drop:
            _hang_up(environ)
        return response

    def _respond(self, environ: dict[str, Any], body: bytes, request: Request) -> _Response:
        try:
            if request.action == simulator.ACTION:
                return _answered(self.simulator(request))
            if request.action in node.ACTIONS:
                return _answered(self.nodes(request))
            iam.refuse(request)
            return self._ask_moto(environ, body, request)
        except RefusedError as refused:
            return _error(request, refused.status, refused.code, refused.message)
        except NotImplementedError:
            message = f"The local AWS can't do {request.service}:{request.action}."
            return _error(request, HTTPStatus.BAD_REQUEST, "NotImplemented", message)

    def _ask_moto(self, environ: dict[str, Any], body: bytes, request: Request) -> _Response:
        if request.service == "ec2":
            self.nodes.start(self._moto)
        content = iam.as_stored(request, body)
        asked = {**environ, "wsgi.input": io.BytesIO(content), "HTTP_X_MOTO_ACCOUNT_ID": request.account}
        if content != body:
            asked["CONTENT_LENGTH"] = str(len(content))
        answer, status, headers = run_wsgi_app(self._moto, asked, buffered=True)
        answered = b"".join(answer)
        self.keys.note(request, answered)
        return status, list(headers.items()), answered

    def _record(self, request: Request, response: _Response, *, dropped: bool, done: bool = True) -> None:
        status = int(response[0].split()[0])
        failed = status >= HTTPStatus.BAD_REQUEST
        write = done and not failed and request.changes
        if write and request.service == "iam":
            self.nodes.notice()
        self._calls.append(
            Call(
                **vars(request),
                time=time.monotonic(),
                status=0 if dropped else status,
                error="ConnectionDropped" if dropped else error_code(response[2]) if failed else None,
                write=write,
                policies_after=iam.policies_of_touched_roles(request) if write else {},
            )
        )


class _Quiet(WSGIRequestHandler):
    """Keeps the server's log off the terminal."""

    # An answer is sent in one piece. If its body comes after its head, the provider's HTTP client sometimes closes the
    # connection in between, and its AWS SDK repeats the call.
    wbufsize = 1 << 20

    default_request_version = "HTTP/1.1"  # without one, an error would have no status

    def log_request(self, *_: Any, **__: Any) -> None:
        """Print nothing: the record has each call, and a malformed request gets an answer."""

    log_error = log_request

    def run_wsgi(self) -> None:
        """Answer a request. An address that cannot be read is an error here, but a traceback in the base class."""
        try:
            urllib.parse.urlsplit(self.path)
        except ValueError as error:
            self.send_error(HTTPStatus.BAD_REQUEST, str(error))
        else:
            super().run_wsgi()


def _body(environ: dict[str, Any]) -> bytes:
    chunked = environ.get("wsgi.input_terminated", False)
    content: bytes = environ["wsgi.input"].read(*([] if chunked else [int(environ.get("CONTENT_LENGTH") or 0)]))
    return content


def _request(environ: dict[str, Any], body: bytes) -> Request:
    headers = {
        key[5:].replace("_", "-").lower(): str(value) for key, value in environ.items() if key.startswith("HTTP_")
    }
    headers["content-type"] = environ.get("CONTENT_TYPE", "")
    path = urllib.parse.unquote(environ.get("PATH_INFO", ""))
    method, query = environ["REQUEST_METHOD"], environ.get("QUERY_STRING", "")
    return parse(environ["sandbox.caller"], method, path, query, headers=headers, body=body)


def _response(status: int, content: bytes, content_type: str) -> _Response:
    return f"{status:d} Sandbox", [("Content-Type", content_type), ("Content-Length", str(len(content)))], content


def _answered(answer: Answer) -> _Response:
    status, content, content_type = answer
    return _response(status, content.encode() if isinstance(content, str) else content, content_type)


def _error(request: Request, status: int, code: str, message: str) -> _Response:
    return _response(status, *error_body(request.protocol, code, message))


def _fault_response(request: Request, fault: Fault) -> _Response:
    code = (fault.json_code if request.protocol == "json" else None) or fault.code or "InternalFailure"
    return _error(request, fault.status, code, fault.text(request))


def _hang_up(environ: dict[str, Any]) -> None:
    """Close the connection under the server, so it cannot answer."""
    environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError
