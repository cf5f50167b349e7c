#include "apps/stdin_commands.hpp"

#include "apps/command_file.hpp"
#include "apps/text.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <poll.h>
#include <unistd.h>

namespace tessera {

namespace {

/// Signals belong to the main thread's sleep; a reader that is interrupted would only complicate
/// it.
void block_signals() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

} // namespace

stdin_commands::stdin_commands(engine& world, std::shared_ptr<const world_setup> setup,
                               run_record& record, const wake_up& main)
  : world_(&world), setup_(std::move(setup)), record_(&record), main_(&main),
    thread_([this] { read_lines(); }) {}

stdin_commands::~stdin_commands() {
  stop_.notify();
  thread_.join();
}

void stdin_commands::read_lines() {
  block_signals();
  std::string text;
  std::array<char, 65536> buffer;
  std::array<pollfd, 2> wanted{{{STDIN_FILENO, POLLIN, 0}, {stop_.descriptor(), POLLIN, 0}}};
  while (true) {
    if (poll(wanted.data(), wanted.size(), -1) < 0 && errno != EINTR)
      return;
    if (wanted[1].revents != 0)
      return;
    if (wanted[0].revents == 0)
      continue;
    ssize_t got = read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
      continue;
    if (got <= 0) {
      if (!text.empty())
        take_line(text); // the last line needs no newline
      return;
    }
    text.append(buffer.data(), static_cast<std::size_t>(got));
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
      take_line(text.substr(begin, end - begin));
    text.erase(0, begin);
  }
}

void stdin_commands::take_line(const std::string& line) {
  ++line_number_;
  if (line.find_first_not_of(" \t\r") == std::string::npos)
    return;
  auto parsed = parse_command(line, *setup_);
  if (!parsed) {
    complain("standard input:" + std::to_string(line_number_) + ": " + parsed.error().message);
    record_->refused({0, 0, 0, "malformed", parsed.error().message, {}, line_number_});
    main_->notify();
    return;
  }
  const command& c = parsed->what;
  auto tick = world_->submit(c, !parsed->has_tick);
  if (tick) {
    record_->taken(c, *tick);
  } else {
    record_->refused(
      {c.session, c.sequence, c.tick, "rejected", tick.error().message, c.target, 0});
    main_->notify();
  }
}

} // namespace tessera
