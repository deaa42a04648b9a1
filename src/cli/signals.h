// Ctrl-C and SIGTERM, as a stop token.
#pragma once

#include <stop_token>

namespace pinlake {

/// The one stop source of the process, requested by the first SIGINT or SIGTERM. The second ends
/// the process at once with exit code 130. Call before any other thread is started: from the first
/// call on a thread of its own waits for the signals.
std::stop_token StopOnSignals();

/// Returns once \p stop is requested.
void WaitForStop(std::stop_token stop);

/// Requests the same stop from inside.
void RequestStop();

}  // namespace pinlake
