// Rows of words under one another, for a terminal.
#pragma once

#include <string>
#include <vector>

namespace tessera {

/// Columns as wide as their widest cell, two spaces between them; cells that begin with a digit, and their
/// headings, are put to the right.
class text_table {
public:
  explicit text_table(std::vector<std::string> headings) : headings_(std::move(headings)) {}
  /// As many cells as there are headings.
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  bool empty() const { return rows_.empty(); }
  /// With a newline behind every row.
  std::string text() const;

private:
  std::vector<std::string> headings_;
  std::vector<std::vector<std::string>> rows_;
};

} // namespace tessera
