#include "shards/command_codec.hpp"

#include "core/assert.hpp"

#include <cstring>

namespace tessera {

namespace {

/// What a command has beside op, session, sequence, target and parts.
enum extras : std::uint8_t {
  has_place = 1,
  has_expected_cell = 2, ///< as two numbers of 16 bits
  expects_birth_cell = 4,
  all_extras = 7,
};

/// Reads bytes that may be anything: never beyond their end; after the first failure only zeros.
class cursor {
public:
  explicit cursor(std::span<const std::byte> bytes)
    : begin_(bytes.data()), at_(begin_), end_(begin_ + bytes.size()) {}

  bool failed() const { return wrong_ != nullptr; }
  std::span<const std::byte> rest() const { return {at_, end_}; }
  std::span<const std::byte> since(const std::byte* from) const { return {from, at_}; }
  const std::byte* at() const { return at_; }

  template <class T>
  T take() {
    T value{};
    if (static_cast<std::size_t>(end_ - at_) < sizeof(T)) [[unlikely]] {
      give_up("it ends too soon");
      return value;
    }
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  /// Seven bits a byte, lowest first; the top bit says that more follow.
  std::uint64_t take_number() {
    std::uint64_t n = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      auto byte = take<std::uint8_t>();
      n |= std::uint64_t{byte & 0x7FU} << shift;
      if ((byte & 0x80) == 0)
        return n;
    }
    give_up("a number of more than 64 bits");
    return 0;
  }

  std::span<const std::byte> take_bytes(std::uint64_t count) {
    if (count > static_cast<std::size_t>(end_ - at_)) [[unlikely]] {
      give_up("it ends too soon");
      return {};
    }
    at_ += count;
    return {at_ - count, at_};
  }

  void give_up(const char* why) {
    if (failed())
      return;
    wrong_ = why;
    wrong_at_ = at_;
    at_ = end_; // so that nothing more is read
  }

  error why() const {
    return {error_code::bad_bytes, "at byte " + std::to_string(wrong_at_ - begin_) + " of " +
                                     std::to_string(end_ - begin_) + ": " + wrong_};
  }

private:
  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  const char* wrong_ = nullptr;
  const std::byte* wrong_at_ = nullptr;
};

/// A set names its fields as bits; all of them, the usual case, is written as 0.
std::uint64_t turned(std::uint64_t fields) {
  return ~fields;
}

bool has_target(command_op op) {
  return op != command_op::spawn;
}

cell birth_cell(entity_id id) {
  return {id.birth_cell_x(), id.birth_cell_z()};
}

part_view take_part(cursor& from) {
  part_view part;
  part.type = from.take<std::uint16_t>();
  part.fields = turned(from.take_number());
  part.bytes = from.take_bytes(from.take_number());
  return part;
}

command_view take_command(cursor& from) {
  command_view c;
  c.op = from.take<command_op>();
  if (c.op > command_op::get)
    from.give_up("a command of an unknown kind");
  c.session = from.take_number();
  c.sequence = from.take_number();
  if (has_target(c.op))
    c.target.value = from.take<std::uint64_t>();
  auto extra = from.take<std::uint8_t>();
  if (extra > all_extras)
    from.give_up("a command with something unknown beside it");
  if ((extra & has_place) != 0)
    c.place = from.take<position>();
  if ((extra & has_expected_cell) != 0)
    c.expected = from.take<cell>();
  else if ((extra & expects_birth_cell) != 0)
    c.expected = birth_cell(c.target);
  c.part_count = from.take_number();
  if (c.part_count == 0)
    return c;
  c.first_part = take_part(from);
  const std::byte* more = from.at();
  for (auto n = c.part_count - 1; n > 0 && !from.failed(); --n)
    take_part(from);
  c.more_parts = from.since(more);
  return c;
}

/// Writes into memory that is large enough.
class pen {
public:
  explicit pen(std::byte* at) : at_(at) {}
  std::byte* at() const { return at_; }

  template <class T>
  void write(const T& value) {
    std::memcpy(at_, &value, sizeof(T));
    at_ += sizeof(T);
  }
  void write_number(std::uint64_t n) {
    for (; n >= 0x80; n >>= 7)
      write(static_cast<std::uint8_t>(n | 0x80));
    write(static_cast<std::uint8_t>(n));
  }
  void write_part(std::uint16_t type, std::uint64_t fields, std::span<const std::byte> bytes) {
    write(type);
    write_number(turned(fields));
    write_number(bytes.size());
    if (!bytes.empty())
      std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }

private:
  std::byte* at_;
};

constexpr std::size_t most_head_bytes = 64; // without parts: 1 + 10 + 10 + 8 + 1 + 16 + 4 + 10
constexpr std::size_t most_part_head_bytes = 24;

template <class Command>
void write_head(pen& to, const Command& c, std::uint64_t parts) {
  to.write(c.op);
  to.write_number(c.session);
  to.write_number(c.sequence);
  if (has_target(c.op))
    to.write(c.target.value);
  const position nowhere; // bit by bit: -0 is another place than +0
  std::uint8_t extra = std::memcmp(&c.place, &nowhere, sizeof nowhere) != 0 ? has_place : 0;
  if (c.expected)
    extra |= has_target(c.op) && *c.expected == birth_cell(c.target) ? expects_birth_cell
                                                                     : has_expected_cell;
  to.write(extra);
  if ((extra & has_place) != 0)
    to.write(c.place);
  if ((extra & has_expected_cell) != 0)
    to.write(*c.expected);
  to.write_number(parts);
}

} // namespace

result<command_view> read_command(std::span<const std::byte>& from) {
  cursor at{from};
  command_view c = take_command(at);
  if (at.failed())
    return tl::unexpected(at.why());
  from = at.rest();
  return c;
}

command_view decode_command(std::span<const std::byte> bytes) {
  cursor at{bytes};
  command_view c = take_command(at);
  TESSERA_ASSERT(!at.failed(), "a command was checked before it is decoded");
  return c;
}

part_view decode_part(std::span<const std::byte>& from) {
  cursor at{from};
  part_view part = take_part(at);
  TESSERA_ASSERT(!at.failed(), "a command was checked before it is decoded");
  from = at.rest();
  return part;
}

void write_command(std::vector<std::byte>& out, const command& c) {
  std::size_t begin = out.size();
  std::size_t most = most_head_bytes;
  for (const auto& part : c.parts)
    most += most_part_head_bytes + part.bytes.size();
  out.resize(begin + most);
  pen to{out.data() + begin};
  write_head(to, c, c.parts.size());
  for (const auto& part : c.parts)
    to.write_part(part.type, part.fields, part.bytes);
  out.resize(static_cast<std::size_t>(to.at() - out.data()));
}

void write_command(std::vector<std::byte>& out, const command_view& c) {
  std::size_t begin = out.size();
  out.resize(begin + most_head_bytes + most_part_head_bytes + c.first_part.bytes.size() +
             c.more_parts.size());
  pen to{out.data() + begin};
  write_head(to, c, c.part_count);
  if (c.part_count != 0)
    to.write_part(c.first_part.type, c.first_part.fields, c.first_part.bytes);
  out.resize(static_cast<std::size_t>(to.at() - out.data()));
  out.insert(out.end(), c.more_parts.begin(), c.more_parts.end());
}

command to_command(const command_view& c, tick_number tick) {
  command out;
  out.session = c.session;
  out.sequence = c.sequence;
  out.tick = tick;
  out.op = c.op;
  out.target = c.target;
  out.expected = c.expected;
  out.place = c.place;
  c.for_each_part([&](const part_view& part) {
    out.parts.push_back({part.type, part.fields, {part.bytes.begin(), part.bytes.end()}});
  });
  return out;
}

result<std::vector<command>> read_commands(std::span<const std::byte> bytes, tick_number tick) {
  std::vector<command> out;
  while (!bytes.empty()) {
    auto c = read_command(bytes);
    if (!c)
      return tl::unexpected(c.error());
    out.push_back(to_command(*c, tick));
  }
  return out;
}

} // namespace tessera
