#include "shards/neighbourhood.hpp"

#include <algorithm>
#include <cstring>

namespace tessera {

namespace {

constexpr std::uint32_t outside = ~std::uint32_t{0};
/// Rows per chunk below which splitting the build costs more than it saves.
constexpr std::size_t rows_per_chunk = 8192;

/// Half-open part `chunk` of `chunks` of [0, n).
struct part {
  std::size_t first;
  std::size_t last;
};
part split(std::size_t n, std::size_t chunk, std::size_t chunks) {
  return {n * chunk / chunks, n * (chunk + 1) / chunks};
}

/// Grows without doubling: per-agent memory is a figure this engine reports.
template <class T>
void fit(std::vector<T>& v, std::size_t n) {
  if (n > v.capacity())
    v.reserve(n + n / 16 + 16);
  v.resize(n);
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

template <class T>
void gather_field(std::byte* to, const std::vector<const std::byte*>& bases, std::uint32_t stride,
                  const auto* order, std::uint32_t first, std::uint32_t last) {
  T* out = reinterpret_cast<T*>(to);
  for (std::uint32_t k = first; k < last; ++k) {
    const std::byte* base = bases[order[k].source];
    T value{};
    if (base != nullptr)
      std::memcpy(&value, base + std::size_t{order[k].row} * stride, sizeof value);
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
  nx_ = region.width() * bins_per_cell_ + 2;
  nz_ = region.depth() * bins_per_cell_ + 2;
  starts_.assign(static_cast<std::size_t>(nx_) * static_cast<std::size_t>(nz_) + 1, 0);
  std::size_t shared = 0;
  for (std::size_t c = 0; c < s.components.size(); ++c) {
    const auto& component = s.components[c];
    if (c == position_component || !has_mark(component.mark, marks::shared))
      continue;
    for (const auto& f : component.fields)
      columns_.push_back({static_cast<component_id>(c), f.offset, component.size, size_of(f.type),
                          shared, {}});
    ++shared;
  }
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

void neighbourhood::build(std::span<const shared_rows> sources, std::size_t own,
                          executor& workers, unsigned worker_count) {
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
  if (total == 0 && entries_.empty()) // an empty shard pays nothing for its empty bins
    return;
  std::size_t chunks = std::clamp<std::size_t>(total / rows_per_chunk, 1, worker_count);
  auto run = [&](std::size_t n, auto&& body) {
    workers.for_each(n, worker_count, index_function{body});
  };
  std::size_t bins = starts_.size() - 1;
  fit(bin_of_row_, total);
  counts_.assign(chunks * bins, 0);
  run(chunks, [&](std::size_t c) { count(sources, c, chunks); });
  sum_counts(chunks);
  std::size_t n = starts_.back();
  fit(order_, n);
  run(chunks, [&](std::size_t c) { scatter(sources, c, chunks); });
  fit(entries_, n);
  fit(x_, n);
  fit(y_, n);
  fit(z_, n);
  if (uniform_)
    masks_.clear();
  else
    fit(masks_, n);
  for (auto& c : columns_)
    fit(c.data, n * c.size);
  // Parts end at bins, so that no bin is sorted by two threads.
  std::size_t parts = chunks == 1 ? 1 : chunks * 4;
  run(parts, [&](std::size_t p) {
    auto edge = [&](std::size_t i) { return starts_[split(bins, i, parts).first]; };
    auto [first_bin, last_bin] = split(bins, p, parts);
    for (std::size_t b = first_bin; b < last_bin; ++b) {
      auto* begin = order_.data() + starts_[b];
      auto* end = order_.data() + starts_[b + 1];
      auto by_id = [](const source_row& l, const source_row& r) { return l.id < r.id; };
      if (!std::is_sorted(begin, end, by_id))
        std::sort(begin, end, by_id);
    }
    finish(sources, own, edge(p), p + 1 == parts ? starts_.back() : edge(p + 1));
  });
}

void neighbourhood::count(std::span<const shared_rows> sources, std::size_t chunk,
                          std::size_t chunks) {
  std::size_t bins = starts_.size() - 1;
  std::uint32_t* counts = counts_.data() + chunk * bins;
  over_rows(sources, split(bin_of_row_.size(), chunk, chunks),
            [&](std::size_t s, std::size_t first, std::size_t last, std::size_t base) {
              const position* places = sources[s].places;
              std::uint32_t* bin_of_row = bin_of_row_.data() + base;
              for (std::size_t i = first; i < last; ++i) {
                std::int32_t bin = bin_of(places[i]);
                bin_of_row[i] = static_cast<std::uint32_t>(bin);
                if (bin >= 0)
                  ++counts[bin];
              }
            });
}

void neighbourhood::sum_counts(std::size_t chunks) {
  std::size_t bins = starts_.size() - 1;
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
  std::uint32_t* write = counts_.data() + chunk * (starts_.size() - 1);
  over_rows(sources, split(bin_of_row_.size(), chunk, chunks),
            [&](std::size_t s, std::size_t first, std::size_t last, std::size_t base) {
              const entity_id* ids = sources[s].ids;
              const std::uint32_t* bin_of_row = bin_of_row_.data() + base;
              for (std::size_t i = first; i < last; ++i) {
                if (bin_of_row[i] == outside)
                  continue;
                order_[write[bin_of_row[i]]++] = {ids[i], static_cast<std::uint32_t>(i),
                                                  static_cast<std::uint32_t>(s)};
              }
            });
}

void neighbourhood::finish(std::span<const shared_rows> sources, std::size_t own,
                           std::uint32_t first, std::uint32_t last) {
  for (std::uint32_t k = first; k < last; ++k) {
    const auto& from = order_[k];
    const position& p = sources[from.source].places[from.row];
    bool mine = from.source < own;
    entries_[k] = {from.id, mine ? from.row : no_row, mine ? from.source : 0};
    x_[k] = inside_bin(p.x);
    y_[k] = p.y;
    z_[k] = inside_bin(p.z);
  }
  if (!uniform_) {
    for (std::uint32_t k = first; k < last; ++k) {
      const auto& s = sources[order_[k].source];
      masks_[k] = s.masks != nullptr ? s.masks[order_[k].row] : s.mask;
    }
  }
  gather(sources, first, last);
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
    case 1: gather_field<std::uint8_t>(to, bases, c.stride, order_.data(), first, last); break;
    case 2: gather_field<std::uint16_t>(to, bases, c.stride, order_.data(), first, last); break;
    case 4: gather_field<std::uint32_t>(to, bases, c.stride, order_.data(), first, last); break;
    default: gather_field<std::uint64_t>(to, bases, c.stride, order_.data(), first, last); break;
    }
  }
}

std::size_t neighbourhood::memory_bytes() const {
  std::size_t bytes = starts_.capacity() * 4 + counts_.capacity() * 4 +
                      bin_of_row_.capacity() * 4 + order_.capacity() * sizeof(source_row) +
                      entries_.capacity() * sizeof(entry) + masks_.capacity() * 8 +
                      (x_.capacity() + y_.capacity() + z_.capacity()) * 4;
  for (const auto& c : columns_)
    bytes += c.data.capacity();
  return bytes;
}

} // namespace tessera
