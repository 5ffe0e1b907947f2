// A bug that only a fuzzer finds which sees where the code goes, and which a sanitizer watches. A run that does not find it proves that
// the other programs here find nothing either.

#include <cstddef>
#include <vector>

namespace {

// What a byte must be cannot be read off the comparison.
unsigned mixed(unsigned char byte) { return (byte * 181U + 97U) % 256U; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::vector<unsigned char> seen(4);
  std::size_t right = 0;
  for (const unsigned wanted : {7U, 201U, 44U, 130U}) {
    if (right == size || mixed(data[right]) != wanted) return 0;
    // Each step is a place of its own in the code, so that it can be seen.
    switch (right) {
      case 0:
        seen[0] = data[0];
        break;
      case 1:
        seen[1] = data[1];
        break;
      case 2:
        seen[2] = data[2];
        break;
      default:
        seen.data()[seen.size()] = data[3];
    }
    ++right;
  }
  return 0;
}
