#pragma once
// The client's end of an HTTP/1 connection: our requests to an upstream, one exchange at a time.

#include <functional>
#include <memory>
#include <optional>

#include "gateway/http/client.hpp"
#include "gateway/http/h1/body_decoder.hpp"
#include "gateway/http/h1/response_parser.hpp"
#include "gateway/http/h1/serializer.hpp"

namespace gw::http::h1 {

class UpstreamConnection final : public ClientConnection, private UpstreamSide {
 public:
  UpstreamConnection(std::unique_ptr<net::Stream> stream, const ClientTimeouts& timeouts);

  UpstreamSide& exchange() override { return *this; }
  bool reusable() const noexcept override;
  std::unique_ptr<net::Stream> take_stream() override { return std::move(stream_); }
  net::Stream& stream() noexcept override { return *stream_; }

 private:
  net::Task<net::Result<ResponseHead*>> read_head() override;
  net::Task<net::Result<Chunk>> read_body() override;
  std::optional<net::Result<Chunk>> ready_body() override;
  net::Task<net::Result<void>> write_head(const RequestHead& head, Chunk first) override;
  net::Task<net::Result<void>> write_body(Chunk piece) override;
  void abort() noexcept override;
  Direct direct_source() noexcept override;
  net::Stream* direct_sink() noexcept override;
  void direct_moved(std::uint64_t bytes) noexcept override;
  void stop_reading() noexcept override;
  void watch(std::function<void()> gone) override;

  net::Task<net::Result<void>> send(net::Stream::Pieces pieces);
  net::Task<net::Result<void>> send_rest(net::Task<net::Result<void>> sending);
  net::Result<void> sent(net::Result<void> ok) noexcept;
  net::Task<net::Result<void>> end_tunnel(net::Stream::Pieces pieces);
  net::Failure lost(net::Failure failure) const noexcept;
  void limit_waiting() noexcept;

  std::unique_ptr<net::Stream> stream_;
  ClientTimeouts timeouts_;
  ResponseParser parser_;
  ResponseHead head_;
  BodyDecoder decoder_;
  std::size_t unconsumed_ = 0;
  Framing request_framing_ = Framing::none;
  bool request_done_ = true;
  bool send_failed_ = false;  ///< it gets no more of it
  bool answered_ = false;     ///< the final head has come
  bool awaited_ = false;      ///< somebody waits for a head
  bool odd_body_ = false;     ///< a body where apps may ignore it: the connection is not used again (rule 44)
  bool tunnel_ = false;
};

}  // namespace gw::http::h1
