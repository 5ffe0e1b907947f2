#pragma once
// Packing and unpacking beside the worker's thread, each on a thread of its own, with bounded memory between. Main thread.

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "runtime/storage/conveyor.hpp"
#include "runtime/storage/opened_volume.hpp"
#include "runtime/storage/pack.hpp"
#include "runtime/storage/unpack.hpp"

namespace runtime::storage {

/// Opens the volume; called on the thread, because it may take a moment.
using Opener = std::function<OpenedVolume()>;

/// The content of a volume as it is packed.
class Export {
 public:
  Export(gw::net::Worker& worker, Opener opener, PackOptions options);
  /// Ends it, done or not.
  ~Export();
  /// The next piece; empty: there are no more, and `result` says whether that is all.
  gw::net::Task<std::string> next() { return conveyor_.next(); }
  const Packed& result() const noexcept { return result_; }

 private:
  Conveyor conveyor_;
  Packed result_;
  std::thread thread_;
};

/// The content of a volume as it comes.
class Import {
 public:
  Import(gw::net::Worker& worker, Opener opener, UnpackOptions options);
  /// Ends it as if the stream had broken off.
  ~Import();
  /// False: it has ended early, and takes no more.
  gw::net::Task<bool> give(std::string_view bytes) { return conveyor_.give(bytes); }
  /// No more comes; `whole`: that was all. Answers what has become of it.
  gw::net::Task<Unpacked> end(bool whole);

 private:
  Conveyor conveyor_;
  std::atomic<bool> broken_ = false;
  Unpacked result_;
  std::thread thread_;
};

}  // namespace runtime::storage
