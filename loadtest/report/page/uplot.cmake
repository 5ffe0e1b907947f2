# uPlot, for the charts of pages: the package of npm in the version that package-lock.json names, in build/uplot of the source tree, where
# all presets find it. Where npm is, npm fetches it; elsewhere CMake fetches what npm would, and compares it with the same checksum. Without
# a network: -DSPACEPORT_UPLOT=FOLDER, which has dist/uPlot.iife.min.js.
set(SPACEPORT_UPLOT "" CACHE PATH "The package uplot, if it shall not be fetched")
file(READ ${CMAKE_CURRENT_LIST_DIR}/package-lock.json lock)
string(JSON uplot_version GET "${lock}" packages node_modules/uplot version)
string(JSON uplot_address GET "${lock}" packages node_modules/uplot resolved)
string(JSON uplot_integrity GET "${lock}" packages node_modules/uplot integrity)

if(SPACEPORT_UPLOT)
  set(uplot_folder ${SPACEPORT_UPLOT})
else()
  set(uplot_folder ${CMAKE_SOURCE_DIR}/build/uplot/${uplot_version})
endif()

# The checksum of the lock file is base64; CMake wants hexadecimal digits.
function(hexadecimal_of base64 result)
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/uplot.base64 "${base64}")
  execute_process(COMMAND base64 -d ${CMAKE_CURRENT_BINARY_DIR}/uplot.base64 OUTPUT_FILE ${CMAKE_CURRENT_BINARY_DIR}/uplot.checksum
    COMMAND_ERROR_IS_FATAL ANY)
  file(READ ${CMAKE_CURRENT_BINARY_DIR}/uplot.checksum digits HEX)
  set(${result} ${digits} PARENT_SCOPE)
endfunction()

function(fetch_with_npm npm folder)
  file(COPY ${CMAKE_CURRENT_LIST_DIR}/package.json ${CMAKE_CURRENT_LIST_DIR}/package-lock.json DESTINATION ${folder}.npm)
  execute_process(COMMAND ${npm} ci --ignore-scripts --no-audit --no-fund --silent WORKING_DIRECTORY ${folder}.npm
    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET TIMEOUT 120)
  if(NOT failed)
    file(RENAME ${folder}.npm/node_modules/uplot ${folder})
  endif()
  file(REMOVE_RECURSE ${folder}.npm)
endfunction()

function(fetch_without_npm folder)
  string(REPLACE "sha512-" "" checksum ${uplot_integrity})
  hexadecimal_of(${checksum} checksum)
  file(DOWNLOAD ${uplot_address} ${folder}.tgz EXPECTED_HASH SHA512=${checksum} TIMEOUT 120 STATUS status)
  list(GET status 0 failed)
  if(NOT failed)
    file(ARCHIVE_EXTRACT INPUT ${folder}.tgz DESTINATION ${folder}.tar)
    file(RENAME ${folder}.tar/package ${folder})
    file(REMOVE_RECURSE ${folder}.tar)
  endif()
  file(REMOVE ${folder}.tgz)
endfunction()

if(NOT EXISTS ${uplot_folder}/dist/uPlot.iife.min.js AND NOT SPACEPORT_UPLOT)
  find_program(SPACEPORT_NPM npm)
  file(MAKE_DIRECTORY ${CMAKE_SOURCE_DIR}/build/uplot)
  # Of one that somebody has cleared only folders are left.
  file(REMOVE_RECURSE ${uplot_folder})
  if(SPACEPORT_NPM)
    fetch_with_npm(${SPACEPORT_NPM} ${uplot_folder})
  endif()
  if(NOT EXISTS ${uplot_folder}/dist/uPlot.iife.min.js)
    fetch_without_npm(${uplot_folder})
  endif()
endif()
if(NOT EXISTS ${uplot_folder}/dist/uPlot.iife.min.js)
  message(FATAL_ERROR "uPlot ${uplot_version} (${uplot_address}) could not be fetched. Does this machine reach the registry of npm? "
    "Else unpack the package anywhere and say -DSPACEPORT_UPLOT=FOLDER")
endif()
