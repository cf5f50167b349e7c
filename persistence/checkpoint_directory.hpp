// The directory at the end of a checkpoint file: its sections, in order.
//
// Always true of sections that were parsed: the first begins behind the header, each next one where
// the one before ends, the last ends where the directory begins; their raw sizes are such as their
// stored bytes can hold.
#pragma once

#include "core/byte_io.hpp"
#include "persistence/checkpoint.hpp"
#include "persistence/checkpoint_format.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tessera {

/// Why a section cannot be in a file (name, size of elements, filter, size), or nothing. The same
/// words for a caller's mistake and for a file's damage. Any thread, as all here.
std::optional<std::string> section_fault(const stored_section& section);

/// Why a footer is not that of a file of so many bytes, or nothing; its CRC is not looked at.
std::optional<std::string> footer_fault(const checkpoint_format::footer& footer,
                                        std::uint64_t file_bytes);

void append_entry(byte_writer& directory, const stored_section& section);

/// `footer` is without fault, `directory` passed its CRC. Errors: corrupt, with the reason alone;
/// the caller names the file.
result<std::vector<stored_section>> parse_directory(std::span<const std::byte> directory,
                                                    const checkpoint_format::footer& footer);

} // namespace tessera
