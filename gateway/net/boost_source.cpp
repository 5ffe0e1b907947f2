// The one translation unit that compiles Boost's sources: Debian ships 1.81 headers but 1.74 libraries.
#include <boost/asio/impl/src.hpp>
#include <boost/json/src.hpp>
