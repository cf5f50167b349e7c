// A checker of Prometheus' text format, version 0.0.4, written from its public description.
#pragma once

#include <cmath>
#include <cstdlib>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace tessera::testing {

/// Empty if the text keeps to the format; otherwise its first offence.
inline std::string exposition_error(const std::string& text) {
  if (text.empty() || text.back() != '\n')
    return "the last line has no newline";
  static const std::regex help{R"(# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) .*)"};
  static const std::regex type{
    R"(# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped))"};
  static const std::regex sample{
    R"(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-zA-Z_][a-zA-Z0-9_]*="(\\[\\n"]|[^\\"])*",?)*\})? (\S+))"};
  std::map<std::string, std::string> types;
  std::set<std::string> helped;
  std::set<std::string> seen;
  std::string current;
  double last_bucket = 0;
  std::istringstream lines{text};
  std::string line;
  while (std::getline(lines, line)) {
    std::smatch m;
    if (std::regex_match(line, m, help)) {
      if (!helped.insert(m[1]).second)
        return "HELP twice: " + line;
      continue;
    }
    if (std::regex_match(line, m, type)) {
      if (!types.emplace(m[1], m[2]).second)
        return "TYPE twice: " + line;
      current = m[1];
      last_bucket = 0;
      if (m[2] == "counter" && !current.ends_with("_total"))
        return "a counter without _total: " + line;
      continue;
    }
    if (!std::regex_match(line, m, sample))
      return "no line of the format: " + line;
    const std::string name = m[1];
    std::string family = name;
    if (types.contains(current) && types[current] == "histogram")
      for (const char* ending : {"_bucket", "_sum", "_count"})
        if (name == current + ending)
          family = current;
    if (family != current || !helped.contains(family))
      return "outside its family: " + line;
    if (!seen.insert(name + std::string(m[2])).second)
      return "twice: " + line;
    const std::string number = m[5];
    char* end = nullptr;
    const double value = std::strtod(number.c_str(), &end);
    if (number != "NaN" && number != "+Inf" && number != "-Inf" &&
        (*end != '\0' || !std::isfinite(value)))
      return "no number: " + line;
    if (family != name && name.ends_with("_bucket")) {
      if (value < last_bucket)
        return "buckets fall: " + line;
      last_bucket = value;
    }
    if (family != name && name.ends_with("_count") && value != last_bucket)
      return "the count is not the last bucket: " + line;
  }
  return "";
}

} // namespace tessera::testing
