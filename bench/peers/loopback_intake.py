"""A server on the loopback interface that says yes to everything, for peers that record only when their
service answers.

It keeps nothing. Runs as a process of its own so that its time is not counted with the suite's; prints its
port.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_INFO = {
    "version": "7.60.0",
    "endpoints": ["/evp_proxy/v2/", "/evp_proxy/v4/", "/v0.4/traces", "/v0.5/traces"],
    "config": {},
}
_SETTINGS = {
    "data": {
        "id": "1",
        "type": "ci_app_tracers_test_service_settings",
        "attributes": {
            "code_coverage": True,
            "tests_skipping": False,
            "itr_enabled": True,
            "require_git": False,
            "flaky_test_retries_enabled": False,
            "known_tests_enabled": False,
            "early_flake_detection": {"enabled": False},
            "test_management": {"enabled": False},
        },
    }
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def swallow(self) -> None:
        length = self.headers.get("Content-Length")
        if length is not None:
            self.rfile.read(int(length))
            return
        while True:  # chunked
            size = int(self.rfile.readline().split(b";")[0] or b"0", 16)
            self.rfile.read(size + 2)
            if size == 0:
                return

    def do_GET(self) -> None:
        self.answer(_INFO if self.path.startswith("/info") else {})

    def do_POST(self) -> None:
        if self.headers.get("Content-Length") or self.headers.get("Transfer-Encoding"):
            self.swallow()
        self.answer(_SETTINGS if "setting" in self.path else {"data": []})

    do_PUT = do_POST  # noqa: N815

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        if "--verbose" in sys.argv:
            print(format % arguments, file=sys.stderr)


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()
