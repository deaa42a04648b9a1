#include "http/beast_echo_bench.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <string>
#include <thread>
#include <vector>

namespace pinlake {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

asio::awaitable<void> Serve(tcp::socket socket, size_t answer_bytes) {
  beast::flat_buffer buffer;
  const std::string body(answer_bytes, 'x');
  try {
    while (true) {
      http::request<http::string_body> request;
      http::request_parser<http::string_body> parser;
      parser.body_limit(64 << 20);
      co_await http::async_read(socket, buffer, parser, asio::use_awaitable);
      request = parser.release();
      http::response<http::string_body> response(http::status::ok, request.version());
      response.set(http::field::content_type, "application/vnd.kafka.v2+json");
      response.keep_alive(request.keep_alive());
      response.body() = body;
      response.prepare_payload();
      co_await http::async_write(socket, response, asio::use_awaitable);
      if (!response.keep_alive()) break;
    }
  } catch (const boost::system::system_error&) {
    // The peer is gone.
  }
}

asio::awaitable<void> Accept(tcp::acceptor& acceptor, size_t answer_bytes) {
  while (true) {
    tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
    socket.set_option(tcp::no_delay(true));
    asio::co_spawn(acceptor.get_executor(), Serve(std::move(socket), answer_bytes), asio::detached);
  }
}

tcp::acceptor Listen(asio::io_context& context, uint16_t port) {
  tcp::acceptor acceptor(context);
  acceptor.open(tcp::v4());
  const int on = 1;
  ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  acceptor.bind({asio::ip::address_v4::loopback(), port});
  acceptor.listen();
  return acceptor;
}

void RunLoop(asio::io_context& context, tcp::acceptor& acceptor, size_t answer_bytes) {
  asio::co_spawn(context, Accept(acceptor, answer_bytes), asio::detached);
  context.run();
}

}  // namespace

void RunBeastEcho(int threads, size_t answer_bytes, int port_fd) {
  asio::io_context first_context(1);
  tcp::acceptor first = Listen(first_context, 0);
  const uint16_t port = first.local_endpoint().port();
  std::vector<std::jthread> others;
  for (int i = 1; i < threads; ++i) {
    others.emplace_back([port, answer_bytes] {
      asio::io_context context(1);
      tcp::acceptor acceptor = Listen(context, port);
      RunLoop(context, acceptor, answer_bytes);
    });
  }
  [[maybe_unused]] const auto written = ::write(port_fd, &port, sizeof port);
  RunLoop(first_context, first, answer_bytes);
}

}  // namespace pinlake
