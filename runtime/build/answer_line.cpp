#include "runtime/build/answer_line.hpp"

#include <sodium.h>

#include <boost/json.hpp>

namespace runtime::build {
namespace {

namespace json = boost::json;

std::string text_at(const json::object& object, std::string_view key) {
  const auto* found = object.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

std::string from_base64(const std::string& text) {
  std::string out(text.size(), '\0');
  std::size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), nullptr, &size,
                        nullptr, sodium_base64_VARIANT_ORIGINAL) != 0)
    return {};
  out.resize(size);
  return out;
}

}  // namespace

AnswerLine read_answer_line(std::string_view text) {
  AnswerLine line;
  boost::system::error_code bad;
  const auto document = json::parse(text, bad);
  const auto* object = bad ? nullptr : document.if_object();
  if (object == nullptr) return line;
  const auto* aux = object->if_contains("aux");
  const auto id = text_at(*object, "id");
  if (id == "moby.buildkit.trace")
    line.trace = from_base64(text_at(*object, "aux"));
  else if ((id.empty() || id == "moby.image.id") && aux != nullptr && aux->is_object())
    line.image_id = text_at(aux->get_object(), "ID");
  line.printed = text_at(*object, "stream");
  line.error = text_at(*object, "error");
  return line;
}

}  // namespace runtime::build
