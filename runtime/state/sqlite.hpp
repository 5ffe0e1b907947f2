#pragma once
// SQLite as values: a connection that is closed, a statement that is finalised, errors as Trouble. Lives on one thread.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace runtime::state {

/// Bytes that are stored as a BLOB, not as text.
struct Blob {
  std::string_view bytes;
};

class Statement {
 public:
  Statement(sqlite3* connection, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  /// Binds the next parameter, in the order of the question marks.
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view value);
  Statement& bind(Blob value);

  /// The next row; false when there is none.
  bool step();
  /// For statements without rows.
  void run();

  std::int64_t integer(int column) const;
  std::string text(int column) const;

 private:
  sqlite3* connection_;
  sqlite3_stmt* statement_ = nullptr;
  int next_ = 1;
};

class Connection {
 public:
  /// Opens or creates the file (0600) in WAL mode with foreign keys on and a busy timeout.
  explicit Connection(const std::filesystem::path& file);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Statement prepare(std::string_view sql) const { return Statement(connection_, sql); }
  /// Several statements, none with rows or parameters.
  void execute(const std::string& sql);
  /// How many rows the last statement changed.
  int changes() const;

 private:
  sqlite3* connection_ = nullptr;
};

/// Rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Connection& connection_;
  bool open_ = true;
};

}  // namespace runtime::state
