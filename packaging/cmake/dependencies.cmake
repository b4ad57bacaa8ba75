# SPDX-License-Identifier: MIT
# Finds the libraries as targets muster::NAME, all of them SYSTEM, and refuses the versions that cannot work.

set(CMAKE_FIND_USE_PACKAGE_REGISTRY OFF) # never let what somebody once built on this machine choose a library
set(CMAKE_EXPORT_NO_PACKAGE_REGISTRY ON)
set(THREADS_PREFER_PTHREAD_FLAG ON)

set(LIBSSH2_SOURCE_DIR "" CACHE PATH "an unpacked libssh2 source to build from, for machines without a network")
set(LIBSSH2_SOURCE_VERSION "own source" CACHE STRING "the version of that source, as muster -V shows it")

option(MUSTER_STATIC_LIBRARIES "link every library into the program but those of the C and C++ compiler" OFF)
if(MUSTER_STATIC_LIBRARIES)
  set(OPENSSL_USE_STATIC_LIBS ON)
endif()
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
if(MUSTER_STATIC_LIBRARIES) # Debian has no static libfmt
  add_library(muster::fmt ALIAS fmt::fmt-header-only)
else()
  add_library(muster::fmt ALIAS fmt::fmt)
endif()
add_library(muster::cli11 ALIAS CLI11::CLI11)
add_library(muster::json ALIAS nlohmann_json::nlohmann_json)
add_library(muster_yaml INTERFACE)
target_include_directories(muster_yaml SYSTEM INTERFACE ${YAML_CPP_INCLUDE_DIR})
if(MUSTER_STATIC_LIBRARIES)
  find_library(MUSTER_YAML_CPP libyaml-cpp.a REQUIRED)
  target_link_libraries(muster_yaml INTERFACE ${MUSTER_YAML_CPP})
else()
  target_link_libraries(muster_yaml INTERFACE yaml-cpp)
endif()
add_library(muster::yaml ALIAS muster_yaml)
add_library(muster::crypto ALIAS OpenSSL::Crypto)

# X25519 and Ed25519 take it 0.10 ms a connection, and libcrypto 0.16.
if(MUSTER_STATIC_LIBRARIES)
  find_library(MUSTER_SODIUM libsodium.a REQUIRED)
else()
  find_library(MUSTER_SODIUM sodium REQUIRED)
endif()
find_path(MUSTER_SODIUM_INCLUDE_DIR sodium.h REQUIRED)
add_library(muster_sodium UNKNOWN IMPORTED GLOBAL)
set_target_properties(muster_sodium PROPERTIES IMPORTED_LOCATION ${MUSTER_SODIUM}
  INTERFACE_INCLUDE_DIRECTORIES ${MUSTER_SODIUM_INCLUDE_DIR})
add_library(muster::sodium ALIAS muster_sodium)

# The static libarchive: of it only tar is linked, and nothing that its other formats need.
find_library(MUSTER_LIBARCHIVE libarchive.a REQUIRED)
find_path(MUSTER_LIBARCHIVE_INCLUDE_DIR archive.h REQUIRED)
include(private_archive)
set(MUSTER_PRIVATE_LIBARCHIVE ${PROJECT_BINARY_DIR}/libarchive/libarchive.a)
private_archive(${MUSTER_LIBARCHIVE} ${PROJECT_BINARY_DIR}/libarchive ${PROJECT_SOURCE_DIR}/src/copy/tar_reader.cpp
  ${PROJECT_SOURCE_DIR}/src/copy/tar_writer.cpp)
add_library(muster_archive STATIC IMPORTED GLOBAL)
set_target_properties(muster_archive PROPERTIES IMPORTED_LOCATION ${MUSTER_PRIVATE_LIBARCHIVE})
target_include_directories(muster_archive SYSTEM INTERFACE ${MUSTER_LIBARCHIVE_INCLUDE_DIR} ${PROJECT_BINARY_DIR}/libarchive)
add_library(muster::archive ALIAS muster_archive)

# ---- Asio ------------------------------------------------------------------------------------------------------------------

# Versions 1.22.2 to 1.30.1 each have one of two cancellation bugs: a use after free in co_spawn's cancellation handler
# (1.22.2 to 1.28.1), and an outcome lost when a task is cancelled before a context switch (1.28.1 to 1.30.1).
find_path(ASIO_INCLUDE_DIR asio/version.hpp REQUIRED)
file(STRINGS ${ASIO_INCLUDE_DIR}/asio/version.hpp asio_version REGEX "define ASIO_VERSION [0-9]+")
string(REGEX REPLACE ".*ASIO_VERSION ([0-9]+).*" "\\1" asio_version "${asio_version}")
if(NOT asio_version EQUAL 102201 AND asio_version LESS 103002)
  message(FATAL_ERROR "Asio ${asio_version} in ${ASIO_INCLUDE_DIR} cannot work here: every version between 1.22.1 and 1.30.2 has a "
    "cancellation bug (a use after free, or a lost outcome). Use 1.22.1, or 1.30.2 or later: "
    "-DASIO_INCLUDE_DIR=/path/to/asio/include")
endif()

# Header-only and without any macro, as Asio is by itself: files of a program that use Asio must agree on its macros, and the
# others' files know none of ours. See muster/coro/detail/asio.hpp.
add_library(muster_asio INTERFACE)
target_include_directories(muster_asio SYSTEM INTERFACE ${ASIO_INCLUDE_DIR})
if(asio_version LESS 102600) # it does not know yet that clang can
  target_compile_definitions(muster_asio INTERFACE
    $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_CO_AWAIT> $<$<CXX_COMPILER_ID:Clang>:ASIO_HAS_STD_COROUTINE>)
endif()
target_link_libraries(muster_asio INTERFACE Threads::Threads)
add_library(muster::asio ALIAS muster_asio)

# ---- libssh2 -----------------------------------------------------------------------------------------------------------------

# MUSTER_LIBSSH2_PACKAGE is the source package's version with the name of the series: the library itself does not tell which
# fixes it has. The headers are found by a link that keeps its name, so that a new patch, which does not change them, compiles
# nothing anew. The library as Debian has it is muster::unpatched_libssh2, where it was built.
function(use_libssh2 prefix package recipe)
  set(MUSTER_LIBSSH2_PREFIX ${prefix} PARENT_SCOPE)
  set(MUSTER_LIBSSH2_PACKAGE "${package}, patches ${recipe}" PARENT_SCOPE)
  file(CREATE_LINK ${prefix}/include ${PROJECT_BINARY_DIR}/libssh2_headers SYMBOLIC)
  add_library(muster_libssh2 STATIC IMPORTED GLOBAL)
  set_target_properties(muster_libssh2 PROPERTIES IMPORTED_LOCATION ${prefix}/lib/libssh2.a
    INTERFACE_INCLUDE_DIRECTORIES ${PROJECT_BINARY_DIR}/libssh2_headers)
  target_link_libraries(muster_libssh2 INTERFACE OpenSSL::Crypto muster_sodium)
  if(EXISTS ${prefix}/unpatched/lib/libssh2.a)
    add_library(muster::unpatched_libssh2 STATIC IMPORTED GLOBAL)
    set_target_properties(muster::unpatched_libssh2 PROPERTIES IMPORTED_LOCATION ${prefix}/unpatched/lib/libssh2.a)
    target_link_libraries(muster::unpatched_libssh2 INTERFACE OpenSSL::Crypto)
  endif()
endfunction()

function(build_libssh2 source prefix)
  if(NOT EXISTS ${prefix}/lib/libssh2.a)
    message(STATUS "Building libssh2 from ${source}")
    execute_process(COMMAND ${set_up} --build-libssh2 ${source} ${prefix} COMMAND_ERROR_IS_FATAL ANY)
  endif()
endfunction()

file(GLOB libssh2_patches CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/packaging/libssh2/*.patch)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
  ${PROJECT_SOURCE_DIR}/packaging/set-up ${PROJECT_SOURCE_DIR}/packaging/libssh2/series ${libssh2_patches})
set_up_path(LIBSSH2 libssh2_prefix)
if(set_up_variables AND NOT libssh2_prefix AND NOT LIBSSH2_SOURCE_DIR)
  list(JOIN set_up_variables " " set_up_words)
  message(FATAL_ERROR "This build needs a libssh2 of its own. Run: ${set_up_words} packaging/set-up")
endif()
set_up_path(LIBSSH2_RECIPE libssh2_recipe) # changes with every patch
if(LIBSSH2_SOURCE_DIR)
  build_libssh2(${LIBSSH2_SOURCE_DIR} ${PROJECT_BINARY_DIR}/libssh2-${libssh2_recipe})
  use_libssh2(${PROJECT_BINARY_DIR}/libssh2-${libssh2_recipe} ${LIBSSH2_SOURCE_VERSION} ${libssh2_recipe})
elseif(libssh2_prefix)
  string(REGEX REPLACE ".*/libssh2-(.*)-[0-9a-f]+$" "\\1" libssh2_package ${libssh2_prefix})
  use_libssh2(${libssh2_prefix} ${libssh2_package} ${libssh2_recipe})
else()
  message(FATAL_ERROR "No fit libssh2: muster needs its own, with the patches in packaging/libssh2; the system's can't be used. "
    "Run packaging/set-up, which builds it, or give -DLIBSSH2_SOURCE_DIR=/path/to/the/unpacked/source/of/Debian's/libssh2-1.11.1, "
    "where there is no network.")
endif()
add_library(muster::libssh2 ALIAS muster_libssh2)
file(STRINGS ${MUSTER_LIBSSH2_PREFIX}/lib/libssh2.a MUSTER_POST_QUANTUM REGEX "mlkem768x25519-sha256 [(]") # as -V says it

# ---- Catch2 ------------------------------------------------------------------------------------------------------------------

if(MUSTER_TESTS)
  set_up_path(CATCH2 catch2_prefix)
  find_package(Catch2 3.5 HINTS ${catch2_prefix})
  if(NOT Catch2_FOUND)
    message(FATAL_ERROR "The tests need Catch2 3.5 or later. Run packaging/set-up, or leave them out with -DMUSTER_TESTS=OFF.")
  endif()
  add_library(muster::catch2 ALIAS Catch2::Catch2WithMain)
endif()
