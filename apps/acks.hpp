// The acks file: one JSON line per answered command, in the order of answers.
#pragma once

#include "apps/run_record.hpp"
#include "core/error.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace tessera {

/// {"session","seq","tick","result"[,"entity"][,"reason"]}, or for a line that could not be read
/// {"line","result":"malformed","reason"}.
std::string ack_line(const ack& answer);

class acks_file {
public:
  /// Overwrites the file. Fails if it cannot be written.
  static result<acks_file> create(const std::filesystem::path& path);

  /// Writes and flushes, so that whoever follows the file sees every answer at once.
  void write(const std::vector<ack>& answers);

  /// Whether everything has been written.
  result<void> close();

private:
  std::filesystem::path path_;
  std::ofstream out_;
};

} // namespace tessera
