"""What is measured, on whom, and what it may cost: the budget table as data."""
import dataclasses
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
PEERS = ROOT / "bench" / "peers"
# A token must be checked in a connection's row, so the servers and the generator share a secret.
SECRET = "bench-only-3f9c1d7a8e5b4206-signing"
FLOOR = "floor"
LECTERN = "lectern"
ONE_BY_ONE = "lectern-one-by-one"  # where io_uring may not be used, as in many containers


@dataclasses.dataclass(frozen=True)
class Variant:
    """One server. `command` starts it; {build} is the build folder. Ratios are to the floor."""
    name: str
    title: str
    command: tuple
    dialect: str = "socket.io"
    flags: bool = True  # takes --secret and --recovery-ms


@dataclasses.dataclass(frozen=True)
class Row:
    """One kind of work. `plan` and `quick` are flags of bench_load without their dashes.

    {units} in the title stands for the number of things that were measured in one run.
    """
    name: str
    title: str
    plan: dict
    quick: dict
    figure: str = "server_us"  # or bytes: a key of what bench_load prints
    limits: dict = dataclasses.field(default_factory=dict)  # by variant: of the ratio, or of bytes
    variants: tuple = (FLOOR, LECTERN, "bun", "node")
    signed: bool = False
    recovery_ms: int = 0
    recorded: dict = dataclasses.field(default_factory=dict)  # measured elsewhere, not here


VARIANTS = (
    Variant(FLOOR, "bare send() loop", ("{build}/bench/peers/bench_floor",), "raw", False),
    Variant("floor-coalesced", "bare loop, one send() for a burst",
            ("{build}/bench/peers/bench_floor", "--coalesce"), "raw", False),
    Variant(LECTERN, "Lectern", ("{build}/bench/peers/bench_peer",)),
    Variant(ONE_BY_ONE, "Lectern, one send() per connection",
            ("{build}/bench/peers/bench_peer", "--send-path", "one_by_one")),
    Variant("bun", "Socket.IO on Bun",
            (str(PEERS / "node_modules/bun/bin/bun.exe"), str(PEERS / "bun.mjs"))),
    Variant("node", "Socket.IO on Node.js (ws)", ("node", str(PEERS / "node.mjs"))),
)

TIMES = {"seconds": 5, "warm-up": 1.5}
SHORT = {"seconds": 1, "warm-up": 0.5}


def room(members, burst, rate):
    return {"workload": "delivery", "connections": members, "burst": burst, "rate": rate}


def trips(rate):
    return {"workload": "roundtrip", "connections": 100, "rate": rate}


def idle(connections):
    return {"workload": "idle", "connections": connections, "at-once": 64}


ROWS = (
    Row("delivery", "one message delivered, room of 1,000, 64 B", room(1000, 1, 20) | TIMES, SHORT,
        limits={LECTERN: 0.70, ONE_BY_ONE: 1.15},
        variants=(FLOOR, LECTERN, ONE_BY_ONE, "bun", "node"),
        recorded={"floor": 6.0, "uWebSockets (raw)": 6.8, "Socket.IO on uWebSockets.js": 7.8}),
    Row("burst", "the same, 20 messages back to back", room(1000, 20, 2) | TIMES, SHORT,
        limits={LECTERN: 0.10}, variants=(FLOOR, "floor-coalesced", LECTERN, ONE_BY_ONE, "bun", "node"),
        recorded={"floor": 5.6, "uWebSockets (raw)": 0.67, "Socket.IO on uWebSockets.js": 0.86}),
    Row("roundtrip", "acknowledged round trip, 100 connections, one in flight each",
        trips(0) | {"seconds": 4, "warm-up": 1.5}, SHORT, limits={LECTERN: 1.10},
        recorded={"floor": 8.7, "uWebSockets (raw)": 8.5, "Socket.IO on uWebSockets.js": 19.6}),
    Row("idle", "resident memory for each idle connection, of {units} in one room", idle(10000),
        idle(2000), figure="bytes", limits={LECTERN: 800}, signed=True, recovery_ms=120_000,
        recorded={"floor": 200, "uWebSockets (raw)": 500, "Socket.IO on uWebSockets.js": 10_400}),
    Row("connect", "new connection, CONNECT and HS256 check included",
        {"workload": "connect", "connections": 3000, "at-once": 16}, {"connections": 900},
        limits={LECTERN: 1.6}, signed=True,
        recorded={"floor": 114, "uWebSockets (raw)": 101, "Socket.IO on uWebSockets.js": 238}),
    Row("delivery-100", "one message delivered, room of 100", room(100, 1, 200) | TIMES, SHORT,
        variants=(FLOOR, LECTERN)),
    Row("delivery-10000", "one message delivered, room of 10,000", room(10_000, 1, 2) | TIMES, SHORT,
        variants=(FLOOR, LECTERN)),
    Row("roundtrip-paced", "acknowledged round trip, 5,000 a second over 100 connections",
        trips(5000) | TIMES, SHORT),
    # The runner lowers this to what the file limit allows; 100,000 need `ulimit -n 100300`.
    Row("idle-many", "the same memory, of {units} connections", idle(100_000),
        idle(4000), figure="bytes", variants=(FLOOR, LECTERN), signed=True, recovery_ms=120_000),
)


def named(things, names):
    """Those of `things` that are named, in their own order; raises KeyError for an unknown name."""
    known = {thing.name for thing in things}
    for name in names:
        if name not in known:
            raise KeyError(name)
    return [thing for thing in things if thing.name in names]
