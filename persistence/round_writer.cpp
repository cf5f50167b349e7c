#include "persistence/round_writer.hpp"

#include <algorithm>
#include <cstring>

namespace tessera {

using namespace journal_format;

round_writer::round_writer(file_system& fs, const journal_options& options)
  : fs_(fs), options_(options), writer_(make_batch_writer(options.allow_io_uring)),
    supply_(fs, *writer_, options.directory, options.sync, options.make_segments_ahead),
    shards_(options.shards) {
  for (std::uint32_t shard = 0; shard < options.shards; ++shard)
    shards_[shard].chain = chain_start(options.epoch, shard);
}

segment_order round_writer::next_segment(std::uint32_t shard, std::uint64_t frame_bytes) const {
  const shard_end& end = shards_[shard];
  const std::uint64_t needed = header_bytes + frame_bytes;
  const std::uint64_t whole = (needed + header_bytes - 1) / header_bytes * header_bytes;
  return {{shard, options_.epoch, end.number + 1}, std::max(end.next_bytes, whole)};
}

/// New segments for all shards whose first frame does not fit, made at once.
result<void> round_writer::make_room(std::span<const outgoing_frame> frames) {
  std::vector<segment_order> orders;
  std::optional<std::uint32_t> before;
  for (const outgoing_frame& frame : frames) {
    const bool first = before != frame.shard;
    before = frame.shard;
    if (first && !shards_[frame.shard].takes(frame.draft.frame_bytes()))
      orders.push_back(next_segment(frame.shard, frame.draft.frame_bytes()));
  }
  return begin_segments(orders);
}

result<void> round_writer::begin_segments(std::span<const segment_order> orders) {
  if (orders.empty())
    return {};
  auto made = supply_.take(orders);
  if (!made)
    return tl::unexpected(made.error());
  for (std::size_t i = 0; i < orders.size(); ++i)
    begin_segment(orders[i].name.shard, std::move((*made)[i]));
  return {};
}

void round_writer::begin_segment(std::uint32_t shard, segment_file made) {
  shard_end& end = shards_[shard];
  if (end.current.handle) {
    end.full.push_back({end.current.path, end.end});
    retired_.push_back(std::move(end.current));
  }
  end.current = std::move(made);
  ++end.number;
  end.next_bytes =
    std::min(std::max(end.next_bytes, end.current.bytes) * 2, options_.largest_segment_bytes);
  end.offset = 0;
  end.ordered = false;
  const std::uint64_t place = std::uint64_t{shard} << 32 | end.number;
  end.salt = hash_combine(hash_combine(options_.salt_seed, options_.epoch), place);
  ++statistics_.segments;
}

void round_writer::add_header(std::uint32_t shard, tick_number from) {
  shard_end& end = shards_[shard];
  segment_header header;
  header.world = options_.identity.world;
  header.schema = options_.identity.schema;
  header.code = options_.identity.code;
  header.epoch = options_.epoch;
  header.salt = end.salt;
  header.first_tick = from;
  header.previous_chain = end.chain;
  header.segment_bytes = end.current.bytes;
  header.shard = shard;
  header.number = end.number;
  header.flags = options_.sync ? 0 : unsynced_flag;
  pages_.push_back(std::make_unique<std::byte[]>(header_bytes)); // zeros
  const std::span page(pages_.back().get(), header_bytes);
  std::memcpy(page.data(), &header, sizeof header);
  header.crc = crc_of_page(page);
  std::memcpy(page.data(), &header, sizeof header);
  auto& to = options_.sync ? requests_ : headers_;
  to.push_back({end.current.handle.get(), 0, page, end.current.path});
  end.offset = header_bytes;
}

/// That a log was not synced is known by its headers alone: without them, frames that outlived a loss of power
/// would be taken for proof of what was durable.
result<void> round_writer::make_headers_durable() {
  if (headers_.empty())
    return {};
  if (auto written = writer_->write(headers_, true); !written)
    return written;
  statistics_.syncs += headers_.size();
  headers_.clear();
  return fs_.sync_directory(options_.directory);
}

result<void> round_writer::write(std::span<outgoing_frame> frames, tick_number from,
                                 tick_number end, frame_kind kind) {
  if (auto made = make_room(frames); !made)
    return made;
  std::uint64_t records = 0;
  for (outgoing_frame& frame : frames) {
    shard_end& shard = shards_[frame.shard];
    if (!shard.takes(frame.draft.frame_bytes())) {
      const segment_order order = next_segment(frame.shard, frame.draft.frame_bytes());
      if (auto begun = begin_segments(std::span(&order, 1)); !begun)
        return begun;
    }
    if (shard.offset == 0)
      add_header(frame.shard, from);
    frame_header header;
    header.salt = shard.salt;
    header.chain = shard.chain;
    header.round = round_;
    header.from = from;
    header.end = end;
    header.frames = static_cast<std::uint32_t>(frames.size());
    header.kind = kind;
    const auto sealed = frame.draft.seal(header);
    requests_.push_back({shard.current.handle.get(), shard.offset, sealed, shard.current.path});
    shard.offset += sealed.size();
    shard.chain = chain_after(header);
    shard.end = end;
    records += frame.draft.records();
  }
  if (auto durable = make_headers_durable(); !durable)
    return durable;
  if (auto written = writer_->write(requests_, options_.sync); !written)
    return written;
  const file* before = nullptr;
  for (const write_request& request : requests_) {
    statistics_.bytes += request.bytes.size();
    statistics_.syncs += options_.sync && request.target != before ? 1 : 0;
    before = request.target;
  }
  statistics_.records += records;
  ++statistics_.rounds;
  ++round_;
  requests_.clear();
  pages_.clear();
  return {};
}

void round_writer::prepare(std::span<const outgoing_frame> written) {
  retired_.clear();
  for (const outgoing_frame& frame : written) {
    shard_end& shard = shards_[frame.shard];
    if (shard.ordered || shard.offset < shard.current.bytes / 2)
      continue;
    shard.ordered = true;
    supply_.order_ahead(next_segment(frame.shard, 0));
  }
}

void round_writer::close_files() {
  retired_.clear();
  for (shard_end& shard : shards_)
    shard.current.handle.reset();
}

std::vector<std::string> round_writer::full_below(tick_number tick) const {
  std::vector<std::string> paths;
  for (const shard_end& shard : shards_)
    for (const full_segment& segment : shard.full)
      if (segment.end <= tick)
        paths.push_back(segment.path);
  return paths;
}

void round_writer::forget_below(tick_number tick) {
  for (shard_end& shard : shards_)
    std::erase_if(shard.full, [&](const full_segment& segment) { return segment.end <= tick; });
}

} // namespace tessera
