// Chrome's trace events as JSON: handlers and spans are complete events ("X"), messages flows from "s" to
// "f". Microseconds with three decimals, as that form wants them.
#include "apps/piecewise_file.hpp"
#include "apps/trace_export.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

namespace tessera {

namespace {

std::string json_text(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class chrome_sink {
public:
  chrome_sink(const trace_log& log, const trace_messages& messages, piecewise_file& out)
    : log_(log), messages_(messages), tracks_(log), out_(out) {
    for (const auto& name : log.names)
      names_.push_back(json_text(name.substr(0, longest_name)));
    if (names_.empty())
      names_.push_back(json_text("?"));
  }

  void put_head() {
    out_.put(R"({"displayTimeUnit":"ms","traceEvents":[)"
             "\n"
             R"({"ph":"M","pid":1,"name":"process_name","args":{"name":)");
    out_.put(json_text(tracks_.node()));
    out_.put("}}");
    for (std::size_t i = 0; i < tracks_.tracks().size(); ++i) {
      const std::string tid = std::to_string(i + 1);
      out_.put(",\n"
               R"({"ph":"M","pid":1,"tid":)" +
               tid + R"(,"name":"thread_name","args":{"name":)" +
               json_text(tracks_.tracks()[i].name) +
               "}},\n"
               R"({"ph":"M","pid":1,"tid":)" +
               tid + R"(,"name":"thread_sort_index","args":{"sort_index":)" + tid + "}}");
    }
  }

  void sent(std::uint32_t record) {
    if (messages_.other_end(record) == trace_messages::none)
      return;
    const trace_record& r = log_.records[record];
    line e{*this, "s", r.peer, r.time};
    e.put(R"(,"id":)");
    e.put(std::uint64_t{record} + 1);
    e.put(R"(,"cat":"m","name":"m")");
  }

  void begin(const trace_slice& slice) {
    const trace_record& r = log_.records[slice.record];
    {
      line e{*this, "X", r.actor, r.time};
      e.put(R"(,"dur":)");
      e.microseconds(tracks_.ns(slice.end) - tracks_.ns(r.time));
      e.put(R"(,"name":)");
      e.put(r.name < names_.size() ? names_[r.name] : names_.front());
      if (r.kind != trace_kind::span && r.tick != no_trace_tick) {
        e.put(R"(,"args":{"tick":)");
        e.put(std::uint64_t{r.tick});
        e.put("}");
      }
    }
    const auto sent = messages_.other_end(slice.record);
    if (r.kind == trace_kind::span || sent == trace_messages::none)
      return;
    line e{*this, "f", r.actor, r.time};
    e.put(R"(,"id":)");
    e.put(std::uint64_t{sent} + 1);
    e.put(R"(,"bp":"e","cat":"m","name":"m")");
    ++flows_;
  }

  void end(std::uint32_t, std::uint64_t) {} // a complete event has its length

  void put_tail() { out_.put("\n]}\n"); }
  std::uint64_t flows() const { return flows_; }

private:
  static constexpr std::size_t longest_name = 4096; ///< of a name in a file, for room in a piece

  struct line {
    line(chrome_sink& sink, const char* phase, std::uint32_t actor, std::uint64_t time)
      : of(sink), at(sink.out_.claim()) {
      put(",\n{\"ph\":\"");
      put(phase);
      put(R"(","pid":1,"tid":)");
      put(std::uint64_t{sink.tracks_.place_of(actor)} + 1);
      put(R"(,"ts":)");
      microseconds(sink.tracks_.ns(time));
    }
    ~line() {
      *at++ = '}';
      of.out_.advance(at);
    }
    line(const line&) = delete;
    line& operator=(const line&) = delete;

    void put(std::string_view text) {
      std::memcpy(at, text.data(), text.size());
      at += text.size();
    }
    void put(std::uint64_t value) { at = std::to_chars(at, at + 20, value).ptr; }
    void microseconds(std::uint64_t ns) {
      put(ns / 1000);
      const auto rest = static_cast<unsigned>(ns % 1000);
      *at++ = '.';
      *at++ = static_cast<char>('0' + rest / 100);
      *at++ = static_cast<char>('0' + rest / 10 % 10);
      *at++ = static_cast<char>('0' + rest % 10);
    }

    chrome_sink& of;
    char* at;
  };

  const trace_log& log_;
  const trace_messages& messages_;
  trace_tracks tracks_;
  piecewise_file& out_;
  std::vector<std::string> names_; ///< as JSON text
  std::uint64_t flows_ = 0;
};

} // namespace

result<exported_trace> write_chrome_json(const trace_log& log, const trace_messages& messages,
                                         const std::filesystem::path& path) {
  auto out = piecewise_file::create(path);
  if (!out)
    return tl::unexpected(out.error());
  chrome_sink sink{log, messages, *out};
  sink.put_head();
  tell_slices(log, messages, sink);
  sink.put_tail();
  const std::uint64_t bytes = out->bytes();
  if (auto ok = out->finish(); !ok)
    return tl::unexpected(ok.error());
  return exported_trace{bytes, sink.flows()};
}

} // namespace tessera
