#!/usr/bin/env python3
"""Who may include whom. Names file and line of each offence; exits 1 if there is one.

    include_rules.py [ROOT]        check the tree
    include_rules.py --self-test   check that offences are found
"""
import pathlib
import re
import sys
import tempfile

# A folder may include itself and these. The design: core <- shards <- {net, render}; core <-
# persistence; {shards, persistence, net, render} <- actors <- sdk <- {games, apps}.
LOWER = {
    "core": set(),
    "shards": {"core"},
    "persistence": {"core"},
    "net": {"core", "shards"},
    "render": {"core", "shards"},
    "actors": {"core", "shards", "persistence", "net", "render"},
    "sdk": {"core", "shards", "actors"},
    "games": {"sdk"},
    "apps": {"core", "shards", "persistence", "net", "render", "sdk", "games"},
}
# Tests and measurements look inside.
EVERYTHING = set(LOWER) | {"apps", "games", "tests", "bench"}

# Headers of others, and the only places that may see them, be it through headers of our own.
RESERVED = [
    (re.compile(r"caf/"), "CAF", ("actors/", "tests/actors/", "bench/")),
    (re.compile(r"vulkan/|volk\.h|vk_mem_alloc"), "Vulkan", ("render/", "tests/render/", "bench/")),
    (re.compile(r"(oneapi/)?tbb[/.]"), "TBB", ("core/tbb_executor.cpp",)),
    (re.compile(r"httplib\.h"), "cpp-httplib", ("net/", "tests/net/", "bench/")),
]
# What `#include <...>` may name in games/: the standard library has no slash and no dot.
STANDARD = re.compile(r"^[a-z_0-9]+$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SUFFIXES = {".hpp", ".cpp", ".h", ".cc", ".c"}


def read_includes(root):
    """path -> [(line, bracket, name)], paths relative to root."""
    found = {}
    for folder in sorted(EVERYTHING):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in SUFFIXES and path.is_file():
                lines = path.read_text(encoding="utf-8").splitlines()
                matches = ((i, INCLUDE.match(line)) for i, line in enumerate(lines, 1))
                found[path.relative_to(root).as_posix()] = [
                    (i, m[1], m[2]) for i, m in matches if m]
    return found


def resolve(includer, name, files):
    """The file of ours that an include means, or None."""
    if name in files:
        return name
    beside = (pathlib.PurePosixPath(includer).parent / name).as_posix()
    return beside if beside in files else None


def reached(path, pattern, files, seen):
    """A chain of files of ours from path to an include that matches, or None."""
    seen.add(path)
    for _, _, name in files[path]:
        if pattern.match(name):
            return [path, f"<{name}>"]
        target = resolve(path, name, files)
        if target and target not in seen:
            chain = reached(target, pattern, files, seen)
            if chain:
                return [path] + chain
    return None


def folder_offence(path, bracket, name, files):
    folder = path.split("/")[0]
    target = resolve(path, name, files)
    top = (target or name).split("/")[0]
    if folder in ("tests", "bench"):
        return None
    if folder == "games":
        if target and target.startswith("games/"):
            theirs, ours = target.split("/")[1:], path.split("/")[1:]
            if len(ours) > 1 and len(theirs) > 1 and theirs[0] != ours[0]:
                return f"game {ours[0]} includes game {theirs[0]}"
            return None
        if top == "sdk" and (target or bracket == '"'):
            return None
        if bracket == "<" and STANDARD.match(name):
            return None
        return "a game includes sdk/, its own folder and the standard library only"
    if top in ("tests", "bench") and target:
        return f"{folder}/ may not include {top}/"
    if top in LOWER and (target or bracket == '"') and top != folder and top not in LOWER[folder]:
        allowed = ", ".join(sorted(LOWER[folder])) or "nothing"
        return f"{folder}/ may not include {top}/ (only itself and {allowed})"
    return None


def reserved_offences(path, files):
    for pattern, library, places in RESERVED:
        if path.startswith(places):
            continue
        for line, _, name in files[path]:
            if pattern.match(name):
                yield line, f"includes {library}; only {', '.join(places)} may"
                continue
            target = resolve(path, name, files)
            # The header that includes it outright is an offence of its own unless it lives in the
            # library's place; so only chains into such a place are news here.
            chain = target and target.startswith(places) and reached(target, pattern, files, {path})
            if chain:
                yield line, f"brings in {library} through {' -> '.join(chain)}"


def check(root):
    files = read_includes(root)
    offences = []
    for path, includes in files.items():
        for line, bracket, name in includes:
            why = folder_offence(path, bracket, name, files)
            if why:
                offences.append(f"{path}:{line}: {name}: {why}")
        offences += [f"{path}:{line}: {why}" for line, why in reserved_offences(path, files)]
    return len(files), offences


# path -> (text, must be an offence)
SAMPLES = {
    "core/a.hpp": ("#include <vector>\n#include <spdlog/spdlog.h>\n", False),
    "core/up.hpp": ('#include "shards/a.hpp"\n', True),
    "core/tbb_executor.cpp": ("#include <tbb/task_arena.h>\n", False),
    "core/other.cpp": ("#include <oneapi/tbb/parallel_for.h>\n", True),
    "shards/a.hpp": ('#include "core/a.hpp"\n', False),
    "shards/vulkan.cpp": ("#include <vulkan/vulkan.h>\n", True),
    "actors/messages.hpp": ('#include "shards/a.hpp"\n#include <caf/all.hpp>\n', False),
    "actors/engine.hpp": ('#include "shards/a.hpp"\n', False),
    "actors/through.hpp": ('#include "actors/messages.hpp"\n', False),
    "sdk/a.hpp": ('#include "shards/a.hpp"\n', False),
    "sdk/engine.cpp": ('#include "actors/engine.hpp"\n', False),
    "sdk/leak.hpp": ('#include "actors/through.hpp"\n', True),
    "sdk/leak.cpp": ('#include "actors/through.hpp"\n', True),
    "games/herds/herds.cpp": ('#include "games/herds/grass.hpp"\n#include "sdk/a.hpp"\n', False),
    "games/herds/grass.hpp": ("#include <cstdint>\n", False),
    "games/herds/cheat.cpp": ('#include "shards/a.hpp"\n', True),
    "games/herds/logs.cpp": ("#include <spdlog/spdlog.h>\n", True),
    "games/flock/peer.cpp": ('#include "games/herds/grass.hpp"\n', True),
    "games/all.cpp": ('#include "games/herds/grass.hpp"\n', False),
    "apps/main.cpp": ('#include "games/herds/grass.hpp"\n#include "sdk/a.hpp"\n', False),
    "apps/cheat.cpp": ('#include "actors/engine.hpp"\n', True),
    "tests/actors/a.cpp": ('#include "actors/messages.hpp"\n', False),
    "tests/core/a.cpp": ("#include <caf/all.hpp>\n", True),
}


def self_test():
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        for path, (text, _) in SAMPLES.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        named = {offence.split(":")[0] for offence in check(root)[1]}
    expected = {path for path, (_, wrong) in SAMPLES.items() if wrong}
    for path in sorted(expected ^ named):
        print(f"{path}: {'not found' if path in expected else 'named wrongly'}")
    return expected == named


def main():
    if sys.argv[1:] == ["--self-test"]:
        sys.exit(0 if self_test() else 1)
    count, offences = check(pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "."))
    print("\n".join(offences + [f"{count} files, {len(offences)} offences"]))
    sys.exit(1 if offences or not count else 0)


if __name__ == "__main__":
    main()
