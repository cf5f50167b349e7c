#include "shards/neighbourhood.hpp"

#include "core/lanes.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tessera {

namespace {

constexpr std::uint32_t outside = ~std::uint32_t{0};
/// Rows per chunk below which splitting the build costs more than it saves.
constexpr std::size_t rows_per_chunk = 8192;
constexpr std::size_t bins_per_block = 128;

/// Half-open part `chunk` of `chunks` of [0, n).
struct part {
  std::size_t first;
  std::size_t last;
};
part split(std::size_t n, std::size_t chunk, std::size_t chunks) {
  return {n * chunk / chunks, n * (chunk + 1) / chunks};
}

/// Makes room for n values. Never shrinks, and never doubles: per-agent memory is a figure this engine
/// reports.
template <class T>
void fit(std::vector<T>& v, std::size_t n) {
  if (n <= v.size())
    return;
  v.reserve(n + n / 16 + 16);
  v.resize(v.capacity());
}

/// Calls f(source index, first row, last row) for the part [first, last) of all rows in a line.
template <class F>
void over_rows(std::span<const shared_rows> sources, part p, F&& f) {
  std::size_t base = 0;
  for (std::size_t s = 0; s < sources.size() && base < p.last; ++s) {
    std::size_t n = sources[s].count;
    std::size_t first = std::max(p.first, base);
    std::size_t last = std::min(p.last, base + n);
    if (first < last)
      f(s, first - base, last - base, base);
    base += n;
  }
}

/// Rows further apart than this count as disorder: their lines are not next to each other in cache.
constexpr std::uint32_t near_rows = 64;

template <class T>
void gather_field(std::byte* to, const std::vector<const std::byte*>& bases, std::uint32_t stride,
                  const neighbourhood::entry* entries, std::uint32_t first, std::uint32_t last) {
  T* out = reinterpret_cast<T*>(to);
  for (std::uint32_t k = first; k < last; ++k) {
    const std::byte* base = bases[entries[k].table];
    T value{};
    if (base != nullptr) [[likely]]
      std::memcpy(&value, base + std::size_t{entries[k].row} * stride, sizeof value);
    out[k] = value;
  }
}

} // namespace

float bin_size_for(float radius_m, float cell_size_m) {
  if (radius_m <= 0)
    return 0;
  float bin = cell_size_m;
  while (bin / 2 >= radius_m && bin > cell_size_m / 64)
    bin /= 2;
  return bin;
}

neighbourhood::neighbourhood(const schema& s, cell_rect region, float cell_size_m, float bin_size_m)
  : region_(region), cell_size_(cell_size_m), bin_size_(bin_size_m) {
  if (!enabled())
    return;
  inverse_bin_ = 1.0F / bin_size_;
  bins_per_cell_ = static_cast<std::int32_t>(cell_size_ / bin_size_);
  bins_per_cell_log2_ = std::countr_zero(static_cast<std::uint32_t>(bins_per_cell_));
  nx_ = region.width() * bins_per_cell_ + 2;
  nz_ = region.depth() * bins_per_cell_ + 2;
  bins_ = static_cast<std::size_t>(nx_) * static_cast<std::size_t>(nz_);
  clear();
  std::size_t shared = 0;
  for (std::size_t c = 0; c < s.components.size(); ++c) {
    const auto& component = s.components[c];
    if (c == position_component || !has_mark(component.mark, marks::shared))
      continue;
    for (const auto& f : component.fields)
      columns_.push_back(
        {static_cast<component_id>(c), f.offset, component.size, size_of(f.type), shared, {}});
    ++shared;
  }
}

void neighbourhood::swap(neighbourhood_memory& memory) {
  starts_.swap(memory.starts);
  counts_.swap(memory.counts);
  bin_of_row_.swap(memory.bin_of_row);
  entries_.swap(memory.entries);
  masks_.swap(memory.masks);
  x_.swap(memory.x);
  y_.swap(memory.y);
  z_.swap(memory.z);
  if (memory.fields.size() < columns_.size())
    memory.fields.resize(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i)
    columns_[i].data.swap(memory.fields[i]);
}

void neighbourhood::clear() {
  count_ = 0;
  starts_.assign(bins_ + 1, 0);
}

std::int32_t neighbourhood::bin_of(const position& p) const {
  std::int32_t bx = (std::int32_t{p.where.x} - region_.x0) * bins_per_cell_ +
                    static_cast<std::int32_t>(p.x * inverse_bin_) + 1;
  std::int32_t bz = (std::int32_t{p.where.z} - region_.z0) * bins_per_cell_ +
                    static_cast<std::int32_t>(p.z * inverse_bin_) + 1;
  if (static_cast<std::uint32_t>(bx) >= static_cast<std::uint32_t>(nx_) ||
      static_cast<std::uint32_t>(bz) >= static_cast<std::uint32_t>(nz_))
    return -1;
  return bz * nx_ + bx;
}

const std::byte* neighbourhood::field(component_id component, std::uint32_t offset) const {
  for (const auto& c : columns_)
    if (c.component == component && c.offset == offset)
      return c.data.data();
  return nullptr;
}

void neighbourhood::build(std::span<const shared_rows> sources, std::size_t own, executor& workers,
                          unsigned worker_count) {
  std::size_t total = 0;
  bool first = true;
  uniform_ = true;
  for (const auto& s : sources) {
    total += s.count;
    if (s.count == 0)
      continue;
    for (std::size_t i = 0; i < (s.masks != nullptr ? s.count : 1); ++i) {
      component_mask m = s.masks != nullptr ? s.masks[i] : s.mask;
      if (first)
        uniform_mask_ = m;
      first = false;
      uniform_ = uniform_ && m == uniform_mask_;
    }
  }
  std::size_t chunks = std::clamp<std::size_t>(total / rows_per_chunk, 1, worker_count);
  auto run = [&](std::size_t n, auto&& body) {
    workers.for_each(n, worker_count, index_function{body});
  };
  std::size_t bins = bins_;
  rows_ = total;
  starts_.resize(bins_ + 1);
  fit(bin_of_row_, total);
  counts_.assign(chunks * bins, 0);
  run(chunks, [&](std::size_t c) { count(sources, c, chunks); });
  sum_counts(chunks);
  std::size_t n = starts_.back();
  count_ = n;
  fit(entries_, n);
  run(chunks, [&](std::size_t c) { scatter(sources, c, chunks); });
  // Readers take whole lanes, past the last entry too.
  std::size_t padded = n + lane_count;
  fit(x_, padded);
  fit(y_, padded);
  fit(z_, padded);
  if (!uniform_)
    fit(masks_, n);
  for (auto& c : columns_)
    fit(c.data, padded * c.size);
  // Parts end at bins, so that no bin is sorted by two threads.
  std::size_t parts = chunks == 1 ? 1 : chunks * 4;
  std::vector<std::uint32_t> jumps(parts);
  run(parts, [&](std::size_t p) {
    auto [first_bin, last_bin] = split(bins, p, parts);
    // In blocks, so that entries are still in the first-level cache when their fields are fetched.
    for (std::size_t b = first_bin; b < last_bin; b += bins_per_block) {
      std::size_t end = std::min(b + bins_per_block, last_bin);
      sort_bins(b, end);
      jumps[p] += finish(sources, own, starts_[b], starts_[end]);
    }
  });
  std::uint32_t sum = 0;
  for (auto j : jumps)
    sum += j;
  disorder_ = n == 0 ? 0.0F : static_cast<float>(sum) / static_cast<float>(n);
}

void neighbourhood::sort_bins(std::size_t first_bin, std::size_t last_bin) {
  for (std::size_t b = first_bin; b < last_bin; ++b) {
    entry* begin = entries_.data() + starts_[b];
    entry* end = entries_.data() + starts_[b + 1];
    if (end - begin > 24) {
      auto by_id = [](const entry& l, const entry& r) { return l.id < r.id; };
      if (!std::is_sorted(begin, end, by_id))
        std::sort(begin, end, by_id);
      continue;
    }
    for (entry* i = begin + 1; i < end; ++i) { // few, and mostly in order
      entry moving = *i;
      entry* to = i;
      for (; to > begin && moving.id < to[-1].id; --to)
        *to = to[-1];
      *to = moving;
    }
  }
}

void neighbourhood::count(std::span<const shared_rows> sources, std::size_t chunk,
                          std::size_t chunks) {
  std::size_t bins = bins_;
  std::uint32_t* counts = counts_.data() + chunk * bins;
  over_rows(sources, split(rows_, chunk, chunks),
            [&](std::size_t s, std::size_t first, std::size_t last, std::size_t base) {
              std::uint32_t* bin_of_row = bin_of_row_.data() + base;
              if (sources[s].bins != nullptr) {
                std::memcpy(bin_of_row + first, sources[s].bins + first, (last - first) * 4);
                for (std::size_t i = first; i < last; ++i)
                  ++counts[bin_of_row[i]]; // own rows are never outside
                return;
              }
              const position* places = sources[s].places;
              for (std::size_t i = first; i < last; ++i) {
                std::int32_t bin = bin_of(places[i]);
                bin_of_row[i] = static_cast<std::uint32_t>(bin);
                if (bin >= 0)
                  ++counts[bin];
              }
            });
}

void neighbourhood::sum_counts(std::size_t chunks) {
  std::size_t bins = bins_;
  std::uint32_t at = 0;
  for (std::size_t b = 0; b < bins; ++b) {
    starts_[b] = at;
    for (std::size_t c = 0; c < chunks; ++c) {
      std::uint32_t n = counts_[c * bins + b];
      counts_[c * bins + b] = at;
      at += n;
    }
  }
  starts_[bins] = at;
}

void neighbourhood::scatter(std::span<const shared_rows> sources, std::size_t chunk,
                            std::size_t chunks) {
  std::uint32_t* write = counts_.data() + chunk * bins_;
  over_rows(sources, split(rows_, chunk, chunks),
            [&](std::size_t s, std::size_t first, std::size_t last, std::size_t base) {
              const entity_id* ids = sources[s].ids;
              const std::uint32_t* bin_of_row = bin_of_row_.data() + base;
              const position* places = sources[s].places;
              // Of a source without such a column, the place is fetched twice.
              const std::byte* column =
                sources[s].columns.empty() ? nullptr : sources[s].columns.front();
              std::uint32_t stride = columns_.empty() ? 0 : columns_.front().stride;
              if (column == nullptr) {
                column = reinterpret_cast<const std::byte*>(places);
                stride = 0;
              }
              constexpr std::size_t ahead = 24;
              for (std::size_t i = first; i < last; ++i) {
                // finish() visits rows in the order of bins; fetched here, in their own order, they
                // come from memory in one stream.
                __builtin_prefetch(places + i + ahead);
                __builtin_prefetch(column + (i + ahead) * stride);
                if (bin_of_row[i] == outside)
                  continue;
                entries_[write[bin_of_row[i]]++] = {ids[i], static_cast<std::uint32_t>(i),
                                                    static_cast<std::uint32_t>(s)};
              }
            });
}

std::uint32_t neighbourhood::finish(std::span<const shared_rows> sources, std::size_t own,
                                    std::uint32_t first, std::uint32_t last) {
  gather(sources, first, last);
  std::uint32_t jumps = 0;
  std::uint32_t before = first < last ? entries_[first].row : 0;
  for (std::uint32_t k = first; k < last; ++k) {
    entry& e = entries_[k];
    const shared_rows& from = sources[e.table];
    const position& p = from.places[e.row];
    x_[k] = p.x;
    y_[k] = p.y;
    z_[k] = p.z;
    if (!uniform_)
      masks_[k] = from.masks != nullptr ? from.masks[e.row] : from.mask;
    if (e.table >= own)
      e.table = foreign;
    jumps += e.row - before + near_rows > 2 * near_rows ? 1 : 0;
    before = e.row;
  }
  return jumps;
}

void neighbourhood::gather(std::span<const shared_rows> sources, std::uint32_t first,
                           std::uint32_t last) {
  std::vector<const std::byte*> bases(sources.size());
  for (auto& c : columns_) {
    for (std::size_t s = 0; s < sources.size(); ++s) {
      const std::byte* base = sources[s].columns.empty() ? nullptr : sources[s].columns[c.shared];
      bases[s] = base == nullptr ? nullptr : base + c.offset;
    }
    std::byte* to = c.data.data();
    switch (c.size) {
      case 1: gather_field<std::uint8_t>(to, bases, c.stride, entries_.data(), first, last); break;
      case 2: gather_field<std::uint16_t>(to, bases, c.stride, entries_.data(), first, last); break;
      case 4: gather_field<std::uint32_t>(to, bases, c.stride, entries_.data(), first, last); break;
      default:
        gather_field<std::uint64_t>(to, bases, c.stride, entries_.data(), first, last);
        break;
    }
  }
}

void neighbourhood::rows_in_order(std::uint32_t table, std::vector<std::uint32_t>& out) const {
  out.clear();
  for (std::size_t k = 0; k < count_; ++k)
    if (entries_[k].table == table)
      out.push_back(entries_[k].row);
}

void neighbourhood::rows_were_ordered(std::uint32_t table) {
  std::uint32_t next = 0;
  for (std::size_t k = 0; k < count_; ++k)
    if (entries_[k].table == table)
      entries_[k].row = next++;
}

std::size_t neighbourhood::memory_bytes() const {
  std::size_t bytes = starts_.capacity() * 4 + counts_.capacity() * 4 + bin_of_row_.capacity() * 4 +
                      entries_.capacity() * sizeof(entry) + masks_.capacity() * 8 +
                      (x_.capacity() + y_.capacity() + z_.capacity()) * 4;
  for (const auto& c : columns_)
    bytes += c.data.capacity();
  return bytes;
}

} // namespace tessera
