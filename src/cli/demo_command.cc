#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <limits>

#include "audit/verify.h"
#include "cli/commands.h"
#include "cli/demo_files.h"
#include "cli/pipeline_process.h"
#include "cli/signals.h"
#include "cli/verify_sinks.h"
#include "codec/json.h"
#include "emulator/emulate.h"
#include "emulator/generated_source.h"
#include "http/client.h"
#include "query/raw_query.h"
#include "query/result_format.h"

namespace pinlake {
namespace {

/// Requests under way at once while posting.
constexpr int kPosters = 16;
/// How long storing may take after the last post.
constexpr Millis kStoredWithin{60'000};
constexpr Millis kLookAgainAfter{20};
/// Rows of the same data set each time, so that two demos can be compared.
constexpr uint64_t kSeed = 238;

struct Flags {
  std::optional<std::string> dir;
  int64_t posts = 0;
  int32_t port = 0;
  bool exit = false, json = false, no_console = false;
};

const OptionTable<Flags>& Table() {
  using C = Flags;
  static const OptionTable<C> table{
      {.name = "dir",
       .field = Text(&C::dir, 1),
       .doc = "Where everything goes; must be empty or missing. None: a new directory here."},
      {.name = "posts",
       .field = Int(&C::posts, 1, 100'000'000),
       .fallback = "500",
       .doc = "Posts to make, each three records: a pin, a place, a user."},
      {.name = "port",
       .field = Int(&C::port, 0, 65535),
       .fallback = "0",
       .doc = "Port of the gateway on 127.0.0.1; 0: any free one."},
      {.name = "exit",
       .field = Bool(&C::exit),
       .fallback = "false",
       .doc = "End after the summary instead of serving until Ctrl-C."},
      {.name = "json",
       .field = Bool(&C::json),
       .fallback = "false",
       .doc = "Print one JSON object instead of text."},
      {.name = "no-console",
       .field = Bool(&C::no_console),
       .fallback = "false",
       .doc = "Serve no console page. This version has none."},
  };
  return table;
}

struct QueryAnswer {
  std::string name, title;
  std::string text;  ///< a table, or a JSON array
};

struct Summary {
  EmulateReport posting;
  VerifyReport verify;
  bool verified = false;
  double seconds = 0;
  std::vector<QueryAnswer> queries;
};

double RatePerSecond(const EmulateReport& report) {
  return report.seconds > 0 ? static_cast<double>(report.acknowledged) / report.seconds : 0;
}

double SecondsSince(Micros start) {
  return static_cast<double>((SystemClock().Steady() - start).count()) / 1e6;
}

/// Makes a directory that was not there: pinlake-demo-20261122-213000.
Result<std::string> MakeFreshDirectory() {
  const auto now = static_cast<std::time_t>(SystemClock().WallMs() / 1000);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", &utc);
  for (int attempt = 1; attempt < 100; ++attempt) {
    const std::string name =
        fmt::format("pinlake-demo-{}{}", stamp, attempt == 1 ? "" : fmt::format("-{}", attempt));
    if (::mkdir(name.c_str(), 0777) == 0) return name;
    if (errno != EEXIST) break;
  }
  return Fail(ErrorKind::kPermissionDenied,
              "make a directory here: {}; name another place with --dir", std::strerror(errno));
}

Result<std::string> DemoDirectory(const Flags& flags) {
  if (!flags.dir) return MakeFreshDirectory();
  RETURN_IF_ERROR(RealDisk().MakeDirectories(*flags.dir));
  ASSIGN_OR_RETURN(const auto entries, RealDisk().List(*flags.dir));
  if (entries.empty()) return *flags.dir;
  return Fail(ErrorKind::kAlreadyExists, "{} is not empty: the demo wants a directory of its own",
              *flags.dir);
}

Status WriteFiles(const std::string& directory) {
  for (const DemoFile& file : DemoFiles()) {
    const Path path = Join(directory, file.path);
    RETURN_IF_ERROR(RealDisk().MakeDirectories(ParentOf(path)));
    RETURN_IF_ERROR(RealDisk().ReplaceAtomically(path, file.text));
  }
  return {};
}

Result<Pipeline> DemoPipeline(const std::string& directory, int32_t port) {
  CommandCall call;
  call.pipeline_file = Join(directory, DemoFiles().front().path);
  call.sets.Set("gateway.listen", fmt::format("127.0.0.1:{}", port), "--port");
  return LoadPipeline(call);
}

/// The demo's steps, in order, each with a line on the terminal.
class Demo {
 public:
  Demo(const Flags& flags, std::string directory, const Pipeline& pipeline, std::stop_token stop)
      : flags_(flags), directory_(std::move(directory)), pipeline_(pipeline), stop_(stop) {}

  Result<Summary> Run() {
    const Micros start = SystemClock().Steady();
    ASSIGN_OR_RETURN(process_, PipelineProcess::Start(pipeline_, {.gateway = true, .sinks = true}));
    Say("Gateway, log and sink run in this process: {}\n", process_->gateway_url());
    Summary summary;
    ASSIGN_OR_RETURN(summary.posting, Post());
    RETURN_IF_ERROR(AwaitStored());
    ASSIGN_OR_RETURN(summary.verify, Verify());
    summary.verified = summary.verify.clean() && summary.posting.failed == 0 &&
                       summary.verify.Totals().records >= summary.posting.acknowledged;
    SayVerified(summary);
    ASSIGN_OR_RETURN(summary.queries, Ask());
    summary.seconds = SecondsSince(start);
    return summary;
  }

  void StopParts() {
    if (process_) process_->Stop();
  }
  std::string gateway_url() const { return process_->gateway_url(); }

 private:
  template <typename... Args>
  void Say(fmt::format_string<Args...> format, Args&&... args) {
    if (flags_.json) return;
    fmt::print(format, std::forward<Args>(args)...);
    std::fflush(stdout);
  }

  Result<EmulateReport> Post() {
    GeneratedSource source(Dataset::kDefaultRows, kSeed);
    HttpClient client({.idle_per_origin_max = kPosters, .user_agent = "pinlake-demo"});
    EmulateOptions options;
    options.to = process_->gateway_url();
    options.rate = std::numeric_limits<double>::infinity();
    options.count = flags_.posts;
    options.seed = kSeed;
    options.concurrency = kPosters;
    ASSIGN_OR_RETURN(EmulateReport report, Emulate(options, source, client, stop_));
    if (stop_.stop_requested()) return Fail(ErrorKind::kCancelled, "stopped while posting");
    Say("Posted      {} posts, {} records acknowledged in {:.2f} s ({:.0f} records/s, one a "
        "request)\n",
        report.rounds, report.acknowledged, report.seconds, RatePerSecond(report));
    return report;
  }

  /// Until every sink has committed the end of each of its topic partitions.
  Status AwaitStored() {
    const Micros start = SystemClock().Steady();
    for (;;) {
      ASSIGN_OR_RETURN(const int64_t left, RecordsNotStored());
      if (left == 0) break;
      if (const auto failure = process_->sink_failure()) return Fail(*failure);
      if (SystemClock().Steady() - start > kStoredWithin) {
        return Fail(ErrorKind::kUnavailable, "{} records were not stored within {} s", left,
                    kStoredWithin.count() / 1000);
      }
      if (!SystemClock().SleepFor(kLookAgainAfter, stop_)) {
        return Fail(ErrorKind::kCancelled, "stopped while storing");
      }
    }
    Say("Stored      everything {:.2f} s after the last post (the schedule closes what is open "
        "every 2 s)\n",
        SecondsSince(start));
    return {};
  }

  Result<int64_t> RecordsNotStored() {
    int64_t left = 0;
    for (const SinkSection& sink : pipeline_.sinks) {
      ASSIGN_OR_RETURN(const auto committed,
                       process_->log().CommittedOffsets(GroupName(sink.config.group())));
      for (const TopicSpec& topic : pipeline_.topics) {
        for (int32_t p = 0; p < topic.partitions; ++p) {
          const TopicPartition tp{topic.topic, PartitionId(p)};
          ASSIGN_OR_RETURN(const OffsetRange offsets, process_->log().Offsets(tp));
          const auto done = committed.find(tp);
          left += offsets.end - (done == committed.end() ? offsets.low : done->second.offset);
        }
      }
    }
    return left;
  }

  Result<VerifyReport> Verify() {
    return VerifySinks(pipeline_, process_->log(), process_->store(), {}, stop_);
  }

  void SayVerified(const Summary& summary) {
    const PartitionReport totals = summary.verify.Totals();
    Say("Verified    {} records in {} objects ({:.1f} KiB): {}\n", totals.records, totals.objects,
        static_cast<double>(totals.bytes) / 1024,
        summary.verified ? "every record is in exactly one object" : "NOT CLEAN");
    if (!summary.verified && !flags_.json) fmt::print("{}", RenderText(summary.verify));
  }

  Result<std::vector<QueryAnswer>> Ask() {
    std::vector<std::string> statements;
    for (const QuerySection& query : pipeline_.queries) statements.push_back(query.sql);
    RawQueryOptions options;
    options.naming = pipeline_.sinks.front().config.naming();
    options.temp_directory = Join(pipeline_.general.data_dir, "tmp");
    ASSIGN_OR_RETURN(const auto raw,
                     RawQuery::Prepare(options, process_->store(), statements, stop_));
    std::vector<QueryAnswer> answers;
    for (const QuerySection& query : pipeline_.queries) {
      QueryAnswer answer{.name = query.name, .title = query.title, .text = {}};
      const auto format = flags_.json ? ResultFormat::kJson : ResultFormat::kTable;
      const auto writer = NewResultWriter(format, [&](std::string_view text) -> Status {
        answer.text += text;
        return {};
      });
      RETURN_IF_ERROR(raw->Run(query.sql, *writer, stop_));
      RETURN_IF_ERROR(writer->Finish());
      // JSON holds line ends between rows only.
      if (flags_.json) std::erase(answer.text, '\n');
      Say("\n{}\n{}", answer.title, answer.text);
      answers.push_back(std::move(answer));
    }
    return answers;
  }

  const Flags& flags_;
  const std::string directory_;
  const Pipeline& pipeline_;
  const std::stop_token stop_;
  std::unique_ptr<PipelineProcess> process_;
};

std::string AsJson(const Summary& summary, const std::string& directory) {
  const PartitionReport totals = summary.verify.Totals();
  JsonWriter json;
  json.BeginObject().Key("posts").Int(summary.posting.rounds);
  json.Key("records").Int(summary.posting.acknowledged);
  json.Key("objects").Int(totals.objects).Key("bytes").Int(totals.bytes);
  json.Key("seconds").Double(summary.seconds);
  json.Key("records_per_s").Double(RatePerSecond(summary.posting));
  json.Key("verified").Bool(summary.verified);
  json.Key("queries").BeginObject();
  for (const QueryAnswer& answer : summary.queries) json.Key(answer.name).Raw(answer.text);
  json.EndObject().Key("directory").String(directory).EndObject();
  return json.Take();
}

void SayWhatNext(const Demo& demo, const Pipeline& pipeline, bool serving) {
  const std::string& file = pipeline.path;
  fmt::print("\nEverything lies in {}:\n", ParentOf(file));
  fmt::print("  the log {}\n  the objects {}\n  the pipeline file {}\n", pipeline.log.embedded.dir,
             pipeline.store.url, file);
  fmt::print("Try next:\n");
  fmt::print("  pinlake query --pipeline {} --sql \"SELECT * FROM raw.pin LIMIT 3\"\n", file);
  fmt::print("  pinlake verify --pipeline {}\n", file);
  if (serving) {
    fmt::print("  pinlake emulate --rate 100/s --to {}\n  curl {}/metrics\n", demo.gateway_url(),
               demo.gateway_url());
    fmt::print("Serving until Ctrl-C.\n");
  } else {
    fmt::print("  pinlake run {}\n", file);
  }
  std::fflush(stdout);
}

int Run(const CommandCall& call) {
  const auto flags = Table().Parse(call.flags);
  if (!flags) return WrongUsage(call, flags.error());
  const std::stop_token stop = StopOnSignals();
  const auto directory = DemoDirectory(flags->config);
  if (!directory) return Failed(call, directory.error());
  if (const Status written = WriteFiles(*directory); !written) return Failed(call, written.error());
  const auto pipeline = DemoPipeline(*directory, flags->config.port);
  if (!pipeline) return Failed(call, pipeline.error());

  Demo demo(flags->config, *directory, *pipeline, stop);
  const auto summary = demo.Run();
  if (!summary) {
    demo.StopParts();
    return Failed(call, summary.error());
  }
  if (flags->config.json) {
    fmt::print("{}\n", AsJson(*summary, *directory));
    std::fflush(stdout);
  } else {
    fmt::print("\n{:.1f} s in all.\n", summary->seconds);
    SayWhatNext(demo, *pipeline, !flags->config.exit);
  }
  if (!flags->config.exit) WaitForStop(stop);
  demo.StopParts();
  return summary->verified ? 0 : ExitCode(ErrorKind::kCorruption);
}

}  // namespace

Command DemoCommand() {
  return {.name = "demo",
          .summary = "Shows the whole pipeline with generated rows: posts, stores, verifies, asks.",
          .details =
              "Starts gateway, log and sink of examples/pinterest in this process, posts generated "
              "rows as fast as\nthey are taken, waits until all is stored, verifies that every "
              "record is in exactly one object, and\nanswers the pipeline's queries. Then it "
              "serves until Ctrl-C, or ends with --exit.\n\n"
              "JSON: posts, records, objects, bytes, seconds (all steps), records_per_s (while "
              "posting, one record\na request), verified, queries (name: rows), directory. Exit "
              "code 5 if verify found damage.",
          .options = []() -> const OptionRows& { return Table().rows(); },
          .log_level = LogLevel::kWarn,
          .run = Run};
}

}  // namespace pinlake
