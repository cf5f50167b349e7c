#include "apps/world_comparison.hpp"

#include "apps/text.hpp"
#include "net/json_values.hpp"
#include "shards/component_mapping.hpp"

#include <algorithm>
#include <cstring>
#include <set>

namespace tessera {

namespace {

using nlohmann::ordered_json;

class comparer {
public:
  comparer(const world_contents& a, const world_contents& b, std::size_t most)
    : a_(a), b_(b), most_(most) {}

  state_comparison run() {
    entities();
    cells();
    sessions();
    letters();
    events();
    return std::move(out_);
  }

private:
  using entity = world_contents::entity;

  bool wanted() { return ++out_.differences <= most_; }

  void entities() {
    auto l = a_.entities().begin();
    auto r = b_.entities().begin();
    while (l != a_.entities().end() || r != b_.entities().end()) {
      bool left = r == b_.entities().end() || (l != a_.entities().end() && l->id <= r->id);
      bool right = l == a_.entities().end() || (r != b_.entities().end() && r->id <= l->id);
      if (left && right)
        both(*l, *r);
      else
        alone(left ? *l : *r, left);
      l += left ? 1 : 0;
      r += right ? 1 : 0;
    }
  }

  void alone(const entity& who, bool left) {
    ++out_.entities;
    if (!wanted())
      return;
    state_difference d;
    d.what = "entity " + hex_text(who.id.value);
    (left ? d.shard_a : d.shard_b) = who.shard;
    (left ? d.a : d.b) = "there";
    out_.first.push_back(std::move(d));
  }

  state_difference about(const entity& l, const entity& r) const {
    state_difference d;
    d.what = "entity " + hex_text(l.id.value);
    d.shard_a = l.shard;
    d.shard_b = r.shard;
    return d;
  }

  void both(const entity& l, const entity& r) {
    std::uint64_t before = out_.differences;
    if (l.travelling != r.travelling && wanted()) {
      auto d = about(l, r);
      d.a = l.travelling ? "travelling" : "there";
      d.b = r.travelling ? "travelling" : "there";
      out_.first.push_back(std::move(d));
    }
    const auto& components = a_.setup().game->components;
    for (std::size_t i = 0; i < components.size(); ++i) {
      auto c = static_cast<component_id>(i);
      bool has_l = contains(l.mask, c);
      bool has_r = contains(r.mask, c);
      if (has_l != has_r && wanted()) {
        auto d = about(l, r);
        d.field = components[i].name;
        (has_l ? d.a : d.b) = "there";
        out_.first.push_back(std::move(d));
      }
      const std::byte* left = has_l && has_r ? a_.value(l, c) : nullptr;
      const std::byte* right = left != nullptr ? b_.value(r, c) : nullptr;
      if (right != nullptr)
        fields(components[i].name, components[i].fields, left, right, [&] { return about(l, r); });
    }
    out_.entities += out_.differences != before ? 1 : 0;
  }

  /// Field by field, so that padding never counts.
  template <class About>
  void fields(const std::string& component, const std::vector<field_info>& all,
              const std::byte* left, const std::byte* right, About&& about_it) {
    for (const auto& f : all) {
      if (std::memcmp(left + f.offset, right + f.offset, size_of(f.type)) == 0 || !wanted())
        continue;
      state_difference d = about_it();
      d.field = component + "." + f.name;
      d.a = field_value(f, left);
      d.b = field_value(f, right);
      out_.first.push_back(std::move(d));
    }
  }

  void cells() {
    const auto& components = a_.setup().game->cell_components;
    const cell_rect& world = a_.setup().extent;
    for (std::int32_t z = world.z0; z < world.z1; ++z) {
      for (std::int32_t x = world.x0; x < world.x1; ++x) {
        cell c{static_cast<std::uint16_t>(x), static_cast<std::uint16_t>(z)};
        auto about_it = [&] {
          state_difference d;
          d.what = "cell [" + std::to_string(x) + ", " + std::to_string(z) + "]";
          d.shard_a = a_.owner(c);
          d.shard_b = b_.owner(c);
          return d;
        };
        for (std::size_t i = 0; i < components.size(); ++i)
          fields(components[i].name, components[i].fields, a_.cell_value(i, c), b_.cell_value(i, c),
                 about_it);
        if (a_.counter(c) != b_.counter(c) && wanted()) {
          auto d = about_it();
          d.field = "births";
          d.a = a_.counter(c);
          d.b = b_.counter(c);
          out_.first.push_back(std::move(d));
        }
      }
    }
  }

  void sessions() {
    const auto& l = a_.state().conductor().sequence;
    const auto& r = b_.state().conductor().sequence;
    std::set<session_id> all;
    for (const auto* side : {&l, &r})
      for (auto [session, sequence] : *side)
        all.insert(session);
    for (session_id session : all) {
      auto at_l = l.find(session);
      auto at_r = r.find(session);
      if (at_l != l.end() && at_r != r.end() && at_l->second == at_r->second)
        continue;
      if (!wanted())
        continue;
      state_difference d;
      d.what = "session " + std::to_string(session);
      d.field = "last command";
      if (at_l != l.end())
        d.a = std::to_string(at_l->second);
      if (at_r != r.end())
        d.b = std::to_string(at_r->second);
      out_.first.push_back(std::move(d));
    }
  }

  void on_its_way(const char* what, std::vector<std::uint64_t> l, std::vector<std::uint64_t> r) {
    std::sort(l.begin(), l.end());
    std::sort(r.begin(), r.end());
    if (l == r || !wanted())
      return;
    state_difference d;
    d.what = what;
    d.a = std::to_string(l.size()) + " on their way";
    d.b = std::to_string(r.size()) + (l.size() == r.size() ? " others" : " on their way");
    out_.first.push_back(std::move(d));
  }

  void letters() {
    auto hashes = [](const world_contents& of) {
      std::vector<std::uint64_t> out;
      for (const auto& [due, letters] : of.state().conductor().letters)
        for (const auto& mail : letters)
          out.push_back(hash_letter(mail));
      return out;
    };
    on_its_way("letters", hashes(a_), hashes(b_));
  }

  void events() {
    auto hashes = [](const world_contents& of) {
      std::vector<std::uint64_t> out;
      for (const auto& part : of.state().parts())
        for (const auto& e : part.events)
          out.push_back(hash_event(e));
      return out;
    };
    on_its_way("events", hashes(a_), hashes(b_));
  }

  const world_contents& a_;
  const world_contents& b_;
  std::size_t most_;
  state_comparison out_;
};

} // namespace

state_comparison compare(const world_contents& a, const world_contents& b, std::size_t most) {
  return comparer{a, b, most}.run();
}

result<void> same_form(const world_setup& a, const world_setup& b) {
  auto different = [](const std::string& what) {
    return fail(error_code::wrong_world, "the two worlds cannot be compared: " + what);
  };
  if (a.game->game != b.game->game)
    return different("one is of game " + a.game->game + ", the other of game " + b.game->game);
  if (write_schema(*a.game) != write_schema(*b.game))
    return different("their versions of game " + a.game->game + " have other components");
  auto size = [](const cell_rect& r) {
    return std::to_string(r.width()) + " x " + std::to_string(r.depth());
  };
  if (a.extent != b.extent)
    return different("one has " + size(a.extent) + " cells, the other " + size(b.extent));
  return {};
}

} // namespace tessera
