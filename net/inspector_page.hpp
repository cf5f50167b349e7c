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

/// Empty where the page was not built.
std::span<const page_file> inspector_page();

} // namespace tessera
