// The acks file: one JSON line per answered command, in the order of answers.
#pragma once

#include "apps/run_record.hpp"
#include "core/error.hpp"

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace tessera {

/// {"session","seq","tick","result"[,"entity"][,"value"][,"reason"]}, or for a line that could not be read
/// {"line","result":"malformed","reason"}.
std::string ack_line(const ack& answer, const schema& game);

class acks_file {
public:
  /// Overwrites the file. Fails if it cannot be written.
  static result<acks_file> create(const std::filesystem::path& path,
                                  std::shared_ptr<const schema> game);

  /// Writes and flushes, so that whoever follows the file sees every answer at once.
  void write(const std::vector<ack>& answers);

  /// Whether everything has been written.
  result<void> close();

private:
  std::shared_ptr<const schema> game_;
  std::filesystem::path path_;
  std::ofstream out_;
};

} // namespace tessera
