"""The stand-in in a process of its own, as the demonstration runs it: migrated, then served."""

import sys
from wsgiref.simple_server import WSGIRequestHandler, make_server

from django.core.management import call_command

from distrilog.integrations.identity.standin.wsgi import application


class Quiet(WSGIRequestHandler):
    def log_message(self, *_words: object) -> None:
        pass


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("load_accounts", stdout=sys.stderr)
    server = make_server("127.0.0.1", 0, application, handler_class=Quiet)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
