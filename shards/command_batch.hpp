// Commands of one session, packed one after the other: what a client submits, a grant carries and a
// recovery reads back. A single command is a batch of one; there is no other way in.
//
// Always true of a routed batch: every command in it was checked against the world; sequence numbers
// rise; which shards each command may concern is known, so no shard looks at another's.
//
// Thread: a batch belongs to whoever fills it; a routed one never changes and may be read by any.
#pragma once

#include "shards/command_codec.hpp"
#include "shards/layout.hpp"
#include "shards/world_setup.hpp"

#include <algorithm>
#include <memory>

namespace tessera {

class command_batch {
public:
  explicit command_batch(session_id session) : session_(session) {}

  /// Sequence numbers rise from command to command. `c.session` and `c.tick` do not count.
  void add(command c);
  /// Sets all fields of a component. `expected`: see command::expected.
  void add_set(std::uint64_t sequence, entity_id target, std::optional<cell> expected,
               component_id component, std::span<const std::byte> value);
  /// Reads a component.
  void add_get(std::uint64_t sequence, entity_id target, std::optional<cell> expected,
               component_id component);
  /// A command of this session as it lies in bytes.
  void add_encoded(std::uint64_t sequence, std::span<const std::byte> bytes);

  session_id session() const { return session_; }
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  std::uint64_t sequence(std::size_t i) const { return entries_[i].sequence; }
  std::span<const std::byte> bytes(std::size_t i) const {
    std::size_t end = i + 1 < entries_.size() ? entries_[i + 1].begin : bytes_.size();
    return std::span(bytes_).subspan(entries_[i].begin, end - entries_[i].begin);
  }
  command_view at(std::size_t i) const { return decode_command(bytes(i)); }
  std::size_t byte_count() const { return bytes_.size(); }
  void reserve(std::size_t commands, std::size_t bytes);
  void clear();

private:
  void add_view(const command_view& c);

  struct entry {
    std::uint64_t sequence;
    std::size_t begin; ///< of its bytes; they end where the next one's begin
  };
  session_id session_;
  std::vector<entry> entries_;
  std::vector<std::byte> bytes_;
};

/// A command that was read and fits the world, where it lies, and who may own its target.
struct placed_command {
  std::uint64_t sequence = 0;
  std::span<const std::byte> bytes;
  shard_id owner = 0;
  bool changes_state = false;
};
/// Of a command that passed check_command.
placed_command place(const layout& cut, const command_view& c, std::span<const std::byte> bytes);

class routed_batch {
public:
  /// Fails with bad_command if the batch is empty, its numbers do not rise, or a command does not fit the
  /// world; the error says which one.
  static result<std::shared_ptr<const routed_batch>>
  make(const world_setup& setup, const layout& cut, command_batch commands);
  /// Of at least one command of one session, placed by this layout; numbers rise.
  static std::shared_ptr<const routed_batch> of_placed(const layout& cut, session_id session,
                                                       std::span<const placed_command> commands);

  /// Shard by shard, so that each reads its own one after the other; those that may concern all of them
  /// come last. A command's place is its place in here.
  const command_batch& commands() const { return commands_; }
  session_id session() const { return commands_.session(); }
  std::size_t size() const { return commands_.size(); }
  std::uint64_t first_sequence() const { return first_sequence_; }
  std::uint64_t last_sequence() const { return last_sequence_; }
  /// Of the commands that change state, which is all but get; 0 if there is none.
  std::uint64_t first_change() const { return first_change_; }
  std::uint64_t last_change() const { return last_change_; }

  /// f(place) for each command that may concern the shard, by sequence number.
  template <class F>
  void for_shard(shard_id shard, F&& f) const;
  /// f(place) for each command, by sequence number.
  template <class F>
  void in_order(F&& f) const;

private:
  explicit routed_batch(command_batch commands) : commands_(std::move(commands)) {}
  void route(std::span<const placed_command> commands, std::size_t shards);

  struct part {
    shard_id shard;
    std::uint32_t begin;
    std::uint32_t end;
  };
  const part* part_of(shard_id shard) const;

  command_batch commands_;
  std::uint64_t first_sequence_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t first_change_ = 0;
  std::uint64_t last_change_ = 0;
  std::vector<part> parts_;          ///< ascending; only shards that have commands
  std::uint32_t everyone_begin_ = 0; ///< from here on: those whose target's place is not known
  std::vector<std::uint32_t> order_; ///< places by sequence number; empty: as they lie
};

using batch_pointer = std::shared_ptr<const routed_batch>;

/// A batch and the tick that it applies in.
struct stamped_batch {
  tick_number tick = 0;
  batch_pointer batch;
};

/// The same, not routed yet.
struct stamped_commands {
  tick_number tick = 0;
  command_batch commands;
};

/// The commands of such batches, in their order.
std::vector<command> commands_of(std::span<const stamped_commands> batches);
std::vector<command> commands_of(std::span<const stamped_batch> batches);
/// The commands of a grant, in (session, sequence) order.
std::vector<command> commands_of(const grant& g);

/// Checks a command against the world: place inside it, finite numbers, known types and sizes.
result<void> check_command(const world_setup& setup, const command_view& c);
result<void> check_command(const world_setup& setup, const command& c);

template <class F>
void routed_batch::for_shard(shard_id shard, F&& f) const {
  const part* own = part_of(shard);
  std::uint32_t next = own == nullptr ? 0 : own->begin;
  const std::uint32_t end = own == nullptr ? 0 : own->end;
  for (std::uint32_t i = everyone_begin_; i < size(); ++i) {
    for (; next < end && commands_.sequence(next) < commands_.sequence(i); ++next)
      f(next);
    f(i);
  }
  for (; next < end; ++next)
    f(next);
}

template <class F>
void routed_batch::in_order(F&& f) const {
  for (std::uint32_t i = 0; i < size(); ++i)
    f(order_.empty() ? i : order_[i]);
}

} // namespace tessera
