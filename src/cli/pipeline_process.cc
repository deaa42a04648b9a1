#include "cli/pipeline_process.h"

#include <cstdio>

#include "cli/signals.h"
#include "observe/log.h"
#include "sink/run_sink.h"

namespace pinlake {
namespace {

/// How long requests under way may take once the gateway is stopping.
constexpr Millis kAnswerInFlight{10'000};
/// How long stores under way may take once the sinks are stopping; what is not stored by then is
/// stored by the next start.
constexpr Millis kStoreInFlight{6'000};

/// Exit code if a sink ended by itself, as of `pinlake sink`.
constexpr int kSinkFailed = 2;

void PrintReady(const Pipeline& pipeline, const PipelineProcess& process) {
  std::string line = "ready";
  if (process.port() != 0) line += " gateway=" + process.gateway_url();
  line += " log=" + DescribeLog(pipeline);
  if (process.has_store()) line += " store=" + pipeline.store.url;
  std::fprintf(stdout, "%s\n", line.c_str());
  std::fflush(stdout);
}

/// A store that is not there today may be tomorrow; one that refuses us will refuse us again.
bool WorthWaitingFor(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kThrottled:
    case ErrorKind::kUnavailable:
    case ErrorKind::kUnknownOutcome:
    case ErrorKind::kOutOfSpace:
      return true;
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kUnauthenticated:
    case ErrorKind::kPermissionDenied:
    case ErrorKind::kNotFound:
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kConflict:
    case ErrorKind::kFenced:
    case ErrorKind::kUnsupported:
    case ErrorKind::kCancelled:
    case ErrorKind::kCorruption:
    case ErrorKind::kInternal:
      return false;
  }
  return false;
}

}  // namespace

std::string ReachableHost(const std::string& listen) {
  const std::string host = listen.substr(0, listen.rfind(':'));
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "[::]") return "[::1]";
  return host;
}

PipelineProcess::PipelineProcess(const Pipeline& pipeline)
    : pipeline_(pipeline), budget_(pipeline.general.memory_budget) {}

PipelineProcess::~PipelineProcess() { Stop(); }

Result<std::unique_ptr<PipelineProcess>> PipelineProcess::Start(const Pipeline& pipeline,
                                                                Parts parts) {
  std::unique_ptr<PipelineProcess> process(new PipelineProcess(pipeline));
  RETURN_IF_ERROR(process->StartParts(parts));
  return process;
}

Status PipelineProcess::StartParts(Parts parts) {
  LogWarnings(pipeline_.warnings);
  ASSIGN_OR_RETURN(log_, OpenPipelineLog(pipeline_));
  // The gateway first: what is posted while the store is looked for waits in the log.
  if (parts.gateway && pipeline_.has_gateway) {
    ASSIGN_OR_RETURN(gateway_, Gateway::Start(pipeline_.gateway, *log_, budget_, metrics_));
  }
  if (parts.sinks && !pipeline_.sinks.empty()) {
    RETURN_IF_ERROR(OpenStore());
    for (const SinkSection& sink : pipeline_.sinks) StartSink(sink);
  }
  return {};
}

Status PipelineProcess::OpenStore() {
  ASSIGN_OR_RETURN(store_, OpenPipelineStore(pipeline_, store_stop_.get_token()));
  const Status reachable = store_->CheckReachable();
  if (reachable) return {};
  if (!WorthWaitingFor(reachable.error().kind())) {
    return Fail(reachable.error().In("store " + store_->Describe()));
  }
  LogWarn("The store can't be reached now; records wait in the log.",
          F("store", store_->Describe()), F("error", reachable.error()));
  return {};
}

void PipelineProcess::StartSink(const SinkSection& sink) {
  sinks_.emplace_back(
      [this, name = sink.name, job = SinkJob{.connector = sink.properties}](std::stop_token stop) {
        const SinkWorld world{.log = *log_,
                              .store = *store_,
                              .clock = SystemClock(),
                              .budget = budget_,
                              .metrics = metrics_};
        const Status ended = RunSink(job, world, stop);
        if (ended || stop.stop_requested()) return;
        LogError("A sink has ended; its records stay in the log.", F("sink", name),
                 F("error", ended.error()));
        const std::lock_guard lock(mutex_);
        if (!sink_failure_) sink_failure_ = ended.error().In("sink " + name);
      });
}

void PipelineProcess::Stop() {
  if (gateway_ && !gateway_->Stop(kAnswerInFlight)) {
    LogWarn("Some requests were cut off; their senders can't know what became of them.");
  }
  for (std::jthread& sink : sinks_) sink.request_stop();
  {
    const std::jthread give_up([this](std::stop_token stopped) {
      if (SystemClock().SleepFor(kStoreInFlight, stopped)) store_stop_.request_stop();
    });
    sinks_.clear();
  }
  if (log_) log_->Close();
}

std::string PipelineProcess::gateway_url() const {
  if (!gateway_) return {};
  return fmt::format("http://{}:{}", ReachableHost(pipeline_.gateway.listen), gateway_->port());
}

std::optional<Error> PipelineProcess::sink_failure() const {
  const std::lock_guard lock(mutex_);
  return sink_failure_;
}

int ServePipeline(const CommandCall& call, const Pipeline& pipeline, PipelineProcess::Parts parts) {
  const std::stop_token stop = StopOnSignals();
  auto process = PipelineProcess::Start(pipeline, parts);
  if (!process) return Failed(call, process.error());
  PrintReady(pipeline, **process);
  WaitForStop(stop);
  (*process)->Stop();
  const auto failure = (*process)->sink_failure();
  if (!failure) return 0;
  Failed(call, *failure);
  return kSinkFailed;
}

}  // namespace pinlake
