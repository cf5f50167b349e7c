#include "apps/wake_up.hpp"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace tessera {

wake_up::wake_up() : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (event_ < 0)
    throw std::system_error(errno, std::generic_category(), "eventfd");
}

wake_up::~wake_up() {
  close(event_);
}

void wake_up::notify() const {
  std::uint64_t one = 1;
  // Fails only when the counter is full, and then the sleeper wakes anyway.
  [[maybe_unused]] auto written = write(event_, &one, sizeof one);
}

void wake_up::sleep(std::chrono::milliseconds most) {
  pollfd wanted{event_, POLLIN, 0};
  poll(&wanted, 1, static_cast<int>(most.count()));
  std::uint64_t count = 0;
  [[maybe_unused]] auto got = read(event_, &count, sizeof count);
}

namespace {

volatile std::sig_atomic_t asked = 0;
std::atomic<const wake_up*> to_wake = nullptr;
static_assert(std::atomic<const wake_up*>::is_always_lock_free, "read in a signal handler");

extern "C" void note_signal(int) {
  int kept = errno;
  asked = 1;
  if (const auto* sleeper = to_wake.load())
    sleeper->notify();
  errno = kept;
}

} // namespace

stop_signals::stop_signals(const wake_up& sleeper) {
  asked = 0;
  to_wake = &sleeper;
  struct sigaction action {};
  action.sa_handler = &note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

stop_signals::~stop_signals() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  to_wake = nullptr;
}

bool stop_signals::asked_to_stop() {
  return asked != 0;
}

} // namespace tessera
