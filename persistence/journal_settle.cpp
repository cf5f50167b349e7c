#include "persistence/journal_settle.hpp"

#include <algorithm>
#include <set>

namespace tessera {

using namespace journal_format;

namespace {

result<std::vector<std::byte>> read_part(file& source, std::uint64_t offset, std::uint64_t bytes) {
  std::vector<std::byte> part(static_cast<std::size_t>(bytes));
  const auto got = source.read(offset, part);
  if (!got)
    return tl::unexpected(got.error());
  part.resize(*got);
  return part;
}

result<void> rewrite(file& target, std::uint64_t offset, std::uint64_t bytes) {
  const auto part = read_part(target, offset, bytes);
  if (!part)
    return tl::unexpected(part.error());
  return target.write(offset, *part);
}

/// Frames that count and that no later frame says were durable.
result<void> write_last_round_again(file_system& fs, const journal_survey& survey,
                                    const segment_scan& segment) {
  std::unique_ptr<file> target;
  for (const scanned_frame& frame : segment.frames) {
    const bool witnessed = frame.kind != frame_kind::clean_stop && frame.end <= survey.witnessed;
    if (!frame.counts || witnessed)
      continue;
    if (!target) {
      auto opened = fs.open(segment.path, file_system::mode::write);
      if (!opened)
        return tl::unexpected(opened.error());
      target = std::move(*opened);
    }
    if (frame.offset == header_bytes)
      if (auto written = rewrite(*target, 0, header_bytes); !written)
        return written;
    if (auto written = rewrite(*target, frame.offset, frame.bytes); !written)
      return written;
  }
  return target ? target->sync() : result<void>{};
}

result<void> set_aside(file_system& fs, const torn_tail& torn, const std::string& aside,
                       std::set<std::string>& taken) {
  auto opened = fs.open(torn.path, file_system::mode::write);
  if (!opened)
    return tl::unexpected(opened.error());
  const auto part = read_part(**opened, torn.offset, torn.bytes);
  if (!part)
    return tl::unexpected(part.error());
  const std::string base =
    torn.path.substr(torn.path.rfind('/') + 1) + "." + std::to_string(torn.offset);
  std::string name;
  for (int count = 1; name.empty() || taken.contains(name); ++count)
    name = base + "." + std::to_string(count);
  taken.insert(name);
  auto copy = fs.open(aside + "/" + name, file_system::mode::create_new);
  if (!copy)
    return tl::unexpected(copy.error());
  if (auto written = (*copy)->write(0, *part); !written)
    return written;
  if (auto synced = (*copy)->sync(); !synced)
    return synced;
  if (auto synced = fs.sync_directory(aside); !synced)
    return synced;
  if (auto written = (*opened)->write(torn.offset, std::vector<std::byte>(part->size())); !written)
    return written;
  return (*opened)->sync();
}

result<void> set_all_aside(file_system& fs, const journal_survey& survey) {
  const std::string aside = survey.directory + "/" + std::string(aside_name);
  if (auto made = fs.make_directory(aside); !made)
    return made;
  if (auto synced = fs.sync_directory(survey.directory); !synced)
    return synced;
  const auto entries = fs.list(aside);
  if (!entries)
    return tl::unexpected(entries.error());
  std::set<std::string> taken;
  for (const directory_entry& entry : *entries)
    taken.insert(entry.name);
  for (const torn_tail& torn : survey.torn)
    if (auto moved = set_aside(fs, torn, aside, taken); !moved)
      return moved;
  return {};
}

} // namespace

result<void> settle_journal(file_system& fs, const journal_survey& survey) {
  if (survey.corruption)
    return tl::unexpected(*survey.corruption);
  const std::uint64_t newest = survey.epochs.empty() ? 0 : survey.epochs.back().epoch;
  for (const segment_scan& segment : survey.segments)
    if (segment.name.epoch == newest)
      if (auto written = write_last_round_again(fs, survey, segment); !written)
        return written;
  if (!survey.torn.empty())
    if (auto moved = set_all_aside(fs, survey); !moved)
      return moved;
  for (const segment_scan& segment : survey.segments)
    if (segment.header_state == segment_scan::state::unused)
      if (auto removed = fs.remove(segment.path); !removed)
        return removed;
  return fs.sync_directory(survey.directory);
}

} // namespace tessera
