// The floor that benchmarks of the server are held against: a bare Boost.Beast server.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pinlake {

/// Serves 127.0.0.1 until the process ends: reads each request whole and answers 200 with
/// \p answer_bytes bytes. One io_context a thread with SO_REUSEPORT, Beast's own containers,
/// coroutines: what one writes from its documentation. Writes the port to \p port_fd when it
/// listens.
void RunBeastEcho(int threads, size_t answer_bytes, int port_fd);

}  // namespace pinlake
