# How fuzz programs see where their code goes, `fuzz_sight`, and what drives them, `fuzz_engine`. clang brings both. To what GCC compiles
# we link the same engine (Debian: libclang-rt-14-dev, no clang): so the fuzz programs share their layers with the unit tests under the
# sanitizers, and look at what the compiler of the product makes of coroutines.
add_library(fuzz_counters INTERFACE)
add_library(fuzz_engine INTERFACE)
if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
  # Everything: it takes no precompiled header that was made without.
  target_compile_options(project_options INTERFACE -fsanitize=fuzzer-no-link)
  set(fuzz_sight)
  target_link_options(fuzz_engine INTERFACE -fsanitize=fuzzer)
else()
  set(fuzz_sight -fsanitize-coverage=trace-pc,trace-cmp)
  file(GLOB places /usr/lib/llvm-*/lib/clang/*/lib/linux)
  find_library(LIBFUZZER libclang_rt.fuzzer-${CMAKE_SYSTEM_PROCESSOR}.a PATHS ${places} NO_CACHE)
  if(NOT LIBFUZZER)
    message(FATAL_ERROR "libFuzzer is not here: deploy/install fuzz, or -DSPACEPORT_FUZZ=OFF")
  endif()
  target_link_libraries(fuzz_engine INTERFACE ${LIBFUZZER})
  add_library(fuzz_counters_of_gcc STATIC tests/fuzz/counters.cpp)
  target_link_libraries(fuzz_counters INTERFACE fuzz_counters_of_gcc)
  target_link_options(fuzz_counters INTERFACE LINKER:--wrap=__sanitizer_cov_trace_pc)
endif()
