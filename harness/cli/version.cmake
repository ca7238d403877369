# SPDX-License-Identifier: GPL-2.0-or-later
# Writes version.cpp, when the version has changed. Runs at build time, because the commit changes more often than the build
# is configured. A source tree without git (a release's tarball) has the project's version.
execute_process(
  COMMAND git -c safe.directory=* -C ${SOURCE_DIR} describe --always --dirty --abbrev=7 --exclude=*
  OUTPUT_VARIABLE described
  OUTPUT_STRIP_TRAILING_WHITESPACE
  RESULT_VARIABLE failed
  ERROR_QUIET)
if(failed OR NOT EXISTS ${SOURCE_DIR}/.git)
  set(described ${PROJECT_VERSION})
endif()
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [=[
// Written by harness/cli/version.cmake.
#include "harness/cli/version.h"

namespace natstep::harness {

std::string_view version() { return "@described@"; }
std::string_view source_directory() { return R"(@SOURCE_DIR@)"; }

}  // namespace natstep::harness
]=])
