#include "runtime/storage/transfer.hpp"

namespace runtime::storage {

Export::Export(gw::net::Worker& worker, Opener opener, PackOptions options) : conveyor_(worker) {
  thread_ = std::thread([this, opener = std::move(opener), options = std::move(options)] {
    {
      // Let go here: the last one to unmount a file system waits for the disk.
      const OpenedVolume opened = opener();
      if (opened.root)
        result_ = pack(opened.root.get(), options, [this](std::string_view bytes) { return conveyor_.put(bytes); });
      else
        result_.problem = opened.problem;
    }
    conveyor_.finish();
  });
}

Export::~Export() {
  conveyor_.close();
  thread_.join();
}

Import::Import(gw::net::Worker& worker, Opener opener, UnpackOptions options) : conveyor_(worker) {
  thread_ = std::thread([this, opener = std::move(opener), options] {
    {
      const OpenedVolume opened = opener();
      std::string piece;
      const ByteSource source = [&]() -> std::optional<std::string_view> {
        piece = conveyor_.take();
        if (piece.empty() && broken_) return std::nullopt;
        return piece;
      };
      if (opened.root)
        result_ = unpack(opened.root.get(), options, source);
      else
        result_.problem = opened.problem;
    }
    conveyor_.finish();
  });
}

Import::~Import() {
  broken_ = true;
  conveyor_.close();
  thread_.join();
}

gw::net::Task<Unpacked> Import::end(bool whole) {
  broken_ = !whole;
  conveyor_.close();
  co_await conveyor_.finished();
  co_return result_;
}

}  // namespace runtime::storage
