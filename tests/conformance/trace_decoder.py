#!/usr/bin/env python3
"""Reads what `tessera trace convert` writes, by the public descriptions of the two forms and nothing else.

    trace_decoder.py perfetto|chrome FILE

Checks that times ascend, that slices nest on every track, that every track, name and clock is declared,
and that every flow has one begin and one end, in this order. Prints one JSON object: slices, sends, flows,
bytes, tracks, slices by name, and the length in nanoseconds. Exits 1 with the first thing that is wrong.
"""
import json
import sys

DAY_NS = 86_400 * 10**9


class Wrong(Exception):
    pass


def check(holds, what):
    if not holds:
        raise Wrong(what)


# --- protobuf's wire format: https://protobuf.dev/programming-guides/encoding/

def varint(data, at):
    value = shift = 0
    while True:
        check(at < len(data), "a number is cut off")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        check(shift < 70, "a number has more than ten bytes")


def fields(data):
    """Number of the field -> its values, in order: ints, or bytes where they have a length."""
    out, at = {}, 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
            check(at + size <= len(data), "a fixed number is cut off")
            value, at = int.from_bytes(data[at:at + size], "little"), at + size
        elif kind == 2:
            size, at = varint(data, at)
            check(at + size <= len(data), "a text or message is cut off")
            value, at = data[at:at + size], at + size
        else:
            raise Wrong(f"wire type {kind}")
        out.setdefault(key >> 3, []).append(value)
    return out


def one(message, field, default=None):
    values = message.get(field, [])
    check(len(values) <= 1, f"field {field} is there {len(values)} times")
    return values[0] if values else default


# --- what both forms have in common

class Checker:
    def __init__(self):
        self.names, self.sources, self.targets = {}, {}, {}
        self.slices = self.sends = 0
        self.first = self.last = None

    def time(self, ns):
        check(self.last is None or ns >= self.last, f"time goes back from {self.last} to {ns}")
        check(0 <= ns < DAY_NS, f"time {ns}")
        self.first = ns if self.first is None else self.first
        self.last = ns

    def slice(self, name):
        self.slices += 1
        self.names[name] = self.names.get(name, 0) + 1

    def flow_begins(self, flow, ns):
        check(flow not in self.sources, f"flow {flow} begins twice")
        self.sources[flow] = ns

    def flow_ends(self, flow, ns):
        check(flow not in self.targets, f"flow {flow} ends twice")
        check(flow in self.sources, f"flow {flow} ends before it begins")
        check(self.sources[flow] <= ns, f"flow {flow} ends earlier than it begins")
        self.targets[flow] = ns

    def report(self, data, tracks):
        check(self.sources.keys() == self.targets.keys(), "a flow does not end")
        print(json.dumps({"slices": self.slices, "sends": self.sends, "flows": len(self.targets),
                          "bytes": len(data), "tracks": tracks, "names": self.names,
                          "length_ns": (self.last or 0) - (self.first or 0)}))


# --- Perfetto: protos/perfetto/trace/ in https://github.com/google/perfetto

TYPE_SLICE_BEGIN, TYPE_SLICE_END, TYPE_INSTANT = 1, 2, 3
BOOTTIME = 6


def perfetto(data):
    checker, tracks, stacks = Checker(), {}, {}
    names, annotations, clocks, now, clock, node = {}, {}, {}, {}, None, None
    for number, packet in enumerate(fields(data).get(1, [])):
        packet = fields(packet)
        check(one(packet, 10) == 1, "a packet of another sequence")
        if number == 0:
            check(one(packet, 13) & 1, "the first packet does not clear the state")
        for snapshot in packet.get(6, []):
            for entry in map(fields, fields(snapshot).get(1, [])):
                clocks[one(entry, 1)] = (one(entry, 2), one(entry, 3, 0))
        if 59 in packet:
            clock = one(fields(one(packet, 59)), 58)
            check(64 <= clock < 128 and clock in clocks, "the default clock is not the sequence's")
            check(clocks[clock][1] == 1 and BOOTTIME in clocks, "the clock is not incremental")
            now[clock] = clocks[clock][0]
        if 12 in packet:
            interned = fields(one(packet, 12))
            for table, field in ((names, 2), (annotations, 3)):
                for entry in map(fields, interned.get(field, [])):
                    check(one(entry, 1) not in table and one(entry, 1) > 0, "a name is given twice")
                    table[one(entry, 1)] = one(entry, 2).decode()
        if 60 in packet:
            track = fields(one(packet, 60))
            uuid = one(track, 1)
            check(uuid not in tracks and uuid != node, f"track {uuid} is declared twice")
            if 3 in track:
                node = uuid
            else:
                check(one(track, 5) == node and node is not None, f"track {uuid} has no node")
                tracks[uuid] = one(track, 2).decode()
        if 11 not in packet:
            continue
        check(one(packet, 13) & 2, "an event does not say that it needs the state before it")
        now[clock] += one(packet, 8)
        time = now[clock]
        checker.time(time)
        event = fields(one(packet, 11))
        kind, track = one(event, 9), one(event, 11)
        check(track in tracks, f"an event of track {track}, which is not declared")
        stack = stacks.setdefault(track, [])
        if kind == TYPE_SLICE_END:
            check(stack, f"a slice ends on {tracks[track]} where none is open")
            stack.pop()
            continue
        check(one(event, 10) in names, f"name {one(event, 10)} is not interned")
        name = names[one(event, 10)]
        for note in map(fields, event.get(4, [])):
            check(annotations[one(note, 1)] == "tick" and 3 in note, "an annotation")
        if kind == TYPE_SLICE_BEGIN:
            stack.append(name)
            checker.slice(name)
        else:
            check(kind == TYPE_INSTANT, f"type {kind}")
            checker.sends += 1
        for flow in event.get(47, []):
            checker.flow_begins(flow, time)
        for flow in event.get(48, []):
            check(kind == TYPE_SLICE_BEGIN, "a flow ends at no slice")
            checker.flow_ends(flow, time)
    check(not any(stacks.values()), "a slice does not end")
    checker.report(data, sorted(tracks.values()))


# --- Chrome: "Trace Event Format"

def chrome(data):
    # Times have three decimals: as whole nanoseconds they are exact.
    trace = json.loads(data, parse_float=lambda text: int(text.replace(".", "")))
    checker, tracks, open_until = Checker(), {}, {}
    for event in trace["traceEvents"]:
        check(event["pid"] == 1, "another process")
        if event["ph"] == "M":
            if event["name"] == "thread_name":
                tracks[event["tid"]] = event["args"]["name"]
            continue
        check(event["tid"] in tracks, f"thread {event['tid']} is not named")
        checker.time(event["ts"])
        stack = open_until.setdefault(event["tid"], [])
        while stack and stack[-1][1] <= event["ts"] and stack[-1] != (event["ts"], event["ts"]):
            stack.pop()
        if event["ph"] == "X":
            end = event["ts"] + event["dur"]
            check(not stack or end <= stack[-1][1], f"{event['name']} outlasts what it lies in")
            stack.append((event["ts"], end))
            checker.slice(event["name"])
        elif event["ph"] == "s":
            checker.sends += 1
            checker.flow_begins(event["id"], event["ts"])
        elif event["ph"] == "f":
            check(event["bp"] == "e", "a flow that ends at the next slice")
            check(stack, f"flow {event['id']} ends in no slice")
            checker.flow_ends(event["id"], event["ts"])
        else:
            raise Wrong(f"phase {event['ph']}")
    checker.report(data, sorted(tracks.values()))


if __name__ == "__main__":
    with open(sys.argv[2], "rb") as file:
        content = file.read()
    try:
        {"perfetto": perfetto, "chrome": chrome}[sys.argv[1]](content)
    except Wrong as wrong:
        print(wrong)
        sys.exit(1)
