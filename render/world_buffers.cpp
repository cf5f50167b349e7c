#include "render/world_buffers.hpp"

#include "core/assert.hpp"
#include "render/frame_graph.hpp"
#include "render/meshes.hpp"
#include "render/patterns.hpp"
#include "render/relief.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace tessera {

namespace {

float linear(float srgb) {
  return srgb <= 0.04045F ? srgb / 12.92F : std::pow((srgb + 0.055F) / 1.055F, 2.4F);
}

/// Index of a shape's mesh.
std::uint32_t mesh_of(body_shape shape) {
  TESSERA_ASSERT(shape != body_shape::hidden, "who is hidden is in no column");
  return static_cast<std::uint32_t>(shape) - 1;
}
static_assert(gpu::made_shapes == body_shapes - 1);

/// Each once, in the order of the meshes behind the made ones.
std::vector<const body_model*> models_of(const shown_world& world) {
  std::vector<const body_model*> out;
  for (const auto& model : world.models)
    if (model && std::find(out.begin(), out.end(), model.get()) == out.end())
      out.push_back(model.get());
  return out;
}

} // namespace

glm::vec3 direction_of(const sun_position& light) {
  camera towards;
  towards.bearing_deg = light.bearing_deg;
  towards.pitch_deg = light.elevation_deg;
  return towards.forward();
}

world_buffers::world_buffers(device& on, binding_table& table, bool sorted_here)
  : device_(on), table_(table),
    sorted_place_(sorted_here ? memory_place::host : memory_place::device) {
  draws_ =
    device_.make_buffer(gpu::buckets * sizeof(gpu::indexed_draw),
                        VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_INDIRECT_BUFFER_BIT |
                          VK_BUFFER_USAGE_TRANSFER_SRC_BIT,
                        sorted_place_);
  table_.bind_buffer(gpu::draws_binding, draws_);
  upload_image(patterns_, {pattern_side, pattern_side}, VK_FORMAT_R8G8B8A8_UNORM, make_patterns());
  table_.bind_image(gpu::patterns_binding, patterns_);
  make_room(1024);
  show({}, {});
}

buffer world_buffers::upload(const void* bytes, std::size_t size, VkBufferUsageFlags usage) const {
  buffer out = device_.make_buffer(size, usage, memory_place::host);
  std::copy_n(static_cast<const std::byte*>(bytes), size, out.mapped); // of nothing, too
  return out;
}

buffer world_buffers::upload_texels(const void* bytes, std::size_t size, VkFormat format) const {
  buffer out = device_.make_texel_buffer(size, format, 0, memory_place::host);
  std::copy_n(static_cast<const std::byte*>(bytes), size, out.mapped); // of nothing, too
  return out;
}

void world_buffers::upload_image(image& to, VkExtent2D extent, VkFormat format,
                                 std::span<const std::uint8_t> bytes) {
  if (!to.handle || to.extent.width != extent.width || to.extent.height != extent.height)
    to = device_.make_image(extent, format,
                            VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT,
                            VK_IMAGE_ASPECT_COLOR_BIT);
  const buffer staging = upload(bytes.data(), bytes.size(), VK_BUFFER_USAGE_TRANSFER_SRC_BIT);
  device_.run([&](VkCommandBuffer commands) {
    frame_graph graph;
    const auto target = graph.add_image(to.handle.get(), VK_IMAGE_ASPECT_COLOR_BIT);
    graph.add_pass({{target, VK_PIPELINE_STAGE_2_COPY_BIT, VK_ACCESS_2_TRANSFER_WRITE_BIT,
                     VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL}},
                   [&](VkCommandBuffer into) {
                     VkBufferImageCopy copy{};
                     copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
                     copy.imageExtent = {extent.width, extent.height, 1};
                     vkCmdCopyBufferToImage(into, staging.handle.get(), to.handle.get(),
                                            VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL, 1, &copy);
                   });
    graph.add_pass(
      {{target,
        VK_PIPELINE_STAGE_2_VERTEX_SHADER_BIT | VK_PIPELINE_STAGE_2_FRAGMENT_SHADER_BIT |
          VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT,
        VK_ACCESS_2_SHADER_SAMPLED_READ_BIT, VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL}},
      [](VkCommandBuffer) {});
    graph.record(commands);
  });
}

void world_buffers::show(const shown_world& world, const sun_position& light) {
  device_.wait();
  world_ = world;
  ground_ = {};
  if (world.ground) {
    ground_.columns = world.ground->columns();
    ground_.rows = world.ground->rows();
    ground_.spacing_east_m = world.ground->spacing_east_m();
    ground_.spacing_south_m = world.ground->spacing_north_m();
    ground_.low_m = world.ground->min_m();
    ground_.high_m = world.ground->max_m();
    heights_m_.assign(world.ground->samples().begin(), world.ground->samples().end());
  } else {
    heights_m_.assign(4, 0.0F);
  }
  heights_ =
    upload_texels(heights_m_.data(), heights_m_.size() * sizeof(float), VK_FORMAT_R32_SFLOAT);
  table_.bind_buffer(gpu::heights_binding, heights_);
  make_shapes();
  make_kinds();
  set_light(light);
  set_bodies({});
}

void world_buffers::set_light(const sun_position& light) {
  device_.wait();
  light_ = light;
  const auto relief = light_relief(ground_, heights_m_, direction_of(light));
  upload_image(
    relief_,
    {static_cast<std::uint32_t>(ground_.columns), static_cast<std::uint32_t>(ground_.rows)},
    VK_FORMAT_R8G8B8A8_UNORM, relief);
  table_.bind_image(gpu::relief_binding, relief_);
}

void world_buffers::make_shapes() {
  const auto models = models_of(world_);
  shapes_ = gpu::made_shapes + static_cast<int>(models.size());
  const mesh_set meshes = make_meshes(models);
  vertices_ = upload(meshes.vertices.data(), meshes.vertices.size() * sizeof(mesh_vertex),
                     VK_BUFFER_USAGE_VERTEX_BUFFER_BIT);
  indices_ = upload(meshes.indices.data(), meshes.indices.size() * sizeof(std::uint16_t),
                    VK_BUFFER_USAGE_INDEX_BUFFER_BIT);
  static_assert(sizeof(mesh_part) == sizeof(gpu::mesh_range));
  meshes_ = upload(meshes.parts.data(), meshes.parts.size() * sizeof(mesh_part),
                   VK_BUFFER_USAGE_STORAGE_BUFFER_BIT);
  table_.bind_buffer(gpu::meshes_binding, meshes_);
}

void world_buffers::make_kinds() {
  std::vector<gpu::kind_data> kinds;
  const auto models = models_of(world_);
  for (const auto& kind : world_.looks.kinds) {
    const body_model* model =
      kinds.size() < world_.models.size() ? world_.models[kinds.size()].get() : nullptr;
    gpu::kind_data data{};
    data.colour = {linear(kind.colour[0]), linear(kind.colour[1]), linear(kind.colour[2])};
    data.spread = kind.colour_spread;
    data.reach = model != nullptr ? model->reach : 1;
    if (model != nullptr)
      data.mesh = static_cast<float>(
        gpu::made_shapes + (std::find(models.begin(), models.end(), model) - models.begin()));
    else if (kind.shape != body_shape::hidden)
      data.mesh = static_cast<float>(mesh_of(kind.shape));
    kinds.push_back(data);
  }
  kinds_ = upload_texels(kinds.data(), kinds.size() * sizeof(gpu::kind_data),
                         VK_FORMAT_R32G32B32A32_SFLOAT);
  table_.bind_buffer(gpu::kinds_binding, kinds_);
}

std::uint32_t world_buffers::chunks() const {
  return (bodies_ + gpu::chunk_size - 1) / gpu::chunk_size;
}

sorted_bodies world_buffers::rows() const {
  return {{places_.as<instance_place>(), bodies_},
          {materials_.as<instance_material>(), bodies_},
          {kinds_.as<gpu::kind_data>(), world_.looks.kinds.size()}};
}

std::span<const gpu::mesh_range> world_buffers::mesh_ranges() const {
  return {meshes_.as<gpu::mesh_range>(), static_cast<std::size_t>(gpu::mesh_buckets)};
}

void world_buffers::make_room(std::uint32_t bodies) {
  if (bodies <= room_)
    return;
  room_ = std::max(bodies, room_ + room_ / 2);
  auto column = [&](buffer& of, std::size_t size, VkFormat format, int binding) {
    of = device_.make_texel_buffer(room_ * size, format, 0, memory_place::host);
    table_.bind_buffer(binding, of);
  };
  column(places_, sizeof(instance_place), VK_FORMAT_R32G32B32A32_UINT, gpu::places_binding);
  column(turns_, sizeof(instance_turn), VK_FORMAT_R32G32_UINT, gpu::turns_binding);
  column(materials_, sizeof(instance_material), VK_FORMAT_R32_UINT, gpu::materials_binding);
  auto made_there = [&](buffer& of, std::size_t size, VkFormat format, int binding, int texels,
                        memory_place where = memory_place::device) {
    of = device_.make_texel_buffer(room_ * size, format, VK_BUFFER_USAGE_STORAGE_BUFFER_BIT, where);
    table_.bind_buffer(binding, of);
    table_.bind_buffer(texels, of);
  };
  made_there(visible_, sizeof(std::uint32_t), VK_FORMAT_R32_UINT, gpu::visible_binding,
             gpu::visible_texels_binding, sorted_place_);
  made_there(dot_lights_, sizeof(std::uint32_t), VK_FORMAT_R8G8B8A8_UNORM, gpu::dot_lights_binding,
             gpu::dot_light_texels_binding);
  made_there(buckets_, 1, VK_FORMAT_R8_UINT, gpu::buckets_binding, gpu::bucket_texels_binding);
  standing_ = device_.make_buffer(
    room_ * sizeof(gpu::standing_body),
    VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_VERTEX_BUFFER_BIT, memory_place::device);
  table_.bind_buffer(gpu::standing_binding, standing_);
  const std::size_t most_chunks = (room_ + gpu::chunk_size - 1) / gpu::chunk_size;
  counts_ = device_.make_buffer(most_chunks * gpu::buckets * sizeof(std::uint32_t),
                                VK_BUFFER_USAGE_STORAGE_BUFFER_BIT, memory_place::device);
  table_.bind_buffer(gpu::counts_binding, counts_);
}

void world_buffers::set_bodies(std::span<const instance_columns* const> parts) {
  device_.wait();
  std::size_t all = 0;
  for (const auto* part : parts)
    all += part->places.size();
  bodies_ = static_cast<std::uint32_t>(all);
  make_room(bodies_);
  std::size_t at = 0;
  runners_.clear();
  for (const auto* part : parts) {
    find_runners(*part, runners_);
    const std::size_t rows = part->places.size();
    std::copy_n(part->places.data(), rows, places_.as<instance_place>() + at);
    std::copy_n(part->turns.data(), rows, turns_.as<instance_turn>() + at);
    std::copy_n(part->materials.data(), rows, materials_.as<instance_material>() + at);
    at += rows;
  }
  make_cover(parts);
}

void world_buffers::make_cover(std::span<const instance_columns* const> parts) {
  const cell_rect& extent = world_.extent;
  has_cover_ = world_.looks.cover.has_value() && extent.area() > 0;
  const auto wide = static_cast<std::uint32_t>(has_cover_ ? extent.width() : 1);
  const auto deep = static_cast<std::uint32_t>(has_cover_ ? extent.depth() : 1);
  std::vector<std::uint8_t> all(std::size_t{wide} * deep, 0);
  for (const auto* part : parts) {
    if (!has_cover_ || part->cover.empty())
      continue;
    const auto row = static_cast<std::size_t>(part->region.width());
    for (std::int32_t z = part->region.z0; z < part->region.z1; ++z) {
      const auto from =
        part->cover.begin() +
        static_cast<std::ptrdiff_t>(static_cast<std::size_t>(z - part->region.z0) * row);
      std::copy_n(from, row,
                  all.begin() +
                    (std::ptrdiff_t{z - extent.z0} * wide + part->region.x0 - extent.x0));
    }
  }
  // Between two ticks it stays as it is.
  if (cover_.handle && all == cover_bytes_ && cover_.extent.width == wide)
    return;
  upload_image(cover_, {wide, deep}, VK_FORMAT_R8_UNORM, all);
  cover_bytes_ = std::move(all);
  table_.bind_image(gpu::cover_binding, cover_);
}

void world_buffers::describe(gpu::frame_data& frame) const {
  frame.samples = {ground_.columns, ground_.rows};
  frame.sample_spacing_m = {ground_.spacing_east_m, ground_.spacing_south_m};
  frame.ground_low_m = ground_.low_m;
  frame.ground_high_m = ground_.high_m;
  frame.extent_first = {world_.extent.x0, world_.extent.z0};
  frame.extent_size = {std::max(1, world_.extent.width()), std::max(1, world_.extent.depth())};
  frame.cell_size_m = world_.cell_size_m;
  frame.has_water = world_.looks.water_level_m.has_value() ? 1 : 0;
  frame.water_level_m = world_.looks.water_level_m.value_or(0.0F);
  frame.has_cover = has_cover_ ? 1 : 0;
  frame.instances = bodies_;
  frame.mesh_buckets_used = static_cast<std::uint32_t>(shapes_ * gpu::detail_levels);
  frame.chunks = chunks();
  frame.sun = direction_of(light_);
  // Low sun is redder and weaker: it comes through more air.
  const float air = 1 / std::max(frame.sun.y, 0.04F);
  frame.sun_light = glm::vec3(3.1F * std::exp(-0.035F * air), 2.95F * std::exp(-0.075F * air),
                              2.75F * std::exp(-0.15F * air));
  const float day = std::clamp(frame.sun.y * 2.5F + 0.25F, 0.05F, 1.0F);
  frame.sky_light = glm::vec3(0.46F, 0.58F, 0.82F) * day;
}

} // namespace tessera
