#include "loadtest/measure/recorder.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <new>
#include <utility>

namespace loadtest::measure {
namespace {

constexpr std::array<std::size_t, metrics + 1> offsets = [] {
  std::array<std::size_t, metrics + 1> made{};
  for (std::size_t i = 0; i != metrics; ++i) made[i + 1] = made[i] + layout_of(static_cast<Metric>(i)).size();
  return made;
}();
constexpr std::size_t tally_place = metrics;  ///< of the tally, among places of cells

template <Metric metric>
std::size_t index_of(std::uint64_t value) noexcept {
  constexpr Layout layout = layout_of(metric);
  return layout.index_of(std::min(value, layout.highest()));
}

/// Counts of a window that samples still come for: dense, so that one costs an increment. Most of its pages are never touched.
struct Open {
  struct Total {
    std::uint64_t count, sum, min, max;
    void add(std::uint64_t value) noexcept {
      ++count;
      sum += value;
      min = std::min(min, value);
      max = std::max(max, value);
    }
  };

  std::int64_t number;
  bool used;
  std::uint64_t started, bytes_in, bytes_out;
  std::array<Total, metrics> totals;
  std::array<std::uint32_t, tally_size> tally;
  std::array<std::uint32_t, offsets[metrics]> counts;

  void begin(std::int64_t window) noexcept {
    number = window;
    used = true;
    started = bytes_in = bytes_out = 0;
    for (Total& total : totals) total = {0, 0, std::numeric_limits<std::uint64_t>::max(), 0};
  }
  template <Metric metric>
  void put(std::uint64_t value) noexcept {
    constexpr auto at = static_cast<std::size_t>(metric);
    totals[at].add(value);
    ++counts[offsets[at] + index_of<metric>(value)];
  }
  void put_tally(std::size_t index) noexcept { ++tally[index]; }
  void put_bytes(std::uint64_t in, std::uint64_t out) noexcept {
    ++started;
    bytes_in += in;
    bytes_out += out;
  }
  /// Moves everything to the window.
  void close(Window& window);
};

PackedCounts take_counts(std::uint32_t* counts, std::size_t begin, std::size_t end) {
  PackedCounts taken;
  taken.reserve(end - begin);
  Packer out(taken);
  for (std::size_t i = begin; i != end; ++i) {
    if (counts[i] == 0) continue;
    out.add(static_cast<std::uint32_t>(i), counts[i]);
    counts[i] = 0;
  }
  taken.shrink_to_fit();
  return taken;
}

void Open::close(Window& window) {
  for (std::size_t i = 0; i != metrics; ++i) {
    const Total& total = totals[i];
    if (total.count == 0) continue;
    const Layout layout = layout_of(static_cast<Metric>(i));
    const std::size_t begin = layout.index_of(std::min(total.min, longest));
    const std::size_t end = layout.index_of(std::min(total.max, longest)) + 1;
    window.cells[i].add({total.count, total.sum, total.min, total.max, take_counts(counts.data() + offsets[i], begin, end)},
                        layout.size());
  }
  window.started += started;
  window.bytes_in += bytes_in;
  window.bytes_out += bytes_out;
  window.tally = add(window.tally, take_counts(tally.data(), 0, tally_size), tally_size);
  used = false;
}

/// Places in a window that no longer is open.
struct Late {
  static constexpr std::size_t most_places = 8192;
  Window* window;
  std::vector<std::uint32_t>* places;

  template <Metric metric>
  void put(std::uint64_t value) {
    Cell& cell = (*window)[metric];
    cell.min = cell.count == 0 ? value : std::min(cell.min, value);
    cell.max = std::max(cell.max, value);
    cell.sum += value;
    ++cell.count;
    places->push_back(static_cast<std::uint32_t>(static_cast<std::size_t>(metric) << 16 | index_of<metric>(value)));
  }
  void put_tally(std::size_t index) { places->push_back(static_cast<std::uint32_t>(tally_place << 16 | index)); }
  void put_bytes(std::uint64_t in, std::uint64_t out) noexcept {
    ++window->started;
    window->bytes_in += in;
    window->bytes_out += out;
  }
};

/// Counts what was late.
void fold(Window& window, std::vector<std::uint32_t>& places) {
  std::sort(places.begin(), places.end());
  for (auto begin = places.begin(); begin != places.end();) {
    const std::uint32_t metric = *begin >> 16;
    const auto end = std::find_if(begin, places.end(), [&](std::uint32_t place) { return place >> 16 != metric; });
    std::for_each(begin, end, [](std::uint32_t& place) { place &= 0xffff; });
    const std::span<const std::uint32_t> range(begin, end);
    if (metric == tally_place)
      window.tally = add(window.tally, range, tally_size);
    else
      window.cells[metric].counts = add(window.cells[metric].counts, range, layout_of(static_cast<Metric>(metric)).size());
    begin = end;
  }
  places.clear();
  places.shrink_to_fit();
}

/// From one moment to another; what did not come, or came in the wrong order, has no length.
std::uint64_t between(Nanoseconds from, Nanoseconds to) noexcept {
  return to > from ? static_cast<std::uint64_t>(to - from) : 0;
}

/// The phases of a success: with lateness they add up to its response time.
template <class Into>
void put_phases(const Sample& sample, Into& into) {
  into.template put<Metric::service>(between(sample.sending, sample.end));
  // Where nobody looked for a first byte, the answer was there all at once.
  const Nanoseconds first_byte = sample.first_byte == never ? sample.end : sample.first_byte;
  into.template put<Metric::first_byte>(between(sample.due, first_byte));
  std::uint64_t making = 0;
  if (sample.connecting != never && sample.connected != never) {
    const std::uint64_t connect = between(sample.connecting, sample.connected);
    into.template put<Metric::connect>(connect);
    making += connect;
    if (sample.secured != never) {
      const std::uint64_t tls = between(sample.connected, sample.secured);
      into.template put<Metric::tls>(tls);
      making += tls;
    }
  }
  const std::uint64_t until_sending = between(sample.noticed, sample.sending);
  into.template put<Metric::queue>(until_sending - std::min(making, until_sending));
  // An answer may begin before the request is whole: then that was all of the sending that it waited for.
  const Nanoseconds sent = sample.sent == never ? first_byte : std::min(sample.sent, first_byte);
  into.template put<Metric::send>(between(sample.sending, sent));
  into.template put<Metric::wait>(between(sent, first_byte));
  into.template put<Metric::receive>(between(first_byte, sample.end));
}

template <class Into>
void put(const Sample& sample, Into& into) {
  into.put_bytes(sample.bytes_in, sample.bytes_out);
  into.put_tally(1000 + static_cast<std::size_t>(sample.ending));
  if (sample.noticed != never) into.template put<Metric::lateness>(between(sample.due, sample.noticed));
  if (sample.ending == Ending::not_sent) return;
  const std::uint64_t response = between(sample.due, sample.end);
  switch (class_of(sample.ending, sample.status)) {
    case Metric::success:
      into.template put<Metric::success>(response);
      put_phases(sample, into);
      break;
    case Metric::client_error:
      into.template put<Metric::client_error>(response);
      break;
    case Metric::server_error:
      into.template put<Metric::server_error>(response);
      break;
    case Metric::unfinished:
      into.template put<Metric::unfinished>(response);
      if (sample.sending != never) into.template put<Metric::service_unfinished>(between(sample.sending, sample.end));
      if (sample.first_byte == never)
        into.template put<Metric::first_byte_unfinished>(response);
      else
        into.template put<Metric::first_byte>(between(sample.due, sample.first_byte));
      break;
    default:
      into.template put<Metric::transport>(response);
  }
  if (sample.ending == Ending::answered) into.put_tally(std::min<std::size_t>(sample.status, 999));
}

template <class Into>
void put(const StreamEvent& event, Into& into) {
  if (event.first)
    into.template put<Metric::first_event>(between(event.since, event.at));
  else
    into.template put<Metric::gap>(between(event.since, event.at));
}

struct Free {
  void operator()(Open* open) const noexcept { std::free(open); }
};

/// Windows of which the newest eight, as far as there are samples for them, are open.
struct Book {
  static constexpr std::size_t at_once = 8;

  Open* find(const Series& series, std::vector<Window>& windows, Nanoseconds due) {
    const std::int64_t number = due / series.width;
    std::unique_ptr<Open, Free>& open = opened[static_cast<std::size_t>(number) % at_once];
    if (!open) {
      open.reset(static_cast<Open*>(std::calloc(1, sizeof(Open))));
      if (!open) throw std::bad_alloc();
    }
    if (open->used && open->number > number) return nullptr;
    if (!open->used || open->number != number) {
      if (open->used) open->close(windows[static_cast<std::size_t>(open->number)]);
      open->begin(number);
      reach(windows, number);
    }
    last = open.get();
    begin = number * series.width;
    return last;
  }
  /// Makes the window, and those in front of it.
  static Window& reach(std::vector<Window>& windows, std::int64_t number) {
    const auto at = static_cast<std::size_t>(number);
    if (windows.size() <= at) windows.resize(at + 1);
    return windows[at];
  }
  void close(std::vector<Window>& windows) {
    for (const auto& open : opened) {
      if (open && open->used) open->close(windows[static_cast<std::size_t>(open->number)]);
    }
    for (std::size_t i = 0; i != late.size(); ++i) {
      if (!late[i].empty()) fold(windows[i], late[i]);
    }
    late.clear();
    last = nullptr;
    ending_begin = -1;
  }

  std::array<std::unique_ptr<Open, Free>, at_once> opened;
  std::vector<std::vector<std::uint32_t>> late;  ///< by window
  Open* last = nullptr;                          ///< where the last sample went
  Nanoseconds begin = 0;                         ///< of that window
  std::size_t ending = 0;                        ///< the window in which the last sample ended
  Nanoseconds ending_begin = -1;                 ///< of that window; -1: none
};

}  // namespace

struct Recorder::State {
  Series series;
  Book book;
  Book warm_up;
  Glance seen;
  std::array<std::uint32_t, layout_of(Metric::lateness).size()> recent{};

  template <class What>
  void file(const What& what, Nanoseconds due, bool warm) {
    Book& into = warm ? warm_up : book;
    if (into.last != nullptr && due >= into.begin && due - into.begin < series.width) return put(what, *into.last);
    due = std::max<Nanoseconds>(due, 0);
    fit(due);
    std::vector<Window>& windows = warm ? series.warm_up : series.windows;
    if (Open* const open = into.find(series, windows, due)) return put(what, *open);
    const auto number = static_cast<std::size_t>(due / series.width);
    if (into.late.size() <= number) into.late.resize(number + 1);
    Late late{&windows[number], &into.late[number]};
    put(what, late);
    if (late.places->size() >= Late::most_places) fold(*late.window, *late.places);
  }
  /// Widens until there is a window for this moment.
  void fit(Nanoseconds moment) {
    while (moment / series.width >= static_cast<Nanoseconds>(Series::most_windows)) {
      close();
      series.widen();
    }
  }
  void close() {
    book.close(series.windows);
    warm_up.close(series.warm_up);
  }
  void count_end(Nanoseconds end, bool warm) {
    Book& into = warm ? warm_up : book;
    std::vector<Window>& windows = warm ? series.warm_up : series.windows;
    if (into.ending_begin < 0 || end < into.ending_begin || end - into.ending_begin >= series.width) {
      fit(end);
      into.ending_begin = end - end % series.width;
      into.ending = static_cast<std::size_t>(end / series.width);
      Book::reach(windows, static_cast<std::int64_t>(into.ending));
    }
    ++windows[into.ending].ended;
  }
};

Recorder::Recorder() : state_(std::make_unique<State>()) {}
Recorder::~Recorder() = default;
Recorder::Recorder(Recorder&&) noexcept = default;
Recorder& Recorder::operator=(Recorder&&) noexcept = default;

void Recorder::record(const Sample& sample) noexcept {
  State& state = *state_;
  state.file(sample, sample.due, sample.warm_up);
  ++state.seen.started;
  if (sample.ending == Ending::in_flight || sample.ending == Ending::not_sent) {
    ++state.seen.failed;
    return;
  }
  state.count_end(std::max<Nanoseconds>(sample.end, 0), sample.warm_up);
  ++state.seen.ended;
  state.seen.bytes_in += sample.bytes_in;
  if (sample.ending != Ending::answered || sample.status >= 500) ++state.seen.failed;
  if (sample.ending == Ending::answered) ++state.recent[index_of<Metric::lateness>(between(sample.due, sample.end))];
}

void Recorder::record(const StreamEvent& event) noexcept { state_->file(event, event.since, event.warm_up); }

const Series& Recorder::series() const noexcept {
  state_->close();
  return state_->series;
}

Glance Recorder::glance() noexcept {
  Glance taken = state_->seen;
  taken.recent = take_counts(state_->recent.data(), 0, state_->recent.size());
  return taken;
}

void Glance::merge(const Glance& other) {
  started += other.started;
  ended += other.ended;
  failed += other.failed;
  bytes_in += other.bytes_in;
  recent = add(recent, other.recent, layout_of(Metric::lateness).size());
}

}  // namespace loadtest::measure
