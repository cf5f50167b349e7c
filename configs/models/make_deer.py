#!/usr/bin/env python3
"""Makes deer.glb: an example of a model, of bars with rounded ends. +y is up, +z is forward, as glTF has it.

    make_deer.py deer.glb
"""
import json
import math
import struct
import sys

COAT = (0.27, 0.135, 0.06)
LEG = (0.17, 0.095, 0.055)
PALE = (0.46, 0.38, 0.28)
DARK = (0.03, 0.022, 0.018)
ANTLER = (0.40, 0.33, 0.22)

parts = {}  # colour -> (positions, normals, indices)


def minus(a, b):
    return tuple(x - y for x, y in zip(a, b))


def cross(a, b):
    return (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])


def unit(a):
    length = math.sqrt(sum(x * x for x in a))
    return tuple(x / length for x in a)


def mix(*terms):
    return tuple(sum(k * v[i] for k, v in terms) for i in range(3))


def bar(colour, a, b, radius_a, radius_b, around=9, caps=3, wide=1.0):
    """From a to b; `wide`: its width as a share of its height."""
    positions, normals, indices = parts.setdefault(colour, ([], [], []))
    along = unit(minus(b, a))
    side = unit(cross(along, (0, 1, 0))) if abs(along[1]) < 0.999 else (1, 0, 0)
    up = cross(side, along)
    rings = []
    for i in range(caps):
        rings.append((a, radius_a, -math.cos(math.pi / 2 * i / caps)))
    rings += [(a, radius_a, 0.0), (b, radius_b, 0.0)]
    for i in range(1, caps + 1):
        rings.append((b, radius_b, math.sin(math.pi / 2 * i / caps)))
    first = len(positions)
    for middle, radius, lean in rings:
        out = max(math.sqrt(max(0.0, 1 - lean * lean)), 0.02)
        for k in range(around):
            turn = 2 * math.pi * k / around
            c, s = math.cos(turn), math.sin(turn)
            positions.append(mix((1, middle), (radius * lean, along), (radius * out * c, up),
                                 (radius * out * s * wide, side)))
            normals.append(unit(mix((lean, along), (out * c, up), (out * s / wide, side))))
    for r in range(len(rings) - 1):
        for k in range(around):
            p, q = first + r * around + k, first + r * around + (k + 1) % around
            indices.extend((p, q, p + around, q, q + around, p + around))


def deer():
    bar(COAT, (0, 1.00, -0.52), (0, 0.97, 0.05), 0.235, 0.23, 12, 4, 0.78)
    bar(COAT, (0, 0.97, 0.05), (0, 1.01, 0.42), 0.23, 0.245, 12, 4, 0.74)
    bar(PALE, (0, 0.86, -0.40), (0, 0.84, 0.30), 0.16, 0.15, 9, 3, 0.8)
    bar(COAT, (0, 1.08, 0.52), (0, 1.46, 0.76), 0.155, 0.10, 9, 3, 0.78)
    bar(COAT, (0, 1.53, 0.76), (0, 1.47, 0.98), 0.095, 0.058, 9, 3, 0.85)
    bar(PALE, (0, 1.455, 0.95), (0, 1.43, 1.06), 0.05, 0.042, 8, 2, 0.9)
    bar(DARK, (0, 1.445, 1.085), (0, 1.44, 1.10), 0.03, 0.026, 6, 2)
    bar(PALE, (0, 1.08, -0.74), (0, 0.90, -0.79), 0.05, 0.035, 7, 2)
    for s in (-1, 1):
        bar(DARK, (0.078 * s, 1.535, 0.85), (0.082 * s, 1.535, 0.852), 0.017, 0.015, 6, 2)
        bar(COAT, (0.07 * s, 1.60, 0.71), (0.21 * s, 1.67, 0.64), 0.045, 0.015, 6, 2, 0.6)
        # Front and hind legs: thigh, shin, hoof.
        bar(COAT, (0.12 * s, 0.92, 0.40), (0.12 * s, 0.50, 0.42), 0.105, 0.052, 8, 2)
        bar(LEG, (0.12 * s, 0.50, 0.42), (0.12 * s, 0.08, 0.40), 0.045, 0.034, 7, 2)
        bar(DARK, (0.12 * s, 0.07, 0.40), (0.12 * s, 0.045, 0.425), 0.042, 0.045, 7, 2)
        bar(COAT, (0.125 * s, 0.95, -0.54), (0.125 * s, 0.56, -0.66), 0.155, 0.062, 8, 2)
        bar(LEG, (0.125 * s, 0.56, -0.66), (0.125 * s, 0.08, -0.58), 0.052, 0.035, 7, 2)
        bar(DARK, (0.125 * s, 0.07, -0.58), (0.125 * s, 0.045, -0.555), 0.042, 0.045, 7, 2)
        # Antlers: a beam that leans out and back, and three tines.
        beam = [(0.045 * s, 1.61, 0.73), (0.15 * s, 1.80, 0.62), (0.26 * s, 2.00, 0.62), (0.25 * s, 2.20, 0.72)]
        for i in range(3):
            bar(ANTLER, beam[i], beam[i + 1], 0.026 - 0.005 * i, 0.022 - 0.006 * i, 6, 1)
        bar(ANTLER, (0.06 * s, 1.65, 0.72), (0.09 * s, 1.78, 0.86), 0.02, 0.007, 5, 1)
        bar(ANTLER, (0.16 * s, 1.82, 0.62), (0.20 * s, 1.97, 0.75), 0.018, 0.006, 5, 1)
        bar(ANTLER, (0.26 * s, 2.00, 0.62), (0.33 * s, 2.15, 0.55), 0.016, 0.005, 5, 1)


def write(path):
    binary = b""
    views, accessors, primitives, materials = [], [], [], []

    def add(data, kind, component, count, **more):
        nonlocal binary
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(data)})
        accessors.append({"bufferView": len(views) - 1, "componentType": component, "type": kind,
                          "count": count, **more})
        binary += data + b"\0" * (-len(data) % 4)
        return len(accessors) - 1

    for colour, (positions, normals, indices) in parts.items():
        bounds = {"min": [min(p[i] for p in positions) for i in range(3)],
                  "max": [max(p[i] for p in positions) for i in range(3)]}
        attributes = {
            "POSITION": add(b"".join(struct.pack("<3f", *p) for p in positions), "VEC3", 5126,
                            len(positions), **bounds),
            "NORMAL": add(b"".join(struct.pack("<3f", *n) for n in normals), "VEC3", 5126, len(normals))}
        primitives.append({"attributes": attributes, "material": len(materials),
                           "indices": add(struct.pack(f"<{len(indices)}H", *indices), "SCALAR", 5123,
                                          len(indices))})
        materials.append({"pbrMetallicRoughness": {"baseColorFactor": [*colour, 1], "metallicFactor": 0}})
    text = json.dumps({
        "asset": {"version": "2.0", "generator": "Tessera's make_deer.py"}, "scene": 0,
        "scenes": [{"nodes": [0]}], "nodes": [{"name": "deer", "mesh": 0}],
        "meshes": [{"primitives": primitives}], "materials": materials, "accessors": accessors,
        "bufferViews": views, "buffers": [{"byteLength": len(binary)}]}, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    with open(path, "wb") as file:
        file.write(struct.pack("<4sII", b"glTF", 2, 28 + len(text) + len(binary)))
        file.write(struct.pack("<I4s", len(text), b"JSON") + text)
        file.write(struct.pack("<I4s", len(binary), b"BIN\0") + binary)


deer()
write(sys.argv[1])
