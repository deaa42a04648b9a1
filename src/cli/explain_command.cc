#include <cstdio>

#include "cli/commands.h"
#include "config/config_file.h"
#include "sink/explain.h"

namespace pinlake {
namespace {

struct Flags {
  std::optional<std::string> worker, name;
  SinkLoad load;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table{
      {.name = "worker",
       .field = Text(&C::worker, 1),
       .doc = "The worker's properties: its converters count where the file names none."},
      {.name = "name",
       .field = Text(&C::name, 1),
       .doc = "Name of the connector, as given to sink; else the file's."},
      {.name = "rate",
       .field = In(&C::load, Real(&SinkLoad::records_per_second, 0.000001)),
       .fallback = "100",
       .doc = "Records a second over all topics."},
      {.name = "record-bytes",
       .field = In(&C::load, Int(&SinkLoad::record_bytes, 1)),
       .fallback = "300",
       .doc = "Size of a record as it is stored."},
      {.name = "partitions",
       .field = In(&C::load, Int(&SinkLoad::partitions, 1, 1'000'000)),
       .fallback = "3",
       .doc = "Topic partitions over all topics."},
  };
  return table;
}

Result<Parsed<S3SinkConfig>> LoadFile(const std::string& path, const Flags& flags) {
  ASSIGN_OR_RETURN(ConfigEntries entries, LoadConnectorFile(path));
  if (flags.worker) {
    ASSIGN_OR_RETURN(const ConfigEntries worker, LoadConfigFile(*flags.worker));
    entries = WithWorkerDefaults(std::move(entries), worker);
  }
  if (flags.name) entries.Set("name", *flags.name, "--name");
  return ParseS3SinkProperties(entries);
}

int Run(const CommandCall& call) {
  const auto flags = Table().Parse(call.flags);
  if (!flags) return WrongUsage(call, flags.error());
  const auto parsed = LoadFile(call.positionals.front(), flags->config);
  if (!parsed) return WrongUsage(call, parsed.error());
  std::fputs(ExplainSink(*parsed, flags->config.load).c_str(), stdout);
  return 0;
}

}  // namespace

Command ExplainCommand() {
  return {
      .name = "explain",
      .summary = "Says what a connector file will do, and what of it is ignored or refused.",
      .arguments = "connector.properties",
      .details =
          "Connects to nothing. Object keys by example, when objects are cut, their number, size "
          "and price at a rate,\nwhere credentials come from, and what becomes of each "
          "property. Exit code 64: the file can't be run as it is, with every reason.\n\n"
          "  pinlake explain s3-sink.properties --rate 500 --partitions 6\n"
          "  pinlake explain s3-sink.properties --worker connect-distributed.properties",
      .options = []() -> const OptionRows& { return Table().rows(); },
      .positionals_min = 1,
      .positionals_max = 1,
      .run = Run};
}

}  // namespace pinlake
