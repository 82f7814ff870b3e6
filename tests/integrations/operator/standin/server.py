"""The stand-in in a process of its own, on a free port, which is its first word."""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

from distrilog.integrations.operator.standin.wsgi import application


class Quiet(WSGIRequestHandler):
    def log_message(self, *_words: object) -> None:
        pass


def main() -> None:
    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
