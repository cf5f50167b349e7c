#include "net/live_stream.hpp"

#include "net/inspector_json.hpp"
#include "net/look_results.hpp"
#include "net/world_questions.hpp"

#include <algorithm>
#include <memory>
#include <thread>

namespace tessera {

namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

class live_stream {
public:
  struct asked_for {
    milliseconds period{100};
    std::optional<look_request::points> points;
    std::vector<entity_id> follow;
    bool shards = false;
  };

  live_stream(inspected_world& world, asked_for what) : world_(world), what_(std::move(what)) {}

  /// Waits until the next event is due; empty where nothing is new.
  std::optional<std::string> next();

private:
  void put_look(ordered_json& event, std::uint64_t entities);
  static std::uint64_t places_for(std::uint32_t most, double count);

  inspected_world& world_;
  asked_for what_;
  clock::time_point due_ = clock::now();
  clock::time_point shards_due_ = clock::now();
  clock::time_point last_sent_ = clock::now();
  bool begun_ = false;
  tick_number tick_ = 0;
  std::uint64_t control_ = 0;
  std::uint64_t below_ = 0; ///< places that the shards are asked for; 0: none were asked for yet
};

constexpr milliseconds shards_period{250};
/// A comment is sent when nothing is new for so long, to notice a reader that is gone.
constexpr milliseconds silence{1000};

std::optional<std::string> live_stream::next() {
  std::this_thread::sleep_until(due_);
  const auto now = clock::now();
  due_ = std::max(due_ + what_.period, now); // lost time is not caught up
  auto seen = begun_ ? world_.wait_for(tick_, milliseconds(200)) : world_.seen();
  if (!seen) {
    due_ = now + silence;
    begun_ = false;
    return "data: " + to_text({{"status", {{"error", seen.error().why}}}}) + "\n\n";
  }
  const seen_world& s = **seen;
  if (begun_ && s.newest.tick == tick_ && s.control.version == control_) {
    if (clock::now() - last_sent_ < silence)
      return "";
    last_sent_ = clock::now();
    return ":\n\n";
  }
  begun_ = true;
  tick_ = s.newest.tick;
  control_ = s.control.version;
  last_sent_ = clock::now();
  ordered_json event{{"status", status_json(s, false)}};
  if (what_.shards && last_sent_ >= shards_due_) {
    world_.want_shard_figures();
    if (s.shards) {
      event["shards"] = shards_json(*s.shards);
      shards_due_ = last_sent_ + shards_period;
    }
  }
  if (what_.points || !what_.follow.empty())
    put_look(event, s.newest.entities);
  return "data: " + to_text(event) + "\n\n";
}

/// So many that a look copies little more than `most` of `count`.
std::uint64_t live_stream::places_for(std::uint32_t most, double count) {
  constexpr double all = 4294967296.0;
  const double share = count > 0 ? 1.25 * most / count : 1;
  return static_cast<std::uint64_t>(std::min(share, 1.0) * all);
}

void live_stream::put_look(ordered_json& event, std::uint64_t entities) {
  look_request what;
  what.ids = what_.follow;
  what.in_view = what_.points;
  if (what.in_view) {
    if (below_ ==
        0) // as if all were in view: a first look shows too few rather than copies too many
      below_ = places_for(what.in_view->most, static_cast<double>(entities));
    what.in_view->below = below_;
  }
  auto look = ask_shards(world_, std::move(what));
  if (!look) {
    for (auto [part, asked] :
         {std::pair{"entities", what_.points.has_value()}, {"follow", !what_.follow.empty()}})
      if (asked)
        event[part] = {{"error", look.error().why}};
    return;
  }
  if (what_.points) {
    look_request::points asked = *what_.points;
    event["entities"] = points_json(*look, asked, *world_.about().setup->game, false);
    const double shown = event["entities"]["shown"].get<double>();
    below_ = places_for(asked.most, shown == 0 ? 0 : event["entities"]["count"].get<double>());
  }
  if (!what_.follow.empty()) {
    std::vector<entity_id> missing;
    event["follow"] = entities_json(*look, what_.follow, world_.about(), missing);
  }
}

} // namespace

answer<http_response> open_live_stream(inspected_world& world, const http_request& request) {
  auto hz = whole_parameter(request, "hz", 1, 20, 10);
  auto shards = whole_parameter(request, "shards", 0, 1, 0);
  auto points = points_parameters(request, 1000);
  auto follow = id_parameters(request, "follow");
  if (!hz || !shards)
    return tl::unexpected(hz ? shards.error() : hz.error());
  if (!points)
    return tl::unexpected(points.error());
  if (!follow)
    return tl::unexpected(follow.error());
  live_stream::asked_for what;
  what.period = milliseconds(1000 / *hz);
  what.points = *points;
  what.follow = *follow;
  what.shards = *shards == 1;
  auto stream = std::make_shared<live_stream>(world, std::move(what));
  http_response out;
  out.type = "text/event-stream";
  out.next = [stream] { return stream->next(); };
  return out;
}

} // namespace tessera
