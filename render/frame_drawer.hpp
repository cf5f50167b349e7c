// One frame: what the device does, in which order.
//
// Always true: a frame is finished before the next one begins; what is opaque is the same whatever the order
// of bodies, unless two of them are equally near at one pixel, and then the one that came first is seen, since
// culling keeps the order; shadows darken a pixel once, whosever they are.
#pragma once

#include "render/enlarging.hpp"
#include "render/frame_graph.hpp"
#include "render/overlay_drawer.hpp"
#include "render/particle_mixing.hpp"
#include "render/particles.hpp"
#include "render/pass_times.hpp"
#include "render/picture.hpp"
#include "render/pipelines.hpp"
#include "render/world_buffers.hpp"

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace tessera {

class frame_drawer {
public:
  frame_drawer(device& on, bool shaders_alone);
  ~frame_drawer() { vkDeviceWaitIdle(device_.get()); } // lost or not
  frame_drawer(const frame_drawer&) = delete;
  frame_drawer& operator=(const frame_drawer&) = delete;

  world_buffers& world() { return world_; }
  /// Leaves the picture on the device.
  /// `meanwhile`, where there is one, is done while the device draws.
  void draw(frame_request request, const std::function<void()>& meanwhile = {});
  /// Of what was drawn last.
  picture read();
  const image& finished() const { return target_.finished(); }
  /// That can be copied from.
  VkImageLayout finished_layout() const {
    return shaders_alone_ ? VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL : VK_IMAGE_LAYOUT_GENERAL;
  }
  const frame_figures& figures() const { return figures_; }

private:
  /// Fine around the camera, coarser and larger farther off.
  static constexpr std::array<gpu::grass_ring, 3> grass_rings{
    {{0.22F, 0, 26, 0.30F, 240}, {0.55F, 22, 80, 0.38F, 292}, {1.6F, 70, 240, 0.55F, 302}}};
  static constexpr VkImageUsageFlags picture_usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT |
                                                     VK_IMAGE_USAGE_SAMPLED_BIT |
                                                     VK_IMAGE_USAGE_TRANSFER_SRC_BIT;
  /// Of the coarsest level a shadow would be smaller than a pixel.
  static constexpr int shadow_levels = 2;

  struct target {
    target_form form;
    VkExtent2D extent{};
    image colour; ///< of all samples
    image depth;
    image resolved;      ///< of one sample, where there are several
    image enlarged;      ///< of the size that was asked for, where less is drawn
    buffer depth_copied; ///< for C++, which mixes particles
    buffer splats;       ///< likewise splat_tiles: of splats.glsl
    buffer splat_tiles;
    bool splats_are_clear = false; ///< but for what the last frame put there
    bool has_splats = false;       ///< the last frame put some there
    buffer particles;              ///< likewise particle_tiles: of particle_picture
    buffer particle_tiles;
    bool particles_are_clear = false;

    const image& drawn() const { return resolved.handle ? resolved : colour; }
    const image& finished() const { return enlarged.handle ? enlarged : drawn(); }
  };

  void reserve_nodes(std::size_t count);
  void prepare_target(const frame_request& request, VkExtent2D finished);
  gpu::frame_data describe(const frame_request& request, const camera_matrices& view);
  particle_picture particles_seen() const;
  void make_particles(const frame_request& request, gpu::frame_data& frame);
  void make_splats();
  const drawing_pipelines& drawing_of(const target_form& form);
  void record_frame(VkCommandBuffer commands, const frame_request& request);
  /// What passes hand to each other.
  struct shared_buffers {
    frame_graph::resource counts, buckets, draws, visible, standing, work, splats, splat_tiles,
      dot_lights, particles, particle_tiles, ground;
  };
  shared_buffers name_buffers(frame_graph& graph) const;
  void compute(VkCommandBuffer into, const owned<VkPipeline>& pipeline) const;
  void sort_bodies(const gpu::frame_data& frame);
  void add_culling(frame_graph& graph, const shared_buffers& in);
  void add_standing(frame_graph& graph, const shared_buffers& in);
  /// Takes away what the last frame put there, all of it where that is not known.
  void add_clearing(frame_graph& graph, frame_graph::resource words, frame_graph::resource tiles,
                    std::array<const buffer*, 2> buffers, const owned<VkPipeline>& pipeline,
                    bool& are_clear);
  void add_splatting(frame_graph& graph, const shared_buffers& in);
  void add_particles(frame_graph& graph, const shared_buffers& in);
  void add_ground(frame_graph& graph, const shared_buffers& in);
  void record_drawing(VkCommandBuffer into, const frame_request& request);
  frame_graph::resource add_finishing(frame_graph& graph, frame_graph::resource drawn,
                                      const frame_request& request);
  void record_finishing(VkCommandBuffer into, const frame_request& request);
  void prepare_enlarged();
  std::vector<std::uint8_t> read_stored();
  void put_particles_now(const gpu::frame_data& frame);
  void copy_depth(frame_graph& graph, frame_graph::resource depth);
  void finish_in_memory(const gpu::frame_data& frame, const frame_request& request);
  void draw_bodies(VkCommandBuffer into, int first_level, int end_level);
  void draw_dots(VkCommandBuffer into);
  void draw_grass(VkCommandBuffer into);
  void take_figures(const frame_request& request, std::chrono::steady_clock::time_point began);

  device& device_;
  binding_table table_;
  bool shaders_alone_; ///< else C++ does what it does faster: the device is the processor
  world_buffers world_;
  compute_pipelines compute_;
  /// Of every form that was asked for: a software driver takes seconds to make them.
  std::vector<std::pair<target_form, drawing_pipelines>> drawing_;
  std::unique_ptr<overlay_drawer> overlay_; ///< null before the first frame that has one
  std::optional<flat_pipeline> enlarging_;  ///< nothing before the first frame that needs it
  picture_enlarger enlarger_;
  particle_mixer particle_mixer_;
  target target_;
  pass_times times_;
  bool particles_by_shader_;
  std::vector<gpu::dust_source> dust_;
  body_sorter sorter_;
  bool stands_ = true; ///< of this frame: some have a mesh; likewise dots_
  bool dots_ = true;
  std::uint32_t particles_ = 0;  ///< of this frame
  bool mixes_particles_ = false; ///< this frame's, in C++
  buffer frame_, draws_read_, work_, dust_sources_;
  buffer nodes_, ground_, ground_indices_; ///< squares of ground, their vertices and triangles
  std::uint32_t node_count_ = 0;
  std::uint32_t near_nodes_ = 0; ///< the first of them: lighted by pixel
  std::uint32_t splat_tiles_across_ = 0;
  std::uint32_t splat_tiles_ = 0;
  frame_figures figures_;
};

} // namespace tessera
