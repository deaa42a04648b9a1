#include "cli/commands.h"
#include "cli/pipeline_process.h"

namespace pinlake {
namespace {

int Run(const CommandCall& call) {
  auto pipeline = LoadPipeline(call);
  if (!pipeline) return WrongUsage(call, pipeline.error());
  if (!pipeline->has_gateway && pipeline->sinks.empty()) {
    return WrongUsage(call, Error(ErrorKind::kInvalidArgument,
                                  pipeline->path + " has neither a gateway nor a sink to run"));
  }
  return ServePipeline(call, *pipeline, {.gateway = true, .sinks = true});
}

}  // namespace

Command RunCommand() {
  return {.name = "run",
          .summary = "Runs the gateway, log and sinks of a pipeline file in one process.",
          .details =
              "Prints one line `ready gateway=http://…` once it serves. Ctrl-C and SIGTERM stop it "
              "in order: the gateway\nanswers what is in flight, then the sinks, then the log; a "
              "second signal ends it at once.\n\n"
              "  pinlake run examples/pinterest/pipeline.yaml\n"
              "  pinlake run pipeline.yaml --set gateway.listen=127.0.0.1:9000 --set "
              "store.url=s3://bucket/prefix",
          .pipeline = true,
          .pipeline_by_position = true,
          .run = Run};
}

}  // namespace pinlake
