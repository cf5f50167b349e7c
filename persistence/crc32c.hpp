// CRC32C (Castagnoli): polynomial 0x1EDC6F41 reflected, start and final value inverted, as in iSCSI
// (RFC 3720, appendix B.4). The CRC32C of "123456789" is 0xE3069283.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace tessera {

/// `seed` is what an earlier call gave for the bytes before these: crc32c(b, crc32c(a)) is that of
/// a followed by b. Any thread.
std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t seed = 0);

} // namespace tessera
