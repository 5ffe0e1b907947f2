#pragma once
// A new key for all secrets. Key file and database are two files, and one of them is always written first: a crash in between leaves the new key
// beside the old one, and the database says which of them opens it. Main thread, while the state folder is ours.

#include <cstdint>
#include <filesystem>
#include <functional>

#include "runtime/state/database.hpp"
#include "runtime/state/secret_box.hpp"
#include "runtime/state/state_folder.hpp"

namespace runtime::state {

/// How far a rotation got; for tests, which end the process there.
enum class RotationStep : std::uint8_t {
  key_written,   ///< the new key lies beside the old one
  one_resealed,  ///< one secret more is sealed with it; nothing is committed
  committed,     ///< the database is of the new key, the key file of the old one
  key_replaced,  ///< both are of the new key
};

/// Seals all secrets with a new key and puts it in the place of the old one, also in `box`. Throws Trouble, and then the old key holds.
void rotate_key(SecretBox& box, Database& database, const Layout& layout, const std::function<void(RotationStep)>& after = {});

/// Before the key file is read: ends a rotation that a crash broke off, forwards when the database is of the new key, else backwards. Answers the key
/// file.
std::filesystem::path settle_key(const Layout& layout);

}  // namespace runtime::state
