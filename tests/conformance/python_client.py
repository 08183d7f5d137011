"""The Python client against a playground; prints what it saw as one JSON object.

usage: python_client.py URL TRANSPORT,... NAMESPACE
"""
import json
import queue
import sys

import socketio

WAIT_S = 15


def main():
    url, transports, namespace = sys.argv[1:]
    client = socketio.Client(reconnection=False)
    events = queue.Queue()

    def keep(event):
        return lambda *args: events.put((event, args))

    for event in ("auth", "message-back", "published"):
        client.on(event, keep(event), namespace=namespace)
    client.on("question", lambda payload: f"{payload}!", namespace=namespace)
    client.connect(url, auth={"token": "py"}, transports=transports.split(","), namespaces=[namespace],
                   wait_timeout=WAIT_S)

    def ask(event, *args):
        return client.call(event, args, namespace=namespace, timeout=WAIT_S)

    seen = {"auth": events.get(timeout=WAIT_S)[1][0]}
    client.emit("message", (1, b"\x01\x02", {"x": [None, True]}), namespace=namespace)
    number, data, nested = events.get(timeout=WAIT_S)[1]
    seen["message"] = [number, list(data), nested]
    seen["echo"] = list(ask("echo", b"\x07\x08"))
    ask("join", "room")
    client.emit("publish", ("room", {"n": 1}), namespace=namespace)
    seen["published"] = events.get(timeout=WAIT_S)[1][0]
    seen["answers"] = ask("broadcast-ack", "room", "why", 10_000)
    seen["transport"] = client.transport()
    client.disconnect()
    print(json.dumps(seen))


main()
