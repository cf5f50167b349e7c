// Commands from standard input while a world runs, read on a thread of its own.
//
// The end of the input does not end the world, and a line that cannot be read does not either: it
// is reported with its number, answered as malformed, and the next line is read.
#pragma once

#include "apps/run_record.hpp"
#include "apps/wake_up.hpp"
#include "sdk/engine.hpp"

#include <memory>
#include <string>
#include <thread>

namespace tessera {

class stdin_commands {
public:
  /// Starts to read. All that is given outlives this object; `main` is woken when there are
  /// answers.
  stdin_commands(engine& world, std::shared_ptr<const world_setup> setup, run_record& record,
                 const wake_up& main);
  /// Stops reading and waits for the thread. What was not read by then is left unread.
  ~stdin_commands();
  stdin_commands(const stdin_commands&) = delete;
  stdin_commands& operator=(const stdin_commands&) = delete;

private:
  void read_lines();
  void take_line(const std::string& line);

  engine* world_;
  std::shared_ptr<const world_setup> setup_;
  run_record* record_;
  const wake_up* main_;
  wake_up stop_;
  std::uint64_t line_number_ = 0;
  std::thread thread_;
};

} // namespace tessera
