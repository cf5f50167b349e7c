#include "apps/frame_export.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <ostream>
#include <type_traits>
#include <utility>

namespace tessera {

namespace {

constexpr const char* json_format = "tessera frames 1";
constexpr double most_whole = 9007199254740992; // a double has all whole numbers up to here
constexpr double most_u32 = 4294967295;

/// The columns of both files, in their order.
struct frame_column {
  const char* name;
  int digits; ///< behind the point; 0: a whole number
  double most;
  double (*get)(const frame_row&);
  void (*set)(frame_row&, double);
};

template <auto Member>
constexpr frame_column time_column(const char* name, int digits) {
  return {name, digits, most_whole, [](const frame_row& r) { return r.*Member; },
          [](frame_row& r, double value) { r.*Member = value; }};
}
template <auto Member>
constexpr frame_column count_column(const char* name) {
  using type = std::remove_cvref_t<decltype(std::declval<frame_row&>().*Member)>;
  return {name, 0, std::min(most_whole, static_cast<double>(std::numeric_limits<type>::max())),
          [](const frame_row& r) { return static_cast<double>(r.*Member); },
          [](frame_row& r, double value) { r.*Member = static_cast<type>(value); }};
}
template <frame_part Part>
constexpr frame_column part_column(const char* name) {
  constexpr auto at = static_cast<std::size_t>(Part);
  return {name, 3, most_whole, [](const frame_row& r) { return r.parts_ms[at]; },
          [](frame_row& r, double value) { r.parts_ms[at] = value; }};
}
template <std::size_t Level>
constexpr frame_column level_column(const char* name) {
  return {
    name, 0, most_u32, [](const frame_row& r) { return static_cast<double>(r.by_level[Level]); },
    [](frame_row& r, double value) { r.by_level[Level] = static_cast<std::uint32_t>(value); }};
}

constexpr std::array columns{time_column<&frame_row::at_s>("at_s", 6),
                             time_column<&frame_row::frame_ms>("frame_ms", 3),
                             part_column<frame_part::input>("input_ms"),
                             part_column<frame_part::taking>("take_ms"),
                             part_column<frame_part::interpolation>("interpolate_ms"),
                             part_column<frame_part::overlay>("overlay_ms"),
                             part_column<frame_part::bodies>("set_bodies_ms"),
                             part_column<frame_part::drawing>("draw_ms"),
                             part_column<frame_part::showing>("show_ms"),
                             count_column<&frame_row::tick>("tick"),
                             time_column<&frame_row::tick_interval_ms>("tick_interval_ms", 3),
                             time_column<&frame_row::tick_busy_ms>("tick_busy_ms", 3),
                             count_column<&frame_row::bodies>("bodies"),
                             level_column<0>("fine"),
                             level_column<1>("middling"),
                             level_column<2>("coarse"),
                             level_column<3>("dots"),
                             count_column<&frame_row::ground_tiles>("ground_tiles"),
                             count_column<&frame_row::draw_calls>("draw_calls"),
                             count_column<&frame_row::rung>("rung")};

std::string header() {
  std::string out;
  for (const auto& c : columns) {
    out += out.empty() ? "" : ",";
    out += c.name;
  }
  return out;
}

std::string number_text(const frame_column& column, double value) {
  char out[400]; // whatever a double is
  const auto end =
    std::to_chars(out, out + sizeof out, value, std::chars_format::fixed, column.digits);
  return {out, end.ptr};
}

std::string row_text(const frame_row& row) {
  std::string out;
  for (const auto& c : columns) {
    out += out.empty() ? "" : ",";
    out += number_text(c, c.get(row));
  }
  return out;
}

/// So that a message stays one line.
std::string start_of(std::string_view text) {
  std::string out(text.substr(0, 60));
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ')
      c = ' ';
  return text.size() > 60 ? out + "..." : out;
}

tl::unexpected<error> refuse(const std::string& name, std::size_t line, const std::string& found,
                             const std::string& expected) {
  return fail(error_code::bad_bytes,
              name + ":" + std::to_string(line) + ": found " + found + "; expected " + expected);
}

/// What is wrong with a column's value; nothing if it is fine.
std::optional<std::string> set(frame_row& row, const frame_column& column, double value) {
  if (!std::isfinite(value) || value < 0 || value > column.most)
    return "a number from 0 to " + std::string(column.most == most_u32 ? "2^32 - 1" : "2^53");
  if (column.digits == 0 && value != std::floor(value))
    return "a whole number";
  column.set(row, value);
  return std::nullopt;
}

/// A record's times rise.
class rows_read {
public:
  result<void> add(const frame_row& row, const std::string& name, std::size_t line) {
    if (!rows_.empty() && row.at_s < rows_.back().at_s)
      return refuse(name, line, "at_s " + number_text(columns[0], row.at_s),
                    "a time after that of the row before, " +
                      number_text(columns[0], rows_.back().at_s));
    rows_.push_back(row);
    return {};
  }
  std::vector<frame_row> take() { return std::move(rows_); }

private:
  std::vector<frame_row> rows_;
};

std::vector<std::string_view> split(std::string_view line) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0;;) {
    const std::size_t comma = line.find(',', at);
    out.push_back(line.substr(at, comma == std::string_view::npos ? comma : comma - at));
    if (comma == std::string_view::npos)
      return out;
    at = comma + 1;
  }
}

result<frame_row> read_csv_row(std::string_view line, const std::string& name, std::size_t number) {
  const auto fields = split(line);
  if (fields.size() != columns.size())
    return refuse(name, number, std::to_string(fields.size()) + " fields",
                  std::to_string(columns.size()) + ", one for each of the columns of line 1");
  frame_row row;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string_view text = fields[i];
    double value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool number_found = ec == std::errc{} && end == text.data() + text.size();
    const auto wrong =
      number_found ? set(row, columns[i], value) : std::optional<std::string>("a number");
    if (wrong)
      return refuse(name, number, "\"" + start_of(text) + "\" in column " + columns[i].name,
                    *wrong);
  }
  return row;
}

result<std::vector<frame_row>> read_csv(std::string_view text, const std::string& name) {
  rows_read rows;
  std::size_t number = 0;
  while (!text.empty() || number == 0) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (++number == 1) {
      if (line != header())
        return refuse(name, number, line.empty() ? "nothing" : "\"" + start_of(line) + "\"",
                      "a frame record: JSON, or CSV that begins with " + header());
      continue;
    }
    auto row = read_csv_row(line, name, number);
    if (!row)
      return tl::unexpected(row.error());
    if (auto ok = rows.add(*row, name, number); !ok)
      return tl::unexpected(ok.error());
  }
  return rows.take();
}

/// Lines at which the elements of the array behind the key "frames" of the outermost object begin. The text is sound
/// JSON.
std::vector<std::size_t> lines_of_frames(std::string_view text) {
  std::vector<std::size_t> out;
  std::size_t line = 1;
  int depth = 0;
  bool inside = false; ///< the array
  std::string last;    ///< string of the outermost object
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (inside && depth == 2 && !blank && c != ',' && c != ']' &&
        (text[i - 1] == ',' || text[i - 1] == '[' || text[i - 1] == ' ' || text[i - 1] == '\n' ||
         text[i - 1] == '\t' || text[i - 1] == '\r'))
      out.push_back(line);
    if (c == '\n')
      ++line;
    if (c == '"') {
      const std::size_t begin = ++i;
      for (; text[i] != '"'; ++i)
        i += text[i] == '\\' ? 1 : 0;
      if (depth == 1)
        last = text.substr(begin, i - begin);
    } else if (c == '[' || c == '{') {
      ++depth;
      if (depth == 2 && c == '[' && last == "frames")
        inside = true;
    } else if (c == ']' || c == '}') {
      --depth;
      inside = inside && depth >= 2;
    }
  }
  return out;
}

std::size_t line_at(std::string_view text, std::size_t byte) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return 1 + static_cast<std::size_t>(std::count(text.begin(), end, '\n'));
}

result<frame_row> read_json_row(const nlohmann::json& from, const std::string& name,
                                std::size_t line) {
  if (!from.is_array() || from.size() != columns.size())
    return refuse(
      name, line,
      from.is_array() ? std::to_string(from.size()) + " numbers" : start_of(from.dump()),
      "an array of " + std::to_string(columns.size()) + ", one for each of \"columns\"");
  frame_row row;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto wrong = from[i].is_number() ? set(row, columns[i], from[i].get<double>())
                                           : std::optional<std::string>("a number");
    if (wrong)
      return refuse(name, line, start_of(from[i].dump()) + " in column " + columns[i].name, *wrong);
  }
  return row;
}

result<std::vector<frame_row>> read_json(std::string_view text, const std::string& name) {
  nlohmann::json all;
  try {
    all = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& e) {
    // Its own words name the place again; what was found is enough.
    const std::size_t at = e.byte == 0 ? 0 : e.byte - 1;
    return refuse(name, line_at(text, at),
                  at >= text.size() ? "the end of the file"
                                    : "\"" + start_of(text.substr(at, 20)) + "\"",
                  "JSON, to its end");
  }
  auto found = [&](const char* key) {
    return all.is_object() && all.contains(key) ? start_of(all[key].dump()) : "nothing";
  };
  if (!all.is_object() || all.value("format", nlohmann::json()) != json_format)
    return refuse(name, 1, found("format") + " as \"format\"",
                  "\"" + std::string(json_format) + "\", as tessera run --perf-json writes it");
  nlohmann::json names = nlohmann::json::array();
  for (const auto& c : columns)
    names.push_back(c.name);
  if (all.value("columns", nlohmann::json()) != names)
    return refuse(name, 1, found("columns") + " as \"columns\"", names.dump());
  if (!all.contains("frames") || !all["frames"].is_array())
    return refuse(name, 1, found("frames") + " as \"frames\"", "an array");
  const auto lines = lines_of_frames(text);
  rows_read rows;
  for (std::size_t i = 0; i < all["frames"].size(); ++i) {
    const std::size_t line = i < lines.size() ? lines[i] : 1;
    auto row = read_json_row(all["frames"][i], name, line);
    if (!row)
      return tl::unexpected(row.error());
    if (auto ok = rows.add(*row, name, line); !ok)
      return tl::unexpected(ok.error());
  }
  return rows.take();
}

} // namespace

void write_frames_csv(std::ostream& to, const frame_record& record) {
  to << header() << '\n';
  for (const auto& row : record.rows())
    to << row_text(row) << '\n';
}

void write_frames_json(std::ostream& to, const frame_record& record,
                       const frame_record_facts& about) {
  auto quoted = [](const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  };
  to << "{\n \"format\": \"" << json_format << "\",\n \"world\": " << quoted(about.world)
     << ",\n \"device\": " << quoted(about.device) << ",\n \"columns\": [";
  for (const auto& c : columns)
    to << (&c == columns.data() ? "\"" : ", \"") << c.name << '"';
  to << "],\n \"frames\": [";
  const char* between = "\n  ";
  for (const auto& row : record.rows()) {
    to << between << '[' << row_text(row) << ']';
    between = ",\n  ";
  }
  to << "\n ]\n}\n";
}

result<std::vector<frame_row>> read_frames(std::string_view text, const std::string& name) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && (text[first] == '{' || text[first] == '['))
    return read_json(text, name);
  return read_csv(text, name);
}

result<std::vector<frame_row>> read_frames_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    return fail(error_code::failure, path + ": cannot be read; is there such a file?");
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad())
    return fail(error_code::failure, path + ": the system refused to read it");
  return read_frames(text, path);
}

} // namespace tessera
