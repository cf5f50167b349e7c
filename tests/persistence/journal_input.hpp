// Any bytes taken as a journal's directory: shared by the fuzz target and the mutation test.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace tessera {

/// Input: one byte of switches (bit 0: checksums, salts and chains are mended first, so that what
/// lies behind them is reached; bit 1: epoch 2 begins at tick 3; bits 2-3: ask from tick 0, 1, 2 or
/// 5; bit 4: a quarter goes to another shard's file), then a segment file. Reads, settles and reads
/// again, and aborts if the second reading says something else than the first.
void read_any_bytes_as_journal(std::span<const std::byte> input);

/// A small valid segment to start from, switches in front.
std::vector<std::byte> valid_journal_input(std::byte switches);

} // namespace tessera
