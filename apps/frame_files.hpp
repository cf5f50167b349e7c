// Where the frames of a window go when it is left: `--perf-csv` and `--perf-json`.
#pragma once

#include "apps/frame_export.hpp"
#include "core/error.hpp"

#include <fstream>
#include <string>

namespace tessera {

/// Empty: not written.
struct frame_file_names {
  std::string csv;
  std::string json;
};

/// Opened before a run, so that a long one does not end with nowhere to write to. No path: no file.
result<void> create_file(std::ofstream& file, const std::string& path, const char* what);

class frame_files {
public:
  result<void> create(const frame_file_names& names);
  result<void> write(const frame_record& frames, const frame_record_facts& about);

private:
  result<void> close(std::ofstream& file, const std::string& path);

  frame_file_names names_;
  std::ofstream csv_;
  std::ofstream json_;
};

} // namespace tessera
