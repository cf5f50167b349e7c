// What the device holds of a world: its ground, its looks, the meshes, and the bodies of the tick that is
// shown.
//
// Always true: nothing here changes while the device reads it; each call that changes something waits until
// it is there. Heights are as the world has them; a flat world is four samples at height 0.
#pragma once

#include "render/culling.hpp"
#include "render/device.hpp"
#include "render/ground_tiles.hpp"
#include "render/particles.hpp"
#include "render/pipelines.hpp"
#include "render/scene.hpp"

#include <span>

namespace tessera {

class world_buffers {
public:
  /// `sorted_here`: it is the processor that sorts bodies, so it writes visible() and draws().
  world_buffers(device& on, binding_table& table, bool sorted_here);

  void show(const shown_world& world, const sun_position& light);
  void set_light(const sun_position& light);
  void set_bodies(std::span<const instance_columns* const> parts);

  /// Fills in what of a frame's data depends on world and bodies.
  void describe(gpu::frame_data& frame) const;

  const ground_frame& ground() const { return ground_; }
  const shown_world& world() const { return world_; }
  std::uint32_t bodies() const { return bodies_; }
  int shapes() const { return shapes_; } ///< made ones and models
  std::span<const runner> runners() const { return runners_; }
  std::uint32_t chunks() const;
  /// What the processor sorts.
  sorted_bodies rows() const;
  std::span<const gpu::mesh_range> mesh_ranges() const;
  const buffer& vertices() const { return vertices_; }
  const buffer& indices() const { return indices_; }
  const buffer& visible() const { return visible_; }
  const buffer& counts() const { return counts_; }
  const buffer& buckets() const { return buckets_; } ///< of each body, a byte
  const buffer& draws() const { return draws_; }
  const buffer& dot_lights() const { return dot_lights_; }
  const buffer& standing() const { return standing_; } ///< of those with a mesh

private:
  buffer upload(const void* bytes, std::size_t size, VkBufferUsageFlags usage) const;
  buffer upload_texels(const void* bytes, std::size_t size, VkFormat format) const;
  void upload_image(image& to, VkExtent2D extent, VkFormat format,
                    std::span<const std::uint8_t> bytes);
  void make_shapes();
  void make_kinds();
  void make_cover(std::span<const instance_columns* const> parts);
  void make_room(std::uint32_t bodies);

  device& device_;
  binding_table& table_;
  memory_place sorted_place_; ///< of what sorting writes
  shown_world world_;
  sun_position light_;
  ground_frame ground_;
  std::vector<float> heights_m_;
  buffer heights_, kinds_, meshes_, vertices_, indices_;
  buffer places_, turns_, materials_, visible_, counts_, buckets_, draws_, standing_, dot_lights_;
  image relief_, cover_, patterns_;
  std::vector<std::uint8_t> cover_bytes_; ///< what cover_ holds
  std::vector<runner> runners_;
  std::uint32_t bodies_ = 0;
  int shapes_ = gpu::made_shapes;
  std::uint32_t room_ = 0;
  bool has_cover_ = false;
};

/// Unit vector towards the sun.
glm::vec3 direction_of(const sun_position& light);

} // namespace tessera
