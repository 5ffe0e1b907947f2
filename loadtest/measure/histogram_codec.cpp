#include "loadtest/measure/histogram_codec.hpp"

#include <zlib.h>

#include <array>
#include <bit>
#include <utility>

#include "loadtest/measure/base64.hpp"

namespace loadtest::measure {
namespace {

// The 1 in the place of the word's size says that counts are of as many bytes as they need.
constexpr std::uint32_t cookie = 0x1c849303 | 0x10;
constexpr std::uint32_t compressed_cookie = 0x1c849304 | 0x10;
constexpr std::size_t head_bytes = 40;

void put(std::string& out, std::uint64_t number, int bytes) {
  while (bytes-- != 0) out += static_cast<char>(number >> (8 * bytes) & 0xff);
}

std::uint64_t take(std::string_view& from, std::size_t bytes) noexcept {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i != bytes; ++i) number = number << 8 | static_cast<std::uint8_t>(from[i]);
  from.remove_prefix(bytes);
  return number;
}

std::string deflated(std::string_view bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  // With room for the bound it cannot fail but for memory.
  if (compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                static_cast<uLong>(bytes.size()), Z_DEFAULT_COMPRESSION) != Z_OK) {
    throw std::bad_alloc();
  }
  out.resize(size);
  return out;
}

config::Parsed<Layout> read_layout(std::string_view& from) {
  // Some libraries (JavaScript's) write 1 for the offset of the first count and for the ratio, and mean 0 and 1.0, as all others write.
  const std::uint64_t offset = take(from, 4);
  const std::uint64_t digits = take(from, 4);
  const std::uint64_t lowest = take(from, 8);
  const std::uint64_t highest = take(from, 8);
  const std::uint64_t ratio = take(from, 8);
  if (offset > 1) return {{}, "has shifted counts, which nothing writes that measures times"};
  if (ratio > 1 && std::bit_cast<double>(ratio) != 1.0) return {{}, "is of fractions"};
  if (digits > 5) return {{}, "has more than 5 significant digits"};
  if (lowest == 0 || lowest > std::uint64_t{1} << 40 || highest < 2 * lowest || highest >> 63 != 0)
    return {{}, "has a range that cannot be"};
  const Layout layout(lowest, highest, static_cast<unsigned>(digits));
  if (layout.size() > most_places) return {{}, "has too many places"};
  return {layout, {}};
}

}  // namespace

std::optional<std::string> inflated(std::string_view bytes, std::size_t most) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return {};
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  std::array<char, 16384> piece;
  int result = Z_OK;
  while (result == Z_OK && out.size() <= most) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    result = inflate(&stream, Z_NO_FLUSH);
    out.append(piece.data(), piece.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (result != Z_STREAM_END || out.size() > most) return {};
  return out;
}

std::string encode(const Histogram& histogram) {
  const PackedCounts counts = histogram.packed();
  std::string out;
  put(out, cookie, 4);
  put(out, counts.size(), 4);
  put(out, 0, 4);
  put(out, histogram.layout().digits(), 4);
  put(out, histogram.layout().lowest(), 8);
  put(out, histogram.layout().highest(), 8);
  put(out, std::bit_cast<std::uint64_t>(1.0), 8);
  out.append(reinterpret_cast<const char*>(counts.data()), counts.size());
  return out;
}

std::string encode_base64(const Histogram& histogram) {
  const std::string bytes = deflated(encode(histogram));
  std::string out;
  put(out, compressed_cookie, 4);
  put(out, bytes.size(), 4);
  return to_base64(out + bytes);
}

config::Parsed<Histogram> decode(std::string_view bytes) {
  if (bytes.size() < head_bytes || take(bytes, 4) != cookie) return {{}, "is not a histogram (HdrHistogram, V2)"};
  const std::uint64_t length = take(bytes, 4);
  const auto layout = read_layout(bytes);
  if (!layout) return {{}, layout.message};
  if (length != bytes.size()) return {{}, "is cut off, or has more behind its end"};
  Histogram histogram(*layout.value);
  if (!histogram.add_packed({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}))
    return {{}, "has damaged counts"};
  return {std::move(histogram), {}};
}

config::Parsed<Histogram> decode_base64(std::string_view text) {
  const auto bytes = from_base64(text);
  if (!bytes) return {{}, "is not base64"};
  std::string_view rest = *bytes;
  if (rest.size() < 8 || take(rest, 4) != compressed_cookie) return {{}, "is not a histogram (HdrHistogram, V2, compressed)"};
  if (take(rest, 4) != rest.size()) return {{}, "is cut off, or has more behind its end"};
  const auto plain = inflated(rest, head_bytes + 9 * most_places);
  if (!plain) return {{}, "does not decompress"};
  return decode(*plain);
}

}  // namespace loadtest::measure
