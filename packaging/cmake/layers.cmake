# SPDX-License-Identifier: MIT
# One target per folder of src/. A layer's headers are included as "folder/name.hpp"; the include path that makes this
# possible belongs to the layer's target alone, so that including a layer which is not linked does not build.
# A room inside a layer is a layer too: folder "ssh/keys", target muster_ssh_keys, headers "ssh/keys/name.hpp".

# muster_layer(FOLDER LINKS layer|target... [PROGRAM name] [FOR_PROGRAM]): the library of src/FOLDER/*.cpp, named muster_FOLDER with "_"
# for "/". With PROGRAM, main.cpp is left out of the library and becomes the program; any other layer's target is appended
# to the global property muster_layers, unless it is FOR_PROGRAM: what users of the library need not have.
function(muster_layer folder)
  cmake_parse_arguments(layer "FOR_PROGRAM" "PROGRAM" "LINKS" ${ARGN})
  string(REPLACE "/" "_" name ${folder})
  set(not_debugging $<$<NOT:$<CONFIG:Debug>>:NDEBUG>)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.cpp ${PROJECT_SOURCE_DIR}/src/${folder}/*.c)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  set(kind STATIC)
  if(NOT sources)
    set(kind INTERFACE)
  endif()
  add_library(muster_${name} ${kind} ${sources})

  # A link for each header, not for the folder: that would open the rooms inside it, too.
  set(door ${PROJECT_BINARY_DIR}/headers/${name})
  file(REMOVE_RECURSE ${door})
  file(MAKE_DIRECTORY ${door}/${folder})
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${folder}/*.hpp ${PROJECT_SOURCE_DIR}/src/${folder}/*.h)
  foreach(header IN LISTS headers)
    cmake_path(GET header FILENAME file)
    file(CREATE_LINK ${header} ${door}/${folder}/${file} SYMBOLIC)
  endforeach()

  set(visibility PUBLIC)
  if(kind STREQUAL "INTERFACE")
    set(visibility INTERFACE)
  endif()
  target_include_directories(muster_${name} ${visibility} ${door} ${PROJECT_SOURCE_DIR}/include)
  foreach(link IN LISTS layer_LINKS)
    if(NOT link MATCHES "::")
      string(REPLACE "/" "_" link muster_${link})
    endif()
    target_link_libraries(muster_${name} ${visibility} ${link})
  endforeach()
  if(NOT kind STREQUAL "INTERFACE")
    target_link_libraries(muster_${name} PRIVATE $<BUILD_INTERFACE:muster_flags> $<BUILD_INTERFACE:muster_hardening>)
    # It may become a part of a shared library, in which it calls its own functions.
    set_target_properties(muster_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_compile_options(muster_${name} PRIVATE -fno-semantic-interposition)
    # What looks for mistakes of a program (coro/detail/mistake.hpp) is for the files of that program to turn on.
    target_compile_definitions(muster_${name} PRIVATE ${not_debugging})
  endif()

  if(layer_PROGRAM)
    add_executable(${layer_PROGRAM} ${PROJECT_SOURCE_DIR}/src/${folder}/main.cpp)
    target_link_libraries(${layer_PROGRAM} PRIVATE muster_${name} muster_flags muster_hardening)
    set_target_properties(${layer_PROGRAM} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    target_compile_definitions(${layer_PROGRAM} PRIVATE ${not_debugging})
    # Packed, for a start that touches fewer pages: nearly all of them are those of tables of virtual functions.
    target_link_options(${layer_PROGRAM} PRIVATE -pie ${muster_link_hardening} LINKER:-z,pack-relative-relocs)
  elseif(NOT layer_FOR_PROGRAM)
    set_property(GLOBAL APPEND PROPERTY muster_layers muster_${name})
  endif()
endfunction()
