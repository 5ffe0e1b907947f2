# spaceport_pytest(NAME PATH LABEL label [TIMEOUT seconds] [ENVIRONMENT NAME=value...] [PODMAN]): one pytest module or folder as one
# ctest test; with PODMAN on a podman of its own instead of docker.
# PATH is relative to the calling CMakeLists.txt. The suites find the built programs in SPACEPORT_BIN. tests/run collects a report of each
# test function. A module that has a short and a long version is two tests, which the environment tells apart.
function(spaceport_pytest name path)
  cmake_parse_arguments(arg "PODMAN" "TIMEOUT" "LABEL;ENVIRONMENT" ${ARGN})
  if(NOT SPACEPORT_TESTS)
    return()
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 300)
  endif()
  set(engine)
  if(arg_PODMAN)
    set(engine /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tests/e2e/podman.py)
  endif()
  # Python of the distribution: its packages (pytest, websockets, h2) are there, whatever comes first in PATH.
  add_test(NAME ${name}
    COMMAND ${engine} /usr/bin/python3 ${CMAKE_SOURCE_DIR}/tests/pytest_runner.py ${name} ${CMAKE_CURRENT_SOURCE_DIR}/${path}
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}/tests)
  set_tests_properties(${name} PROPERTIES
    LABELS "${arg_LABEL}" TIMEOUT ${arg_TIMEOUT}
    ENVIRONMENT "SPACEPORT_BIN=${CMAKE_BINARY_DIR}/bin;SPACEPORT_ROOT=${CMAKE_SOURCE_DIR};PYTHONDONTWRITEBYTECODE=1;${arg_ENVIRONMENT}")
endfunction()
