#pragma once
// Takes values out of a JSON document and remembers the first that is not as it should be, with its place.

#include <boost/json.hpp>

#include <string>
#include <string_view>
#include <type_traits>

namespace loadtest::measure {

/// One object, and where it is. All readers of a document share the first complaint.
class JsonReader {
 public:
  JsonReader(const boost::json::object& object, std::string place, std::string& complaint)
      : object_(&object), place_(std::move(place)), complaint_(&complaint) {}

  bool failed() const noexcept { return !complaint_->empty(); }
  void complain(std::string_view key, std::string_view what) const {
    if (complaint_->empty()) *complaint_ = place_ + std::string(key) + " " + std::string(what);
  }
  bool has(std::string_view key) const noexcept { return object_->if_contains(key) != nullptr; }

  std::string text(std::string_view key) const {
    const boost::json::value* const value = find(key, boost::json::kind::string, "a text");
    return value == nullptr ? std::string() : std::string(value->get_string());
  }
  bool flag(std::string_view key) const {
    const boost::json::value* const value = find(key, boost::json::kind::bool_, "true or false");
    return value != nullptr && value->get_bool();
  }
  template <class Integer>
  Integer integer(std::string_view key) const {
    boost::json::error_code error;
    const boost::json::value* const value = object_->if_contains(key);
    if (value == nullptr || !value->is_number() || value->is_double())
      return complain(key, "must be a whole number"), Integer{};
    const Integer number = value->to_number<Integer>(error);
    if (error) complain(key, "is a number that cannot be");
    return number;
  }
  double number(std::string_view key) const {
    const boost::json::value* const value = object_->if_contains(key);
    if (value == nullptr || !value->is_number()) return complain(key, "must be a number"), 0;
    return value->to_number<double>();
  }
  JsonReader object(std::string_view key) const {
    static const boost::json::object nothing;
    const boost::json::value* const value = find(key, boost::json::kind::object, "an object");
    return {value == nullptr ? nothing : value->get_object(), place_ + std::string(key) + ".", *complaint_};
  }
  /// Calls `take(JsonReader)` for each object of a list.
  template <class Take>
  void each(std::string_view key, Take take) const {
    const boost::json::value* const value = find(key, boost::json::kind::array, "a list");
    if (value == nullptr) return;
    std::size_t at = 0;
    for (const boost::json::value& one : value->get_array()) {
      const std::string place = std::string(key) + "[" + std::to_string(at++) + "]";
      if (!one.is_object()) return complain(place, "must be an object");
      take(JsonReader(one.get_object(), place_ + place + ".", *complaint_));
      if (failed()) return;
    }
  }
  template <class Take>
  void each_value(std::string_view key, Take take) const {
    const boost::json::value* const value = find(key, boost::json::kind::array, "a list");
    if (value == nullptr) return;
    for (const boost::json::value& one : value->get_array()) take(one);
  }
  const boost::json::object& whole() const noexcept { return *object_; }

 private:
  const boost::json::value* find(std::string_view key, boost::json::kind kind, std::string_view name) const {
    const boost::json::value* const value = object_->if_contains(key);
    if (value != nullptr && value->kind() == kind) return value;
    complain(key, "must be " + std::string(name));
    return nullptr;
  }

  const boost::json::object* object_;
  std::string place_;
  std::string* complaint_;
};

}  // namespace loadtest::measure
