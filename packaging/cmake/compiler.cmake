# SPDX-License-Identifier: MIT
# How every file is compiled: warnings, sanitizers, the compiler cache. Also reads what packaging/set-up has provided.

set(MUSTER_SANITIZE "" CACHE STRING "sanitizers to build with, e.g. address,undefined")
option(MUSTER_PQ "post-quantum key exchange" ON)

# NAME=PATH lines: CACHE, LIBSSH2, CATCH2, SSHD, each only if it is there.
set(set_up ${PROJECT_SOURCE_DIR}/packaging/set-up)
set(set_up_variables "")
if(NOT MUSTER_PQ)
  list(APPEND set_up_variables MUSTER_PQ=OFF)
endif()
if(MUSTER_SANITIZE)
  list(APPEND set_up_variables MUSTER_SANITIZE=${MUSTER_SANITIZE} MUSTER_CC=${CMAKE_C_COMPILER})
endif()
if(set_up_variables)
  set(set_up ${CMAKE_COMMAND} -E env ${set_up_variables} ${set_up})
endif()
execute_process(COMMAND ${set_up} --print OUTPUT_VARIABLE set_up_paths)
function(set_up_path name result)
  set(path "")
  if(set_up_paths MATCHES "(^|\n)${name}=([^\n]*)")
    set(path ${CMAKE_MATCH_2})
  endif()
  set(${result} ${path} PARENT_SCOPE)
endfunction()

if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_COMPILE_WARNING_AS_ERROR)
  set(CMAKE_COMPILE_WARNING_AS_ERROR ON)
endif()
add_library(muster_flags INTERFACE)
target_compile_options(muster_flags INTERFACE -Wall -Wextra -Wpedantic)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12: in std::string, and where the making of an Asio coroutine is inlined.
  target_compile_options(muster_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict> $<$<COMPILE_LANGUAGE:CXX>:-Wno-mismatched-new-delete>)
endif()

# What Debian hardens its packages with, and checks in libstdc++. Whoever uses the library compiles as they like.
add_library(muster_hardening INTERFACE)
if(NOT MUSTER_SANITIZE)
  target_compile_options(muster_hardening INTERFACE -fstack-protector-strong -fstack-clash-protection -Wformat -Werror=format-security
    $<$<NOT:$<OR:$<CONFIG:>,$<CONFIG:None>,$<CONFIG:Debug>>>:-U_FORTIFY_SOURCE> $<$<NOT:$<OR:$<CONFIG:>,$<CONFIG:None>,$<CONFIG:Debug>>>:-D_FORTIFY_SOURCE=2>)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    target_compile_options(muster_hardening INTERFACE -fcf-protection)
  endif()
  target_compile_definitions(muster_hardening INTERFACE $<$<COMPILE_LANGUAGE:CXX>:_GLIBCXX_ASSERTIONS>)
endif()
set(muster_link_hardening LINKER:-z,relro LINKER:-z,now)

if(MUSTER_SANITIZE)
  add_compile_options(-fsanitize=${MUSTER_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${MUSTER_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-maybe-uninitialized) # false alarms in code that the sanitizers have rewritten
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fno-sanitize=function>) # clang 14 can't assemble coroutines with it
  endif()
endif()

# The paths of this clone stay out of what is hashed, so that another clone finds the same objects.
find_program(MUSTER_CCACHE ccache)
find_program(MUSTER_ENV env)
set_up_path(CACHE set_up_cache)
if(MUSTER_CCACHE AND MUSTER_ENV AND set_up_cache AND PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${MUSTER_ENV} CCACHE_DIR=${set_up_cache}/ccache CCACHE_MAXSIZE=2G
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${MUSTER_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_C_COMPILER_LAUNCHER})
endif()
