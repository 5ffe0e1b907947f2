#pragma once
// One request with its answer, as either side sees it. Pull-based: nothing is read that nobody asked for, and that is
// the whole of our back-pressure. Protocol knowledge (h1, h2) stays behind this interface.

#include <functional>
#include <optional>

#include "gateway/http/message.hpp"
#include "gateway/net/result.hpp"
#include "gateway/net/stream.hpp"
#include "gateway/net/task.hpp"

namespace gw::http {

/// The rest of a body that its transport could hand over without our seeing it.
struct Direct {
  net::Stream* stream = nullptr;  ///< null: not possible now
  std::uint64_t left = 0;         ///< bytes of the body that are still to come
};

template <class In, class Out>
class Exchange {
 public:
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  /// The next head that comes in. On an UpstreamSide interim (1xx) heads come before the final one.
  /// The head is valid until the next call of read_head; the caller may change it.
  virtual net::Task<net::Result<In*>> read_head() = 0;

  /// The next piece of the body; its data is valid until the next read of this exchange. After `last` do not call again.
  /// For a tunnel the body is the stream of bytes.
  virtual net::Task<net::Result<Chunk>> read_body() = 0;

  /// The next piece if it is here already: what read_body would return without waiting. Nothing: it would wait.
  virtual std::optional<net::Result<Chunk>> ready_body() = 0;

  /// Sends a head, with the first piece of the body in the same system call. A head whose body is not `expected` needs
  /// none (pass an empty Chunk). Interim heads first, the final one once.
  virtual net::Task<net::Result<void>> write_head(const Out& head, Chunk first) = 0;

  /// Sends a piece of the body; returns when the transport has taken it.
  virtual net::Task<net::Result<void>> write_body(Chunk piece) = 0;

  /// Ends the exchange at once and in a way the peer cannot take for a clean end. Pending reads and writes fail.
  virtual void abort() noexcept = 0;

  /// A shortcut for long bodies, past read_body and write_body: only where the bytes on the wire are the bytes of the body
  /// (stated length, no TLS). Whoever moves bytes tells the exchange they came from with
  /// `direct_moved`; the end of the body is read and written as ever.
  virtual Direct direct_source() noexcept { return {}; }
  virtual net::Stream* direct_sink() noexcept { return nullptr; }
  virtual void direct_moved(std::uint64_t /*bytes*/) noexcept {}

  /// Makes a pending read_body fail with Code::cancelled and asks for no more of the body: the answer came before its end.
  virtual void stop_reading() noexcept = 0;

  /// Calls `gone` once when the peer ends or breaks the exchange while nobody reads from it: a client that does not wait
  /// for its answer any more. An empty function takes it back. Already gone: called before `watch` returns.
  virtual void watch(std::function<void()> gone) = 0;
  /// Likewise while a piece of the body is being used: nothing is read ahead that could move it.
  virtual void watch_end(std::function<void()> gone) { watch(std::move(gone)); }
};

/// Someone calls us: requests come in, responses go out.
using ClientSide = Exchange<RequestHead, ResponseHead>;

/// We call someone: requests go out, responses come in.
using UpstreamSide = Exchange<ResponseHead, RequestHead>;

}  // namespace gw::http
