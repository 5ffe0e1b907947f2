#include "runtime/state/sqlite.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "runtime/state/trouble.hpp"

namespace runtime::state {
namespace {

[[noreturn]] void fail(sqlite3* connection) {
  const int code = sqlite3_extended_errcode(connection) & 0xff;
  const std::string what = fmt::format("the state database refuses: {}", sqlite3_errmsg(connection));
  const char* file = sqlite3_db_filename(connection, nullptr);
  const std::string where = file == nullptr ? "" : file;
  if (code == SQLITE_CONSTRAINT) throw Trouble(Kind::conflict, what, {}, where);
  if (code == SQLITE_FULL) throw Trouble(Kind::unavailable, what, "free some disk space and try again", where);
  if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN || code == SQLITE_PERM) {
    throw Trouble(Kind::unavailable, what, "check who owns the file, or choose another place with --state DIR", where);
  }
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB) {
    throw Trouble(Kind::unavailable, what, "move the file away, or put a copy back", where);
  }
  throw Trouble(Kind::unavailable, what, {}, where);
}

}  // namespace

Statement::Statement(sqlite3* connection, std::string_view sql) : connection_(connection) {
  if (sqlite3_prepare_v2(connection, sql.data(), static_cast<int>(sql.size()), &statement_, nullptr) != SQLITE_OK) {
    fail(connection);
  }
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(std::int64_t value) {
  if (sqlite3_bind_int64(statement_, next_++, value) != SQLITE_OK) fail(connection_);
  return *this;
}

// The null destructor means "static": every caller steps before its argument dies.
Statement& Statement::bind(std::string_view value) {
  const char* data = value.data() == nullptr ? "" : value.data();
  if (sqlite3_bind_text64(statement_, next_++, data, value.size(), nullptr, SQLITE_UTF8) != SQLITE_OK) fail(connection_);
  return *this;
}

Statement& Statement::bind(Blob value) {
  if (sqlite3_bind_blob64(statement_, next_++, value.bytes.data(), value.bytes.size(), nullptr) != SQLITE_OK) {
    fail(connection_);
  }
  return *this;
}

bool Statement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  fail(connection_);
}

void Statement::run() {
  while (step()) {
  }
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Statement::text(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  return data == nullptr ? std::string() : std::string(static_cast<const char*>(data), size);
}

Connection::Connection(const std::filesystem::path& file) {
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW;
  // The files are created with the umask's mode, so it is tightened for this moment: -wal and -shm copy it.
  const mode_t before = ::umask(077);
  const int opened = sqlite3_open_v2(file.c_str(), &connection_, flags, nullptr);
  try {
    if (opened != SQLITE_OK) fail(connection_);
    sqlite3_extended_result_codes(connection_, 1);
    sqlite3_busy_timeout(connection_, 5000);
    execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;");
  } catch (...) {
    ::umask(before);
    sqlite3_close(connection_);
    throw;
  }
  ::umask(before);
}

Connection::~Connection() { sqlite3_close(connection_); }

void Connection::execute(const std::string& sql) {
  if (sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail(connection_);
}

int Connection::changes() const { return sqlite3_changes(connection_); }

Transaction::Transaction(Connection& connection) : connection_(connection) { connection_.execute("BEGIN IMMEDIATE"); }

Transaction::~Transaction() {
  if (!open_) return;
  try {
    connection_.execute("ROLLBACK");
  } catch (...) {
    // SQLite has rolled back by itself already (a full disk does that).
    open_ = false;
  }
}

void Transaction::commit() {
  connection_.execute("COMMIT");
  open_ = false;
}

}  // namespace runtime::state
