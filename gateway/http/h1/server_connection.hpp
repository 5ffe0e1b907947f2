#pragma once
// The server's end of an HTTP/1 connection: its requests come one after another as exchanges. Protocol and framing only;
// what is answered is the handler's business. Lives on its worker's thread.

#include <functional>
#include <optional>

#include "gateway/http/exchange.hpp"
#include "gateway/http/h1/body_decoder.hpp"
#include "gateway/http/h1/request_parser.hpp"
#include "gateway/http/h1/serializer.hpp"
#include "gateway/http/server.hpp"
#include "gateway/net/stream.hpp"

namespace gw::http::h1 {

class ServerConnection final : public ClientSide {
 public:
  /// `stream` and `server` must outlive it.
  ServerConnection(net::Stream& stream, Server& server, bool tls);
  ~ServerConnection() override;

  net::Task<net::Result<RequestHead*>> read_head() override;
  net::Task<net::Result<Chunk>> read_body() override;
  std::optional<net::Result<Chunk>> ready_body() override;
  net::Task<net::Result<void>> write_head(const ResponseHead& head, Chunk first) override;
  net::Task<net::Result<void>> write_body(Chunk piece) override;
  void abort() noexcept override;
  Direct direct_source() noexcept override;
  net::Stream* direct_sink() noexcept override;
  void direct_moved(std::uint64_t bytes) noexcept override;
  void stop_reading() noexcept override;
  void watch(std::function<void()> gone) override;
  void watch_end(std::function<void()> gone) override;

  /// What was understood of a request, also when read_head has failed.
  const RequestHead& request() const noexcept;
  /// Is there nothing of a request here, nor the end of the connection? Then its deadline runs: await the stream's arrival, and ask again.
  /// `read_head` waits as well, but in a frame of its own, which every idle connection would hold.
  bool nothing_yet() noexcept;
  /// Between two requests with nothing of the next one here.
  bool idle() const noexcept { return idle_ && !parser_.started(); }

  /// Has it carried no request yet?
  bool fresh() const noexcept { return first_; }

  /// After the handler has returned: brings the connection to where the next request can begin. False: it has to end.
  net::Task<bool> finish();
  /// Ends the connection so that the client can still read what it was sent although it goes on sending (RFC 9112 §9.6).
  net::Task<> linger();

 private:
  void begin();
  void set_head_deadline() noexcept;
  net::Result<Chunk> take(const BodyDecoder::Piece& piece) noexcept;
  /// May what the client still sends of its body be read and dropped, to keep the connection (rule 37)?
  bool rest_is_worth_reading() const noexcept;
  /// Does so; false: it was too much.
  net::Task<bool> drop_rest();
  net::Task<net::Result<void>> send(net::Stream::Pieces pieces);
  /// The head, or what is wrong with it; nothing while it is not whole.
  std::optional<net::Result<RequestHead*>> head_in_input();
  net::Task<net::Result<RequestHead*>> read_rest_of_head();
  net::Task<bool> finish_reading();
  net::Task<net::Result<void>> end_tunnel(net::Stream::Pieces pieces);

  net::Stream& stream_;
  Server& server_;
  RequestParser parser_;
  std::unique_ptr<RequestHead> head_;  ///< only while there is a request: idle connections share the server's
  BodyDecoder decoder_;
  std::size_t unconsumed_ = 0;  ///< of the input: the piece that was handed out last
  Framing framing_ = Framing::none;
  bool first_ = true;  ///< no request has come yet
  bool idle_ = true;
  bool timing_ = false;   ///< the deadline for the head runs
  bool invited_ = false;  ///< a 100 was sent: the client sends its body
  bool head_written_ = false;
  bool written_ = false;  ///< the response is complete
  bool close_ = false;
  bool tunnel_ = false;
};

}  // namespace gw::http::h1
