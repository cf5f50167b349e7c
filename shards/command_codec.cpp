#include "shards/command_codec.hpp"

namespace tessera {

namespace {

/// Seven bits a byte, lowest first; the top bit says that more follow.
void write_number(byte_writer& to, std::uint64_t n) {
  for (; n >= 0x80; n >>= 7)
    to.write(static_cast<std::uint8_t>(n | 0x80));
  to.write(static_cast<std::uint8_t>(n));
}

std::uint64_t read_number(byte_reader& from) {
  std::uint64_t n = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    auto byte = from.read<std::uint8_t>();
    n |= std::uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80) == 0)
      return n;
  }
  from.give_up("a number of more than 64 bits");
  return 0;
}

/// A set names its fields as bits; all of them, the usual case, is written as 0.
std::uint64_t turned(std::uint64_t fields) {
  return ~fields;
}

bool has_target(command_op op) {
  return op != command_op::spawn;
}

command read_command(byte_reader& from, tick_number tick) {
  command c;
  c.tick = tick;
  c.op = from.read<command_op>();
  if (!from.failed() && c.op > command_op::teleport)
    from.give_up("a command of an unknown kind");
  c.session = read_number(from);
  c.sequence = read_number(from);
  if (has_target(c.op))
    c.target.value = from.read<std::uint64_t>();
  if (from.read_bool())
    c.place = from.read<position>();
  for (auto n = read_number(from); n > 0 && !from.failed(); --n) {
    command::part part;
    part.type = from.read<std::uint16_t>();
    part.fields = turned(read_number(from));
    part.bytes = from.read_values<std::byte>(read_number(from));
    c.parts.push_back(std::move(part));
  }
  return c;
}

} // namespace

void write_command(std::vector<std::byte>& out, const command& c) {
  byte_writer to{out};
  to.write(c.op);
  write_number(to, c.session);
  write_number(to, c.sequence);
  if (has_target(c.op))
    to.write(c.target.value);
  position nowhere; // bit by bit: -0 is another place than +0
  bool placed = std::memcmp(&c.place, &nowhere, sizeof nowhere) != 0;
  to.write_bool(placed);
  if (placed)
    to.write(c.place);
  write_number(to, c.parts.size());
  for (const auto& part : c.parts) {
    to.write(part.type);
    write_number(to, turned(part.fields));
    write_number(to, part.bytes.size());
    to.write_bytes(part.bytes);
  }
}

result<std::vector<command>> read_commands(std::span<const std::byte> bytes, tick_number tick) {
  std::vector<command> out;
  byte_reader from{bytes};
  while (from.remaining() != 0 && !from.failed())
    out.push_back(read_command(from, tick));
  if (auto ok = from.check(); !ok)
    return tl::unexpected(ok.error());
  return out;
}

} // namespace tessera
