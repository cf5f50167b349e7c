// What the inspector answers, as JSON; the shapes are in docs/manual/inspector-api.md.
#pragma once

#include "net/field_expression.hpp"
#include "net/inspected_world.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace tessera {

using nlohmann::ordered_json;

ordered_json world_json(const world_about& about);
/// `whole`: with tick_ms, which takes a pass over all frames.
ordered_json status_json(const seen_world& seen, bool whole);
ordered_json shards_json(const shard_figures& figures);
/// Frames above `since`.
ordered_json frames_json(const world_about& about, const seen_world& seen, tick_number since);
ordered_json points_json(const world_look& look, const look_request::points& asked,
                         const schema& game, bool ids);
/// `missing` gets the ids that no shard has.
ordered_json entities_json(const world_look& look, const std::vector<entity_id>& asked,
                           const world_about& about, std::vector<entity_id>& missing);
ordered_json search_json(const world_look& look, const field_expression& expression,
                         std::size_t most, const world_about& about);
ordered_json edit_json(const edit_answer& edit);
ordered_json history_json(const kept_state& kept, tick_number complete);

/// "real", "max" or "x2.5", and back.
std::string pace_text(const pace& p);
result<pace> parse_pace(std::string_view text);

/// On one line, whatever bytes the texts in it have.
std::string to_text(const ordered_json& value);

} // namespace tessera
