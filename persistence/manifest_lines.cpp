// Always true: a line is taken apart from left to right, and after the first part that is not as it
// should be nothing more of it is believed.
#include "persistence/manifest_lines.hpp"

#include "persistence/manifest_format.hpp"

#include <array>
#include <charconv>

namespace tessera {

namespace format = manifest_format;

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\')
      (out += '\\') += c;
    else if (byte < ' ' || byte == 0x7f)
      (out += "\\x") += to_hex(byte, 2);
    else
      out += c;
  }
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  append_escaped(out, text);
  return out + "\"";
}

/// Takes one line apart.
class line_parts {
public:
  explicit line_parts(std::string_view line) : rest_(line) {}

  /// Exactly these characters.
  bool word(std::string_view expected) {
    fine_ = fine_ && rest_.starts_with(expected);
    if (fine_)
      rest_.remove_prefix(expected.size());
    return fine_;
  }

  template <class T>
  line_parts& number(T& out) {
    return digits(out, 10, 0);
  }

  /// Of a fixed count of digits.
  template <class T>
  line_parts& hex(T& out, std::size_t count) {
    return digits(out, 16, count);
  }

  line_parts& world(std::array<std::byte, 16>& out) {
    for (auto& byte : out) {
      std::uint8_t value = 0;
      hex(value, 2);
      byte = static_cast<std::byte>(value);
    }
    return *this;
  }

  line_parts& quoted(std::string& out) {
    word("\"");
    while (fine_ && !rest_.empty() && rest_.front() != '"') {
      std::uint8_t escaped = 0;
      if (rest_.starts_with("\\x")) {
        word("\\x");
        hex(escaped, 2);
        out += static_cast<char>(escaped);
        continue;
      }
      if (rest_.front() == '\\')
        rest_.remove_prefix(1);
      if (!rest_.empty()) {
        out += rest_.front();
        rest_.remove_prefix(1);
      }
    }
    word("\"");
    return *this;
  }

  line_parts& rest(std::string& out) {
    out = rest_;
    rest_ = {};
    return *this;
  }

  bool ended() const { return fine_ && rest_.empty(); }

private:
  template <class T>
  line_parts& digits(T& out, int base, std::size_t count) {
    const auto text = count == 0 ? rest_ : rest_.substr(0, count);
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out, base);
    const auto used = static_cast<std::size_t>(end - text.data());
    fine_ = fine_ && code == std::errc() && (count == 0 || used == count);
    if (fine_)
      rest_.remove_prefix(used);
    return *this;
  }

  std::string_view rest_;
  bool fine_ = true;
};

bool parse_epoch(line_parts& in, manifest& out) {
  auto& epoch = out.epochs.emplace_back();
  return in.number(epoch.epoch).word(" from ") && in.number(epoch.first_tick).ended();
}

bool parse_input(line_parts& in, manifest& out) {
  auto& input = out.inputs.emplace_back();
  return in.quoted(input.name).word(" bytes ") && in.number(input.bytes).word(" crc ") &&
         in.hex(input.crc, 8).ended();
}

bool parse_checkpoint(line_parts& in, manifest& out) {
  auto& checkpoint = out.checkpoints.emplace_back();
  return in.number(checkpoint.tick).word(" hash ") && in.hex(checkpoint.world_hash, 16).ended();
}

bool parse_file(line_parts& in, manifest& out) {
  if (out.checkpoints.empty())
    return false;
  auto& file = out.checkpoints.back().files.emplace_back();
  return in.number(file.shard).word(" bytes ") && in.number(file.bytes).word(" crc ") &&
         in.hex(file.crc, 8).word(" name ") && in.rest(file.name).ended();
}

/// Any line behind those that are there once.
bool parse_later(std::string_view line, manifest& out) {
  line_parts in(line);
  if (line.starts_with("epoch "))
    return in.word("epoch ") && parse_epoch(in, out);
  if (line.starts_with("input "))
    return in.word("input ") && parse_input(in, out);
  if (line.starts_with("checkpoint "))
    return in.word("checkpoint tick ") && parse_checkpoint(in, out);
  return in.word("file shard ") && parse_file(in, out);
}

/// The lines that are there once, by number.
bool parse_line(std::size_t number, std::string_view line, manifest& out) {
  line_parts in(line);
  switch (number) {
    case 2: return in.word("world ") && in.world(out.identity.world).ended();
    case 3: return in.word("schema ") && in.hex(out.identity.schema, 16).ended();
    case 4: return in.word("code ") && in.hex(out.identity.code, 16).ended();
    case 5: return in.word("layout ") && in.quoted(out.layout).ended();
    default: return parse_later(line, out);
  }
}

std::string_view allowed_line(std::size_t number) {
  constexpr std::array once = {format::world_line, format::schema_line, format::code_line,
                               format::layout_line};
  return number - 2 < once.size() ? once[number - 2] : format::later_line;
}

tl::unexpected<error> bad_line(std::size_t number, std::string_view found,
                               std::string_view allowed) {
  return fail(error_code::corrupt, "line " + std::to_string(number) + ": found '" +
                                     printable(found) + "', allowed is " + std::string(allowed));
}

result<void> check_version(std::string_view line) {
  std::uint32_t version = 0;
  line_parts in(line);
  if (!in.word(format::first_words) || !in.number(version).ended() || version == 0)
    return bad_line(1, line, "tessera manifest version NUMBER");
  if (version > format::version)
    return fail(error_code::newer_format, "manifest format " + std::to_string(version) +
                                            ", this Tessera reads up to " +
                                            std::to_string(format::version) +
                                            "; use the Tessera that wrote it, or a newer one");
  return {};
}

} // namespace

std::string to_hex(std::uint64_t value, int digits) {
  std::string out;
  for (int i = digits - 1; i >= 0; --i)
    out += hex_digits[value >> (4 * i) & 15];
  return out;
}

std::string printable(std::string_view text) {
  constexpr std::size_t most = 100;
  std::string out;
  append_escaped(out, text.substr(0, most));
  return text.size() > most ? out + "..." : out;
}

void append_lines(std::string& text, const manifest& from) {
  text += "world ";
  for (const auto byte : from.identity.world)
    text += to_hex(std::to_integer<unsigned>(byte), 2);
  text += "\nschema " + to_hex(from.identity.schema, 16);
  text += "\ncode " + to_hex(from.identity.code, 16);
  text += "\nlayout " + quoted(from.layout) + "\n";
  for (const auto& epoch : from.epochs)
    text +=
      "epoch " + std::to_string(epoch.epoch) + " from " + std::to_string(epoch.first_tick) + "\n";
  for (const auto& input : from.inputs)
    text += "input " + quoted(input.name) + " bytes " + std::to_string(input.bytes) + " crc " +
            to_hex(input.crc, 8) + "\n";
  for (const auto& checkpoint : from.checkpoints) {
    text += "checkpoint tick " + std::to_string(checkpoint.tick) + " hash " +
            to_hex(checkpoint.world_hash, 16) + "\n";
    for (const auto& file : checkpoint.files)
      text += "file shard " + std::to_string(file.shard) + " bytes " + std::to_string(file.bytes) +
              " crc " + to_hex(file.crc, 8) + " name " + file.name + "\n";
  }
}

result<manifest> parse_lines(std::string_view text) {
  manifest out;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    if (end == std::string_view::npos)
      return bad_line(number, line, "a line feed at its end");
    text.remove_prefix(end + 1);
    if (number == 1) {
      if (auto fine = check_version(line); !fine)
        return tl::unexpected(fine.error());
    } else if (!parse_line(number, line, out)) {
      return bad_line(number, line, allowed_line(number));
    }
  }
  if (number < 5)
    return bad_line(number + 1, "", allowed_line(number + 1));
  return out;
}

} // namespace tessera
