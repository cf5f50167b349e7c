// Prometheus' text format, version 0.0.4.
//
// Always true of what is written: every family has its HELP and TYPE once, before its samples; names and labels
// are of the allowed characters (they are the program's own, and checked); values of labels are escaped.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tessera {

class metrics_text {
public:
  using labels = std::vector<std::pair<std::string_view, std::string_view>>;

  /// `name` without "tessera_"; a counter's ends in "_total".
  void gauge(std::string_view name, std::string_view help, double value);
  void counter(std::string_view name, std::string_view help, double value);
  /// Several samples of one family.
  void family(std::string_view name, std::string_view type, std::string_view help,
              std::span<const std::pair<labels, double>> samples);
  /// `counts`: of observations per bucket, one more than `bounds`, not summed up.
  void histogram(std::string_view name, std::string_view help, std::span<const double> bounds,
                 std::span<const unsigned long> counts, double sum);

  const std::string& text() const { return text_; }

private:
  void head(std::string_view name, std::string_view type, std::string_view help);
  void sample(std::string_view name, const labels& with, double value);

  std::string text_;
};

} // namespace tessera
