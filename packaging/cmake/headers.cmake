# SPDX-License-Identifier: MIT
# check_headers(): the target checkheaders compiles each public header alone, and proves that those which promise to need
# no Asio and no libssh2 include neither.

set(headers_with_asio "^muster/(async_run|remote|rollout_hooks|ssh|transport|coro/.*)\\.hpp$")

function(write_header_check header file)
  set(text "#include <${header}>\n#include <${header}>\n#ifdef LIBSSH2_VERSION_NUM\n#error ${header} includes libssh2\n#endif\n")
  if(NOT header MATCHES ${headers_with_asio})
    string(APPEND text "#ifdef ASIO_DETAIL_CONFIG_HPP\n#error ${header} includes Asio\n#endif\n")
  endif()
  file(CONFIGURE OUTPUT ${file} CONTENT "${text}" @ONLY)
endfunction()

function(check_headers)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/include/*.hpp)
  set(files "")
  foreach(header IN LISTS headers)
    string(REGEX REPLACE "[/.]" "_" name ${header})
    set(file ${PROJECT_BINARY_DIR}/checkheaders/${name}.cpp)
    write_header_check(${header} ${file})
    list(APPEND files ${file})
  endforeach()
  if(files AND MUSTER_TESTS)
    add_library(checkheaders OBJECT ${files})
    target_include_directories(checkheaders PRIVATE ${PROJECT_SOURCE_DIR}/include)
    target_link_libraries(checkheaders PRIVATE muster::asio muster_flags)
    target_compile_options(checkheaders PRIVATE -O0 -Wshadow -Wsign-conversion -Wold-style-cast)
  endif()
endfunction()
