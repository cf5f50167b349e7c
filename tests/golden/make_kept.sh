#!/bin/sh
# Makes tests/golden/kept-J-C-M, a small kept world as the formats of now have it (versions J of the journal, C of
# checkpoints, M of the manifest), and kept-J-C-M.json, what it must come to. For a new format version only: those of
# older versions are never made anew, changed or removed, so that every later Tessera has to open them.
#
#   tests/golden/make_kept.sh build/release/apps/tessera
#
# Two epochs: one of 20 ticks with commands, stopped cleanly; one that was killed with commands that only the journal
# has. Taken with `tessera backup`, which leaves the empty rest of the segments behind. tests/apps/golden_test.cpp
# opens it. The game is `store`; should its components change one day, it has to declare how.
set -eu
tessera=$(realpath "$1")
cd "$(dirname "$0")"
version() { sed -n 's/^inline constexpr std::uint32_t version = \([0-9]*\);/\1/p' "../../persistence/$1_format.hpp"; }
name=kept-$(version journal)-$(version checkpoint)-$(version manifest)
[ ! -e "$name" ] || { echo "$name is there: it is not made again" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

cat >"$work/w.toml" <<'W'
name = "golden"
game = "store"
extent = [4, 8]
shards = "2x1"
workers = 1
[parameters]
entities = 32
[persistence]
retention = 1000000
W
cat >"$work/first.jsonl" <<'C'
{"tick":3,"session":1,"seq":1,"op":"set","target":"0001000100000001","component":"value","value":{"a":7}}
{"tick":5,"session":1,"seq":2,"op":"spawn","cell":[1,1],"local":[5,0,5],"component":"value","value":{"a":1,"b":2,"c":3,"d":4}}
{"tick":8,"session":2,"seq":1,"op":"teleport","target":"0001000100000001","cell":[2,7],"local":[1,0,1]}
{"tick":12,"session":1,"seq":3,"op":"despawn","target":"0001000100000002"}
C
"$tessera" run "$work/w.toml" --data "$work/w" --ticks 20 --speed max --commands "$work/first.jsonl" --quiet
mkfifo "$work/in"
"$tessera" run --data "$work/w" --commands - --acks "$work/acks" --quiet <"$work/in" &
world=$!
exec 3>"$work/in"
echo '{"session":3,"seq":1,"op":"set","target":"0001000100000001","component":"value","value":{"b":5}}' >&3
while [ ! -s "$work/acks" ]; do sleep 0.01; done
kill -9 $world
wait $world || true
"$tessera" backup "$work/w" "$name"

replayed() { "$tessera" replay "$@" --json; }
field() { sed -n "s/^  \"$1\": \"\{0,1\}\([^\",]*\).*/\1/p"; }
tick=$(replayed "$name" --from 0 | field tick)
cp -r "$name" "$work/later"
"$tessera" run --data "$work/later" --ticks $((tick + 10)) --speed max --quiet
cat >"$name.json" <<J
{
  "tick": $tick,
  "world_hash": "$(replayed "$name" --from 0 | field world_hash)",
  "shard_1_at_20": "$(replayed "$name" --shard 1 --to 20 | field shard_hash)",
  "ten_ticks_later": "$(replayed "$work/later" | field world_hash)"
}
J
rm -f "$name/LOCK"
cat "$name.json"
du -sh --apparent-size "$name"
