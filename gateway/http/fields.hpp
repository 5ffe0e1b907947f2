#pragma once
// Header and trailer fields of one message: names in lower case, values without surrounding white space, in order.
// One block of text and a list of offsets into it, so that a connection reuses both for every message it carries. The text is what
// HTTP/1 sends, so that fields that go on as they came are copied all at once.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gw::http {

/// Fields that the gateway itself looks at. Everything else is `other` and compared by text.
enum class Name : std::uint8_t {
  other,
  accept,
  accept_encoding,
  alt_svc,
  authorization,
  cache_control,
  connection,
  content_length,
  content_type,
  cookie,
  date,
  early_data,
  expect,
  forwarded,
  host,
  http2_settings,
  keep_alive,
  location,
  max_forwards,
  origin,
  proxy,
  proxy_authenticate,
  proxy_authorization,
  proxy_connection,
  range,
  retry_after,
  sec_fetch_mode,
  sec_websocket_accept,
  sec_websocket_extensions,
  sec_websocket_key,
  sec_websocket_protocol,
  sec_websocket_version,
  server,
  set_cookie,
  te,
  traceparent,
  trailer,
  transfer_encoding,
  true_client_ip,
  upgrade,
  user_agent,
  via,
  x_client_ip,
  x_forwarded_client_cert,
  x_forwarded_for,
  x_forwarded_host,
  x_forwarded_port,
  x_forwarded_prefix,
  x_forwarded_proto,
  x_original_uri,
  x_original_url,
  x_real_ip,
  x_request_id,
  x_rewrite_url,
  count_
};

/// What is done with a field whose name has `_` or `.`: CGI, WSGI and PHP apps cannot tell it from the dashed one, so that
/// `X_Forwarded_For` would speak with our voice (rule 14).
enum class UnsafeNames : std::uint8_t { drop, keep, refuse };

/// The Name of a field in lower case, `other` when the gateway has no business with it.
Name known_name(std::string_view lower_case) noexcept;

/// The text of a known name; empty for `other`.
std::string_view text(Name) noexcept;

class Fields {
 public:
  /// The views are valid until the next call that adds to or clears the Fields.
  struct Field {
    Name id;
    std::string_view name;
    std::string_view value;
  };

  class Iterator {
   public:
    Iterator(const Fields* fields, std::size_t at) noexcept : fields_(fields), at_(at) {}
    Field operator*() const noexcept { return (*fields_)[at_]; }
    Iterator& operator++() noexcept { return ++at_, *this; }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Fields* fields_;
    std::size_t at_;
  };

  /// Adds at the end. `name` must be a lower-case token, `value` free of CR, LF and NUL: parsers check, we trust.
  void add(std::string_view name, std::string_view value);
  void add(Name id, std::string_view value);

  /// Adds a field that came in: `name` is what `lower_token` has written to the front of `room`. Returns it as it stands now.
  Field add_received(std::size_t name_size, std::string_view value);
  /// Where the next field begins: space for `size` bytes and what stands around a value. Valid until the next call that adds or clears.
  char* room(std::size_t size) {
    if (text_.size() - used_ < size + overhead) grow(size + overhead);
    return text_.data() + used_;
  }

  /// Takes the last field back.
  void drop_last() noexcept;

  /// Replaces all fields of that name by one at the end.
  void set(Name id, std::string_view value);

  void erase(Name id) noexcept;
  void erase(std::string_view lower_case_name) noexcept;

  /// Removes every field for which `test(Field)` holds; keeps the order of the others.
  template <class Test>
  void erase_if(Test test) {
    std::size_t kept = 0;
    for (std::size_t i = 0; i != entries_.size(); ++i)
      if (!test((*this)[i])) entries_[kept++] = entries_[i];
    entries_.resize(kept);
  }

  /// The first value of that name.
  std::optional<std::string_view> find(Name id) const noexcept;
  std::optional<std::string_view> find(std::string_view lower_case_name) const noexcept;
  bool contains(Name id) const noexcept { return find(id).has_value(); }
  std::size_t count(Name id) const noexcept;

  Field operator[](std::size_t) const noexcept;
  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  Iterator begin() const noexcept { return {this, 0}; }
  Iterator end() const noexcept { return {this, entries_.size()}; }

  /// Calls `use(std::string_view)` with whole lines as HTTP/1 sends them, CRLF included and as many at once as stand side by side: all
  /// fields but those of that name, in order.
  template <class Use>
  void lines_without(Name left_out, Use use) const {
    std::size_t begin = 0;
    std::size_t end = 0;
    for (const Entry& entry : entries_) {
      if (entry.id == left_out) continue;
      if (entry.name_at != end) {
        if (begin != end) use(std::string_view(text_.data() + begin, end - begin));
        begin = entry.name_at;
      }
      end = entry.end();
    }
    if (begin != end) use(std::string_view(text_.data() + begin, end - begin));
  }
  /// At least as many bytes as all lines together.
  std::size_t most_bytes() const noexcept { return used_; }

  /// Forgets all fields and keeps the memory.
  void clear() noexcept;

 private:
  /// Of a line, what is neither name nor value: `: ` and CRLF.
  static constexpr std::size_t overhead = 4;

  struct Entry {
    std::uint32_t name_at;
    std::uint32_t value_at;
    std::uint32_t value_size;
    std::uint16_t name_size;
    Name id;

    std::size_t end() const noexcept { return value_at + value_size + 2; }
  };

  void add_as(Name id, std::string_view name, std::string_view value);
  /// The name stands at the front of `room` already.
  Entry& append(std::size_t name_size, std::string_view value);
  void grow(std::size_t size);

  std::string text_;  ///< its size is what there is room for
  std::size_t used_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace gw::http
