// Makes a journal's segment files: created, filled with zeros to their full size and durable, their
// names too, before the writer gets to see them, so that a commit changes nothing but bytes.
//
// Always true: a file handed out holds zeros only and is handed out once. With a thread of its own
// the next segment of a busy shard is made while the current one fills, off the path of a flush;
// without one every call happens inside take(), in an order that depends on the calls alone
// (tests).
#pragma once

#include "core/error.hpp"
#include "persistence/batch_writer.hpp"
#include "persistence/file_system.hpp"
#include "persistence/journal_format.hpp"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace tessera {

struct segment_order {
  journal_format::segment_name name;
  std::uint64_t bytes = 0;
};

struct segment_file {
  std::unique_ptr<file> handle;
  std::string path;
  std::uint64_t bytes = 0;
};

/// One thread at a time, besides its own.
class segment_supply {
public:
  /// `fs` and `writer` outlive it. Without `durable` the files are made empty and nothing is
  /// synced.
  segment_supply(file_system& fs, batch_writer& writer, std::string directory, bool durable,
                 bool in_background);
  ~segment_supply();
  segment_supply(const segment_supply&) = delete;
  segment_supply& operator=(const segment_supply&) = delete;

  /// Begins to make a segment that will be asked for later. Does nothing without a thread.
  void order_ahead(const segment_order& order);

  /// The segments asked for, in that order; made now, all at once, where they were not ordered
  /// ahead. After an error files may be left over, zeros only. A file may be larger than asked for.
  result<std::vector<segment_file>> take(std::span<const segment_order> orders);

private:
  struct ahead {
    segment_order order;
    bool done = false;
    result<segment_file> made = fail(error_code::failure, "not made yet");
  };
  using key = std::pair<std::uint32_t, std::uint32_t>; // shard, number

  result<segment_file> create(const segment_order& order);
  result<segment_file> make_whole(const segment_order& order);
  result<void> fill_and_sync(std::vector<segment_file>& files);
  void work();

  file_system& fs_;
  batch_writer& writer_;
  std::string directory_;
  bool durable_;
  bool in_background_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<key, ahead> ahead_; // guarded by mutex_, as the rest
  std::deque<key> queue_;
  bool stopping_ = false;
  std::thread thread_; // started by the first order
};

} // namespace tessera
