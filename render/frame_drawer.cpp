#include "render/frame_drawer.hpp"

#include "render/frame_data.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace tessera {

namespace {

/// Ground is drawn so far, into the haze.
constexpr double ground_reach_m = 40'000;
/// At full detail; below, by its square: a smaller picture wants larger triangles too.
constexpr double finest_ground_m = 600;
/// Below full detail, ground farther than this share of it is lighted by vertex; at the least, all is.
constexpr double lighted_by_pixel_m = 1200;
constexpr float least_by_pixel = 0.45F;
double by_pixel_at(float detail) {
  return detail < least_by_pixel ? 0 : lighted_by_pixel_m * double{detail};
}

/// Two triangles a quad. Diagonals lie as even vertices want them: what slides keeps triangles whole.
std::vector<std::uint32_t> triangles_of(std::uint32_t nodes) {
  std::vector<std::uint32_t> out;
  out.reserve(std::size_t{nodes} * gpu::node_quads * gpu::node_quads * 6);
  constexpr std::uint32_t across = gpu::node_quads + 1;
  for (std::uint32_t node = 0; node < nodes; ++node)
    for (std::uint32_t z = 0; z < gpu::node_quads; ++z)
      for (std::uint32_t x = 0; x < gpu::node_quads; ++x) {
        const std::uint32_t a = node * gpu::node_vertices + z * across + x;
        const std::uint32_t b = a + 1;
        const std::uint32_t c = a + across;
        const std::uint32_t d = c + 1;
        if ((x + z) % 2 == 0)
          out.insert(out.end(), {a, c, d, a, d, b});
        else
          out.insert(out.end(), {a, c, b, b, c, d});
      }
  return out;
}

} // namespace

frame_drawer::frame_drawer(device& on, bool shaders_alone)
  : device_(on), table_(on), shaders_alone_(shaders_alone || !on.is_software() ||
                                            !on.maps_images(target_form::stored, picture_usage)),
    world_(on, table_, !shaders_alone_), times_(on),
    particles_by_shader_(shaders_alone_ && on.has_wide_atomics()) {
  compute_ = make_compute_pipelines(device_, table_);
  frame_ = device_.make_buffer(sizeof(gpu::frame_data), VK_BUFFER_USAGE_UNIFORM_BUFFER_BIT,
                               memory_place::host);
  table_.bind_buffer(gpu::frame_binding, frame_);
  draws_read_ =
    device_.make_buffer(world_.draws().size, VK_BUFFER_USAGE_TRANSFER_DST_BIT, memory_place::host);
  work_ =
    device_.make_buffer(sizeof(gpu::body_work),
                        VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT,
                        shaders_alone_ ? memory_place::device : memory_place::host);
  table_.bind_buffer(gpu::work_binding, work_);
  dust_sources_ = device_.make_buffer(sizeof(gpu::dust_source) * gpu::dust_sources_most,
                                      VK_BUFFER_USAGE_STORAGE_BUFFER_BIT, memory_place::host);
  table_.bind_buffer(gpu::dust_binding, dust_sources_);
  reserve_nodes(256);
}

void frame_drawer::reserve_nodes(std::size_t count) {
  if (nodes_.size >= count * sizeof(gpu::terrain_node))
    return;
  const std::size_t room = count + count / 2;
  auto make = [&](buffer& of, std::size_t bytes, VkBufferUsageFlags usage, memory_place where) {
    of = device_.make_buffer(bytes, usage, where);
  };
  make(nodes_, room * sizeof(gpu::terrain_node), VK_BUFFER_USAGE_STORAGE_BUFFER_BIT,
       memory_place::host);
  table_.bind_buffer(gpu::nodes_binding, nodes_);
  make(ground_, room * gpu::node_vertices * sizeof(gpu::ground_vertex),
       VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_VERTEX_BUFFER_BIT,
       memory_place::device);
  table_.bind_buffer(gpu::ground_binding, ground_);
  const auto triangles = triangles_of(static_cast<std::uint32_t>(room));
  make(ground_indices_, triangles.size() * sizeof triangles[0], VK_BUFFER_USAGE_INDEX_BUFFER_BIT,
       memory_place::host);
  std::memcpy(ground_indices_.mapped, triangles.data(), ground_indices_.size);
}

gpu::frame_data frame_drawer::describe(const frame_request& request, const camera_matrices& view) {
  gpu::frame_data frame{};
  world_.describe(frame);
  describe_camera(frame, request, view, world_.ground());
  frame.nodes = node_count_;
  frame.splat_tiles_across = splat_tiles_across_;
  frame.splat_tiles = splat_tiles_;
  return frame;
}

particle_picture frame_drawer::particles_seen() const {
  return {{target_.particles.as<std::uint64_t>(),
           particle_words(target_.extent.width, target_.extent.height)},
          {target_.particle_tiles.as<std::uint32_t>(), splat_tiles_},
          target_.extent.width,
          target_.extent.height};
}

void frame_drawer::make_particles(const frame_request& request, gpu::frame_data& frame) {
  dust_.clear();
  mixes_particles_ = false;
  if (request.dust)
    find_dust(frame, world_.runners(), dust_);
  frame.raindrops = request.raindrops;
  frame.dust_sources = static_cast<std::uint32_t>(dust_.size());
  particles_ = frame.raindrops + frame.dust_sources * gpu::dust_motes;
  if (particles_ == 0)
    return;
  // Depth that several samples a pixel have is no use to C++.
  mixes_particles_ = !shaders_alone_ && !request.smooth;
  if (particles_by_shader_)
    std::copy(dust_.begin(), dust_.end(), dust_sources_.as<gpu::dust_source>());
  else if (!mixes_particles_)
    put_particles_now(frame);
}

void frame_drawer::put_particles_now(const gpu::frame_data& frame) {
  const particle_picture seen = particles_seen();
  if (!target_.particles_are_clear) {
    std::fill(seen.words.begin(), seen.words.end(), 0);
    std::fill(seen.tiles.begin(), seen.tiles.end(), 0);
    target_.particles_are_clear = true;
  }
  clear_particles(seen);
  put_particles(frame, dust_, seen);
}

/// Where the processor draws, it sorts as well, and then knows what there is not.
void frame_drawer::sort_bodies(const gpu::frame_data& frame) {
  stands_ = dots_ = true;
  if (shaders_alone_)
    return;
  const std::span draws{world_.draws().as<gpu::indexed_draw>(), std::size_t{gpu::buckets}};
  gpu::body_work& work = *work_.as<gpu::body_work>();
  sorter_.sort(frame, world_.rows(), world_.mesh_ranges(),
               {world_.visible().as<std::uint32_t>(), world_.bodies()}, draws, work);
  stands_ = work.standing != 0;
  dots_ = draws[gpu::dot_bucket].index_count != 0;
}

void frame_drawer::record_frame(VkCommandBuffer commands, const frame_request& request) {
  constexpr auto colour_stage = VK_PIPELINE_STAGE_2_COLOR_ATTACHMENT_OUTPUT_BIT;
  constexpr auto colour_access =
    VK_ACCESS_2_COLOR_ATTACHMENT_WRITE_BIT | VK_ACCESS_2_COLOR_ATTACHMENT_READ_BIT;
  constexpr auto colour_layout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL;
  constexpr auto vertex_stage = VK_PIPELINE_STAGE_2_VERTEX_SHADER_BIT;
  constexpr auto attribute_stage = VK_PIPELINE_STAGE_2_VERTEX_ATTRIBUTE_INPUT_BIT;
  constexpr auto pixel_stage = VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT;
  constexpr auto reads = VK_ACCESS_2_SHADER_STORAGE_READ_BIT;
  constexpr auto fetches = VK_ACCESS_2_SHADER_SAMPLED_READ_BIT;
  times_.begin(commands);
  frame_graph graph;
  const shared_buffers in = name_buffers(graph);
  const auto draws_read = graph.add_buffer(draws_read_.handle.get());
  const auto colour = graph.add_image(target_.colour.handle.get(), VK_IMAGE_ASPECT_COLOR_BIT);
  const auto depth =
    graph.add_image(target_.depth.handle.get(),
                    target_.form.stencil ? VK_IMAGE_ASPECT_DEPTH_BIT | VK_IMAGE_ASPECT_STENCIL_BIT
                                         : VkImageAspectFlags{VK_IMAGE_ASPECT_DEPTH_BIT});
  if (shaders_alone_)
    add_culling(graph, in);
  if (stands_)
    add_standing(graph, in);
  if (device_.has_wide_atomics())
    add_splatting(graph, in);
  if (request.backdrop)
    add_ground(graph, in);
  if (particles_ != 0 && particles_by_shader_)
    add_particles(graph, in);
  std::vector<frame_graph::use> uses{
    {in.draws, VK_PIPELINE_STAGE_2_DRAW_INDIRECT_BIT | pixel_stage,
     VK_ACCESS_2_INDIRECT_COMMAND_READ_BIT | reads},
    {in.visible, vertex_stage | pixel_stage, fetches},
    {in.standing, attribute_stage, VK_ACCESS_2_VERTEX_ATTRIBUTE_READ_BIT},
    {in.ground, attribute_stage, VK_ACCESS_2_VERTEX_ATTRIBUTE_READ_BIT},
    {in.splats, pixel_stage, fetches},
    {in.dot_lights, pixel_stage, fetches},
    {in.splat_tiles, vertex_stage, reads},
    {in.particles, pixel_stage, fetches},
    {in.particle_tiles, vertex_stage, reads},
    {colour, colour_stage, colour_access, colour_layout},
    {depth,
     VK_PIPELINE_STAGE_2_EARLY_FRAGMENT_TESTS_BIT | VK_PIPELINE_STAGE_2_LATE_FRAGMENT_TESTS_BIT,
     VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_READ_BIT | VK_ACCESS_2_DEPTH_STENCIL_ATTACHMENT_WRITE_BIT,
     VK_IMAGE_LAYOUT_DEPTH_STENCIL_ATTACHMENT_OPTIMAL}};
  auto finished = colour;
  if (target_.resolved.handle) {
    finished = graph.add_image(target_.resolved.handle.get(), VK_IMAGE_ASPECT_COLOR_BIT);
    uses.push_back({finished, colour_stage, colour_access, colour_layout});
  }
  graph.add_pass(uses, [&](VkCommandBuffer into) { record_drawing(into, request); });
  if (shaders_alone_)
    finished = add_finishing(graph, finished, request);
  else if (!request.over.empty())
    overlay_->add_layer(graph, times_);
  if (mixes_particles_)
    copy_depth(graph, depth);
  graph.add_pass({{in.draws, VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_READ_BIT},
                  {draws_read, VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT}},
                 [this](VkCommandBuffer into) {
                   const VkBufferCopy all{0, 0, world_.draws().size};
                   vkCmdCopyBuffer(into, world_.draws().handle.get(), draws_read_.handle.get(), 1,
                                   &all);
                 });
  std::vector<frame_graph::use> afterwards{
    {draws_read, VK_PIPELINE_STAGE_2_HOST_BIT, VK_ACCESS_2_HOST_READ_BIT}};
  if (shaders_alone_)
    afterwards.push_back({finished, VK_PIPELINE_STAGE_2_ALL_TRANSFER_BIT,
                          VK_ACCESS_2_TRANSFER_READ_BIT, finished_layout()});
  else
    afterwards.push_back({finished, VK_PIPELINE_STAGE_2_HOST_BIT,
                          VK_ACCESS_2_HOST_READ_BIT | VK_ACCESS_2_HOST_WRITE_BIT,
                          finished_layout()});
  graph.add_pass(afterwards, [](VkCommandBuffer) {});
  graph.record(commands);
}

void frame_drawer::draw(frame_request request, const std::function<void()>& meanwhile) {
  const auto began = std::chrono::steady_clock::now();
  device_.wait();
  const VkExtent2D finished{request.width, request.height};
  auto scaled = [&](std::uint32_t side) {
    return std::max(
      16U, static_cast<std::uint32_t>(std::lround(static_cast<float>(side) * request.scale)));
  };
  if (request.scale < 1) {
    request.width = scaled(request.width);
    request.height = scaled(request.height);
  }
  prepare_target(request, finished);
  const auto view = matrices_of(request.from, static_cast<float>(request.width) /
                                                static_cast<float>(request.height));
  node_count_ = 0;
  if (request.backdrop) {
    auto nodes = choose_tiles(world_.ground(), request.from, view, ground_reach_m,
                              finest_ground_m * double{request.detail} * double{request.detail});
    reserve_nodes(nodes.size());
    // A square's morph ends where its level does, so that says how far away it is.
    const double by_pixel_m = request.detail < 1 ? by_pixel_at(request.detail) : ground_reach_m * 4;
    const auto far = std::stable_partition(nodes.begin(), nodes.end(), [&](const auto& node) {
      return double{node.morph_to_m} <= by_pixel_m;
    });
    near_nodes_ = static_cast<std::uint32_t>(far - nodes.begin());
    std::copy(nodes.begin(), nodes.end(), nodes_.as<gpu::terrain_node>());
    node_count_ = static_cast<std::uint32_t>(nodes.size());
  }
  gpu::frame_data frame = describe(request, view);
  make_particles(request, frame);
  sort_bodies(frame);
  std::memcpy(frame_.mapped, &frame, sizeof frame);
  if (!request.over.empty()) {
    if (!overlay_)
      overlay_ = std::make_unique<overlay_drawer>(device_, target_form::stored, !shaders_alone_);
    overlay_->prepare(request.over, target_.finished().extent);
  }

  times_.turn(request.timed);
  device_.submit([&](VkCommandBuffer commands) { record_frame(commands, request); });
  if (meanwhile)
    meanwhile();
  if (mixes_particles_)
    put_particles_now(frame);
  device_.wait();
  if (!shaders_alone_)
    finish_in_memory(frame, request);
  take_figures(request, began);
}

void frame_drawer::take_figures(const frame_request& request,
                                std::chrono::steady_clock::time_point began) {
  figures_ = {};
  figures_.bodies = world_.bodies();
  const auto* draws = draws_read_.as<gpu::indexed_draw>();
  for (int b = 0; b < gpu::mesh_buckets; ++b)
    figures_.by_level[static_cast<std::size_t>(b % gpu::detail_levels)] += draws[b].instance_count;
  figures_.by_level.back() = draws[gpu::dot_bucket].index_count;
  figures_.ground_tiles = node_count_;
  const bool has_shadows = request.shadows && request.backdrop;
  for (int b = 0; b < gpu::mesh_buckets; ++b)
    if (draws[b].instance_count != 0)
      figures_.draw_calls += has_shadows && b % gpu::detail_levels < shadow_levels ? 2 : 1;
  figures_.draw_calls += figures_.by_level.back() != 0 ? 1 : 0;
  if (request.backdrop) // ground, sky, water, rings of grass
    figures_.draw_calls += 2 + (world_.world().looks.water_level_m ? 1 : 0) +
                           (request.grass ? static_cast<std::uint32_t>(grass_rings.size()) : 0);
  figures_.draw_calls += (particles_ != 0 ? 1 : 0) + (request.over.empty() ? 0 : 1);
  figures_.device_bytes = device_.bytes_in_use();
  figures_.particles = particles_;
  figures_.passes_ms = times_.read();
  figures_.milliseconds =
    std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
}

} // namespace tessera
