#pragma once
// `--prometheus-listen HOST:PORT`: the numbers of a run while it goes on, for whoever asks.

#include <memory>
#include <string>

namespace loadtest::command {

/// Serves one text over HTTP on a thread of its own, which none of those that make load waits for.
class Scrape {
 public:
  /// `address`: HOST:PORT, port 0 is any; empty: nothing is served. Throws Mistake when nobody can listen there.
  explicit Scrape(const std::string& address);
  ~Scrape();
  Scrape(const Scrape&) = delete;
  Scrape& operator=(const Scrape&) = delete;

  /// Does anybody want the text?
  bool open() const noexcept { return inside_ != nullptr; }
  /// What is served from now on, or in a moment: its thread is told, and not waited for.
  void show(std::string text);
  /// `http://127.0.0.1:9100/metrics`, `http://[::1]:9100/metrics`
  std::string url() const;

 private:
  class Inside;
  std::unique_ptr<Inside> inside_;
};

}  // namespace loadtest::command
