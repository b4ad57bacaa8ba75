# SPDX-License-Identifier: MIT
# One target per folder of src/. A layer's headers are included as "folder/name.hpp"; the include path that makes this
# possible belongs to the layer's target alone, so that including a layer which is not linked does not build.

# muster_layer(NAME LINKS layer|target... [PROGRAM name]): the library muster_NAME of src/NAME/*.cpp. With PROGRAM, main.cpp
# is left out of the library and becomes the program.
function(muster_layer name)
  cmake_parse_arguments(layer "" "PROGRAM" "LINKS" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  set(kind STATIC)
  if(NOT sources)
    set(kind INTERFACE)
  endif()
  add_library(muster_${name} ${kind} ${sources})

  set(door ${PROJECT_BINARY_DIR}/layers/${name})
  file(MAKE_DIRECTORY ${door})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/${name} ${door}/${name} SYMBOLIC)

  set(visibility PUBLIC)
  if(kind STREQUAL "INTERFACE")
    set(visibility INTERFACE)
  endif()
  target_include_directories(muster_${name} ${visibility} ${door} ${PROJECT_SOURCE_DIR}/include)
  foreach(link IN LISTS layer_LINKS)
    if(link MATCHES "::")
      target_link_libraries(muster_${name} ${visibility} ${link})
    else()
      target_link_libraries(muster_${name} ${visibility} muster_${link})
    endif()
  endforeach()
  if(NOT kind STREQUAL "INTERFACE")
    target_link_libraries(muster_${name} PRIVATE $<BUILD_INTERFACE:muster_flags>)
  endif()

  if(layer_PROGRAM AND EXISTS ${PROJECT_SOURCE_DIR}/src/${name}/main.cpp)
    add_executable(${layer_PROGRAM} ${PROJECT_SOURCE_DIR}/src/${name}/main.cpp)
    target_link_libraries(${layer_PROGRAM} PRIVATE muster_${name} muster_flags)
  endif()
endfunction()
