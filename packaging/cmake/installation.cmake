# SPDX-License-Identifier: MIT
# cmake --install: the program, the library with its headers, a CMake package, muster.pc, and what belongs to them.

include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

add_library(muster_all INTERFACE) # for those who add this project to theirs
target_link_libraries(muster_all INTERFACE muster_run muster_output)
target_compile_features(muster_all INTERFACE cxx_std_20)
add_library(muster::muster ALIAS muster_all)

# ---- the library: every layer but the program's, in one archive ----------------------------------------------

set(objects "")
get_property(layers GLOBAL PROPERTY muster_layers)
foreach(target IN LISTS layers)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL "STATIC_LIBRARY")
    list(APPEND objects $<TARGET_OBJECTS:${target}>)
  endif()
endforeach()
set(kind STATIC)
if(MUSTER_SHARED)
  set(kind SHARED)
endif()
add_library(muster_library ${kind} ${objects})
set_target_properties(muster_library PROPERTIES OUTPUT_NAME muster EXPORT_NAME muster LINKER_LANGUAGE CXX
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
target_compile_features(muster_library INTERFACE cxx_std_20)

# A shared library has all it needs inside; with a static one libssh2 and the part of libarchive come along, under a folder of muster's own.
if(MUSTER_SHARED)
  target_link_libraries(muster_library PRIVATE muster::libssh2 muster::archive muster::sodium OpenSSL::Crypto fmt::fmt Threads::Threads)
  target_link_options(muster_library PRIVATE LINKER:--version-script=${CMAKE_CURRENT_LIST_DIR}/muster.map LINKER:--no-undefined
    ${muster_link_hardening})
  set_property(TARGET muster_library PROPERTY LINK_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/muster.map)
  target_link_libraries(muster_library INTERFACE Threads::Threads)
  set(needs_others OFF)
  set(pc_libssh2 "")
  set(pc_requires "")
else()
  install(FILES ${MUSTER_LIBSSH2_PREFIX}/lib/libssh2.a DESTINATION ${CMAKE_INSTALL_LIBDIR}/muster RENAME libmuster_ssh2.a)
  install(FILES ${MUSTER_PRIVATE_LIBARCHIVE} DESTINATION ${CMAKE_INSTALL_LIBDIR}/muster RENAME libmuster_archive.a)
  foreach(part IN ITEMS ssh2 archive)
    target_link_libraries(muster_library INTERFACE
      $<INSTALL_INTERFACE:$<INSTALL_PREFIX>/${CMAKE_INSTALL_LIBDIR}/muster/libmuster_${part}.a>)
  endforeach()
  target_link_libraries(muster_library INTERFACE OpenSSL::Crypto sodium fmt::fmt Threads::Threads)
  set(needs_others ON)
  # pkg-config escapes a blank in the name of a folder behind -L, and in no path of a file.
  set(pc_libssh2 "-L\${libdir}/muster -l:libmuster_ssh2.a -l:libmuster_archive.a")
  set(pc_requires "Requires: libcrypto libsodium fmt")
endif()

install(TARGETS muster_library EXPORT muster ARCHIVE LIBRARY INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/muster DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN *.hpp)

# ---- how others find it ----------------------------------------------------------------------------------------------------------

set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/muster)
install(EXPORT muster NAMESPACE muster:: FILE muster-targets.cmake DESTINATION ${package_folder})
math(EXPR asio_major "${asio_version} / 100000")
math(EXPR asio_minor "${asio_version} / 100 % 1000")
math(EXPR asio_patch "${asio_version} % 100")
set(asio_dotted ${asio_major}.${asio_minor}.${asio_patch})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/muster-config.cmake.in muster-config.cmake INSTALL_DESTINATION ${package_folder})
write_basic_package_version_file(muster-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/muster-config.cmake ${PROJECT_BINARY_DIR}/muster-config-version.cmake DESTINATION ${package_folder})

file(RELATIVE_PATH pc_up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_CURRENT_LIST_DIR}/muster.pc.in muster.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/muster.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# ---- the program and its papers --------------------------------------------------------------------------------------------------

if(TARGET muster)
  install(TARGETS muster RUNTIME)
endif()

function(install_if_there file folder name)
  if(EXISTS ${PROJECT_SOURCE_DIR}/packaging/${file})
    install(FILES ${PROJECT_SOURCE_DIR}/packaging/${file} DESTINATION ${folder} RENAME ${name})
  endif()
endfunction()
# Under these names it takes those programs' options. Out of PATH, where the programs themselves may be.
file(RELATIVE_PATH to_program /${CMAKE_INSTALL_LIBEXECDIR}/muster /${CMAKE_INSTALL_BINDIR}/muster)
foreach(name IN ITEMS pdsh pdcp rpdcp clush)
  install(CODE "set(folder \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_LIBEXECDIR}/muster\")
file(MAKE_DIRECTORY \"\${folder}\")
file(CREATE_LINK ${to_program} \"\${folder}/${name}\" SYMBOLIC)")
endforeach()
install_if_there(man/muster.1 ${CMAKE_INSTALL_MANDIR}/man1 muster.1)
install_if_there(man/muster.jsonl.5 ${CMAKE_INSTALL_MANDIR}/man5 muster.jsonl.5)
install_if_there(man/muster.jsonl.schema.json ${CMAKE_INSTALL_DATADIR}/muster muster.jsonl.schema.json)
install_if_there(completions/muster.bash ${CMAKE_INSTALL_DATADIR}/bash-completion/completions muster)
install_if_there(completions/_muster ${CMAKE_INSTALL_DATADIR}/zsh/site-functions _muster)
install_if_there(completions/muster.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d muster.fish)
file(GLOB papers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/packaging/*.md ${PROJECT_SOURCE_DIR}/packaging/docs/*.md)
list(FILTER papers EXCLUDE REGEX "/(CONTRIBUTING|architecture|debugging|glossary|releasing|testing)\\.md$") # for those who have the source
install(FILES ${papers} DESTINATION ${CMAKE_INSTALL_DOCDIR})
install_if_there(THIRD-PARTY ${CMAKE_INSTALL_DOCDIR} THIRD-PARTY)
# Of what is compiled in, as the system's packages have it.
foreach(package IN ITEMS libarchive-dev libasio-dev libcli11-dev libfmt-dev nlohmann-json3-dev)
  install(FILES /usr/share/doc/${package}/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR}/licences RENAME ${package} OPTIONAL)
endforeach()
install_if_there(../LICENSE ${CMAKE_INSTALL_DOCDIR} LICENSE)
install_if_there(../README.md ${CMAKE_INSTALL_DOCDIR} README.md)
