// CRC-32C (Castagnoli), the checksum of Kafka's record batches and of snappy's frames.
#pragma once

#include <cstdint>
#include <string_view>

namespace pinlake {

/// CRC-32C of \p bytes, going on from \p crc, that of the bytes before. Uses the processor's
/// instruction where there is one.
uint32_t Crc32c(std::string_view bytes, uint32_t crc = 0);

/// The same by table: for processors without the instruction, and to compare.
uint32_t Crc32cByTable(std::string_view bytes, uint32_t crc = 0);

}  // namespace pinlake
