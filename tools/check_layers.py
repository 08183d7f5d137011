#!/usr/bin/env python3
"""Fails when a file under src/ includes a layer that it may not know.

usage: check_layers.py [src folder]
"""
import pathlib
import re
import sys

# The picture in ARCHITECTURE.md, as data: what each layer may include besides itself.
MAY_INCLUDE = {
    "base": set(),
    "websocket": {"base"},
    "engine": {"base"},
    "protocol": {"base"},
    "hub": {"base", "protocol"},
    "events": {"base"},
    "identity": {"base"},
    "gate": {"base"},
    "classroom": {"base", "events", "gate"},
    "net": {"base", "websocket", "engine"},
    "dial": {"base", "net"},
    "redis": {"base", "protocol", "net", "dial"},
    "store": {"base", "events", "identity"},
    "redis_store": {"base", "events", "identity", "net", "dial", "redis"},
    "server": {"base", "websocket", "engine", "protocol", "hub", "net", "redis"},
    "client": {"base", "websocket", "engine", "protocol", "net", "dial"},
    "load": {"base", "websocket", "net", "client"},
    # The application uses the transport through include/lectern, as every other user of it does.
    "app": {"base", "events", "identity", "gate", "classroom", "store", "redis", "redis_store", "server",
            "load"},
}
ASIO_LAYERS = {"net", "server", "client", "app"}  # every other layer is tested and fuzzed without a socket
PURE_LAYERS = {
    "base", "websocket", "engine", "protocol", "hub", "events", "identity", "gate", "classroom",
}
INPUT_AND_OUTPUT = re.compile(
    r"^(sys/(socket|epoll|uio|un)\.h|netinet/.*|arpa/.*|netdb\.h|poll\.h|sqlite3\.h|thread)$")
# A subscription to an event log has a thread, whatever the log; the memory log lives in a pure layer.
MAY_START_THREADS = {"events/follow.cc"}
INCLUDE = re.compile(r'\s*#\s*include\s*["<]([^">]+)')


def included(path):
    """Yields (line number, header) for each include of a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1)


def violations(src):
    """Yields one line of text per forbidden include below `src`."""
    for path in sorted(src.rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        layer = path.relative_to(src).parts[0]
        if layer not in MAY_INCLUDE:
            yield f"{path}: {layer} is no layer; add it to the table first"
            continue
        is_test = path.stem.endswith(("_test", "_conformance"))
        for number, header in included(path):
            top = header.split("/")[0]
            if top in MAY_INCLUDE and top != layer and top not in MAY_INCLUDE[layer]:
                yield f"{path}:{number}: {layer} may not include {header}"
            if header.startswith(("boost/asio", "boost/beast")) and layer not in ASIO_LAYERS:
                yield f"{path}:{number}: {layer} knows no Asio, it belongs in net, server, client and app"
            if header == "thread" and path.relative_to(src).as_posix() in MAY_START_THREADS:
                continue
            if layer in PURE_LAYERS and not is_test and INPUT_AND_OUTPUT.match(header):
                yield f"{path}:{number}: {layer} is pure, it may not include <{header}>"


def main(arguments):
    src = pathlib.Path(arguments[0] if arguments else "src")
    found = list(violations(src))
    print("\n".join(found) or "layers: every include is allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
