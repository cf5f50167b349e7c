// The files that a frame record is written to and read from: CSV and JSON. The one place that knows their form, which
// docs/manual/watching.md describes.
//
// Always true: both hold the same numbers, times to a microsecond; what is written here is read back alike; a file that is
// anything else is refused with its line, what was found there and what is expected.
#pragma once

#include "apps/frame_record.hpp"
#include "core/error.hpp"

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace tessera {

/// What the JSON says beside the frames.
struct frame_record_facts {
  std::string world;
  std::string device; ///< that drew
};

void write_frames_csv(std::ostream& to, const frame_record& record);
void write_frames_json(std::ostream& to, const frame_record& record,
                       const frame_record_facts& about);

/// Errors of bad_bytes; `name` is how they name the file.
result<std::vector<frame_row>> read_frames(std::string_view text, const std::string& name);
/// The same of a file, CSV or JSON; errors of failure where it cannot be read.
result<std::vector<frame_row>> read_frames_file(const std::string& path);

} // namespace tessera
