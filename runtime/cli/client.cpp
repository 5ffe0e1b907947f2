#include "runtime/cli/client.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <optional>

#include "gateway/http/client.hpp"
#include "gateway/net/connect.hpp"
#include "runtime/cli/interrupt.hpp"
#include "runtime/supervise/process.hpp"
#include "runtime/supervise/signal.hpp"

namespace runtime::cli {

namespace http = gw::http;
namespace json = boost::json;
namespace net = gw::net;
using state::Kind;
using state::Trouble;

namespace {

Trouble nobody(const std::filesystem::path& socket) {
  return Trouble(Kind::unavailable, fmt::format("no `spaceport serve` answers on {}", socket.string()),
                 "start it with `spaceport serve`, or use `spaceport up`", socket.string());
}

// The problem that the API sent, as the Trouble it was made from.
Trouble trouble_of(unsigned status, const std::string& body) {
  const Kind kind = status == 404 ? Kind::not_found : status == 409 ? Kind::conflict : Kind::bad_input;
  boost::system::error_code error;
  const json::value value = json::parse(body, error);
  if (error || !value.is_object()) return Trouble(kind, fmt::format("the API answered {}", status));
  const auto text = [&](const char* key) {
    const auto* found = value.as_object().if_contains(key);
    return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
  };
  return Trouble(kind, text("title"), text("next"), text("where"));
}

struct Outcome {
  std::optional<Trouble> trouble;
  bool complete = true;
  std::string notes;
};

using Sink = std::function<bool(std::string_view)>;

http::RequestHead head_of(const Client::Request& wanted) {
  http::RequestHead head;
  head.method = wanted.method;
  head.authority = "spaceport";
  head.path = wanted.path;
  head.query = wanted.query;
  head.body = wanted.body.empty() && wanted.method == "GET" ? http::BodySize::none() : http::BodySize::of(wanted.body.size());
  if (wanted.more) head.body = http::BodySize::unknown();
  return head;
}

// The answer and its body. False as the result of `sink` ends it.
net::Task<> read_answer(http::UpstreamSide& exchange, const Sink& sink, Outcome& outcome) {
  std::string refused;
  unsigned status = 0;
  auto answer = co_await exchange.read_head();
  bool more = answer.has_value() && (*answer)->body.expected();
  if (answer) status = (*answer)->status;
  while (more) {
    auto piece = co_await exchange.read_body();
    if (!piece) {
      outcome.complete = false;
      break;
    }
    const std::string_view bytes(piece->data.data(), piece->data.size());
    const bool last = piece->last;
    if (piece->trailers != nullptr) outcome.notes = piece->trailers->find("spaceport-notes").value_or("");
    if (status >= 300)
      refused += bytes;
    else if (!sink(bytes))
      outcome.complete = false;
    more = !last && outcome.complete;
  }
  if (status == 0) outcome.trouble.emplace(Kind::unavailable, "`spaceport serve` ended before it answered", "look at its log");
  if (status >= 300) outcome.trouble = trouble_of(status, refused);
}

// Until there is no more, or nobody takes it: the answer says why.
net::Task<> send_pieces(net::Worker& worker, http::UpstreamSide& exchange, const std::function<std::string_view()>& next,
                        const bool& answered) {
  while (!answered) {
    const std::string_view bytes = next();
    auto sent = co_await exchange.write_body(http::Chunk{{bytes.data(), bytes.size()}, bytes.empty(), nullptr});
    if (!sent || bytes.empty()) co_return;
    // A socket that takes everything at once would never let us hear of an answer.
    co_await supervise::pause_for(worker, std::chrono::milliseconds(0));
  }
}

net::Task<> perform(net::Worker& worker, const std::filesystem::path& socket, const Client::Request& wanted, const Sink& sink,
                    Outcome& outcome) {
  // A named value: GCC 12 destroys an aggregate temporary of a co_await expression twice.
  const net::Address address = net::UnixAddress{socket.string()};
  auto stream = co_await net::connect(worker, address, net::Duration(3000));
  if (!stream) {
    outcome.trouble = nobody(socket);
    co_return;
  }
  auto connection = http::h1_client(std::move(*stream), {net::Duration(0), net::Duration(0)});
  auto& exchange = connection->exchange();
  const http::RequestHead head = head_of(wanted);
  const http::Chunk first = wanted.more ? http::Chunk{} : http::Chunk{{wanted.body.data(), wanted.body.size()}, true, nullptr};
  auto sent = co_await exchange.write_head(head, first);
  if (!sent) {
    outcome.trouble.emplace(Kind::unavailable, "`spaceport serve` ended before it answered", "look at its log");
    co_return;
  }
  if (!wanted.more) co_return co_await read_answer(exchange, sink, outcome);
  bool answered = false;
  bool sending = true;
  supervise::Signal ended(worker);
  auto upload = [&]() -> net::Task<> {
    co_await send_pieces(worker, exchange, wanted.more, answered);
    sending = false;
    ended.raise();
  };
  worker.spawn(upload());
  co_await read_answer(exchange, sink, outcome);
  answered = true;
  if (sending) exchange.abort();
  while (sending) co_await ended.wait(std::chrono::seconds(1));
}

}  // namespace

bool Client::reachable() const { return supervise::listener_of(socket_, false) != 0; }

bool Client::stream(const Request& request, const Sink& sink, const std::function<void()>& beat, std::string* notes) const {
  net::Worker worker;
  Outcome outcome;
  bool interrupted = false;
  boost::asio::posix::basic_stream_descriptor<net::Executor> signals(worker.context());
  if (interrupt_ != nullptr) {
    signals.assign(::dup(interrupt_->descriptor()));
    signals.async_wait(boost::asio::posix::descriptor_base::wait_read, [&](const boost::system::error_code& error) {
      if (error) return;
      interrupted = true;
      worker.stop();
    });
  }
  auto task = [&]() -> net::Task<> {
    co_await perform(worker, socket_, request, sink, outcome);
    worker.stop();
  };
  auto beats = [&]() -> net::Task<> {
    constexpr std::chrono::milliseconds pause{100};
    for (;;) {
      co_await supervise::pause_for(worker, pause);
      beat();
    }
  };
  worker.spawn(task());
  if (beat) worker.spawn(beats());
  worker.run();
  if (interrupted) return false;
  if (outcome.trouble) throw *outcome.trouble;
  if (notes != nullptr) *notes = outcome.notes;
  return outcome.complete;
}

json::value Client::call(const Request& request) const {
  std::string body;
  const bool complete = stream(request, [&](std::string_view bytes) {
    body += bytes;
    return true;
  });
  if (!complete && interrupt_ != nullptr && interrupt_->signal() != 0) throw Interrupted{interrupt_->signal()};
  boost::system::error_code error;
  json::value value = json::parse(body, error);
  if (error) throw Trouble(Kind::internal, "the API answered something that is not JSON");
  return value;
}

}  // namespace runtime::cli
