// The tools of `tessera log`: each prints what it found and gives the code to exit with.
#pragma once

#include "apps/exit_codes.hpp"
#include "core/ids.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace tessera {

struct log_options {
  std::string directory;
  std::optional<std::uint32_t> shard;
  tick_number from = 0;
  tick_number to = std::numeric_limits<tick_number>::max(); ///< the last
  bool follow = false;
  bool commands_only = false;
  bool json = false;
};

/// Shards' logs, or one shard's segments.
exit_code list_log(const log_options& options);
/// Records, in words or as JSON lines.
exit_code show_log(const log_options& options);
/// Figures over the records.
exit_code count_log(const log_options& options);
/// Checks every byte.
exit_code verify_log(const log_options& options);

} // namespace tessera
