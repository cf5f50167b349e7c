#include "persistence/segment_supply.hpp"

#include <algorithm>
#include <array>

namespace tessera {
namespace {

/// Zeros to write from.
std::span<const std::byte> zeros() {
  static const std::vector<std::byte> bytes(std::size_t{1} << 20);
  return bytes;
}

} // namespace

segment_supply::segment_supply(file_system& fs, batch_writer& writer, std::string directory,
                               bool durable, bool in_background)
  : fs_(fs), writer_(writer), directory_(std::move(directory)), durable_(durable),
    in_background_(in_background && durable) {}

segment_supply::~segment_supply() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

void segment_supply::order_ahead(const segment_order& order) {
  if (!in_background_)
    return;
  {
    const std::lock_guard lock(mutex_);
    const key which{order.name.shard, order.name.number};
    if (!ahead_.try_emplace(which, ahead{order}).second)
      return;
    queue_.push_back(which);
  }
  if (!thread_.joinable())
    thread_ = std::thread([this] { work(); });
  changed_.notify_all();
}

void segment_supply::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (stopping_)
      return;
    ahead& item = ahead_.at(queue_.front()); // stays where it is: take() waits until it is done
    queue_.pop_front();
    const segment_order order = item.order;
    lock.unlock();
    auto made = make_whole(order);
    lock.lock();
    item.made = std::move(made);
    item.done = true;
    changed_.notify_all();
  }
}

result<segment_file> segment_supply::create(const segment_order& order) {
  std::string path = directory_ + "/" + journal_format::name_of(order.name);
  auto opened = fs_.open(path, file_system::mode::create_new);
  if (!opened)
    return tl::unexpected(opened.error());
  return segment_file{std::move(*opened), std::move(path), order.bytes};
}

result<segment_file> segment_supply::make_whole(const segment_order& order) {
  auto made = create(order);
  if (!made)
    return made;
  for (std::uint64_t at = 0; at < made->bytes; at += zeros().size()) {
    const auto part = zeros().first(
      static_cast<std::size_t>(std::min<std::uint64_t>(zeros().size(), made->bytes - at)));
    if (auto written = made->handle->write(at, part); !written)
      return tl::unexpected(written.error());
  }
  if (auto synced = made->handle->sync(); !synced)
    return tl::unexpected(synced.error());
  if (auto synced = fs_.sync_directory(directory_); !synced)
    return tl::unexpected(synced.error());
  return made;
}

result<void> segment_supply::fill_and_sync(std::vector<segment_file>& files) {
  std::vector<write_request> requests;
  for (segment_file& made : files)
    for (std::uint64_t at = 0; at < made.bytes; at += zeros().size()) {
      const auto most = std::min<std::uint64_t>(zeros().size(), made.bytes - at);
      requests.push_back(
        {made.handle.get(), at, zeros().first(static_cast<std::size_t>(most)), made.path});
    }
  if (auto written = writer_.write(requests, true); !written)
    return written;
  return fs_.sync_directory(directory_);
}

result<std::vector<segment_file>> segment_supply::take(std::span<const segment_order> orders) {
  std::vector<segment_file> now;
  std::vector<bool> from_ahead(orders.size(), false);
  std::vector<segment_file> out(orders.size());
  for (std::size_t i = 0; i < orders.size(); ++i) {
    std::unique_lock lock(mutex_);
    const auto found = ahead_.find({orders[i].name.shard, orders[i].name.number});
    if (found != ahead_.end()) {
      changed_.wait(lock, [&] { return found->second.done; });
      auto made = std::move(found->second.made);
      ahead_.erase(found);
      lock.unlock();
      if (!made)
        return tl::unexpected(made.error());
      if (made->bytes < orders[i].bytes) { // ordered before so large a frame was known of
        made->bytes = orders[i].bytes;
        std::vector<segment_file> larger;
        larger.push_back(std::move(*made));
        if (auto filled = fill_and_sync(larger); !filled)
          return tl::unexpected(filled.error());
        made = std::move(larger.front());
      }
      out[i] = std::move(*made);
      from_ahead[i] = true;
      continue;
    }
    lock.unlock();
    auto made = create(orders[i]);
    if (!made)
      return tl::unexpected(made.error());
    now.push_back(std::move(*made));
  }
  if (durable_ && !now.empty())
    if (auto filled = fill_and_sync(now); !filled)
      return tl::unexpected(filled.error());
  auto next = now.begin();
  for (std::size_t i = 0; i < orders.size(); ++i)
    if (!from_ahead[i])
      out[i] = std::move(*next++);
  return out;
}

} // namespace tessera
