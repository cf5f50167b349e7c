// What drawing costs. Cubes are drawn by the renderer and by a minimal program of Vulkan, in turns, from the
// same camera; both cover the same pixels, or the program ends. With --tessera_json, one JSON object a line.
//
//     render_bench [--tessera_json] [--passes] [PART or the name of a row of cubes]
//
// With --passes it tells on standard error what each pass of a frame took on the device.
//
// Always true: frames are submitted and waited for one by one, on the same device; the median frame counts.
#include "apps/frame_export.hpp"
#include "apps/view_option.hpp"
#include "bench/flock_worlds.hpp"
#include "bench/measuring.hpp"
#include "bench/minimal_vulkan/minimal_drawing.hpp"
#include "bench/reporting.hpp"
#include "games/games.hpp"
#include "render/quality.hpp"
#include "render/renderer.hpp"
#include "sdk/open_world.hpp"
#include "sdk/world_file.hpp"
#include "shards/instance_board.hpp"
#include "shards/instances.hpp"
#include "shards/lockstep_world.hpp"
#include "shards/world_look.hpp"
#include "tests/render/desktop.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory_resource>
#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

namespace {

using namespace tessera;
using namespace tessera::bench;

reporter report{"render/"};
bool show_passes = false;

constexpr std::uint32_t width = 1280;
constexpr std::uint32_t height = 720;

double milliseconds_of(const std::function<void()>& what) {
  const auto began = std::chrono::steady_clock::now();
  what();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
    .count();
}

void show_passes_of(renderer& drawn_by, frame_request request) {
  request.timed = true;
  for (int i = 0; i < 2; ++i) { // what is made once, and then the usual
    or_die(drawn_by.draw_only(request).map([] { return true; }));
    for (const auto& [what, ms] : drawn_by.figures().passes_ms)
      std::fprintf(stderr, "  %-18s %8.2f ms\n", what, ms);
  }
}

/// Bodies alone, one sample a pixel.
frame_request bare_request(const camera& from) {
  frame_request out;
  out.from = from;
  out.width = width;
  out.height = height;
  out.smooth = false;
  out.grass = false;
  out.shadows = false;
  out.backdrop = false;
  return out;
}

// --- cubes

constexpr float cell_size_m = 64;
constexpr double corner_m = 4096; ///< of the field, from the world's

/// Evenly spread, one on 16 square metres.
std::vector<cube_place> field_of_cubes(std::uint32_t count) {
  std::vector<cube_place> out;
  const double side = 4 * std::sqrt(static_cast<double>(count));
  std::uint64_t state = 42;
  auto random = [&state] {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state >> 33) / 2147483648.0;
  };
  // On the lattice that instance columns can say.
  auto on_lattice = [](double m) {
    constexpr double step = cell_size_m / 65536.0;
    return std::floor(m / step) * step;
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    const double east = on_lattice(corner_m + random() * side);
    const double south = on_lattice(corner_m + random() * side);
    out.push_back({east, 0, south, 1});
  }
  return out;
}

/// All of the field is seen.
camera camera_over(std::uint32_t count) {
  const double side = 4 * std::sqrt(static_cast<double>(count));
  camera from;
  from.east_m = corner_m + side / 2;
  from.south_m = corner_m + side * 1.35;
  from.up_m = side * 0.9;
  from.pitch_deg = -45;
  return from;
}

instance_columns columns_of(const std::vector<cube_place>& cubes) {
  instance_columns out;
  for (const auto& cube : cubes) {
    instance_place p;
    auto put = [](double m, std::uint16_t& cell, std::uint16_t& part) {
      const double cells = m / double{cell_size_m};
      cell = static_cast<std::uint16_t>(cells);
      part = static_cast<std::uint16_t>((cells - cell) * 65536.0);
    };
    put(cube.east_m, p.cell_x, p.x);
    put(cube.south_m, p.cell_z, p.z);
    p.y_m = static_cast<float>(cube.up_m);
    p.scale_m = cube.edge_m;
    out.places.push_back(p);
    out.turns.push_back({32767, 0, 0, 0});
    out.materials.push_back(0);
    out.ids.push_back(entity_id{out.ids.size() + 1});
  }
  return out;
}

shown_world world_of_cubes() {
  shown_world world;
  world.extent = {0, 0, 1024, 1024};
  world.cell_size_m = cell_size_m;
  kind_appearance kind;
  kind.shape = body_shape::cube;
  kind.colour = {0.8F, 0.45F, 0.3F};
  world.looks.kinds.push_back(kind);
  return world;
}

std::uint64_t pixels_covered(const picture& p) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < p.rgba.size(); i += 4)
    out += p.rgba[i] + p.rgba[i + 1] + p.rgba[i + 2] > 0 ? 1 : 0;
  return out;
}

struct cube_row {
  const char* name;
  std::uint32_t count;
  bool levels; ///< of detail; else all are drawn with their mesh, as the minimal program does
  double reach_fps;
  double reach_ratio; ///< 0: none
};

void measure_cubes(renderer& drawn_by, const cube_row& row) {
  const auto cubes = field_of_cubes(row.count);
  const auto columns = columns_of(cubes);
  const instance_columns* parts[] = {&columns};
  or_die(
    drawn_by.show(world_of_cubes()).and_then([&] { return drawn_by.set_bodies(parts); }).map([] {
      return true;
    }));
  frame_request request = bare_request(camera_over(row.count));
  request.detail = row.levels ? 1 : 1000;
  minimal_drawing minimal(width, height);
  minimal.set_cubes(cubes, request.from);

  auto draw = [&] { or_die(drawn_by.draw_only(request).map([] { return true; })); };
  std::vector<double> ours, theirs, ratios;
  for (int warm = 0; warm < 3; ++warm)
    draw();
  minimal.draw();
  const auto& by = drawn_by.figures().by_level;
  const std::uint64_t drawn = std::uint64_t{by[0]} + by[1] + by[2] + by[3];
  if (drawn != row.count)
    die(std::string(row.name) + ": not all cubes are in view");
  if (!row.levels && by[0] != row.count)
    die(std::string(row.name) + ": not all cubes are drawn with their mesh");
  const double own_pixels = static_cast<double>(pixels_covered(or_die(drawn_by.last_picture())));
  const double their_pixels = static_cast<double>(pixels_covered(minimal.read()));
  // A dot covers a whole pixel, of a cube that is smaller than one and that a mesh would often miss.
  if (!row.levels && std::abs(own_pixels / their_pixels - 1) > 0.02)
    die(std::string(row.name) + ": the pictures differ: " + std::to_string(own_pixels) + " and " +
        std::to_string(their_pixels) + " pixels");
  // The minimal program takes seconds for a million.
  const int frames = row.levels ? 15 : 60;
  const int rounds = row.levels ? 3 : 60;
  for (int i = 0; i < frames; ++i) {
    ours.push_back(milliseconds_of(draw));
    if (i >= rounds)
      continue;
    theirs.push_back(milliseconds_of([&] { minimal.draw(); }));
    ratios.push_back(ours.back() / theirs.back());
  }
  if (show_passes)
    show_passes_of(drawn_by, request);
  const std::string name = row.name;
  report.print({name + "_fps", 1000 / median(ours), "FPS", row.reach_fps, better::higher,
                "minimal " + std::to_string(1000 / median(theirs)) + ", " + std::to_string(by[3]) +
                  " as dots"});
  report.print({name + "_to_minimal", median(ratios), "x", row.reach_ratio});
}

void cubes(renderer& drawn_by, std::string_view only) {
  constexpr cube_row rows[] = {{"cubes_1k", 1'000, false, 200, 1.15},
                               {"cubes_10k", 10'000, false, 25, 1.10},
                               {"cubes_100k", 100'000, true, 30, 0},
                               {"cubes_1M", 1'000'000, true, 10, 0}};
  for (const auto& row : rows)
    if (only.empty() || only == row.name)
      measure_cubes(drawn_by, row);
}

// --- particles

/// A frame with rain less the same frame without: particles are worked out anew for each, so that is a step and
/// a picture of it.
void particles(renderer& drawn_by) {
  or_die(drawn_by.show(world_of_cubes()).map([] { return true; }));
  frame_request request = bare_request({4096, 20, 4096, 30, 0});
  struct row {
    const char* name;
    std::uint32_t count;
    double reach_ms;
  };
  for (const auto& [name, count, reach_ms] :
       {row{"particles_100k", 100'000, 6}, {"particles_1M", 1'000'000, 35}}) {
    std::vector<double> costs;
    auto draw = [&](std::uint32_t raindrops) {
      request.raindrops = raindrops;
      request.time_s += 0.05;
      return milliseconds_of([&] { or_die(drawn_by.draw_only(request).map([] { return true; })); });
    };
    draw(count);
    for (int i = 0; i < 25; ++i) {
      const double with = draw(count);
      costs.push_back(with - draw(0));
    }
    report.print({name, median(costs), "ms", reach_ms});
  }
}

// --- what lies over a picture

void overlays(renderer& drawn_by) {
  or_die(drawn_by.show(world_of_cubes()).map([] { return true; }));
  const frame_request plain = bare_request({4096, 20, 4096, 30, 0});
  frame_request covered = plain;
  overlay_panel panel;
  panel.title = "figures";
  panel.corner = overlay_corner::upper_right;
  for (int i = 0; i < 14; ++i)
    panel.lines.push_back("a line of figures like 123 456.7 ms and 89 %");
  for (int i = 0; i < 100; ++i)
    panel.curve.push_back(static_cast<float>(10 + i % 17));
  panel.curve_mark = 33;
  panel.curve_top = 66;
  covered.over.panels.push_back(panel);
  auto draw = [&](const frame_request& request) {
    return milliseconds_of([&] { or_die(drawn_by.draw_only(request).map([] { return true; })); });
  };
  draw(covered);
  // Figures are made anew ten times a second: at 30 frames a second, every third frame has others.
  constexpr int frames = 3;
  std::vector<double> costs, anew, again;
  for (int i = 0; i < 30; ++i) {
    covered.over.panels[0].lines[0] = "round " + std::to_string(i);
    double cost = 0;
    for (int frame = 0; frame < frames; ++frame) {
      const double with = draw(covered);
      const double more = with - draw(plain);
      (frame == 0 ? anew : again).push_back(more);
      cost += more;
    }
    costs.push_back(cost / frames);
  }
  if (show_passes) {
    covered.over.panels[0].lines[0] = "others";
    show_passes_of(drawn_by, covered);
  }
  report.print({"overlay", median(costs), "ms", 1, better::lower,
                std::to_string(median(anew)) + " with other figures, " +
                  std::to_string(median(again)) + " with the same"});
}

// --- the default world, frame by frame

/// As a window draws its start on every rung of the ladder.
void default_world(renderer& drawn_by) {
  const auto config = or_die(load_world_file(TESSERA_SOURCE_DIR "/configs/worlds/herds.toml"));
  const auto opened = or_die(open_world(config, built_in_games()));
  lockstep_world world{opened.setup, opened.cut};
  shown_world shown{opened.setup->ground,
                    opened.setup->extent,
                    opened.setup->cell_size_m,
                    appearance_of(*opened.setup->game),
                    {}};
  const auto look = instances_of(world, shown.looks, shown.cell_size_m);
  std::vector<const instance_columns*> parts;
  parts.reserve(look.size());
  for (const auto& part : look)
    parts.push_back(&part);
  or_die(drawn_by.show(shown).map([] { return true; }));
  frame_request request;
  request.width = width;
  request.height = height;
  request.smooth = false;
  request.from = camera_at(find_view(look.front(), shown, sun_position{}), shown);
  for (std::size_t rung = 0; rung < quality_ladder::rungs.size(); ++rung) {
    const quality& now = quality_ladder::rungs[rung];
    request.scale = now.scale;
    request.detail = now.detail;
    request.grass = now.grass;
    request.shadows = now.shadows;
    request.dust = now.dust;
    auto draw = [&] {
      return milliseconds_of([&] {
        or_die(
          drawn_by.set_bodies(parts).and_then([&] { return drawn_by.draw_only(request); }).map([] {
            return true;
          }));
      });
    };
    draw();
    const std::size_t frames = rung == 0 ? 5 : 20;
    std::vector<double> took;
    took.reserve(frames);
    for (std::size_t i = 0; i < frames; ++i)
      took.push_back(draw());
    report.print({"default_world_rung_" + std::to_string(rung), median(took), "ms", 0,
                  better::lower,
                  std::to_string(drawn_by.figures().ground_tiles) + " squares of ground, " +
                    std::to_string(drawn_by.figures().by_level[0]) + ", " +
                    std::to_string(drawn_by.figures().by_level[1]) + ", " +
                    std::to_string(drawn_by.figures().by_level[2]) + " bodies, " +
                    std::to_string(drawn_by.figures().by_level[3]) + " dots"});
    if (show_passes)
      show_passes_of(drawn_by, request);
  }
}

// --- the default world in a window

/// `tessera run` on a desktop of its own, at its own pace, on all processors of the machine.
void world_in_a_window() {
  const auto desk = testing::desktop::start();
  if (!desk)
    die("window: Xvfb is needed");
  const auto folder = std::filesystem::temp_directory_path() / "tessera-render-bench";
  std::filesystem::create_directories(folder);
  const auto frames_file = (folder / "frames.csv").string();
  const auto report_file = (folder / "report.json").string();
  const std::string command = std::string(TESSERA_COMMAND) + " run " + TESSERA_SOURCE_DIR +
                              "/configs/worlds/herds.toml --quiet --ticks 600 --window 1280x720" +
                              " --perf-csv " + frames_file + " --report " + report_file;
  if (std::system(command.c_str()) != 0)
    die("window: " + command);
  const auto rows = or_die(read_frames_file(frames_file));
  // The first third is for the ladder to find its rung.
  std::vector<double> frames_ms;
  for (std::size_t i = rows.size() / 3; i < rows.size(); ++i)
    frames_ms.push_back(rows[i].frame_ms);
  std::ifstream in(report_file);
  const auto ended = nlohmann::json::parse(in);
  report.print({"window_fps", 1000 / median(frames_ms), "FPS", 30, better::higher,
                "rung " + std::to_string(rows.back().rung) + ", slowest hundredth " +
                  std::to_string(1000 / percentile(frames_ms, 0.99)) + " FPS"});
  report.print({"window_dilation", ended.at("time_dilation").get<double>(), "x", 1.02});
  std::filesystem::remove_all(folder);
}

// --- what shards publish

/// Counts what is asked of it.
class counting_memory : public std::pmr::memory_resource {
public:
  std::uint64_t allocations = 0;

private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    ++allocations;
    return std::pmr::new_delete_resource()->allocate(bytes, alignment);
  }
  void do_deallocate(void* at, std::size_t bytes, std::size_t alignment) override {
    std::pmr::new_delete_resource()->deallocate(at, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

/// As many bytes as writing instances reads and writes, from plain arrays to plain arrays; nanoseconds a body. What
/// memory takes alone.
double copying_ns(std::size_t shards, std::size_t bodies) {
  struct arrays {
    std::vector<position> places;
    std::vector<std::array<float, 2>> turns;
    std::vector<instance_material> materials;
    std::vector<entity_id> ids;
    explicit arrays(std::size_t rows) : places(rows), turns(rows), materials(rows), ids(rows) {}
  };
  const std::size_t rows = bodies / shards;
  std::vector<arrays> from(shards, arrays(rows)), to = from;
  std::vector<double> took;
  for (std::uint32_t round = 0; round < 40; ++round)
    took.push_back(milliseconds_of([&] {
                     for (std::size_t s = 0; s < shards; ++s) {
                       std::copy(from[s].places.begin(), from[s].places.end(),
                                 to[s].places.begin());
                       std::copy(from[s].turns.begin(), from[s].turns.end(), to[s].turns.begin());
                       std::fill(to[s].materials.begin(), to[s].materials.end(), round);
                       std::copy(from[s].ids.begin(), from[s].ids.end(), to[s].ids.begin());
                     }
                   }) *
                   1e6 / static_cast<double>(rows * shards));
  return median(took);
}

void publishing() {
  const flock_world flock = make_flock(100'000, 8, 8);
  lockstep_world world{flock.setup, flock.cut};
  world.run_to(2);
  const appearance looks = appearance_of(*flock.setup->game);
  counting_memory memory;
  {
    // As shards do in turns: what one wrote is not in the nearest cache when it writes again.
    std::vector<instance_columns> columns;
    for (std::size_t s = 0; s < world.shard_count(); ++s)
      columns.emplace_back(&memory);
    std::vector<double> took;
    std::size_t bodies = 0;
    for (int round = 0; round < 40; ++round) {
      const std::uint64_t before = memory.allocations;
      bodies = 0;
      const double ms = milliseconds_of([&] {
        for (std::size_t s = 0; s < world.shard_count(); ++s) {
          write_instances(world.at(s), {}, looks, flock.setup->cell_size_m, columns[s]);
          bodies += columns[s].places.size();
        }
      });
      if (round == 0)
        continue;
      took.push_back(ms * 1e6 / static_cast<double>(bodies));
      if (memory.allocations != before)
        die("columns that have been written before are allocated again");
    }
    report.print({"extract_instance", median(took), "ns", 2, better::lower,
                  std::to_string(bodies) + " bodies in 64 shards, no allocation; copying as much " +
                    std::to_string(copying_ns(world.shard_count(), bodies)) + " ns"});
  }
  instance_board board(1);
  board.watch(true);
  constexpr int publications = 100'000;
  tick_number tick = 0;
  constexpr std::size_t rounds = 9;
  std::vector<double> took;
  took.reserve(rounds);
  for (std::size_t round = 0; round < rounds; ++round)
    took.push_back(milliseconds_of([&] {
                     for (int i = 0; i < publications; ++i) {
                       instance_columns* columns = board.blank(0);
                       columns->tick = ++tick;
                       board.publish(0, columns);
                     }
                   }) *
                   1e6 / publications);
  report.print({"publish_column", median(took), "ns", 50});
}

} // namespace

int main(int argc, char** argv) {
  std::string_view part;
  for (int i = 1; i < argc; ++i)
    if (argv[i] == std::string_view("--passes"))
      show_passes = true;
    else if (!report.takes(argv[i]))
      part = argv[i];
  auto drawn_by = or_die(renderer::open());
  if (!report.as_json())
    std::printf("%s\n", drawn_by->device_name().c_str());
  if (part.empty() || part.starts_with("cubes"))
    cubes(*drawn_by, part == "cubes" ? "" : part);
  if (part.empty() || part == "particles")
    particles(*drawn_by);
  if (part.empty() || part == "overlay")
    overlays(*drawn_by);
  if (part.empty() || part == "world")
    default_world(*drawn_by);
  if (part.empty() || part == "window")
    world_in_a_window();
  if (part.empty() || part == "publish")
    publishing();
  return 0;
}
