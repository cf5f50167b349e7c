#include "persistence/batch_writer.hpp"

#include <algorithm>
#include <cerrno>
#include <liburing.h>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace tessera {
namespace {

/// Requests of one file, from the front of `rest`.
std::span<const write_request> same_file(std::span<const write_request> rest) {
  const auto other = std::ranges::find_if(
    rest, [&](const write_request& request) { return request.target != rest.front().target; });
  return rest.first(static_cast<std::size_t>(other - rest.begin()));
}

class one_by_one final : public batch_writer {
public:
  result<void> write(std::span<const write_request> requests, bool sync) override {
    for (const write_request& request : requests)
      if (auto written = request.target->write(request.offset, request.bytes); !written)
        return written;
    while (sync && !requests.empty()) {
      if (auto synced = requests.front().target->sync(); !synced)
        return synced;
      requests = requests.subspan(same_file(requests).size());
    }
    return {};
  }
  std::string_view name() const override { return "pwrite"; }
};

/// One chain of linked operations per file: its writes, then fdatasync. The kernel ends a chain at the
/// first that fails or is cut short.
class through_io_uring final : public batch_writer {
public:
  static constexpr unsigned ring_entries = 256;

  static std::unique_ptr<through_io_uring> make() {
    auto writer = std::unique_ptr<through_io_uring>(new through_io_uring);
    const int value = io_uring_queue_init(ring_entries, &writer->ring_, 0);
    writer->usable_ = value == 0;
    return writer->usable_ ? std::move(writer) : nullptr;
  }
  ~through_io_uring() override {
    if (usable_)
      io_uring_queue_exit(&ring_);
  }
  through_io_uring(const through_io_uring&) = delete;
  through_io_uring& operator=(const through_io_uring&) = delete;

  result<void> write(std::span<const write_request> requests, bool sync) override {
    // The ring hands each sync to a kernel thread: that pays only where several run at once.
    if (!sync || requests.empty() || same_file(requests).size() == requests.size() ||
        std::ranges::any_of(requests, [](const auto& r) { return r.target->descriptor() < 0; }))
      return plain_.write(requests, sync);
    failure_.reset();
    cut_short_.clear();
    while (!requests.empty() && !failure_) {
      unsigned room = ring_entries;
      unsigned queued = 0;
      while (!requests.empty()) {
        const auto group = same_file(requests);
        if (group.size() + 1 > ring_entries) // a chain must fit; so long a one has no need of it
          cut_short_.push_back(group);
        else if (group.size() + 1 > room)
          break;
        else {
          queue(group);
          room -= static_cast<unsigned>(group.size() + 1);
          queued += static_cast<unsigned>(group.size() + 1);
        }
        requests = requests.subspan(group.size());
      }
      run(queued);
    }
    for (const auto& group : cut_short_)
      if (!failure_)
        if (auto written = plain_.write(group, true); !written)
          failure_ = written.error();
    if (failure_)
      return tl::unexpected(*failure_);
    return {};
  }
  std::string_view name() const override { return "io_uring"; }

private:
  struct operation {
    std::span<const write_request> group;
    const write_request* request = nullptr; ///< none: the sync of the group
  };

  through_io_uring() = default;

  void queue(std::span<const write_request> group) {
    const int descriptor = group.front().target->descriptor();
    for (const write_request& request : group) {
      io_uring_sqe* entry = io_uring_get_sqe(&ring_);
      io_uring_prep_write(entry, descriptor, request.bytes.data(),
                          static_cast<unsigned>(request.bytes.size()), request.offset);
      entry->flags |= IOSQE_IO_LINK;
      io_uring_sqe_set_data64(entry, operations_.size());
      operations_.push_back({group, &request});
    }
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    io_uring_prep_fsync(entry, descriptor, IORING_FSYNC_DATASYNC);
    io_uring_sqe_set_data64(entry, operations_.size());
    operations_.push_back({group, nullptr});
  }

  /// Submits what is queued and waits for every completion, errors or not: the kernel reads our
  /// buffers until then.
  void run(unsigned queued) {
    unsigned submitted = 0;
    while (submitted < queued) {
      const int value = io_uring_submit_and_wait(&ring_, queued);
      if (value < 0 && value != -EINTR && value != -EAGAIN && value != -EBUSY) {
        refuse("io_uring_enter", {}, -value);
        break;
      }
      submitted += value > 0 ? static_cast<unsigned>(value) : 0;
    }
    for (unsigned done = 0; done < submitted;) {
      io_uring_cqe* completion = nullptr;
      const int value = io_uring_wait_cqe(&ring_, &completion);
      if (value == -EINTR || value == -EAGAIN)
        continue;
      if (value < 0) {
        refuse("io_uring_enter", {}, -value);
        break;
      }
      finish(operations_[io_uring_cqe_get_data64(completion)], completion->res);
      io_uring_cqe_seen(&ring_, completion);
      ++done;
    }
    operations_.clear();
  }

  void finish(const operation& what, int value) {
    if (value == -ECANCELED) // another of the chain says why
      return;
    if (what.request == nullptr) {
      if (value < 0)
        refuse("fdatasync", what.group.front().path, -value);
    } else if (value < 0) {
      refuse("write", what.request->path, -value);
    } else if (static_cast<std::size_t>(value) < what.request->bytes.size()) {
      cut_short_.push_back(what.group); // no failure: written again whole, and synced, one by one
    }
  }

  void refuse(const char* call, std::string_view path, int number) {
    if (!failure_)
      failure_ =
        error{number == ENOSPC || number == EDQUOT ? error_code::disk_full : error_code::io_failure,
              std::string(path) + ": " + call + ": " + std::system_category().message(number)};
  }

  io_uring ring_{};
  bool usable_ = false;
  one_by_one plain_;
  std::vector<operation> operations_;
  std::vector<std::span<const write_request>> cut_short_;
  std::optional<error> failure_;
};

} // namespace

std::unique_ptr<batch_writer> make_batch_writer(bool allow_io_uring) {
  if (allow_io_uring)
    if (auto writer = through_io_uring::make())
      return writer;
  return std::make_unique<one_by_one>();
}

} // namespace tessera
