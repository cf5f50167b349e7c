// The loops between a tick and a game's code: one instantiation per system, so that the game's code is
// inlined into it. An exception leaves with the entity it happened at.
#pragma once

#include "sdk/entity.hpp"
#include "sdk/lane_reduction.hpp"

#include <exception>
#include <string>
#include <type_traits>

namespace tessera::detail {

template <class S>
concept entity_system = requires(const entity<typename S::access>& self) {
  S::run(self);
};
template <class S>
concept chunk_system = requires(const chunk<typename S::access>& rows) {
  S::run(rows);
};
template <class S>
concept cell_system = requires(const cells<typename S::access>& c) {
  S::run(c);
};
template <class S>
concept lane_system = requires(const entity<typename S::access>& self,
                               const lane_sums<S::sum_count>& sums) {
  typename S::gather;
  S::run(self, sums);
};

/// Rethrows the exception in flight as a tick_failure that names the entity.
[[noreturn, gnu::cold]] inline void rethrow_for(const tick_context& world, entity_id who,
                                                const std::string& name) {
  try {
    throw;
  } catch (const tick_failure&) {
    throw;
  } catch (const std::exception& e) {
    throw tick_failure(world.tick, who, name, e.what());
  } catch (...) {
    throw tick_failure(world.tick, who, name, "an exception that is no std::exception");
  }
}

template <class S>
entity<typename S::access> make_entity(const system_call& call) {
  return {call.world,
          call.entities,
          call.cells,
          call.around,
          call.out,
          call.phase,
          call.system->radius_m,
          call.system->ids.data()};
}

template <class S>
void run_rows(const system_call& call) {
  auto self = make_entity<S>(call);
  self.enter_table(call.table);
  std::uint32_t row = call.first;
  try {
    for (; row < call.last; ++row) {
      self.enter_row(row);
      S::run(self);
    }
  } catch (...) {
    rethrow_for(*call.world, self.id(), call.system->name);
  }
}

template <class S>
void run_chunk(const system_call& call) {
  archetype& table = call.entities->at(call.table);
  try {
    S::run(chunk<typename S::access>{call.world, &table, call.first, call.last,
                                     call.system->ids.data()});
  } catch (...) {
    rethrow_for(*call.world, {}, call.system->name);
  }
}

template <class S>
void run_cells(const system_call& call) {
  try {
    S::run(cells<typename S::access>{call.world, call.cells, call.first, call.last,
                                     call.system->ids.data()});
  } catch (...) {
    rethrow_for(*call.world, {}, call.system->name);
  }
}

/// Calls body(table, row, place) for every entity of the unit that the system matches. enter_bin is
/// called before the first entity of each bin.
template <class EnterBin, class Body>
[[gnu::always_inline]] inline void for_each_placed(const system_call& call, EnterBin&& enter_bin,
                                                   Body&& body) {
  const auto& around = *call.around;
  if (call.newcomers != nullptr) {
    for (const newcomer& n : *call.newcomers) {
      auto who = call.entities->find(n.id);
      if (!who)
        continue;
      row_ref at = call.entities->locate(*who);
      if ((*call.matches)[at.archetype] == 0)
        continue;
      enter_bin(n.place.bin);
      body(at.archetype, at.row, n.place);
    }
    return;
  }
  const float* xs = around.x();
  const float* ys = around.y();
  const float* zs = around.z();
  // The unit is a range of bins; the ring's bins hold nobody of ours and are passed over.
  for (std::uint32_t b = call.first; b < call.last; ++b) {
    auto bin = static_cast<std::int32_t>(b);
    bool entered = false;
    for (std::uint32_t k = around.begin(bin); k < around.end(bin); ++k) {
      const auto& entry = around.at(k);
      if (!entry.own() || (*call.matches)[entry.table] == 0)
        continue;
      if (!entered) {
        enter_bin(bin);
        entered = true;
      }
      body(entry.table, entry.row, query_place{bin, xs[k], ys[k], zs[k], k});
    }
  }
}

template <class S>
void run_neighbours(const system_call& call) {
  auto self = make_entity<S>(call);
  try {
    for_each_placed(
      call, [](std::int32_t) {},
      [&](std::uint32_t table, std::uint32_t row, const query_place& place) {
        if (table != self.table())
          self.enter_table(table);
        self.enter_row(row);
        self.enter_place(place);
        S::run(self);
      });
  } catch (...) {
    rethrow_for(*call.world, self.table() == ~std::uint32_t{0} ? entity_id{} : self.id(),
                call.system->name);
  }
}

template <class S>
void run_lanes(const system_call& call) {
  using access = typename S::access;
  constexpr std::size_t fields = S::gather::size;
  thread_local candidate_buffer<fields> buffer_of_thread;
  auto& buffer = buffer_of_thread;
  auto self = make_entity<S>(call);
  auto columns =
    gathered_columns<access>(*call.around, call.system->ids.data(), typename S::gather{});
  buffer.begin(call.system->access.neighbours, columns);
  float limit = call.system->radius_m * call.system->radius_m;
  // Sums are taken for some entities before their run()s follow: what run() computes hangs on long
  // chains of latency, which overlap with each other but not with the next reduction.
  struct summed {
    std::uint32_t table;
    std::uint32_t row;
    query_place place;
    alignas(16) lane_sums<S::sum_count> sums;
  };
  std::array<summed, 32> waiting;
  std::size_t count = 0;
  auto flush = [&] {
    for (std::size_t i = 0; i < count; ++i) {
      const summed& s = waiting[i];
      if (s.table != self.table())
        self.enter_table(s.table);
      self.enter_row(s.row);
      self.enter_place(s.place);
      S::run(self, s.sums);
    }
    count = 0;
  };
  try {
    for_each_placed(
      call, [&](std::int32_t bin) { buffer.enter_bin(*call.around, bin); },
      [&](std::uint32_t table, std::uint32_t row, const query_place& place) {
        std::int32_t own = place.entry == ~std::uint32_t{0}
                             ? -1
                             : buffer.self(place.entry - call.around->begin(place.bin));
        if (table == self.table())
          self.prefetch_row(row);
        summed& next = waiting[count++];
        next.table = table;
        next.row = row;
        next.place = place;
        reduce<S>(buffer, place.x, place.z, own, limit, next.sums);
        if (count == waiting.size())
          flush();
      });
    flush();
  } catch (...) {
    rethrow_for(*call.world, self.table() == ~std::uint32_t{0} ? entity_id{} : self.id(),
                call.system->name);
  }
}

template <class E, class H>
void run_handler(const handler_call& call) {
  using access = typename H::access;
  entity<access> self{call.world, call.entities, call.cells, call.around,
                      call.out,   handler_phase, 0.0F,       call.handler->ids.data()};
  if (call.around != nullptr)
    self.set_radius(call.handler->radius_m > 0 ? call.handler->radius_m : call.around->bin_size());
  self.enter_table(call.table);
  self.enter_row(call.row);
  self.enter_place(call.place);
  E event{};
  if constexpr (!std::is_empty_v<E>)
    std::memcpy(&event, call.event->payload.data(), sizeof(E));
  try {
    H::run(self, event, call.event->sender);
  } catch (...) {
    rethrow_for(*call.world, call.event->target, call.handler->name);
  }
}

} // namespace tessera::detail
