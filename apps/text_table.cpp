#include "apps/text_table.hpp"

#include <algorithm>

namespace tessera {

std::string text_table::text() const {
  std::vector<std::size_t> widths;
  std::vector<bool> to_right;
  for (std::size_t c = 0; c < headings_.size(); ++c) {
    std::size_t width = headings_[c].size();
    bool numbers = !rows_.empty();
    for (const auto& row : rows_) {
      width = std::max(width, row[c].size());
      numbers =
        numbers && (row[c] == "-" || (!row[c].empty() && row[c][0] >= '0' && row[c][0] <= '9'));
    }
    widths.push_back(width);
    to_right.push_back(numbers);
  }
  std::string out;
  auto put = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      std::string gap(widths[c] - row[c].size(), ' ');
      line += (c == 0 ? "" : "  ") + (to_right[c] ? gap + row[c] : row[c] + gap);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  };
  put(headings_);
  for (const auto& row : rows_)
    put(row);
  return out;
}

} // namespace tessera
