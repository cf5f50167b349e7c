#include "apps/crash_signals.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <poll.h>

namespace tessera {

namespace {

constexpr std::chrono::milliseconds most{2000};
constexpr std::array numbers{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

std::array<struct sigaction, numbers.size()> before; ///< by place in `numbers`
std::atomic<int> crash = 0;
std::atomic<const wake_up*> to_wake = nullptr;
std::atomic<wake_up*> to_wait_for = nullptr;
static_assert(std::atomic<wake_up*>::is_always_lock_free, "read in a signal handler");

extern "C" void note_crash(int number) {
  int none = 0;
  const auto* sleeper = to_wake.load();
  auto* done = to_wait_for.load();
  if (crash.compare_exchange_strong(none, number) && sleeper != nullptr && done != nullptr) {
    sleeper->notify();
    done->sleep(most);
  } else {
    poll(nullptr, 0, static_cast<int>(most.count())); // another thread crashed first: let it finish
  }
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i] == number)
      sigaction(number, &before[i], nullptr);
  raise(number); // comes once this handler has returned to the place of the crash
}

} // namespace

crash_signals::crash_signals(const wake_up& sleeper, wake_up& done) {
  crash = 0;
  to_wake = &sleeper;
  to_wait_for = &done;
  struct sigaction action {};
  action.sa_handler = &note_crash;
  action.sa_flags = SA_ONSTACK;
  for (std::size_t i = 0; i < numbers.size(); ++i)
    sigaction(numbers[i], &action, &before[i]);
}

crash_signals::~crash_signals() {
  for (std::size_t i = 0; i < numbers.size(); ++i)
    sigaction(numbers[i], &before[i], nullptr);
  to_wake = nullptr;
  to_wait_for = nullptr;
}

int crash_signals::caught() {
  return crash;
}

} // namespace tessera
