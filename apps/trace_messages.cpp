#include "apps/trace_messages.hpp"

#include <algorithm>

namespace tessera {

trace_messages::trace_messages(const trace_log& log)
  : other_(log.records.size(), none), end_(log.records.size(), 0) {
  std::unordered_map<std::uint64_t, std::uint32_t> waiting;  // enqueued, by message
  std::unordered_map<std::uint32_t, std::uint32_t> handling; // begun, by actor
  auto unfinished = [&](std::uint32_t began, std::uint64_t time) {
    ++counts_.unfinished;
    end_[began] = time;
  };
  for (std::size_t place = 0; place < log.records.size(); ++place) {
    const trace_record& r = log.records[place];
    const auto at = static_cast<std::uint32_t>(place);
    last_ = std::max(last_, r.kind == trace_kind::span ? r.time + r.subject : r.time);
    switch (r.kind) {
      case trace_kind::enqueued:
        ++counts_.enqueued;
        if (r.peer != no_trace_actor && r.peer != r.actor)
          ++counts_.between_actors;
        waiting[r.subject] = at;
        break;
      case trace_kind::handling_began: {
        ++counts_.handled;
        if (auto [now, is_new] = handling.try_emplace(r.actor, at); !is_new) {
          unfinished(now->second, r.time);
          now->second = at;
        }
        auto sent = waiting.find(r.subject);
        if (sent == waiting.end())
          break;
        const trace_record& s = log.records[sent->second];
        if (s.actor == r.actor && s.peer == r.peer && s.name == r.name && s.tick == r.tick) {
          ++counts_.paired;
          other_[place] = sent->second;
          other_[sent->second] = at;
        }
        waiting.erase(sent); // what else had this number was freed before
        break;
      }
      case trace_kind::handling_ended: {
        auto now = handling.find(r.actor);
        if (now == handling.end() || log.records[now->second].subject != r.subject) {
          ++counts_.unbegun;
          break;
        }
        end_[now->second] = r.time;
        handling.erase(now);
        break;
      }
      case trace_kind::span: ++counts_.spans; break;
    }
  }
  for (const auto& [actor, began] : handling)
    unfinished(began, last_);
  counts_.not_handled = counts_.enqueued - counts_.paired;
  counts_.not_sent = counts_.handled - counts_.paired;
}

} // namespace tessera
