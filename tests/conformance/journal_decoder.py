#!/usr/bin/env python3
"""Reads a journal by docs/formats/journal.md and nothing else.

    journal_decoder.py DIRECTORY EPOCH:FIRST_TICK...

Prints a line per record that counts, "record SHARD TICK KIND HEX", by tick, shard and place, then
"watermark TICK" (or "watermark none"), "clean_stop 0|1" and "torn N" (files with torn bytes). Exits 1,
with "corrupt EPOCH FROM END", if something durable cannot be read.
"""
import pathlib
import re
import struct
import sys

MASK = (1 << 64) - 1
NAME = re.compile(r"shard-(\d{5,})-e(\d{6,})-s(\d{6,})\.log")

TABLE = []
for value in range(256):
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    TABLE.append(value)


def crc(data):
    state = 0xFFFFFFFF
    for byte in data:
        state = state >> 8 ^ TABLE[(state ^ byte) & 255]
    return state ^ 0xFFFFFFFF


def mix(a, b):
    product = (a ^ 0x9E3779B97F4A7C15) * (b ^ 0xD1B54A32D192ED03)
    return (product ^ product >> 64) & MASK


class Segment:
    """One file: its whole frames, its witness, where its bytes other than zero end."""

    def __init__(self, path, shard, epoch, number, chain):
        self.shard, self.epoch, self.number = shard, epoch, number
        self.frames, self.witness = [], 0
        data = path.read_bytes()
        self.used = -(-len(data.rstrip(b"\0")) // 64) * 64
        self.sound = self.check_header(data[:4096])
        self.chain = self.before if self.number > 1 else mix(epoch, shard)
        if chain is not None:
            self.chain = chain
        offset = 4096
        while offset + 64 <= len(data):
            offset += self.frame(data, offset)

    def check_header(self, page):
        self.salt, self.border, self.before = None, False, None
        if len(page) < 4096:
            return False
        magic, version, found = struct.unpack_from("<8sII", page)
        if magic != b"TSSJRNL1" or found != crc(page[:12] + bytes(4) + page[16:]):
            return False
        if version != 1:
            sys.exit("newer format")
        epoch, self.salt, _, self.before, _, shard, number, flags = struct.unpack_from("<5Q3I", page, 48)
        self.border = bool(flags & 1)
        return (epoch, shard, number) == (self.epoch, self.shard, self.number)

    def frame(self, data, at):
        (magic, found, salt, chain, round_number, begin, end, frames, size, payload_crc, kind,
         zero) = struct.unpack_from("<4sI5QIIIHH", data, at)
        if magic != b"FRAM" or found != crc(data[at + 8:at + 64]) or size > 256 << 20:
            self.lose_track(data, at)
            return 64
        if self.sound and salt != self.salt:
            self.lose_track(data, at)
            return 64
        self.witness = max(self.witness, begin)
        total = 64 + -(-size // 64) * 64
        padded = data[at + 64:at + total]
        whole = len(padded) == total - 64 and crc(padded) == payload_crc and self.sound
        whole = whole and self.chain in (None, chain) and zero == 0 and round_number and frames
        whole = whole and (not self.frames or self.frames[-1][0] <= round_number)
        records = self.parse(padded[:size], kind, begin, end, frames) if whole else None
        if records is not None:
            self.frames.append((round_number, begin, end, frames, kind, records, at + total))
        self.chain = mix(chain, found << 32 | payload_crc)
        return total

    def lose_track(self, data, at):
        if any(data[at:at + 64]):
            self.chain = None

    def parse(self, payload, kind, begin, end, frames):
        if kind in (2, 3):
            right = begin < end if kind == 2 else begin == end
            return [] if right and not payload and frames == 1 else None
        if kind != 1 or len(payload) < 16:
            return None
        first, count, zero = struct.unpack_from("<QII", payload)
        records, at, last = [], 16, 0
        for _ in range(count):
            if at + 8 > len(payload):
                return None
            size, offset, record_kind = struct.unpack_from("<IHH", payload, at)
            tick = first + offset
            if at + 8 + size > len(payload) or offset < last or not begin <= tick < end:
                return None
            records.append((tick, record_kind, payload[at + 8:at + 8 + size]))
            at, last = at + 8 + size, offset
        return records if at == len(payload) and count and not zero else None


def read_floor(directory):
    path = directory / "journal.floor"
    if not path.exists():
        return 0
    magic, version, found, floor = struct.unpack("<8sIIQ", path.read_bytes())
    data = path.read_bytes()
    if magic != b"TSSJLFR1" or version != 1 or found != crc(data[:12] + bytes(4) + data[16:]):
        sys.exit("corrupt floor")
    return floor


def read_segments(directory, epochs):
    names = sorted(tuple(map(int, m.groups())) + (p,) for p in directory.iterdir()
                   if (m := NAME.fullmatch(p.name)))
    segments = []
    for shard, epoch, number, path in names:
        if epoch < epochs[0][0]:
            continue
        before = segments[-1] if segments else None
        same = before and (before.shard, before.epoch, before.number) == (shard, epoch, number - 1)
        segments.append(Segment(path, shard, epoch, number, before.chain if same else None))
    return segments


def rounds_of(segments):
    rounds = {}
    for segment in segments:
        for frame in segment.frames:
            rounds.setdefault(frame[0], []).append((segment, frame))
    return rounds


def main():
    directory = pathlib.Path(sys.argv[1])
    epochs = [tuple(map(int, text.split(":"))) for text in sys.argv[2:]]
    floor = read_floor(directory)
    segments = read_segments(directory, epochs)
    out, corrupt, torn, clean = [], [], 0, False
    for index, (epoch, first) in enumerate(epochs):
        mine = [segment for segment in segments if segment.epoch == epoch]
        newest = index + 1 == len(epochs)
        bound = MASK if newest else epochs[index + 1][1]
        begin = covered = max(first, floor)
        good = {}
        rounds = rounds_of(mine)
        stopped = over = False
        for number in sorted(rounds):
            members = rounds[number]
            stated = {frame[1:4] for _, frame in members}
            low, end, frames = members[0][1][1:4]
            stopped = False
            whole = len(stated) == 1 and len(members) == frames
            if members[0][1][4] == 3:
                counts = stopped = whole and low == covered and not over
            elif end <= begin:
                counts = True # not asked for
            else:
                counts = whole and low <= covered < bound and not over
                over = over or not counts
                if counts:
                    covered = end
            for segment, frame in members:
                if counts:
                    good[segment] = max(good.get(segment, 0), frame[6])
                    out += [(tick, segment.shard, len(out) + i, kind, data)
                            for i, (tick, kind, data) in enumerate(frame[5])
                            if begin <= tick < bound]
        demanded = max((s.witness for s in mine), default=0) if newest else bound
        unsynced = any(segment.sound and segment.border for segment in mine)
        if not unsynced and covered < demanded:
            corrupt.append((epoch, covered, demanded))
        left = sum(segment.used > good.get(segment, 4096 * segment.sound) for segment in mine)
        torn += left
        clean = stopped and not left
    for line in corrupt:
        print("corrupt", *line)
    if corrupt:
        sys.exit(1)
    for tick, shard, _, kind, data in sorted(out):
        print("record", shard, tick, kind, data.hex())
    print("watermark", covered - 1 if covered else "none")
    print("clean_stop", int(clean))
    print("torn", torn)


if __name__ == "__main__":
    main()
