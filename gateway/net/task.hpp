#pragma once
// The coroutine type of the project, bound to io_context's own executor: `any_io_executor` would cost an indirect call
// and a reference count at every resumption.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace gw::net {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

/// A coroutine of ours. It starts when awaited and lives on the io_context of whoever awaits it.
template <class T = void>
using Task = asio::awaitable<T, Executor>;

inline constexpr asio::use_awaitable_t<Executor> use_task{};

}  // namespace gw::net
