// Commands as bytes: what clients submit, shards apply and journals keep; one form for all three.
// docs/formats/world-bytes.md describes it.
//
// Component and event numbers are the game's, so bytes are good only for a game of the same
// fingerprint. Reading checks everything; what comes out is well-formed, though whether it fits the world is
// for check_command to say. Threads: any.
#pragma once

#include "core/error.hpp"
#include "shards/mail.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace tessera {

/// A component or event of a command, as it lies in bytes.
struct part_view {
  std::uint16_t type = 0;
  std::uint64_t fields = 0;
  std::span<const std::byte> bytes;
};

/// A command as it lies in bytes, which must outlive it.
struct command_view {
  session_id session = 0;
  std::uint64_t sequence = 0;
  command_op op = command_op::set;
  entity_id target;
  std::optional<cell> expected;
  position place;
  std::uint64_t part_count = 0;
  part_view first_part; ///< if there is one
  std::span<const std::byte> more_parts;

  auto order() const { return std::tuple(session, sequence); }
  bool changes_state() const { return op != command_op::get; }

  /// f(part_view) for each, in order.
  template <class F>
  void for_each_part(F&& f) const;
};

/// Reads the command that `from` begins with, takes its bytes off and returns them decoded. Fails with
/// bad_bytes, and leaves `from` alone.
result<command_view> read_command(std::span<const std::byte>& from);

/// One that was read before without an error.
command_view decode_command(std::span<const std::byte> bytes);

/// Appends one command, without its tick.
void write_command(std::vector<std::byte>& to, const command& c);
void write_command(std::vector<std::byte>& to, const command_view& c);

/// With memory of its own.
command to_command(const command_view& c, tick_number tick);

/// All commands in `bytes`, stamped with `tick`. Fails with bad_bytes.
result<std::vector<command>> read_commands(std::span<const std::byte> bytes, tick_number tick);

/// Takes the part that `from` begins with off it; the bytes were read before without an error.
part_view decode_part(std::span<const std::byte>& from);

template <class F>
void command_view::for_each_part(F&& f) const {
  if (part_count == 0)
    return;
  f(first_part);
  auto rest = more_parts;
  for (std::uint64_t i = 1; i < part_count; ++i)
    f(decode_part(rest));
}

} // namespace tessera
