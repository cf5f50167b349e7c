// Perfetto's protobuf, by the public description of its messages (protos/perfetto/trace/ in its
// repository). One sequence of packets: names are interned in the first of them; times are differences to
// the packet before, on an incremental clock of the sequence; so an event takes 15 to 34 bytes.
//
// Always true: the packet of an event is shorter than 128 bytes, so that its length is one byte.
#include "apps/piecewise_file.hpp"
#include "apps/trace_export.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>

namespace tessera {

namespace {

// --- numbers of fields, by message

namespace trace_proto {
constexpr unsigned packet = 1;
}
namespace packet_proto {
constexpr unsigned clock_snapshot = 6, timestamp = 8, sequence_id = 10, track_event = 11,
                   interned_data = 12, sequence_flags = 13, defaults = 59, track_descriptor = 60;
constexpr std::uint64_t incremental_state_cleared = 1, needs_incremental_state = 2;
} // namespace packet_proto
namespace defaults_proto {
constexpr unsigned timestamp_clock_id = 58;
}
namespace clocks_proto {
constexpr unsigned clocks = 1;
constexpr unsigned clock_id = 1, timestamp = 2, is_incremental = 3;
constexpr std::uint64_t realtime = 1, boottime = 6, first_of_sequence = 64;
} // namespace clocks_proto
namespace interned_proto {
constexpr unsigned event_names = 2, annotation_names = 3;
constexpr unsigned iid = 1, name = 2;
} // namespace interned_proto
namespace track_proto {
constexpr unsigned uuid = 1, name = 2, process = 3, parent_uuid = 5, child_ordering = 11,
                   sibling_rank = 12;
constexpr unsigned pid = 1, process_name = 6;
constexpr std::uint64_t explicit_ordering = 3;
} // namespace track_proto
namespace event_proto {
constexpr unsigned debug_annotations = 4, type = 9, name_iid = 10, track_uuid = 11, flow_ids = 47,
                   terminating_flow_ids = 48;
constexpr unsigned annotation_name_iid = 1, annotation_uint = 3;
constexpr std::uint64_t slice_begin = 1, slice_end = 2, instant = 3;
} // namespace event_proto

constexpr std::uint64_t sequence = 1;
constexpr std::uint64_t node_uuid = 1;
constexpr std::uint64_t first_actor_uuid = 2; // of the first track
constexpr std::uint64_t tick_annotation = 1;

// --- the wire format

enum wire : unsigned { as_varint = 0, as_fixed64 = 1, as_bytes = 2 };

char* put_varint(char* to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7)
    *to++ = static_cast<char>(value | 0x80);
  *to++ = static_cast<char>(value);
  return to;
}

char* put_number(char* to, unsigned field, std::uint64_t value) {
  return put_varint(put_varint(to, field << 3 | as_varint), value);
}

char* put_fixed(char* to, unsigned field, std::uint64_t value) {
  to = put_varint(to, field << 3 | as_fixed64);
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

/// A message of any length, for what is written once.
class proto_message {
public:
  proto_message& number(unsigned field, std::uint64_t value) {
    put_two(field << 3 | as_varint, value);
    return *this;
  }
  proto_message& text(unsigned field, std::string_view value) {
    put_two(field << 3 | as_bytes, value.size());
    bytes_ += value;
    return *this;
  }
  proto_message& message(unsigned field, const proto_message& value) {
    return text(field, value.bytes_);
  }
  std::string_view bytes() const { return bytes_; }

private:
  void put_two(std::uint64_t key, std::uint64_t value) {
    std::array<char, 20> room;
    bytes_.append(room.data(), put_varint(put_varint(room.data(), key), value));
  }

  std::string bytes_;
};

// --- the trace

class perfetto_sink {
public:
  perfetto_sink(const trace_log& log, const trace_messages& messages, piecewise_file& out)
    : log_(log), messages_(messages), tracks_(log), out_(out) {}

  void put_head() {
    proto_message defaults;
    defaults.number(defaults_proto::timestamp_clock_id, clocks_proto::first_of_sequence);
    proto_message first;
    first.number(packet_proto::sequence_id, sequence)
      .number(packet_proto::sequence_flags, packet_proto::incremental_state_cleared)
      .message(packet_proto::clock_snapshot, clocks())
      .message(packet_proto::defaults, defaults)
      .message(packet_proto::interned_data, names());
    put_packet(first);
    proto_message process;
    process.number(track_proto::pid, 1).text(track_proto::process_name, tracks_.node());
    proto_message node;
    node.number(track_proto::uuid, node_uuid)
      .message(track_proto::process, process)
      .number(track_proto::child_ordering, track_proto::explicit_ordering);
    put_track(node);
    for (std::size_t i = 0; i < tracks_.tracks().size(); ++i) {
      proto_message actor;
      actor.number(track_proto::uuid, first_actor_uuid + i)
        .text(track_proto::name, tracks_.tracks()[i].name)
        .number(track_proto::parent_uuid, node_uuid)
        .number(track_proto::sibling_rank, i);
      put_track(actor);
    }
  }

  void sent(std::uint32_t record) {
    const trace_record& r = log_.records[record];
    event e{*this, r.time, event_proto::instant, r.peer};
    e.at = put_number(e.at, event_proto::name_iid, iid_of(r.name));
    if (messages_.other_end(record) != trace_messages::none)
      e.at = put_fixed(e.at, event_proto::flow_ids, flow_of(record));
  }

  void begin(const trace_slice& slice) {
    const trace_record& r = log_.records[slice.record];
    event e{*this, r.time, event_proto::slice_begin, r.actor};
    e.at = put_number(e.at, event_proto::name_iid, iid_of(r.name));
    if (r.kind == trace_kind::span)
      return;
    if (r.tick != no_trace_tick) {
      std::array<char, 16> tick;
      char* end =
        put_number(put_number(tick.data(), event_proto::annotation_name_iid, tick_annotation),
                   event_proto::annotation_uint, r.tick);
      const auto size = static_cast<std::size_t>(end - tick.data());
      e.at = put_varint(put_varint(e.at, event_proto::debug_annotations << 3 | as_bytes), size);
      std::memcpy(e.at, tick.data(), size);
      e.at += size;
    }
    if (auto sent = messages_.other_end(slice.record); sent != trace_messages::none) {
      e.at = put_fixed(e.at, event_proto::terminating_flow_ids, flow_of(sent));
      ++flows_;
    }
  }

  void end(std::uint32_t actor, std::uint64_t time) {
    event{*this, time, event_proto::slice_end, actor};
  }

  std::uint64_t flows() const { return flows_; }

private:
  /// One event's packet: begun when it is made, closed when it goes.
  struct event {
    event(perfetto_sink& sink, std::uint64_t time, std::uint64_t type, std::uint32_t actor)
      : of(sink), packet(sink.out_.claim()) {
      at = packet + 2; // key and length
      const std::uint64_t ns = std::max(sink.last_ns_, sink.tracks_.ns(time));
      at = put_number(at, packet_proto::timestamp, ns - sink.last_ns_);
      sink.last_ns_ = ns;
      at = put_number(at, packet_proto::sequence_id, sequence);
      at = put_number(at, packet_proto::sequence_flags, packet_proto::needs_incremental_state);
      at = put_varint(at, packet_proto::track_event << 3 | as_bytes);
      body = ++at; // behind its length
      at = put_number(at, event_proto::type, type);
      at = put_number(at, event_proto::track_uuid, first_actor_uuid + sink.tracks_.place_of(actor));
    }
    ~event() {
      body[-1] = static_cast<char>(at - body);
      packet[0] = static_cast<char>(trace_proto::packet << 3 | as_bytes);
      packet[1] = static_cast<char>(at - packet - 2);
      of.out_.advance(at);
    }
    event(const event&) = delete;
    event& operator=(const event&) = delete;

    perfetto_sink& of;
    char* packet;
    char* body;
    char* at;
  };

  static std::uint64_t iid_of(std::uint16_t name) { return std::uint64_t{name} + 1; }
  /// Unique in the file, and never 0.
  static std::uint64_t flow_of(std::uint32_t sent) { return std::uint64_t{sent} + 1; }

  /// Zero of the sequence's clock is the first record.
  proto_message clocks() const {
    proto_message sum;
    auto add = [&](std::uint64_t id, std::uint64_t now, bool incremental) {
      proto_message clock;
      clock.number(clocks_proto::clock_id, id).number(clocks_proto::timestamp, now);
      if (incremental)
        clock.number(clocks_proto::is_incremental, 1);
      sum.message(clocks_proto::clocks, clock);
    };
    add(clocks_proto::first_of_sequence, 0, true);
    add(clocks_proto::boottime, tracks_.first_steady_ns(), false);
    add(clocks_proto::realtime, tracks_.first_unix_ns(), false);
    return sum;
  }

  proto_message names() const {
    proto_message all;
    auto add = [&](unsigned kind, std::uint64_t iid, std::string_view text) {
      proto_message one;
      one.number(interned_proto::iid, iid).text(interned_proto::name, text);
      all.message(kind, one);
    };
    for (std::size_t i = 0; i < log_.names.size(); ++i)
      add(interned_proto::event_names, i + 1, log_.names[i]);
    add(interned_proto::annotation_names, tick_annotation, "tick");
    return all;
  }

  void put_packet(const proto_message& packet) {
    proto_message whole;
    whole.message(trace_proto::packet, packet);
    out_.put(whole.bytes());
  }
  void put_track(const proto_message& track) {
    proto_message packet;
    packet.number(packet_proto::sequence_id, sequence)
      .message(packet_proto::track_descriptor, track);
    put_packet(packet);
  }

  const trace_log& log_;
  const trace_messages& messages_;
  trace_tracks tracks_;
  piecewise_file& out_;
  std::uint64_t last_ns_ = 0;
  std::uint64_t flows_ = 0;
};

} // namespace

result<exported_trace> write_perfetto(const trace_log& log, const trace_messages& messages,
                                      const std::filesystem::path& path) {
  auto out = piecewise_file::create(path);
  if (!out)
    return tl::unexpected(out.error());
  perfetto_sink sink{log, messages, *out};
  sink.put_head();
  tell_slices(log, messages, sink);
  const std::uint64_t bytes = out->bytes();
  if (auto ok = out->finish(); !ok)
    return tl::unexpected(ok.error());
  return exported_trace{bytes, sink.flows()};
}

} // namespace tessera
