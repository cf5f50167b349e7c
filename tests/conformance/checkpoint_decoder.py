#!/usr/bin/env python3
"""Reads checkpoint files and manifests; written from checkpoint.md and manifest.md in docs/formats
alone.

    checkpoint_decoder.py FILE...    prints each as JSON, one line per file

A file that breaks the page is named with the reason; exits 1 then. Shares no code with Tessera.
"""
import json
import re
import struct
import sys

BLOCK_BYTES = 262144


class Broken(Exception):
    pass


def require(condition, what):
    if not condition:
        raise Broken(what)


def make_crc_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


CRC_TABLE = make_crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 255]
    return crc ^ 0xFFFFFFFF


def lz4_length(data, at, length):
    if length == 15:
        while True:
            require(at < len(data), "LZ4: a length is cut off")
            length += data[at]
            at += 1
            if data[at - 1] != 255:
                break
    return at, length


def lz4_block(data, size):
    out = bytearray()
    at = 0
    while True:
        require(at < len(data), "LZ4: no last literals")
        token = data[at]
        at, literals = lz4_length(data, at + 1, token >> 4)
        require(at + literals <= len(data), "LZ4: literals are cut off")
        out += data[at:at + literals]
        at += literals
        if at == len(data):
            break
        require(at + 2 <= len(data), "LZ4: an offset is cut off")
        offset = data[at] | data[at + 1] << 8
        at, length = lz4_length(data, at + 2, token & 15)
        require(0 < offset <= len(out), "LZ4: an offset leads outside")
        require(len(out) + length + 4 <= size, "LZ4: too long")
        for _ in range(length + 4):
            out.append(out[-offset])
    require(len(out) == size, "LZ4: too short")
    return bytes(out)


def undo_filter(data, number, element):
    if number == 0:
        return data
    count = len(data) // element
    plain = bytearray(len(data))
    for b in range(element):
        plain[b::element] = data[b * count:(b + 1) * count]
    if number == 2:
        total = 0
        for at in range(0, len(plain), element):
            total += int.from_bytes(plain[at:at + element], "little")
            total %= 1 << 8 * element
            plain[at:at + element] = total.to_bytes(element, "little")
    return bytes(plain)


def read_blocks(data, entry):
    out = bytearray()
    headers = b""
    at, end = entry["offset"], entry["offset"] + entry["stored_bytes"]
    full = BLOCK_BYTES // entry["element_bytes"] * entry["element_bytes"]
    while len(out) < entry["raw_bytes"]:
        require(at + 12 <= end, "a block is cut off")
        raw, stored, crc = struct.unpack_from("<III", data, at)
        require(raw == min(full, entry["raw_bytes"] - len(out)), "raw bytes of a block")
        require(1 <= stored <= raw and at + 12 + stored <= end, "stored bytes of a block")
        body = data[at + 12:at + 12 + stored]
        require(crc == crc32c(data[at:at + 8] + body), f"CRC of the block at {at}")
        if stored != raw:
            body = undo_filter(lz4_block(body, raw), entry["filter"], entry["element_bytes"])
        out += body
        headers += data[at:at + 12]
        at += 12 + stored
    require(at == end, "bytes behind the last block")
    require(len(headers) == 12 * entry["blocks"], "count of blocks")
    require(crc32c(headers) == entry["crc"], "CRC of the block headers")
    return bytes(out)


def read_entry(directory, at):
    require(at + 44 <= len(directory), "an entry is cut off")
    name_bytes, number, element, blocks, offset, raw, stored, crc = struct.unpack_from(
        "<IIIIQQQI", directory, at)
    name = directory[at + 44:at + 44 + name_bytes]
    require(1 <= name_bytes <= 255 and len(name) == name_bytes, "bytes of a name")
    require(all(0x21 <= c <= 0x7E for c in name), "characters of a name")
    require(1 <= element <= 4096 and raw % element == 0, "size of elements")
    require(number < 2 or (number == 2 and element in (1, 2, 4, 8)), "filter")
    return at + 44 + name_bytes, {
        "name": name.decode("ascii"), "filter": number, "element_bytes": element, "blocks": blocks,
        "offset": offset, "raw_bytes": raw, "stored_bytes": stored, "crc": crc}


def decode_checkpoint(data):
    require(len(data) >= 64 + 48, "too short")
    magic, version, shard, world, schema, code, tick, reserved, header_crc = struct.unpack_from(
        "<8sII16sQQQII", data)
    require(magic == b"TSRACKPT", "magic")
    require(header_crc == crc32c(data[:60]), "CRC of the header")
    require(version == 1, f"version {version}")
    require(reserved == 0, "reserved field of the header")
    offset, size, whole, count, same_crc, end, reserved, crc = struct.unpack(
        "<QQQII8sII", data[-48:])
    require(end == b"TSRCKEND", "end magic")
    require(whole == len(data) and offset + size + 48 == whole, "sizes in the footer")
    require(crc == crc32c(data[offset:-4]), "CRC of directory and footer")
    require(same_crc == header_crc and reserved == 0, "header CRC or reserved field of the footer")
    directory = data[offset:offset + size]
    sections, at, begin = [], 0, 64
    for _ in range(count):
        at, entry = read_entry(directory, at)
        require(entry["offset"] == begin, "offset of a section")
        begin += entry["stored_bytes"]
        sections.append(entry)
    require(at == size and begin == offset, "gaps")
    require(len({s["name"] for s in sections}) == count, "a name is there twice")
    for entry in sections:
        entry["bytes"] = read_blocks(data, entry).hex()
    return {"kind": "checkpoint", "world": world.hex(), "schema": schema, "code": code,
            "tick": tick, "shard": shard, "crc": crc, "sections": sections}


NUMBER = r"(0|[1-9][0-9]*)"
QUOTED = r'"((?:[^"\\\x00-\x1f\x7f]|\\["\\]|\\x[01][0-9a-f]|\\x7f)*)"'
LINES = [
    ("world", "world ([0-9a-f]{32})"),
    ("schema", "schema ([0-9a-f]{16})"),
    ("code", "code ([0-9a-f]{16})"),
    ("layout", f"layout {QUOTED}"),
    ("epoch", f"epoch {NUMBER} from {NUMBER}"),
    ("input", f"input {QUOTED} bytes {NUMBER} crc ([0-9a-f]{{8}})"),
    ("checkpoint", f"checkpoint tick {NUMBER} hash ([0-9a-f]{{16}})"),
    ("file", f"file shard {NUMBER} bytes {NUMBER} crc ([0-9a-f]{{8}}) name "
             r"([A-Za-z0-9_-][A-Za-z0-9._-]{0,254})"),
]


def unquote(text):
    return re.sub(r"\\(x[0-9a-f]{2}|.)",
                  lambda m: chr(int(m[1][1:], 16)) if len(m[1]) > 1 else m[1], text)


def decode_manifest(data):
    text = data.decode("latin-1")  # one character per byte
    body, last = text[:-16], text[-16:]
    require(last == f"crc32c {crc32c(body.encode('latin-1')):08x}\n", "the last line")
    lines = body.split("\n")
    require(lines.pop() == "", "no line feed before the last line")
    require(lines[0] == "tessera manifest version 1", "the first line")
    out = {"kind": "manifest", "epochs": [], "inputs": [], "checkpoints": []}
    reached = 0
    for i, line in enumerate(lines[1:]):
        word, pattern = next((p for p in LINES if line.startswith(p[0] + " ")), (None, ""))
        found = re.fullmatch(pattern, line) if word else None
        require(found, f"line {i + 2}: {line!r}")
        place = [p[0] for p in LINES].index(word)
        if i < 4:
            require(place == i, f"line {i + 2}: order")
        else:
            require(place >= 4 and (place >= reached or word == "checkpoint"),
                    f"line {i + 2}: order")
        reached = max(reached, min(place, 6))
        values = found.groups()
        if word == "epoch":
            out["epochs"].append([int(v) for v in values])
        elif word == "input":
            out["inputs"].append([unquote(values[0]), int(values[1]), values[2]])
        elif word == "checkpoint":
            out["checkpoints"].append({"tick": int(values[0]), "hash": values[1], "files": []})
        elif word == "file":
            require(out["checkpoints"], f"line {i + 2}: a file of no checkpoint")
            out["checkpoints"][-1]["files"].append(
                [int(values[0]), int(values[1]), values[2], values[3]])
        else:
            out[word] = unquote(values[0]) if word == "layout" else values[0]
    require(len(lines) >= 5, "too few lines")
    return out


def main(paths):
    for path in paths:
        with open(path, "rb") as file:
            data = file.read()
        try:
            manifest = data.startswith(b"tessera manifest version ")
            print(json.dumps(decode_manifest(data) if manifest else decode_checkpoint(data),
                             sort_keys=True))
        except Broken as what:
            print(f"{path}: {what}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
