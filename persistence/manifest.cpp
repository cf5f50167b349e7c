// Always true: what is parsed is written as text again and compared, so no text is taken that
// to_text() would not have made.
#include "persistence/manifest.hpp"

#include "persistence/crc32c.hpp"
#include "persistence/manifest_format.hpp"
#include "persistence/manifest_lines.hpp"

#include <algorithm>
#include <set>
#include <span>

namespace tessera {

namespace format = manifest_format;

namespace {

std::uint32_t crc_of(std::string_view text) {
  return crc32c(std::as_bytes(std::span(text.data(), text.size())));
}

std::string path_of(const std::string& directory) {
  return directory + "/" + std::string(format::file_name);
}

std::optional<std::string> epochs_fault(const std::vector<manifest_epoch>& epochs) {
  for (std::size_t i = 1; i < epochs.size(); ++i)
    if (epochs[i].epoch <= epochs[i - 1].epoch || epochs[i].first_tick < epochs[i - 1].first_tick)
      return "epoch " + std::to_string(epochs[i].epoch) + " from tick " +
             std::to_string(epochs[i].first_tick) + " follows epoch " +
             std::to_string(epochs[i - 1].epoch) + " from tick " +
             std::to_string(epochs[i - 1].first_tick);
  return std::nullopt;
}

std::optional<std::string> inputs_fault(const std::vector<manifest_input>& inputs) {
  std::set<std::string_view> names;
  for (const auto& input : inputs) {
    if (!is_plain_relative_path(input.name))
      return "input '" + printable(input.name) + "' is not a path inside of world/";
    if (!names.insert(input.name).second)
      return "input '" + printable(input.name) + "' is there twice";
  }
  return std::nullopt;
}

std::optional<std::string> files_fault(const manifest_checkpoint& checkpoint,
                                       std::set<std::string_view>& names) {
  const std::string at = "checkpoint of tick " + std::to_string(checkpoint.tick) + ": ";
  const checkpoint_file* before = nullptr;
  for (const auto& file : checkpoint.files) {
    if (!is_plain_file_name(file.name))
      return at + "'" + printable(file.name) + "' is not the name of a checkpoint's file";
    if (!names.insert(file.name).second)
      return at + "file '" + file.name + "' is there twice";
    if (before != nullptr && file.shard <= before->shard)
      return at + "shard " + std::to_string(file.shard) + " follows shard " +
             std::to_string(before->shard);
    before = &file;
  }
  return std::nullopt;
}

/// Where two texts part: 1 is the first line.
std::size_t first_other_line(std::string_view a, std::string_view b) {
  const auto at = std::ranges::mismatch(a, b).in1;
  return 1 + static_cast<std::size_t>(std::count(a.begin(), at, '\n'));
}

} // namespace

bool is_plain_file_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= format::name_bytes && name.front() != '.' &&
         std::ranges::all_of(name, plain);
}

bool is_plain_relative_path(std::string_view path) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (std::ranges::any_of(path, control))
    return false;
  for (std::size_t parts = 1;; ++parts) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    if (part.empty() || part == "." || part == ".." || part.size() > format::name_bytes ||
        parts > format::path_parts)
      return false;
    if (slash == std::string_view::npos)
      return true;
    path.remove_prefix(slash + 1);
  }
}

std::optional<std::string> manifest_fault(const manifest& of) {
  if (auto fault = epochs_fault(of.epochs))
    return fault;
  if (auto fault = inputs_fault(of.inputs))
    return fault;
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < of.checkpoints.size(); ++i) {
    if (i > 0 && of.checkpoints[i].tick <= of.checkpoints[i - 1].tick)
      return "checkpoint of tick " + std::to_string(of.checkpoints[i].tick) +
             " follows that of tick " + std::to_string(of.checkpoints[i - 1].tick);
    if (auto fault = files_fault(of.checkpoints[i], names))
      return fault;
  }
  return std::nullopt;
}

std::string to_text(const manifest& from) {
  std::string text = std::string(format::first_words) + std::to_string(format::version) + "\n";
  append_lines(text, from);
  text += std::string(format::crc_word) + to_hex(crc_of(text), 8) + "\n";
  return text;
}

result<manifest> parse_manifest(std::string_view text, const std::string& path) {
  const auto damaged = [&path](const std::string& what) {
    return fail(error_code::corrupt, path + ": the manifest is damaged: " + what +
                                       "; keep the directory as it is and restore a backup, or see "
                                       "what 'tessera salvage' can save");
  };
  if (!text.starts_with(format::first_words))
    return damaged("line 1: found '" + printable(text.substr(0, text.find('\n'))) +
                   "', allowed is 'tessera manifest version NUMBER'");
  const std::size_t body_bytes = text.size() - std::min(text.size(), format::crc_line_bytes);
  const auto body = text.substr(0, body_bytes);
  const auto crc_line = text.substr(body_bytes);
  const std::string right = std::string(format::crc_word) + to_hex(crc_of(body), 8) + "\n";
  auto parsed = parse_lines(body);
  if (crc_line != right)
    return damaged("its last line is '" + printable(crc_line) + "', allowed is '" +
                   printable(right) + "'" + (parsed ? "" : "; " + parsed.error().message));
  if (!parsed && parsed.error().code == error_code::newer_format)
    return fail(error_code::newer_format, path + ": " + parsed.error().message);
  if (!parsed)
    return damaged(parsed.error().message);
  if (const auto fault = manifest_fault(*parsed))
    return damaged(*fault);
  if (const auto again = to_text(*parsed); again != text)
    return damaged("line " + std::to_string(first_other_line(text, again)) +
                   " is not in its one allowed form");
  return parsed;
}

result<manifest> read_manifest(file_system& fs, const std::string& directory) {
  const auto path = path_of(directory);
  const auto bytes = read_file(fs, path, format::most_bytes);
  if (!bytes && bytes.error().code == error_code::not_there)
    return fail(error_code::not_there, path + " is not there: " + directory +
                                         " holds no world; is it the right directory?");
  if (!bytes)
    return tl::unexpected(bytes.error());
  return parse_manifest({reinterpret_cast<const char*>(bytes->data()), bytes->size()}, path);
}

result<void> write_manifest(file_system& fs, const std::string& directory, const manifest& what) {
  const auto path = path_of(directory);
  if (const auto fault = manifest_fault(what))
    return fail(error_code::failure, path + ": not written: " + *fault);
  const auto text = to_text(what);
  if (text.size() > format::most_bytes)
    return fail(error_code::failure, path + ": not written: " + std::to_string(text.size()) +
                                       " bytes, allowed are " + std::to_string(format::most_bytes));
  return replace_file(fs, path, std::as_bytes(std::span(text.data(), text.size())));
}

} // namespace tessera
