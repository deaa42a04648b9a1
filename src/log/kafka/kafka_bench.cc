// A bare librdkafka producer and consumer: the floor of everything that goes through Kafka.
//
//   kafka_bench --topic T [--records N] [--bytes N] [--benchmark_format=json]
//
// Uses the broker that PINLAKE_TEST_KAFKA names; bench/kafka.py starts one and shows these figures
// beside the gateway's. Produces with the settings that the gateway's producer has, waits for every
// delivery report, then reads the same records from a consumer's queue in batches.
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>
#include <time.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "base/clock.h"

namespace {

struct Arguments {
  std::string topic;
  int64_t records = 1'000'000;
  size_t bytes = 300;
  bool json = false;
};

double CpuSeconds() {
  timespec spent{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) * 1e-9;
}

struct Figure {
  double records_per_second = 0, cpu_us_per_record = 0;
};

/// Runs \p work over \p records and measures it.
template <typename Work>
Figure Measure(int64_t records, Work work) {
  const double cpu = CpuSeconds();
  const auto start = pinlake::SystemClock().Steady();
  work();
  const auto wall = pinlake::SystemClock().Steady() - start;
  const double seconds = static_cast<double>(wall.count()) * 1e-6;
  const auto count = static_cast<double>(records);
  return {count / seconds, (CpuSeconds() - cpu) / count * 1e6};
}

rd_kafka_t* Client(rd_kafka_type_t type,
                   std::initializer_list<std::pair<const char*, const char*>> properties) {
  auto* conf = rd_kafka_conf_new();
  char why[512];
  for (const auto& [name, value] : properties) {
    if (rd_kafka_conf_set(conf, name, value, why, sizeof why) == RD_KAFKA_CONF_OK) continue;
    fmt::print(stderr, "kafka_bench: {}\n", why);
    std::exit(1);
  }
  auto* client = rd_kafka_new(type, conf, why, sizeof why);
  if (client != nullptr) return client;
  fmt::print(stderr, "kafka_bench: {}\n", why);
  std::exit(1);
}

Figure Produce(const Arguments& arguments, const char* broker) {
  auto* client = Client(RD_KAFKA_PRODUCER, {{"bootstrap.servers", broker},
                                            {"enable.idempotence", "true"},
                                            {"acks", "all"},
                                            {"linger.ms", "2"},
                                            {"batch.size", "1048576"},
                                            {"queue.buffering.max.messages", "500000"}});
  const std::string value(arguments.bytes, 'x');
  auto* topic = rd_kafka_topic_new(client, arguments.topic.c_str(), nullptr);
  const auto figure = Measure(arguments.records, [&] {
    for (int64_t sent = 0; sent < arguments.records;) {
      if (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, 0, const_cast<char*>(value.data()),
                           value.size(), nullptr, 0, nullptr) == 0) {
        ++sent;
      } else {
        rd_kafka_poll(client, 10);  // the queue is full
      }
    }
    rd_kafka_flush(client, 60'000);
  });
  if (rd_kafka_outq_len(client) != 0) fmt::print(stderr, "kafka_bench: not all was delivered\n");
  rd_kafka_topic_destroy(topic);
  rd_kafka_destroy(client);
  return figure;
}

Figure Consume(const Arguments& arguments, const char* broker) {
  auto* client = Client(RD_KAFKA_CONSUMER, {{"bootstrap.servers", broker},
                                            {"group.id", "kafka-bench"},
                                            {"enable.auto.commit", "false"},
                                            {"auto.offset.reset", "earliest"}});
  rd_kafka_poll_set_consumer(client);
  auto* queue = rd_kafka_queue_get_consumer(client);
  auto* topics = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(topics, arguments.topic.c_str(), RD_KAFKA_PARTITION_UA);
  rd_kafka_subscribe(client, topics);
  rd_kafka_topic_partition_list_destroy(topics);
  std::vector<rd_kafka_message_t*> messages(2000);
  const auto take = [&] {
    const auto count = rd_kafka_consume_batch_queue(queue, 100, messages.data(), messages.size());
    int64_t taken = 0;
    for (ssize_t i = 0; i < count; ++i) {
      auto* message = messages[static_cast<size_t>(i)];
      taken += message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
      rd_kafka_message_destroy(message);
    }
    return taken;
  };
  int64_t read = 0;
  while (read == 0) read = take();  // the group's start is not the reading's rate
  const auto figure = Measure(arguments.records - read, [&] {
    while (read < arguments.records) read += take();
  });
  rd_kafka_consumer_close(client);
  rd_kafka_queue_destroy(queue);
  rd_kafka_destroy(client);
  return figure;
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--benchmark_format=json") {
      arguments.json = true;
    } else if (i + 1 < argc && word == "--topic") {
      arguments.topic = argv[++i];
    } else if (i + 1 < argc && word == "--records") {
      arguments.records = std::atoll(argv[++i]);
    } else if (i + 1 < argc && word == "--bytes") {
      arguments.bytes = static_cast<size_t>(std::atoll(argv[++i]));
    } else {
      fmt::print(stderr, "kafka_bench: unknown argument {}\n", word);
      return 64;
    }
  }
  const char* broker = std::getenv("PINLAKE_TEST_KAFKA");
  if (broker == nullptr || arguments.topic.empty()) {
    fmt::print("{}\n",
               arguments.json ? "{}" : "needs a broker and --topic: run scripts/bench kafka");
    return 0;
  }
  const Figure produced = Produce(arguments, broker);
  const Figure consumed = Consume(arguments, broker);
  if (arguments.json) {
    fmt::print(
        "{{\"produce_per_s\": {:.0f}, \"produce_cpu_us\": {:.3f}, \"consume_per_s\": {:.0f}, "
        "\"consume_cpu_us\": {:.3f}}}\n",
        produced.records_per_second, produced.cpu_us_per_record, consumed.records_per_second,
        consumed.cpu_us_per_record);
  } else {
    fmt::print(
        "produce {:.0f} records/s, {:.2f} us CPU a record\n"
        "consume {:.0f} records/s, {:.2f} us CPU a record\n",
        produced.records_per_second, produced.cpu_us_per_record, consumed.records_per_second,
        consumed.cpu_us_per_record);
  }
  return 0;
}
