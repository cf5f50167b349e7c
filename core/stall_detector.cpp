#include "core/stall_detector.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <execinfo.h>
#include <map>
#include <mutex>
#include <optional>
#include <semaphore.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

namespace tessera {

namespace {

// --- the stack of another thread: it is sent a signal and writes its own down

std::mutex asking;            ///< one question at a time
std::array<void*, 64> frames; ///< written by the thread that was asked
std::atomic<int> frame_count{0};
sem_t answered;

void write_down_stack(int) {
  const int saved = errno;
  frame_count.store(backtrace(frames.data(), static_cast<int>(frames.size())),
                    std::memory_order_release);
  sem_post(&answered);
  errno = saved;
}

int stack_signal() {
  return SIGRTMIN + 7;
}

/// Once per process. backtrace() loads a library at its first call, which a handler must not.
void prepare_for_stacks() {
  static const bool done = [] {
    sem_init(&answered, 0, 0);
    void* one = nullptr;
    backtrace(&one, 1);
    struct sigaction action {};
    action.sa_handler = write_down_stack;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    return sigaction(stack_signal(), &action, nullptr) == 0;
  }();
  (void)done;
}

/// "program(tessera::shard::step(...)+0x12) [0x55]" from glibc's mangled form.
std::string readable(const std::string& frame) {
  const auto open = frame.find('(');
  const auto plus = frame.find('+', open == std::string::npos ? 0 : open);
  if (open == std::string::npos || plus == std::string::npos || plus <= open + 1)
    return frame;
  int status = 0;
  std::unique_ptr<char, decltype(&std::free)> name{
    abi::__cxa_demangle(frame.substr(open + 1, plus - open - 1).c_str(), nullptr, nullptr, &status),
    &std::free};
  return status == 0 ? std::string{name.get()} : frame;
}

std::vector<std::string> ask_for_stack(std::int64_t thread) {
  while (sem_trywait(&answered) == 0) // an answer that came too late the last time
    ;
  if (syscall(SYS_tgkill, getpid(), static_cast<pid_t>(thread), stack_signal()) != 0)
    return {};
  timespec until{};
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_sec += 1;
  int got = 0;
  while ((got = sem_timedwait(&answered, &until)) != 0 && errno == EINTR)
    ;
  if (got != 0)
    return {};
  const int count = frame_count.load(std::memory_order_acquire);
  std::unique_ptr<char*, decltype(&std::free)> text{backtrace_symbols(frames.data(), count),
                                                    &std::free};
  std::vector<std::string> out;
  // The first two are the handler and the kernel's way back from it.
  for (int i = 2; text && i < count; ++i)
    out.push_back(readable(text.get()[i]));
  return out;
}

/// A thread that is met in a jump to a shared library shows that one frame: some linkers describe no way out of their
/// jump tables. It is somewhere else a moment later, once it had a core to itself again: asked at once it would only
/// answer from the same place, so each wait is twice the one before.
std::vector<std::string> stack_of(std::int64_t thread) {
  constexpr std::size_t fewest_frames = 4; // of any handler, down to where its thread began
  constexpr int tries = 7;
  const std::lock_guard held{asking};
  std::vector<std::string> longest;
  std::chrono::milliseconds wait{1};
  for (int i = 0; i < tries && longest.size() < fewest_frames; ++i, wait *= 2) {
    if (i > 0)
      std::this_thread::sleep_for(wait);
    auto found = ask_for_stack(thread);
    if (found.empty())
      break; // it did not answer, and that took its time
    if (found.size() > longest.size())
      longest = std::move(found);
  }
  return longest;
}

} // namespace

std::string describe(const stall& found) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", found.seconds);
  std::string text = found.actor + " has been handling " + found.message;
  if (found.tick != no_trace_tick)
    text += " of tick " + std::to_string(found.tick);
  text += std::string(" for ") + seconds + " s";
  for (const auto& frame : found.stack)
    text += "\n  " + frame;
  return text;
}

struct stall_detector::impl {
  impl(const trace_recorder& from, std::chrono::milliseconds most,
       std::function<void(const stall&)> to)
    : recorder(from), limit(most), tell(std::move(to)), thread([this] { watch(); }) {}

  ~impl() {
    {
      const std::lock_guard held{mutex};
      ending = true;
    }
    wake.notify_all();
    thread.join();
  }

  void watch() {
    std::unique_lock held{mutex};
    while (!wake.wait_for(held, std::max(limit / 4, std::chrono::milliseconds{1}),
                          [this] { return ending; })) {
      held.unlock();
      look();
      held.lock();
    }
  }

  /// What one thread is handling, as far as its ring was read.
  struct handling {
    std::uint64_t next = 0; ///< record of the ring
    std::optional<trace_record> now;
    bool told = false;
  };

  void look() {
    const auto rings = recorder.rings();
    threads.resize(rings.size());
    for (std::size_t i = 0; i < rings.size(); ++i) {
      handling& at = threads[i];
      records.clear();
      at.next = rings[i]->read(at.next, records) + records.size();
      // Handlers do not nest: the newest record of one says whether it still runs.
      for (const auto& r : records) {
        if (r.kind == trace_kind::handling_began) {
          at.now = r;
          at.told = false;
        } else if (r.kind == trace_kind::handling_ended) {
          at.now.reset();
        }
      }
      if (at.now && !at.told)
        judge(at, recorder.thread_of(i));
    }
  }

  void judge(handling& at, std::int64_t id) {
    const trace_time now = trace_time_now();
    if (now.clock <= begin.clock || now.steady_ns <= begin.steady_ns || at.now->time > now.clock)
      return;
    const double ns_per_unit = static_cast<double>(now.steady_ns - begin.steady_ns) /
                               static_cast<double>(now.clock - begin.clock);
    const double seconds = static_cast<double>(now.clock - at.now->time) * ns_per_unit * 1e-9;
    if (seconds < std::chrono::duration<double>(limit).count())
      return;
    at.told = true;
    stall found;
    found.tick = at.now->tick;
    found.seconds = seconds;
    found.message = recorder.names().at(at.now->name);
    found.actor = "actor " + std::to_string(at.now->actor);
    for (const auto& a : recorder.actors())
      if (a.actor == at.now->actor)
        found.actor = a.name;
    found.stack = stack_of(id);
    tell(found);
  }

  const trace_recorder& recorder;
  std::chrono::milliseconds limit;
  std::function<void(const stall&)> tell;
  trace_time begin = trace_time_now();
  std::vector<handling> threads;
  std::vector<trace_record> records;
  std::mutex mutex; ///< of `ending`
  std::condition_variable wake;
  bool ending = false;
  std::thread thread;
};

stall_detector::stall_detector(const trace_recorder& recorder, std::chrono::milliseconds limit,
                               std::function<void(const stall&)> tell) {
  prepare_for_stacks();
  impl_ = std::make_unique<impl>(recorder, limit, std::move(tell));
}

stall_detector::~stall_detector() = default;

} // namespace tessera
