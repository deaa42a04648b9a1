// What the stores add to their floors, measured in one run, side by side.
//   tests/services/run.py versitygw -- store_bench
// Budget (docs/performance.md): conditional PUT of 1 KiB at 16 threads at least 85 % of what the
// same server takes from the bare loop; at most 60 us of CPU a PUT more than it; a directory at
// least 90 % of its bare loop. cpu_us: CPU of this process a PUT.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>

#include "base/rng.h"
#include "store/local/local_store.h"
#include "store/open_store.h"

namespace pinlake {
namespace {

constexpr int kPutsAThread = 400;
const std::string kBody(1024, 'x');

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

/// CPU microseconds of the process so far.
double CpuUs() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  const auto us = [](const timeval& t) {
    return 1e6 * static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec);
  };
  return us(use.ru_utime) + us(use.ru_stime);
}

/// Reports CPU a PUT over all threads, from the first thread.
class CpuCounter {
 public:
  explicit CpuCounter(benchmark::State& state) : state_(state), before_(CpuUs()) {}
  ~CpuCounter() {
    if (state_.thread_index() == 0) {
      state_.counters["cpu_us"] =
          (CpuUs() - before_) / (static_cast<double>(state_.iterations()) * state_.threads());
    }
    state_.SetItemsProcessed(state_.iterations());
  }

 private:
  benchmark::State& state_;
  const double before_;
};

std::string NewPlace() { return Rng::FromSystem().Uuid(); }

bool NoServer(benchmark::State& state) {
  if (!Variable("PINLAKE_TEST_S3_ENDPOINT").empty()) return false;
  state.SkipWithError("no server: tests/services/run.py versitygw -- store_bench");
  return true;
}

std::unique_ptr<ObjectStore> OpenS3() {
  auto store =
      OpenStore({.url = fmt::format("s3://{}/{}", Variable("PINLAKE_TEST_S3_BUCKET"), NewPlace()),
                 .endpoint = Variable("PINLAKE_TEST_S3_ENDPOINT"),
                 .region = Variable("PINLAKE_TEST_S3_REGION"),
                 .access_key_id = Variable("PINLAKE_TEST_S3_ACCESS_KEY"),
                 .secret_access_key = Secret(Variable("PINLAKE_TEST_S3_SECRET_KEY"))});
  return store ? std::move(*store) : nullptr;
}

void BM_S3PutIfAbsent(benchmark::State& state) {
  if (NoServer(state)) return;
  static std::unique_ptr<ObjectStore> store;
  if (state.thread_index() == 0) store = OpenS3();
  const std::string place = NewPlace();
  int n = 0;
  CpuCounter* counter = nullptr;
  for (auto _ : state) {
    if (n == 0) counter = new CpuCounter(state);
    if (!store->PutIfAbsent(ObjectKey(fmt::format("{}/{}", place, n++)), kBody, {}))
      state.SkipWithError("put failed");
  }
  delete counter;
}

/// Whole requests, signed before the clock starts.
std::vector<std::string> SignedRequests(const std::string& place, int count) {
  const auto location = LocateBucket(fmt::format("s3://{}", Variable("PINLAKE_TEST_S3_BUCKET")),
                                     Variable("PINLAKE_TEST_S3_ENDPOINT"), "", S3Addressing::kPath);
  SigV4Signer signer = SigV4Signer::ForS3(Variable("PINLAKE_TEST_S3_REGION"));
  const Credentials credentials{Variable("PINLAKE_TEST_S3_ACCESS_KEY"),
                                Secret(Variable("PINLAKE_TEST_S3_SECRET_KEY")),
                                {},
                                {},
                                ""};
  const std::string hash = LowerHex(Sha256(kBody));
  const std::string host = location->origin.HostField();
  std::vector<std::string> requests;
  for (int i = 0; i < count; ++i) {
    const std::string path = location->ObjectPath(fmt::format("{}/{}", place, i));
    HttpFields fields;
    fields.Add("If-None-Match", "*");
    signer.Sign(credentials, SystemClock().WallMs(),
                {.method = "PUT", .path = path, .query = "", .host = host, .payload_hash = hash},
                fields);
    std::string text = fmt::format("PUT {} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n", path,
                                   host, kBody.size());
    for (const HttpField& field : fields.all()) text += field.name + ": " + field.value + "\r\n";
    requests.push_back(text + "\r\n" + kBody);
  }
  return requests;
}

int ConnectBare() {
  const HttpOrigin origin = ParseHttpUrl(Variable("PINLAKE_TEST_S3_ENDPOINT"))->origin;
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(origin.port);
  ::inet_pton(AF_INET, origin.host.c_str(), &address.sin_addr);
  ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address));
  return fd;
}

/// The floor: a blocking write and a blocking read a PUT, nothing else.
void BM_BareS3Put(benchmark::State& state) {
  if (NoServer(state)) return;
  const auto requests = SignedRequests(NewPlace(), kPutsAThread);
  const int fd = ConnectBare();
  size_t n = 0;
  char answer[4096];
  CpuCounter* counter = nullptr;
  for (auto _ : state) {
    if (n == 0) counter = new CpuCounter(state);
    const std::string& request = requests[n++];
    const bool ok = ::send(fd, request.data(), request.size(), 0) > 0 &&
                    ::recv(fd, answer, sizeof(answer), 0) > 12 &&
                    std::string_view(answer + 9, 3) == "200";
    if (!ok) state.SkipWithError("put failed");
  }
  delete counter;
  ::close(fd);
}

std::string BenchDirectory() {
  const std::string given = Variable("PINLAKE_BENCH_DIR");
  return (given.empty() ? std::filesystem::temp_directory_path().string() : given) +
         "/pinlake-bench-" + NewPlace();
}

void BM_LocalPutIfAbsent(benchmark::State& state) {
  static std::unique_ptr<LocalStore> store;
  static std::string directory;
  if (state.thread_index() == 0) {
    directory = BenchDirectory();
    store = std::move(*LocalStore::Open({.directory = directory}));
  }
  const std::string place = NewPlace();
  int n = 0;
  CpuCounter* counter = nullptr;
  for (auto _ : state) {
    if (n == 0) counter = new CpuCounter(state);
    if (!store->PutIfAbsent(ObjectKey(fmt::format("t/{}-{}", place, n++)), kBody, {}))
      state.SkipWithError("put failed");
  }
  delete counter;
  if (state.thread_index() == 0) {
    store.reset();
    std::filesystem::remove_all(directory);
  }
}

/// The floor: open, write, fsync, link, unlink, fsync of the directory.
void BM_BareLocalPut(benchmark::State& state) {
  static std::string directory;
  if (state.thread_index() == 0) {
    directory = BenchDirectory();
    std::filesystem::create_directories(directory + "/t");
  }
  const std::string place = NewPlace();
  int n = 0;
  CpuCounter* counter = nullptr;
  for (auto _ : state) {
    if (n == 0) counter = new CpuCounter(state);
    const std::string temp = fmt::format("{}/tmp-{}", directory, place);
    const std::string path = fmt::format("{}/t/{}-{}", directory, place, n++);
    const int fd = ::open(temp.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0666);
    bool ok = ::write(fd, kBody.data(), kBody.size()) > 0 && ::fsync(fd) == 0;
    ::close(fd);
    ok = ok && ::link(temp.c_str(), path.c_str()) == 0 && ::unlink(temp.c_str()) == 0;
    const int dir = ::open((directory + "/t").c_str(), O_RDONLY | O_DIRECTORY);
    if (!ok || ::fsync(dir) != 0) state.SkipWithError("put failed");
    ::close(dir);
  }
  delete counter;
  if (state.thread_index() == 0) std::filesystem::remove_all(directory);
}

void BM_Sign(benchmark::State& state) {
  SigV4Signer signer = SigV4Signer::ForS3("us-east-1");
  const Credentials credentials{"AKIDEXAMPLE", Secret("secret"), {}, {}, ""};
  for (auto _ : state) {
    HttpFields fields;
    fields.Add("If-None-Match", "*");
    fields.Add("x-amz-meta-pinlake-first", "42");
    const std::string hash = LowerHex(Sha256(kBody));
    signer.Sign(credentials, 1'700'000'000'000,
                {.method = "PUT",
                 .path = "/bucket/topics/t/o.json",
                 .query = "",
                 .host = "127.0.0.1:7070",
                 .payload_hash = hash},
                fields);
    benchmark::DoNotOptimize(fields);
  }
}

BENCHMARK(BM_Sign);
// Twice in turn, so that a server that gets slower with its objects shows.
BENCHMARK(BM_BareS3Put)->Threads(16)->Iterations(kPutsAThread)->UseRealTime();
BENCHMARK(BM_S3PutIfAbsent)->Threads(16)->Iterations(kPutsAThread)->UseRealTime();
BENCHMARK(BM_BareS3Put)->Threads(16)->Iterations(kPutsAThread)->UseRealTime();
BENCHMARK(BM_S3PutIfAbsent)->Threads(16)->Iterations(kPutsAThread)->UseRealTime();
BENCHMARK(BM_BareLocalPut)->Threads(1)->Threads(16)->Iterations(kPutsAThread)->UseRealTime();
BENCHMARK(BM_LocalPutIfAbsent)->Threads(1)->Threads(16)->Iterations(kPutsAThread)->UseRealTime();

}  // namespace
}  // namespace pinlake
