// The posting user: draws rows and posts them, at random moments or at a rate.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/disk.h"
#include "base/result.h"
#include "emulator/latency_histogram.h"
#include "emulator/post_target.h"
#include "emulator/row_source.h"

namespace pinlake {

class HttpClient;

struct EmulateOptions {
  /// `http://host:port[/prefix]` of the gateway.
  std::string to;
  /// Rows go to the topics `<id>.<suffix>`.
  std::string id = "129a67850695";
  /// Rounds a second; none: a random pause of 0 to 1 s before each round, as the reference's
  /// script. Infinity: as fast as answers come.
  std::optional<double> rate;
  std::optional<int64_t> count;    ///< rounds; none: without end
  std::optional<Millis> duration;  ///< none: without end
  std::optional<uint64_t> seed;    ///< of the drawn numbers and pauses; none: another each time
  int concurrency = 1;             ///< requests under way at once
  int batch = 1;                   ///< rounds in a request
  Millis retry_for{60'000};        ///< how long a request is tried in all
  Path acked_file;                 ///< gets `topic,partition,offset` lines; empty: none
  bool dry_run = false;            ///< nothing is sent; each request goes to `show`
};

/// What has been done so far. Written by many threads, read by any.
struct EmulateProgress {
  std::atomic<int64_t> rounds{0};        ///< all rows of the round have an outcome
  std::atomic<int64_t> records{0};       ///< rows sent, each once however often it was tried
  std::atomic<int64_t> acknowledged{0};  ///< answered with an offset
  std::atomic<int64_t> failed{0};        ///< refused, or not acknowledged within retry_for
  std::atomic<int64_t> ambiguous{0};     ///< sent again after an unknown outcome: may be doubled
  std::atomic<int64_t> missing{0};       ///< numbers drawn that a table of the source lacks
  std::atomic<int64_t> requests{0};      ///< sent, repeats included
  std::atomic<int64_t> retries{0};       ///< requests sent again
  std::atomic<int64_t> throttled{0};     ///< answers that asked to slow down
  LatencyHistogram latency;              ///< of a request
};

struct EmulateReport {
  int64_t rounds = 0, records = 0, acknowledged = 0, failed = 0, ambiguous = 0, missing = 0;
  int64_t requests = 0, retries = 0, throttled = 0;
  double seconds = 0;
  Micros latency_p50{0}, latency_p99{0};
  std::string first_failure;  ///< why the first failed record failed
};

/// Checks \p options; posts rows of \p source until count, duration or \p stop; waits for the
/// requests under way. Starts `concurrency` threads of its own. A record that is refused or stays
/// unacknowledged is counted, not an error: see EmulateReport::failed.
/// Errors: kInvalidArgument (options), what the source says, what the acknowledgement file says.
Result<EmulateReport> Emulate(const EmulateOptions& options, RowSource& source, HttpClient& client,
                              std::stop_token stop, EmulateProgress* progress = nullptr);

/// The same towards any target; \p show gets the requests of a dry run.
Result<EmulateReport> EmulateTo(const EmulateOptions& options, RowSource& source,
                                PostTarget& target, Clock& clock, std::stop_token stop,
                                EmulateProgress* progress = nullptr,
                                const std::function<void(const std::string&)>& show = {});

}  // namespace pinlake
