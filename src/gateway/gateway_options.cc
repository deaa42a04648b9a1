#include "gateway/gateway_options.h"

#include <chrono>

namespace pinlake {
namespace {

Complaint CheckBasePaths(const GatewayOptions& options) {
  for (const auto& path : options.base_paths) {
    if (!path.starts_with('/') || path.size() < 2 || path.ends_with('/')) {
      return "'" + path + "' is not a path prefix such as /test";
    }
  }
  return {};
}

}  // namespace

const OptionTable<GatewayOptions>& GatewayOptionTable() {
  using C = GatewayOptions;
  using std::chrono::milliseconds;
  static const OptionTable<C> table{
      {{.name = "listen",
        .field = HostPort(&C::listen),
        .fallback = "127.0.0.1:8082",
        .importance = Importance::kHigh,
        .doc = "Where to accept connections. Port 0: any free one."},
       {.name = "insecure",
        .field = Bool(&C::insecure),
        .fallback = "false",
        .importance = Importance::kHigh,
        .doc = "Listen on other addresses than this machine's loopback although there is neither "
               "TLS nor a login."},
       {.name = "base.path",
        .field = List(&C::base_paths),
        .fallback = "",
        .doc = "Prefixes that are taken off a request's path, such as the stage of an API gateway: "
               "/test makes /test/topics/t the same as /topics/t."},
       {.name = "threads",
        .field = Int(&C::threads, 0, 256),
        .fallback = "0",
        .importance = Importance::kLow,
        .doc = "Threads that serve connections. 0: one a core."},
       {.name = "connections.max",
        .field = Int(&C::connections_max, 1, 1'000'000),
        .fallback = "10000",
        .doc = "Connections open at a time. One more is answered with 503 and closed."},
       {.name = "header.bytes.max",
        .field = Bytes(&C::header_bytes_max, 1024, 1 << 20),
        .fallback = "32KiB",
        .importance = Importance::kLow,
        .doc = "A larger head of a request is answered with 431."},
       {.name = "body.bytes.max",
        .field = Bytes(&C::body_bytes_max, 1024, int64_t{1} << 30),
        .fallback = "64MiB",
        .doc = "A larger body of a request is answered with 413, before it is read."},
       {.name = "body.bytes.minimum",
        .field = Bytes(&C::body_bytes_minimum, 0, int64_t{1} << 30),
        .fallback = "4MiB",
        .importance = Importance::kLow,
        .doc = "Bodies in memory up to this sum are let in even if the rest of the process holds "
               "the whole memory.budget. Over both, a request is answered with 429."},
       {.name = "records.max",
        .field = Int(&C::records_max, 1, 10'000'000),
        .fallback = "100000",
        .importance = Importance::kLow,
        .doc = "Records in a request. More are answered with 413."},
       {.name = "idle.timeout.ms",
        .field = IntMillis(&C::idle_timeout, 1),
        .fallback = "30000",
        .doc = "A connection without a request for so long is closed."},
       {.name = "head.timeout.ms",
        .field = IntMillis(&C::head_timeout, 1),
        .fallback = "10000",
        .importance = Importance::kLow,
        .doc = "From a request's first byte to the end of its head; then 408."},
       {.name = "body.timeout.ms",
        .field = IntMillis(&C::body_timeout, 1),
        .fallback = "30000",
        .importance = Importance::kLow,
        .doc = "For a request's body, and a second more for each 16 KiB that came; then 408."},
       {.name = "answer.timeout.ms",
        .field = IntMillis(&C::answer_timeout, 1),
        .fallback = "60000",
        .importance = Importance::kLow,
        .doc = "For the log to acknowledge; then 503, and whether the records are in the log is "
               "unknown."},
       {.name = "write.timeout.ms",
        .field = IntMillis(&C::write_timeout, 1),
        .fallback = "30000",
        .importance = Importance::kLow,
        .doc = "A client that takes no byte of its answer for so long is cut off."},
       {.name = "id",
        .field = Text(&C::server_id),
        .fallback = "",
        .importance = Importance::kLow,
        .doc = "Stands in the names of consumer instances that clients do not name."},
       {.name = "advertised.listeners",
        .field = List(&C::advertised_listeners),
        .fallback = "",
        .doc = "Where clients reach this gateway, such as http://rest.example.com:8082: the "
               "addresses in answers (base_uri). Empty: host.name, else what the request's Host "
               "says."},
       {.name = "host.name",
        .field = Text(&C::host_name),
        .fallback = "",
        .importance = Importance::kLow,
        .doc = "Host, and port behind a colon, in such addresses if advertised.listeners names "
               "none."},
       {.name = "consumer.instance.timeout.ms",
        .field = IntMillis(&C::consumer_instance_timeout, 1),
        .fallback = "300000",
        .doc = "A consumer instance that is not used for so long ends."},
       {.name = "consumer.request.timeout.ms",
        .field = IntMillis(&C::consumer_wait, 0),
        .fallback = "1000",
        .doc = "How long a read of a consumer instance lasts. Instances may set their own; a "
               "request's timeout can only shorten it."},
       {.name = "consumer.request.max.bytes",
        .field = Bytes(&C::consumer_bytes_max, 1, int64_t{1} << 30),
        .fallback = "64MiB",
        .doc = "Keys and values that a read brings, at most; max_bytes can only lower it."},
       {.name = "fetch.min.bytes",
        .field = Int(&C::consumer_fetch_min, -1, 10'000'000),
        .fallback = "-1",
        .doc = "A read ends once it has more bytes than this. -1: it always lasts its whole "
               "time."},
       {.name = "consumer.iterator.backoff.ms",
        .field = IntMillis(&C::consumer_backoff, 1),
        .fallback = "50",
        .importance = Importance::kLow,
        .doc = "Longest pause between two looks of a waiting read."},
       {.name = "consumer.threads",
        .field = Int(&C::consumer_threads, 1, 1000),
        .fallback = "50",
        .importance = Importance::kLow,
        .doc = "Threads for consumer instances, at most; started when needed. A waiting read needs "
               "none."},
       {.name = "consumer.max.poll.records",
        .field = Int(&C::consumer_poll_records, 1, 1'000'000),
        .fallback = "30",
        .importance = Importance::kLow,
        .doc = "Records that a consumer instance takes from the log at a time: a read that ends by "
               "fetch.min.bytes brings a multiple of it."},
       {.name = "api.v2.enable",
        .field = Bool(&C::api_v2),
        .fallback = "true",
        .importance = Importance::kLow,
        .doc = "Whether the paths of REST Proxy v2 are known."},
       {.name = "api.v3.enable",
        .field = Bool(&C::api_v3),
        .fallback = "true",
        .importance = Importance::kLow,
        .doc = "Whether the paths of REST Proxy v3 are known."},
       {.name = "consumer.instances.max",
        .field = Int(&C::consumer_instances_max, 1, 1'000'000),
        .fallback = "10000",
        .doc = "Consumer instances at a time. One more is answered with 429."},
       {.name = "access.control.allow.origin",
        .field = List(&C::cors_origins),
        .fallback = "",
        .doc = "Origins whose pages may call this gateway (CORS); * is any. Empty: none."},
       {.name = "access.control.allow.methods",
        .field = List(&C::cors_methods),
        .fallback = "GET,POST,HEAD",
        .importance = Importance::kLow,
        .doc = "Methods that such pages may use."},
       {.name = "access.control.allow.headers",
        .field = List(&C::cors_headers),
        .fallback = "X-Requested-With,Content-Type,Accept,Origin",
        .importance = Importance::kLow,
        .doc = "Request headers that such pages may send."},
       {.name = "access.control.expose.headers",
        .field = List(&C::cors_exposed),
        .fallback = "",
        .importance = Importance::kLow,
        .doc = "Answer headers that such pages may read."}},
      {{.options = "base.path", .check = CheckBasePaths}}};
  return table;
}

}  // namespace pinlake
