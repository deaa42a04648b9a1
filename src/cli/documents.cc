#include "cli/documents.h"

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/kafka_rest_file.h"
#include "cli/pipeline.h"

namespace pinlake {
namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

Made from the option tables by `pinlake help --markdown`; do not edit. A test compares.

Everything that can be set is a row of a table: flags of commands, keys of `pipeline.yaml`, properties of connector files. The same
rows give the checks, the help texts and this page. All problems of a file come in one answer, each as
`file:line: key: what is wrong (allowed: …)`, and nothing starts.

## Values

| type | written |
|---|---|
| integer, number | `100`, `0.5` |
| integer (ms) | a bare number of milliseconds, as Kafka Connect writes them |
| boolean | `true` or `false`; as a flag just `--name` |
| bytes | `1000`, `64kB`, `256MiB`, `1GiB` |
| duration | `250us`, `500ms`, `5s`, `2m`, `1h`, `7d`; a bare number is milliseconds |
| list | `a, b, c`, or a YAML list |
| password | any text; never shown in a message, a log line or a dump |

Values of files and of `--set` may hold `${env:NAME}` (environment variable), `${file:PATH}` (a file's text) and `${file:PATH:KEY}` (a key of
a .properties file). Such values are treated as passwords. `${ssm:…}` is refused.

`--set key=value` sets any key of the pipeline file for one call; for a sink's property write `sinks.NAME.KEY`. Relative paths of a file
start in the file's directory, those of `--set` in the working directory.
)";

constexpr std::string_view kKafkaRest = R"(
## kafka-rest.properties

Properties of the Confluent REST Proxy, as `pinlake gateway kafka-rest.properties` takes them. Where the meaning names an option, it is that one.
A property with an allowed value only is refused with another. Properties that are in no row are warned about.

)";

constexpr std::string_view kProperties = R"(
## Connector files

Properties of the Confluent S3 sink connector and of Kafka Connect around it, as `pinlake sink` takes them and as elements of `sinks` hold them.
A property that is in no row is reported and ignored, as Connect does. [docs/compatibility.md](compatibility.md) says where they
mean something else than in the original.

)";

struct ExitCodeRow {
  int code;
  std::string_view meaning;
};

constexpr ExitCodeRow kExitCodes[] = {
    {0, "done"},
    {2,
     "input refused that is not the command line or a file (a value the other side refuses); "
     "of `run` and `sink` also: a sink task failed"},
    {3,
     "something is not there, is there already, is in use, or is not allowed (topic, bucket, "
     "directory, port, credentials)"},
    {4,
     "try again: a service did not answer or asked to slow down, the outcome is unknown, or the "
     "disk is full"},
    {5, "data is damaged, or `verify` found a gap, a double or a difference"},
    {64, "wrong command line or configuration file; the message names every problem"},
    {70, "a mistake of the program itself"},
    {130, "stopped before it was done, or ended at once by a second signal"},
};

std::string CommandPages() {
  std::string text = "\n## Commands\n";
  for (const Command& command : Commands()) {
    text += fmt::format("\n### pinlake {}\n\n{}", command.name, command.summary);
    if (command.pipeline_by_position) text += " Takes the pipeline file by position too.";
    if (!command.arguments.empty()) text += fmt::format(" Takes `{}`.", command.arguments);
    text += "\n";
    if (command.pipeline) {
      text += "\nTakes `--pipeline FILE` (default `./pipeline.yaml`) and `--set key=value`.\n";
    } else if (command.sets) {
      text += "\nTakes `--set key=value`.\n";
    }
    if (command.options != nullptr) text += "\n" + command.options().Markdown();
  }
  return text +
         "\nEvery command takes `--help`, `--log-level debug|info|warn|error` and `--log-format "
         "text|json`.\n";
}

std::string Section(std::string_view title, std::string_view introduction, const OptionRows& rows) {
  return fmt::format("\n### {}\n\n{}\n\n{}", title, introduction, rows.Markdown());
}

std::string PipelineSections() {
  std::string text = "\n## pipeline.yaml\n";
  text += Section("General", "At the top of the file.", GeneralTable().rows());
  text += Section("log", "Where records are kept between gateway and sinks.", LogTable().rows());
  text += Section("log.topics",
                  "Topics that are made at start: a list of names, or of maps with "
                  "`name` and these keys.",
                  TopicTable().rows());
  text += Section("gateway", "The HTTP front door. Without the section none is started.",
                  GatewayOptionTable().rows());
  text += Section("store", "Where objects lie.", StoreOptionTable().rows());
  text +=
      "\n### sinks\n\nA list of connectors. Each has a `name` (its consumer group is "
      "`connect-<name>`), perhaps a `file` with properties (.properties, or the\nJSON of Connect's "
      "REST API), and properties of its own, which win. Bucket and endpoint are those of "
      "`store`.\n";
  text += Section("queries",
                  "Named SQL for `pinlake query NAME`: `queries.NAME` is a map with "
                  "these keys.",
                  QueryTable().rows());
  return text;
}

std::string ExitCodes() {
  std::string text = "\n## Exit codes\n\n| code | means |\n|---|---|\n";
  for (const ExitCodeRow& row : kExitCodes) {
    text += fmt::format("| {} | {} |\n", row.code, row.meaning);
  }
  return text;
}

}  // namespace

std::string ConfigurationMarkdown() {
  return std::string(kIntroduction) + CommandPages() + PipelineSections() +
         std::string(kProperties) + S3SinkOptions().Markdown() + std::string(kKafkaRest) +
         KafkaRestTable().Markdown() + ExitCodes();
}

}  // namespace pinlake
