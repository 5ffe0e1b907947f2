#pragma once
// The Spaces of an instance, by their ids. Main thread.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/supervise/space.hpp"

namespace runtime::supervise {

class Spaces {
 public:
  /// nullptr: there is none, or none any more. Valid until something is awaited: it may be erased meanwhile.
  Space* find(const std::string& id) const;
  /// Throws Trouble, with the nearest id, when there is none. Valid as with `find`.
  Space& at(const std::string& id) const;
  /// In the order of their ids. Valid as with `find`.
  std::vector<Space*> all() const;
  /// Under its own id, which must be free.
  Space& add(std::unique_ptr<Space> space);
  /// It must have ended.
  void erase(const std::string& id) { spaces_.erase(id); }

 private:
  std::map<std::string, std::unique_ptr<Space>> spaces_;
};

}  // namespace runtime::supervise
