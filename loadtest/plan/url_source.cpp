// The one translation unit that compiles Boost.URL: Debian ships 1.81 headers but no library of it.
#include <boost/url/src.hpp>
