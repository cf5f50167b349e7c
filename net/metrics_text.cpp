#include "net/metrics_text.hpp"

#include <charconv>
#include <cmath>

namespace tessera {

namespace {

std::string number(double value) {
  if (std::isnan(value))
    return "NaN";
  if (std::isinf(value))
    return value > 0 ? "+Inf" : "-Inf";
  char text[32];
  auto written = std::to_chars(text, text + sizeof text, value);
  return {text, written.ptr};
}

std::string escaped(std::string_view text, bool quoted) {
  std::string out;
  for (char c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quoted)
      out += "\\\"";
    else
      out += c;
  }
  return out;
}

} // namespace

void metrics_text::head(std::string_view name, std::string_view type, std::string_view help) {
  text_ += "# HELP tessera_" + std::string(name) + " " + escaped(help, false) + "\n";
  text_ += "# TYPE tessera_" + std::string(name) + " " + std::string(type) + "\n";
}

void metrics_text::sample(std::string_view name, const labels& with, double value) {
  text_ += "tessera_" + std::string(name);
  for (std::size_t i = 0; i < with.size(); ++i)
    text_ += (i == 0 ? "{" : ",") + std::string(with[i].first) + "=\"" +
             escaped(with[i].second, true) + "\"";
  text_ += (with.empty() ? " " : "} ") + number(value) + "\n";
}

void metrics_text::gauge(std::string_view name, std::string_view help, double value) {
  head(name, "gauge", help);
  sample(name, {}, value);
}

void metrics_text::counter(std::string_view name, std::string_view help, double value) {
  head(name, "counter", help);
  sample(name, {}, value);
}

void metrics_text::family(std::string_view name, std::string_view type, std::string_view help,
                          std::span<const std::pair<labels, double>> samples) {
  head(name, type, help);
  for (const auto& [with, value] : samples)
    sample(name, with, value);
}

void metrics_text::histogram(std::string_view name, std::string_view help,
                             std::span<const double> bounds, std::span<const unsigned long> counts,
                             double sum) {
  head(name, "histogram", help);
  const std::string bucket = std::string(name) + "_bucket";
  unsigned long below = 0;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    below += counts[i];
    sample(bucket, {{"le", number(bounds[i])}}, static_cast<double>(below));
  }
  below += counts[bounds.size()];
  sample(bucket, {{"le", "+Inf"}}, static_cast<double>(below));
  sample(std::string(name) + "_sum", {}, sum);
  sample(std::string(name) + "_count", {}, static_cast<double>(below));
}

} // namespace tessera
