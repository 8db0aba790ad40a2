"""The local AWS: moto's server, mended where our deployments need it to behave like AWS.

    python server.py --port 4580 --record .local/aws/server.json

It serves on 127.0.0.1 only. Once it listens it writes its process id, port and identity to the record file. Besides
AWS's own interfaces it answers

    GET /moto-api/torii/identity    who this server is; the id is new whenever its memory is (start, reset)
    GET /moto-api/torii/resources   what exists now: {service: {model: [id, ...]}}

What exists is in existing.py, what makes up for differences between moto and AWS in mends, and whole services that
moto lacks in services.
"""

import argparse
import errno
import hashlib
import io
import json
import logging
import os
import re
import socket
import sys
import threading
import time
import uuid
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

import moto
from existing import existing, remember_what_moto_made
from mends import MENDS
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from services import add_to_moto

# How a process says that its port belongs to somebody else; the caller turns it into a sentence.
EXIT_ADDRESS_IN_USE = 98


class LocalAWS(DomainDispatcherApplication):
    """moto's dispatcher, with our two pages in front and plain refusals behind."""

    def __init__(self, identity):
        super().__init__(create_app)
        self.identity = identity
        self.turn = threading.Lock()

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if path == "/moto-api/torii/identity":
            return reply_json(start_response, self.identity)
        body = read_body(environ)
        # One request at a time: moto's tables are plain dictionaries, and a deployment asks from many sides at once.
        with self.turn:
            if path == "/moto-api/torii/resources":
                return reply_json(start_response, existing())
            answer = self.answer(environ, body)
            if path == "/moto-api/reset" and environ["REQUEST_METHOD"] == "POST":
                self.identity["id"] = str(uuid.uuid4())
        status, headers, content = answer
        if len(content) > READ_WITH_HEADERS:
            time.sleep(BREATH)
        start_response(status, headers)
        return [content]

    def answer(self, environ, body):
        """Returns (status, headers, content). What moto has not got becomes a refusal that no client repeats.

        Left alone, moto says 500 to those and AWS's clients then try for minutes.
        """
        started = []
        try:
            chunks = super().__call__(environ, lambda status, headers, _=None: started.append((status, headers)))
            content = b"".join(chunks)
            if hasattr(chunks, "close"):
                chunks.close()
            status, headers = started[-1]
            # A page of Flask's, not an answer of AWS's: no such operation.
            if status.startswith("404") and content.lower().startswith(b"<!doctype html>"):
                return refusal(environ, body, "")
            return status, headers, content
        except NotImplementedError as error:
            return refusal(environ, body, str(error))


def create_app(service):
    if service is None:
        raise NotImplementedError("")
    return create_backend_app(service)


def read_body(environ):
    """Reads the request before it takes its turn, so that a slow sender holds up nobody."""
    if not environ.get("CONTENT_LENGTH"):
        return b""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def refusal(environ, body, error):
    """An answer in the form that the service asked for, or the nearest that its clients understand."""
    scope = re.search(r"Credential=[^,]*/([^/,]+)/aws4_request", environ.get("HTTP_AUTHORIZATION", ""))
    service = scope.group(1) if scope else "this service"
    text = body.decode("utf-8", "replace")
    action = re.search(r"(?:^|&)Action=(\w+)", text)
    known = re.match(r"The (\w+) action", error)
    if action:
        operation = action.group(1)
    elif environ.get("HTTP_X_AMZ_TARGET"):
        operation = environ["HTTP_X_AMZ_TARGET"].rsplit(".", 1)[-1]
    elif known:
        operation = "".join(word.capitalize() for word in known.group(1).split("_"))
    else:
        operation = f"{environ['REQUEST_METHOD']} {environ.get('PATH_INFO', '')}"
    message = f"the local AWS does not have {service} {operation}"

    if service == "ec2":
        kind = "text/xml"
        content = f"<Response><Errors><Error><Code>NotImplemented</Code><Message>{message}</Message></Error></Errors></Response>"
    elif service == "s3":
        kind = "application/xml"
        content = f"<Error><Code>NotImplemented</Code><Message>{message}</Message></Error>"
    elif action or service in ("route53", "cloudfront"):
        kind = "text/xml"
        content = f"<ErrorResponse><Error><Code>NotImplemented</Code><Message>{message}</Message></Error></ErrorResponse>"
    else:
        kind = "application/json"
        content = json.dumps({"__type": "NotImplemented", "message": message})
    headers = [("Content-Type", kind), ("X-Amzn-ErrorType", "NotImplemented")]
    return "501 Not Implemented", headers + [("Content-Length", str(len(content.encode())))], content.encode()


def reply_json(start_response, value):
    content = json.dumps(value).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(content)))])
    return [content]


# What of an answer a Go client surely has read once it has the headers: its buffer takes 4096 bytes with them.
READ_WITH_HEADERS = 3000

# Seconds that a longer answer waits.
BREATH = 0.02


class QuietHandler(WSGIRequestHandler):
    """Logs failures only, and answers in one piece.

    AWS's Go clients close a request's body once they have the headers of its answer. If the answer comes before net/http
    has looked for the body's end, it finds an error there (smithy-go's WriteTo says io.EOF) and drops the connection,
    and what was not read of the answer is lost: "use of closed network connection". AWS is never that fast; this server
    is, on a busy machine. So a short answer is sent whole, and the client reads it together with its headers; a long one
    waits for a breath.
    """

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    def log_request(self, *_):
        pass


def version():
    """Tells one version of this folder, and the folders in it, from another."""
    digest = hashlib.sha256()
    folder = Path(__file__).parent
    for file in sorted(folder.rglob("*.py"), key=lambda file: file.relative_to(folder).as_posix()):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def listen(port):
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        sys.exit(EXIT_ADDRESS_IN_USE)
    listener.listen(128)
    return listener


def stop_with_stdin():
    """Ends the process when whoever started it is gone: the other end of its standard input closes."""

    def wait():
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def main():
    parser = argparse.ArgumentParser(description="Serves the local AWS on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--record", type=Path, required=True, help="file that receives pid, port and identity")
    parser.add_argument("--attached", action="store_true", help="end when standard input closes")
    options = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)

    listener = listen(options.port)
    port = listener.getsockname()[1]
    os.environ["MOTO_PORT"] = str(port)  # moto builds addresses of its own from it
    remember_what_moto_made()
    add_to_moto()
    for mend in MENDS:
        mend()

    identity = {
        "server": "torii-local-aws",
        "id": str(uuid.uuid4()),
        "pid": os.getpid(),
        "port": port,
        "record": str(options.record.resolve()),
        "launcher": version(),
        "moto": moto.__version__,
    }
    app = LocalAWS(identity)
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler, fd=listener.fileno())
    server.daemon_threads = True
    draft = options.record.with_suffix(".new")
    draft.write_text(json.dumps(identity))
    draft.replace(options.record)
    if options.attached:
        stop_with_stdin()
    server.serve_forever()


if __name__ == "__main__":
    main()
