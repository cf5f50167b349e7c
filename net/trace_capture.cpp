#include "net/trace_capture.hpp"

#include <chrono>
#include <cstdlib>
#include <unistd.h>

namespace tessera {

trace_capture::~trace_capture() {
  {
    const std::scoped_lock held{mutex_};
    over_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable())
    thread_.join();
  std::error_code ignored;
  if (!path_.empty())
    std::filesystem::remove(path_, ignored);
}

bool trace_capture::start(unsigned seconds, trace_facts about) {
  std::unique_lock held{mutex_};
  if (status_.what == state::recording)
    return false;
  if (thread_.joinable())
    thread_.join(); // it has set its state, which is the last that it does under the lock
  status_ = {state::failed, seconds, 0, 0, 0, {}};
  if (path_.empty()) {
    std::error_code ec;
    std::string pattern =
      (std::filesystem::temp_directory_path(ec) / "tessera-trace-XXXXXX").string();
    const int file = mkstemp(pattern.data());
    if (file < 0) {
      status_.error = pattern + ": no file can be made there";
      return true;
    }
    close(file);
    path_ = pattern;
  }
  auto writer = trace_writer::create(path_, *from_, trace_writer::begin::now, about);
  if (!writer) {
    status_.error = writer.error().message;
    return true;
  }
  status_.what = state::recording;
  thread_ = std::thread(
    [this, seconds, made = std::move(*writer)]() mutable { record(std::move(made), seconds); });
  return true;
}

void trace_capture::record(trace_writer writer, unsigned seconds) {
  std::optional<trace_hold> armed{std::in_place, *from_};
  const auto end_at = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  result<void> ok;
  for (;;) {
    std::unique_lock held{mutex_};
    wake_.wait_for(held, std::chrono::milliseconds(20), [&] { return over_; });
    const bool done = over_ || std::chrono::steady_clock::now() >= end_at ||
                      writer.records() * sizeof(trace_record) >= most_bytes;
    held.unlock();
    if (done)
      break;
    ok = writer.drain();
    if (!ok)
      break;
    held.lock();
    status_.records = writer.records();
    status_.bytes = writer.records() * sizeof(trace_record);
    status_.lost = writer.lost();
  }
  armed.reset();
  if (ok)
    ok = writer.finish();
  const std::scoped_lock held{mutex_};
  status_.records = writer.records();
  status_.lost = writer.lost();
  std::error_code ec;
  status_.bytes = std::filesystem::file_size(path_, ec);
  status_.what = ok ? state::ready : state::failed;
  if (!ok)
    status_.error = ok.error().message;
}

trace_capture::status trace_capture::now() const {
  const std::scoped_lock held{mutex_};
  return status_;
}

std::optional<std::filesystem::path> trace_capture::file() const {
  const std::scoped_lock held{mutex_};
  if (status_.what != state::ready)
    return std::nullopt;
  return path_;
}

} // namespace tessera
