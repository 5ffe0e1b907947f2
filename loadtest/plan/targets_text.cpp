// Targets as lines of text: URLs, and vegeta's `http` format.

#include <fmt/format.h>

#include "loadtest/plan/targets.hpp"

namespace loadtest::plan {

void read_urls(std::string_view text, TargetMaker& maker) {
  for (std::size_t number = 1; !text.empty() && !maker.full(); ++number) {
    const auto line = trimmed(take_line(text));
    if (line.empty() || line.front() == '#') continue;
    TargetMaker::Piece piece;
    piece.line = number;
    piece.url = std::string(line);
    maker.add(std::move(piece));
  }
}

namespace {

/// One request of the `http` format under construction.
struct Draft {
  TargetMaker::Piece piece;
  bool open = false;
  bool broken = false;
};

void begin(Draft& draft, std::string_view line, std::size_t number, TargetMaker& maker) {
  draft = {};
  draft.open = true;
  draft.piece.line = number;
  const auto space = line.find(' ');
  const auto url = space == std::string_view::npos ? std::string_view{} : trimmed(line.substr(space));
  draft.broken = url.empty() || url.find(' ') != std::string_view::npos;
  if (draft.broken) return maker.wrong(number, "must be METHOD URL, such as GET http://127.0.0.1:7860/");
  draft.piece.method = std::string(line.substr(0, space));
  draft.piece.url = std::string(url);
}

void go_on(Draft& draft, std::string_view line, std::size_t number, TargetMaker& maker) {
  if (draft.piece.body) return maker.wrong(number, "follows a body: an empty line must be between two targets");
  if (line.front() == '@') {
    draft.piece.body = maker.file(number, std::string(trimmed(line.substr(1))));
    draft.broken = draft.broken || !draft.piece.body;
    return;
  }
  auto field = parse_field(line);
  if (!field) return maker.wrong(number, "must be a field such as Accept: text/html, @FILE for a body, or an empty line");
  draft.piece.fields.push_back(std::move(*field));
}

void end(Draft& draft, TargetMaker& maker) {
  if (draft.open && !draft.broken) maker.add(std::move(draft.piece));
  draft.open = false;
}

/// Two targets may follow each other without an empty line between, as vegeta allows.
bool begins_target(std::string_view line) {
  const auto word = line.substr(0, line.find(' '));
  return word.size() < line.size() && word.find(':') == std::string_view::npos && is_token(word) && line.front() != '@';
}

}  // namespace

void read_http(std::string_view text, TargetMaker& maker) {
  Draft draft;
  for (std::size_t number = 1; !text.empty() && !maker.full(); ++number) {
    const auto line = trimmed(take_line(text));
    if (!line.empty() && line.front() == '#') continue;
    if (line.empty()) {
      end(draft, maker);
    } else if (!draft.open || begins_target(line)) {
      end(draft, maker);
      begin(draft, line, number, maker);
    } else {
      go_on(draft, line, number, maker);
    }
  }
  end(draft, maker);
}

}  // namespace loadtest::plan
