#include "persistence/journal_floor.hpp"

#include "persistence/journal_format.hpp"

#include <cstring>

namespace tessera {
namespace {

std::string path_in(const std::string& directory) {
  return directory + "/" + std::string(journal_format::floor_name);
}

} // namespace

result<tick_number> read_journal_floor(file_system& fs, const std::string& directory) {
  const std::string path = path_in(directory);
  const auto bytes = read_file(fs, path, journal_format::header_bytes);
  if (!bytes && bytes.error().code == error_code::not_there)
    return tick_number{0};
  if (!bytes && bytes.error().code != error_code::bad_bytes)
    return tl::unexpected(bytes.error());
  journal_format::floor_file found;
  const bool whole = bytes && bytes->size() == sizeof found;
  if (whole)
    std::memcpy(&found, bytes->data(), sizeof found);
  if (!whole || found.magic != journal_format::floor_magic || found.crc != crc_of(found))
    return fail(error_code::corrupt,
                path +
                  " is damaged: it says below which tick segments may be missing. Segments "
                  "that are there are not affected; without the file all of them are expected");
  if (found.format_version > journal_format::version)
    return fail(error_code::newer_format,
                path + " has format version " + std::to_string(found.format_version) +
                  ", this program knows up to " + std::to_string(journal_format::version));
  return found.floor;
}

result<void> raise_journal_floor(file_system& fs, const std::string& directory, tick_number floor) {
  const auto now = read_journal_floor(fs, directory);
  if (!now)
    return tl::unexpected(now.error());
  if (*now >= floor)
    return {};
  journal_format::floor_file next;
  next.floor = floor;
  next.crc = crc_of(next);
  return replace_file(fs, path_in(directory), std::as_bytes(std::span(&next, 1)));
}

} // namespace tessera
