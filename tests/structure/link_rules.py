#!/usr/bin/env python3
"""Who may link whom: checks link_graph.txt, which CMake writes. Exits 1 on an offence.

    link_rules.py build/release/link_graph.txt
"""
import re
import sys

SYSTEM = {"Threads::Threads", "tl::expected", "spdlog::spdlog"}
ALLOWED = {
    "core": SYSTEM,
    "tbb_executor": {"tessera::core", "TBB::tbb"},
    "shards": {"tessera::core", "toml11::toml11"},
    "persistence": {"tessera::core", "PkgConfig::LZ4", "PkgConfig::URING", "PkgConfig::ISAL", "lz4",
                    "uring", "isal"},
    "net": {"tessera::shards", "nlohmann_json::nlohmann_json", "PkgConfig::HTTPLIB", "cpp-httplib"},
    "render": {"tessera::shards", "nlohmann_json::nlohmann_json", "glfw", "imgui", "stb", "dl"},
    "actors": {"tessera::shards", "tessera::persistence", "tessera::net", "tessera::render",
               "tessera::tbb_executor", "CAF::core", "CAF::io", "CAF::openssl"},
    "sdk": {"tessera::shards", "tessera::actors", "toml11::toml11"},
    "game_*": {"tessera::sdk"},
    "games": {"tessera::sdk", "tessera::game_*"},
    "apps": {"tessera::sdk", "tessera::games", "tessera::persistence", "tessera::net", "tessera::render",
             "tessera::build_info", "CLI11::CLI11", "nlohmann_json::nlohmann_json"},
}


def general(name):
    return re.sub(r"\bgame_\w+", "game_*", name)


def main():
    offences = []
    seen = set()
    with open(sys.argv[1], encoding="utf-8") as graph:
        for line in graph:
            target, _, libraries = line.partition(":")
            name = target.removeprefix("tessera_")
            seen.add(name)
            allowed = ALLOWED.get(general(name))
            if allowed is None:
                offences.append(f"{target}: no rule for it in {__file__}")
                continue
            for library in libraries.split():
                inner = re.sub(r"^\$<(?:BUILD_INTERFACE|INSTALL_INTERFACE|LINK_ONLY):(.*)>$", r"\1", library)
                if general(inner) not in allowed:
                    offences.append(f"{target} links {inner}; allowed: {', '.join(sorted(allowed))}")
    if not {"core", "shards", "sdk", "games"} <= seen:
        offences.append(f"only {sorted(seen)} are in {sys.argv[1]}")
    print("\n".join(offences) or f"{len(seen)} targets, 0 offences")
    sys.exit(1 if offences else 0)


if __name__ == "__main__":
    main()
