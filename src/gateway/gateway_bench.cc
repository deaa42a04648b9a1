// The gateway on the embedded log against a bare Beast server that answers as many bytes, in one
// run.
//
// Budgets (docs/performance.md): one record a request, 32 connections: at most 25 us of CPU a
// request, at least 70 % of the floor's rate. 500 records a request, 8 connections: at most 1.5 us
// a record. Each server is a process of its own; its CPU time and memory are read from outside. The
// rate includes durability: each acknowledged record was synced, the floor stores nothing.
//
//   gateway_bench [--seconds N] [--threads N] [--rounds N] [--dir D] [--benchmark_format=json]
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/disk.h"
#include "codec/json.h"
#include "gateway/gateway.h"
#include "http/beast_echo_bench.h"
#include "log/embedded/embedded_log.h"
#include "observe/log.h"

namespace pinlake {
namespace {

struct Arguments {
  double seconds = 3;
  int threads = 2;
  int rounds = 3;
  std::string dir = ".";  ///< where the log lies while it is measured
  bool json = false;
};

/// A server in a process of its own.
class ServerProcess {
 public:
  explicit ServerProcess(const std::function<void(int port_fd)>& run) {
    std::array<int, 2> pipe{};
    if (::pipe(pipe.data()) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(pipe[0]);
      run(pipe[1]);
      ::_exit(0);
    }
    ::close(pipe[1]);
    if (::read(pipe[0], &port_, sizeof port_) != sizeof port_) {
      fmt::print(stderr, "a server did not start\n");
      std::exit(1);
    }
    ::close(pipe[0]);
    ::clock_getcpuclockid(pid_, &clock_);
  }
  ~ServerProcess() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ServerProcess(const ServerProcess&) = delete;

  uint16_t port() const { return port_; }
  double CpuSeconds() const {
    timespec spent{};
    ::clock_gettime(clock_, &spent);
    return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
  }
  double PeakMebibytes() const {
    std::ifstream status(fmt::format("/proc/{}/status", pid_));
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("VmHWM:")) return std::atof(line.c_str() + 6) / 1024;
    }
    return 0;
  }

 private:
  pid_t pid_ = -1;
  uint16_t port_ = 0;
  clockid_t clock_{};
};

/// Keeps one request under way on each of its connections.
class Load {
 public:
  Load(uint16_t port, int connections, std::string request)
      : request_(std::move(request)), epoll_(::epoll_create1(0)) {
    for (int i = 0; i < connections; ++i) {
      Connect(port);
      Send(peers_.back());
    }
  }
  ~Load() {
    for (const auto& peer : peers_) ::close(peer.fd);
    ::close(epoll_);
  }
  Load(const Load&) = delete;

  /// \return answers that came within \p seconds.
  int64_t Run(double seconds) {
    const auto until = SystemClock().Steady() + Micros(static_cast<int64_t>(seconds * 1e6));
    int64_t answers = 0;
    std::array<epoll_event, 64> events;
    while (SystemClock().Steady() < until) {
      const int count = ::epoll_wait(epoll_, events.data(), events.size(), 20);
      for (int i = 0; i < count; ++i)
        answers += Receive(peers_[events[static_cast<size_t>(i)].data.u32]);
    }
    return answers;
  }
  size_t answer_bytes() const { return answer_bytes_; }

 private:
  struct Peer {
    int fd = -1;
    size_t got = 0, want = 0;
    std::string head;
  };

  void Connect(uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      std::abort();
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u32 = static_cast<uint32_t>(peers_.size());
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    peers_.push_back({.fd = fd});
  }
  void Send(Peer& peer) {
    std::string_view left = request_;
    while (!left.empty()) {
      const ssize_t sent = ::send(peer.fd, left.data(), left.size(), MSG_NOSIGNAL);
      if (sent <= 0) std::abort();
      left.remove_prefix(static_cast<size_t>(sent));
    }
  }
  int Receive(Peer& peer) {
    const ssize_t count = ::recv(peer.fd, buffer_.data(), buffer_.size(), 0);
    if (count <= 0) {
      fmt::print(stderr, "a server closed a connection\n");
      std::exit(1);
    }
    peer.got += static_cast<size_t>(count);
    if (peer.want == 0 && !ReadHead(peer, static_cast<size_t>(count))) return 0;
    if (peer.got < peer.want) return 0;
    peer.got = peer.want = 0;
    Send(peer);
    return 1;
  }
  bool ReadHead(Peer& peer, size_t count) {
    peer.head.append(buffer_.data(), count);
    const size_t end = peer.head.find("\r\n\r\n");
    if (end == std::string::npos) return false;
    const size_t length = peer.head.find("Content-Length: ");
    if (!peer.head.starts_with("HTTP/1.1 200") || length == std::string::npos) {
      fmt::print(stderr, "a server answered {}\n", peer.head);
      std::exit(1);
    }
    answer_bytes_ = std::strtoul(peer.head.c_str() + length + 16, nullptr, 10);
    peer.want = end + 4 + answer_bytes_;
    peer.head.clear();
    return true;
  }

  const std::string request_;
  const int epoll_;
  std::vector<Peer> peers_;
  std::vector<char> buffer_ = std::vector<char>(256 << 10);
  size_t answer_bytes_ = 0;
};

struct Measured {
  double rate = 0;    ///< requests a second
  double cpu_us = 0;  ///< of the server, a request
  double peak_mib = 0;
  size_t answer_bytes = 0;
};

Measured Measure(const ServerProcess& server, int connections, const std::string& request,
                 double seconds) {
  Load load(server.port(), connections, request);
  load.Run(seconds / 4);  // warm
  const double cpu_before = server.CpuSeconds();
  const auto began = SystemClock().Steady();
  const auto answers = static_cast<double>(load.Run(seconds));
  const double took = static_cast<double>((SystemClock().Steady() - began).count()) * 1e-6;
  return {.rate = answers / took,
          .cpu_us = (server.CpuSeconds() - cpu_before) * 1e6 / answers,
          .peak_mib = server.PeakMebibytes(),
          .answer_bytes = load.answer_bytes()};
}

std::string Request(int records) {
  // As Python's json.dumps writes it, which is what the pipeline's users post: 300 bytes.
  const std::string record =
      R"({"value": {"index": 7528, "unique_id": "fbe53c66-3442-4773-b19e-d3ec6f54dddf", )"
      R"("title": "No Title Data Available", "description": "No description available Story format", )"
      R"("poster_name": "User Info Error", "follower_count": "8k", "tag_list": "N,o, ,T,a,g,s", )"
      R"("save_location": "Local save in /data/mens-fashion"}})";
  std::string body = "{\"records\": [";
  for (int i = 0; i < records; ++i) body.append(i > 0 ? ", " : "").append(record);
  body += "]}";
  return fmt::format(
      "POST /topics/bench HTTP/1.1\r\nHost: 127.0.0.1:8082\r\nUser-Agent: "
      "python-requests/2.31.0\r\n"
      "Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n"
      "Content-Type: application/vnd.kafka.json.v2+json\r\nContent-Length: {}\r\n\r\n{}",
      body.size(), body);
}

void RunGateway(const std::string& directory, int threads, int port_fd) {
  ConfigureLog(LogLevel::kError, LogFormat::kText);
  EmbeddedLogOptions log_options;
  log_options.dir = directory;
  log_options.default_partitions = 3;
  auto log = EmbeddedLog::Open(log_options, RealDisk(), SystemClock());
  ByteBudget budget(256 << 20);
  MetricsRegistry metrics;
  GatewayOptions options = GatewayOptionTable().Defaults();
  options.listen = "127.0.0.1:0";
  options.threads = threads;
  auto gateway =
      log ? Gateway::Start(options, **log, budget, metrics) : tl::unexpected<Error>(log.error());
  if (!gateway) {
    fmt::print(stderr, "{}\n", gateway.error().message());
    return;
  }
  const uint16_t port = (*gateway)->port();
  [[maybe_unused]] const auto written = ::write(port_fd, &port, sizeof port);
  while (true) ::pause();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

Measured MedianOf(const std::vector<Measured>& rounds) {
  std::vector<double> rates, cpus, peaks;
  for (const auto& round : rounds) {
    rates.push_back(round.rate);
    cpus.push_back(round.cpu_us);
    peaks.push_back(round.peak_mib);
  }
  return {.rate = Median(rates), .cpu_us = Median(cpus), .peak_mib = Median(peaks)};
}

struct Row {
  int records, connections;
  Measured gateway, floor;
  double sync_ms = 0;  ///< of the disk: one write and one sync of a round's bytes
};

// Each connection waits for a sync, so no log on this disk answers more than connections / sync_ms.
double MedianSyncMs(const std::string& directory, size_t bytes) {
  constexpr int kSyncs = 40;
  auto file = RealDisk().CreateNew(Join(directory, "sync"));
  if (!file || !(*file)->Preallocate(kSyncs * bytes)) std::abort();
  const std::string data(bytes, 'x');
  std::vector<double> spans;
  for (uint64_t i = 0; i < kSyncs; ++i) {
    const auto began = SystemClock().Steady();
    if (!(*file)->WriteAt(i * bytes, data) || !(*file)->Sync()) std::abort();
    spans.push_back(static_cast<double>((SystemClock().Steady() - began).count()) * 1e-3);
  }
  std::sort(spans.begin(), spans.end());
  return spans[spans.size() / 2];
}

Row RunRow(const Arguments& arguments, int records, int connections) {
  const std::string request = Request(records);
  std::string directory = Join(arguments.dir, "gateway_bench_XXXXXX");
  if (::mkdtemp(directory.data()) == nullptr) std::abort();
  std::vector<Measured> gateways, floors;
  const double sync_ms = MedianSyncMs(directory, static_cast<size_t>(records * connections) * 320);
  {
    const ServerProcess gateway(
        [&](int port_fd) { RunGateway(directory, arguments.threads, port_fd); });
    const size_t answer_bytes = Measure(gateway, connections, request, 0.2).answer_bytes;
    const ServerProcess floor(
        [&](int port_fd) { RunBeastEcho(arguments.threads, answer_bytes, port_fd); });
    for (int i = 0; i < arguments.rounds; ++i) {
      floors.push_back(Measure(floor, connections, request, arguments.seconds));
      gateways.push_back(Measure(gateway, connections, request, arguments.seconds));
    }
  }
  (void)RealDisk().RemoveTree(directory);
  return {records, connections, MedianOf(gateways), MedianOf(floors), sync_ms};
}

void PrintJson(const std::vector<Row>& rows) {
  JsonWriter json;
  json.BeginArray();
  for (const auto& row : rows) {
    json.BeginObject().Key("records_per_request").Int(row.records);
    json.Key("connections").Int(row.connections);
    json.Key("requests_per_s").Double(row.gateway.rate);
    json.Key("records_per_s").Double(row.gateway.rate * row.records);
    json.Key("cpu_us_per_request").Double(row.gateway.cpu_us);
    json.Key("cpu_us_per_record").Double(row.gateway.cpu_us / row.records);
    json.Key("peak_rss_mib").Double(row.gateway.peak_mib);
    json.Key("floor_requests_per_s").Double(row.floor.rate);
    json.Key("floor_cpu_us_per_request").Double(row.floor.cpu_us);
    json.Key("rate_to_floor").Double(row.gateway.rate / row.floor.rate);
    json.Key("disk_sync_ms").Double(row.sync_ms);
    json.EndObject();
  }
  json.EndArray();
  fmt::print("{}\n", json.text());
}

void PrintTable(const std::vector<Row>& rows) {
  fmt::print("{:>7} {:>5} {:>10} {:>11} {:>7} {:>9} {:>7} | {:>9} {:>7} {:>6} | {:>8} {:>11}\n",
             "records", "conns", "requests/s", "records/s", "us/req", "us/record", "RSS MiB",
             "floor r/s", "us/req", "ratio", "sync ms", "sync limit");
  for (const auto& row : rows) {
    fmt::print(
        "{:>7} {:>5} {:>10.0f} {:>11.0f} {:>7.2f} {:>9.2f} {:>7.1f} | {:>9.0f} {:>7.2f} {:>5.0f}% "
        "| "
        "{:>8.2f} {:>7.0f} r/s\n",
        row.records, row.connections, row.gateway.rate, row.gateway.rate * row.records,
        row.gateway.cpu_us, row.gateway.cpu_us / row.records, row.gateway.peak_mib, row.floor.rate,
        row.floor.cpu_us, 100 * row.gateway.rate / row.floor.rate, row.sync_ms,
        row.connections * 1000 / row.sync_ms);
  }
}

Arguments ParseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const char* const value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--benchmark_format=json") {
      arguments.json = true;
    } else if (name == "--seconds") {
      arguments.seconds = std::atof(value);
      ++i;
    } else if (name == "--threads") {
      arguments.threads = std::atoi(value);
      ++i;
    } else if (name == "--dir") {
      arguments.dir = value;
      ++i;
    } else if (name == "--rounds") {
      arguments.rounds = std::atoi(value);
      ++i;
    } else {
      fmt::print(stderr, "unknown argument {}\n", name);
      std::exit(64);
    }
  }
  return arguments;
}

}  // namespace
}  // namespace pinlake

int main(int argc, char** argv) {
  using namespace pinlake;
  const Arguments arguments = ParseArguments(argc, argv);
  const std::vector<Row> rows{RunRow(arguments, 1, 32), RunRow(arguments, 500, 8)};
  arguments.json ? PrintJson(rows) : PrintTable(rows);
  return 0;
}
