"""This repository on a server by HTTPS, as users install from it; a proxy of its own stands in for DNS and port 443."""

import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

ROOT: Final = Path(__file__).parents[1]
HOST, OWNER = "git.test", "own"
_SETTINGS: Final = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
_FIELDS: Final = {
    "CONTENT_TYPE": "Content-Type",
    "HTTP_CONTENT_ENCODING": "Content-Encoding",
    "GIT_PROTOCOL": "Git-Protocol",
}


def clone(folder: Path) -> Path:
    """Copy what a clone has: the tracked files of this repository, as they are now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in (each for each in listed.split("\0") if (ROOT / each).is_file()):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


class Repository:
    """A repository whose first commit has the tracked files of this one, as they are now."""

    def __init__(self, folder: Path) -> None:
        """Copy the files, and commit them."""
        self.folder = folder / OWNER / "pulumi-ssm-perms.git"
        clone(self.folder)
        self._git("init", "--quiet")
        self._git("config", "uploadpack.allowFilter", "true")  # as GitHub and GitLab; pip asks for it
        self.first = self.commit()

    def commit(self) -> str:
        """Commit all files; return the commit."""
        self._git("add", "--all", "--force")
        self._git("-c", "user.name=one", "-c", "user.email=one@example.com", "commit", "--quiet", "--message=one")
        return self._git("rev-parse", "HEAD")

    def _git(self, *words: str) -> str:
        command, env = ["git", "-C", str(self.folder), *words], {**os.environ, **_SETTINGS}
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.strip()


def at(text: str, commit: str) -> str:
    """Write the server and a commit where a page leaves them to its reader."""
    return text.replace("HOST/OWNER", f"{HOST}/{OWNER}").replace("COMMIT", commit)


@contextmanager
def served(folder: Path) -> Iterator[dict[str, str]]:
    """Serve the repositories of a folder; yield the environment in which git and the Pulumi CLI find them."""
    server = _Server(("127.0.0.1", 0), _Proxy)
    server.folder, server.tls = folder, ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = _certificate(folder)
    server.tls.load_cert_chain(certificate)
    threading.Thread(target=server.serve_forever).start()
    # Programs differ in which of the two they read.
    proxy = dict.fromkeys(("https_proxy", "HTTPS_PROXY"), f"http://127.0.0.1:{server.server_port}")
    try:
        yield {**_SETTINGS, **proxy, **dict.fromkeys(("GIT_SSL_CAINFO", "SSL_CERT_FILE"), str(certificate))}
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    folder: Path
    tls: ssl.SSLContext


class _Proxy(BaseHTTPRequestHandler):
    """A proxy that leads to one host, which is the proxy itself: what follows CONNECT goes to `git http-backend`."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_CONNECT(self) -> None:
        """Speak TLS from here on."""
        if self.path != f"{HOST}:443":
            self.send_error(502)
            return
        self.send_response(200)
        self.end_headers()
        self.request = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.setup()

    def do_GET(self) -> None:
        """Pass a request to git, and its answer back."""
        path, _, query = self.path.partition("?")
        asked = {"REQUEST_METHOD": self.command, "PATH_INFO": path, "QUERY_STRING": query}
        told = {name: self.headers[field] or "" for name, field in _FIELDS.items()}
        body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        folder = {"GIT_PROJECT_ROOT": str(self.server.folder), "GIT_HTTP_EXPORT_ALL": "1"}
        env = {**os.environ, **_SETTINGS, **folder, **asked, **told}
        done = subprocess.run(["git", "http-backend"], env=env, input=body, stdout=subprocess.PIPE, check=True)
        head, _, answer = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(fields.pop("Status", "200 OK").split()[0]))
        for name, value in {**fields, "Content-Length": str(len(answer))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815 - the name that http.server looks for

    def finish(self) -> None:
        """Close the connection, which since CONNECT is another one than the server knows."""
        super().finish()
        self.request.close()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _certificate(folder: Path) -> Path:
    """Make a certificate for the host; write it with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    begin, day = datetime.now(UTC) - timedelta(hours=1), timedelta(days=1)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begin, begin + day)
    named = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=True)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    file = folder / "certificate.pem"
    file.write_bytes(private + named.sign(key, hashes.SHA256()).public_bytes(pem))
    return file
