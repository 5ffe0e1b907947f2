#pragma once
// The keys that session tickets are sealed with: one ring for the whole process, so that a client resumes its TLS session on any
// worker, listener or certificate's context, also after a reload. Immutable: the main thread makes the next one and posts it.

#include <array>
#include <cstdint>
#include <memory>
#include <span>

namespace gw::net {

class TicketKeys {
 public:
  static constexpr std::size_t name_bytes = 16;

  /// One key: what is on the wire in the clear, and the two secrets. Wiped when it goes.
  struct Key {
    Key() = default;
    Key(const Key&) = default;
    Key& operator=(const Key&) = default;
    ~Key();
    std::array<unsigned char, name_bytes> name{};
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> mac{};
  };

  /// A ring with a new key and nothing before it; null when the system has no randomness.
  static std::shared_ptr<const TicketKeys> fresh();
  /// A new key for the tickets to come. Those of the key before it are still opened, older ones are not: a ticket lives for at
  /// most two rotations. Null when the system has no randomness.
  std::shared_ptr<const TicketKeys> rotated() const;

  /// What new tickets are sealed with.
  const Key& current() const noexcept { return current_; }
  /// The key of that name; null when it is not known, or not any more.
  const Key* find(std::span<const unsigned char, name_bytes> name) const noexcept;

 private:
  TicketKeys() = default;
  bool make_current() noexcept;

  Key current_;
  Key previous_;
  bool has_previous_ = false;
};

}  // namespace gw::net
