// Bytes in and out, one layout: little-endian, values one after the other, no padding added.
//
// Always true of a reader: it never touches a byte past its end, whatever the bytes say; after the
// first failure every further read gives zeros and consumes nothing; a count is compared with what
// is left before anything is allocated for it. So code may read a whole structure and check once at
// the end.
#pragma once

#include "core/error.hpp"

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tessera {

static_assert(std::endian::native == std::endian::little, "bytes are copied as they lie in memory");

/// What may be copied byte for byte. A struct with padding is copied padding and all: give it none
/// where bytes are compared or hashed. bool has a form of its own, for not every byte is one.
template <class T>
concept byte_copyable =
  std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T> && !std::is_pointer_v<T> &&
  !std::same_as<std::remove_cv_t<T>, bool>;

/// Appends to a vector that the caller owns and keeps alive; what is in it stays.
class byte_writer {
public:
  explicit byte_writer(std::vector<std::byte>& out) : out_(&out) {}

  void write_bytes(std::span<const std::byte> bytes) {
    if (bytes.empty())
      return;
    const std::size_t at = out_->size();
    out_->resize(at + bytes.size());
    std::memcpy(out_->data() + at, bytes.data(), bytes.size());
  }

  template <byte_copyable T>
  void write(const T& value) {
    write_bytes(std::as_bytes(std::span(&value, 1)));
  }

  /// One byte, 0 or 1.
  void write_bool(bool value) { write(static_cast<std::uint8_t>(value ? 1 : 0)); }

  /// The values alone: for counts that the reader knows.
  template <byte_copyable T>
  void write_values(std::span<const T> values) {
    write_bytes(std::as_bytes(values));
  }

  /// A 64-bit count, then the values.
  template <byte_copyable T>
  void write_counted(std::span<const T> values) {
    write(std::uint64_t{values.size()});
    write_bytes(std::as_bytes(values));
  }

  /// A 64-bit count of bytes, then the bytes.
  void write_string(std::string_view text) { write_counted(std::span(text.data(), text.size())); }

  /// Overwrites a value written before, at byte `offset` of the vector: for sizes known only later.
  /// The value must lie inside what is written.
  template <byte_copyable T>
  void overwrite(std::size_t offset, const T& value) {
    std::memcpy(out_->data() + offset, &value, sizeof value);
  }

  /// Bytes in the vector, those from before included.
  std::size_t size() const { return out_->size(); }

private:
  std::vector<std::byte>* out_;
};

/// Reads bytes that the caller keeps alive. One thread at a time.
class byte_reader {
public:
  explicit byte_reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool failed() const { return failed_; }
  std::size_t offset() const { return offset_; }
  std::size_t remaining() const { return bytes_.size() - offset_; }

  /// Fails if `out` holds more than is left; `out` is zeroed then.
  void read_bytes(std::span<std::byte> out) {
    if (out.empty())
      return;
    if (!claim(out.size(), 1)) {
      std::memset(out.data(), 0, out.size());
      return;
    }
    std::memcpy(out.data(), bytes_.data() + offset_, out.size());
    offset_ += out.size();
  }

  template <byte_copyable T>
  T read() {
    T value{};
    read_bytes(std::as_writable_bytes(std::span(&value, 1)));
    return value;
  }

  /// Fails on any byte but 0 and 1.
  bool read_bool() {
    const auto value = read<std::uint8_t>();
    if (value > 1)
      give_up("byte " + std::to_string(value) + " is neither 0 nor 1");
    return value == 1 && !failed_;
  }

  /// `count` values; none if so many are not left.
  template <byte_copyable T>
  std::vector<T> read_values(std::uint64_t count) {
    std::vector<T> out;
    if (claim(count, sizeof(T))) {
      out.resize(static_cast<std::size_t>(count));
      read_bytes(std::as_writable_bytes(std::span(out)));
    }
    return out;
  }

  /// A 64-bit count, then that many values.
  template <byte_copyable T>
  std::vector<T> read_counted() {
    return read_values<T>(read<std::uint64_t>());
  }

  /// A 64-bit count of bytes, then the bytes.
  std::string read_string() {
    const auto count = read<std::uint64_t>();
    const auto bytes = take(count);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }

  /// The next `count` bytes, not copied: a view into what the reader reads. Empty if not so many
  /// are left.
  std::span<const std::byte> take(std::uint64_t count) {
    if (!claim(count, 1))
      return {};
    const auto out = bytes_.subspan(offset_, static_cast<std::size_t>(count));
    offset_ += out.size();
    return out;
  }

  /// Declares what was read to be impossible: for checks that only the caller can make.
  void give_up(std::string why) {
    if (!failed_) {
      failed_ = true;
      why_ = "at byte " + std::to_string(offset_) + " of " + std::to_string(bytes_.size()) + ": " +
             std::move(why);
    }
  }

  /// error_code::bad_bytes with place and reason, if a read failed.
  result<void> check() const {
    if (failed_)
      return fail(error_code::bad_bytes, why_);
    return {};
  }

  /// As check(); bytes left over are an error too.
  result<void> finish() {
    if (remaining() != 0)
      give_up(std::to_string(remaining()) + " bytes left over");
    return check();
  }

private:
  /// Whether `count` values of `size` bytes are left; fails if not. The division cannot overflow.
  bool claim(std::uint64_t count, std::size_t size) {
    if (failed_)
      return false;
    if (count > remaining() / size) {
      give_up(std::to_string(count) + " x " + std::to_string(size) + " bytes expected, " +
              std::to_string(remaining()) + " left");
      return false;
    }
    return true;
  }

  std::span<const std::byte> bytes_;
  std::size_t offset_ = 0;
  bool failed_ = false;
  std::string why_;
};

} // namespace tessera
