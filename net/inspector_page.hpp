// The built page of inspector/, as bytes in the program.
#pragma once

#include <span>
#include <string_view>

namespace tessera {

struct page_file {
  std::string_view path; ///< "/index.html"
  std::string_view type; ///< of its content
  std::string_view bytes;
};

/// Empty where the page was left out of the build.
std::span<const page_file> inspector_page();
/// Why it was left out; empty where it was not.
std::string_view inspector_page_left_out();

} // namespace tessera
