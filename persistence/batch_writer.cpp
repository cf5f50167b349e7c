#include "persistence/batch_writer.hpp"

#include "persistence/sync_helpers.hpp"
#include "persistence/system_error.hpp"
#include "persistence/write_back.hpp"

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

/// Writes all; where several files are to be synced, the disk begins with each write at once, so
/// that a sync waits for what is under way already.
result<void> write_all(std::span<const write_request> requests, bool sync) {
  const bool several = sync && !requests.empty() && same_file(requests).size() < requests.size();
  for (const write_request& request : requests) {
    if (auto written = request.target->write(request.offset, request.bytes); !written)
      return written;
    if (!several)
      continue;
    if (auto begun =
          begin_write_back(*request.target, request.path, request.offset, request.bytes.size());
        !begun)
      return begun;
  }
  return {};
}

class one_by_one final : public batch_writer {
public:
  result<void> write(std::span<const write_request> requests, bool sync) override {
    if (auto written = write_all(requests, sync); !written)
      return written;
    for (; sync && !requests.empty(); requests = requests.subspan(same_file(requests).size()))
      if (auto synced = requests.front().target->sync(); !synced)
        return synced;
    return {};
  }
  std::string_view name() const override { return "pwrite"; }
};

/// Syncs many files through the ring, all but one, which the calling thread makes meanwhile, and few
/// by threads. The writes end in the page cache: no other thread would have them there sooner.
class through_io_uring final : public batch_writer {
public:
  static constexpr unsigned ring_entries = 256;
  static constexpr std::size_t few_files = 24; ///< up to here threads of our own are faster

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
    if (!sync ||
        std::ranges::any_of(requests, [](const auto& r) { return r.target->descriptor() < 0; }))
      return plain_.write(requests, sync);
    if (auto written = write_all(requests, sync); !written)
      return written;
    files_.clear();
    for (; !requests.empty(); requests = requests.subspan(same_file(requests).size()))
      files_.push_back(&requests.front());
    if (files_.size() <= few_files)
      return sync_few();
    failure_.reset();
    for (auto rest = std::span(files_); !rest.empty() && !failure_;) {
      const auto now = rest.first(std::min<std::size_t>(rest.size(), ring_entries + 1));
      sync_at_once(now);
      rest = rest.subspan(now.size());
    }
    if (failure_)
      return tl::unexpected(*failure_);
    return {};
  }
  std::string_view name() const override { return "io_uring"; }

private:
  through_io_uring() = default;

  result<void> sync_few() {
    if (files_.empty())
      return {};
    std::vector<file*> targets;
    for (const write_request* request : files_)
      targets.push_back(request->target);
    return helpers_.sync(targets);
  }

  /// Returns when every sync has ended, fine or not.
  void sync_at_once(std::span<const write_request* const> files) {
    const unsigned submitted = submit(files.subspan(1));
    if (auto synced = files.front()->target->sync(); !synced && !failure_)
      failure_ = synced.error();
    for (unsigned done = 0; done < submitted;) {
      io_uring_cqe* completion = nullptr;
      const int value = io_uring_wait_cqe(&ring_, &completion);
      if (value == -EINTR || value == -EAGAIN)
        continue;
      if (value < 0) {
        refuse("io_uring_enter", {}, -value);
        break;
      }
      const auto* request = static_cast<const write_request*>(io_uring_cqe_get_data(completion));
      if (completion->res < 0)
        refuse("fdatasync", request->path, -completion->res);
      io_uring_cqe_seen(&ring_, completion);
      ++done;
    }
  }

  /// How many the kernel took.
  unsigned submit(std::span<const write_request* const> files) {
    for (const write_request* request : files) {
      io_uring_sqe* entry = io_uring_get_sqe(&ring_);
      io_uring_prep_fsync(entry, request->target->descriptor(), IORING_FSYNC_DATASYNC);
      io_uring_sqe_set_data(entry, const_cast<write_request*>(request));
    }
    unsigned submitted = 0;
    while (submitted < files.size()) {
      const int value = io_uring_submit(&ring_);
      if (value < 0 && value != -EINTR && value != -EAGAIN && value != -EBUSY) {
        refuse("io_uring_enter", {}, -value);
        break;
      }
      submitted += value > 0 ? static_cast<unsigned>(value) : 0;
    }
    return submitted;
  }

  void refuse(const char* call, std::string_view path, int number) {
    if (!failure_)
      failure_ = error{storage_error_of(number), std::string(path) + ": " + call + ": " +
                                                   std::system_category().message(number)};
  }

  io_uring ring_{};
  bool usable_ = false;
  one_by_one plain_;
  sync_helpers helpers_;
  std::vector<const write_request*> files_; ///< the first of each file
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
