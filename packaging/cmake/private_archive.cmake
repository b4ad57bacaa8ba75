# SPDX-License-Identifier: MIT
# libarchive's part for tar as a library of muster's own, in which every global name begins with muster_: a program may have
# another libarchive, before it or behind it.

function(global_names result object)
  execute_process(COMMAND ${CMAKE_NM} --extern-only --format=posix ${ARGN} ${object} OUTPUT_VARIABLE lines COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "[A-Za-z_0-9]+ [A-Z]" names "${lines}")
  list(TRANSFORM names REPLACE " .*" "")
  list(REMOVE_DUPLICATES names)
  set(${result} ${names} PARENT_SCOPE)
endfunction()

# private_archive(ARCHIVE FOLDER SOURCES...): makes FOLDER/libarchive.a of what the sources call in the static library ARCHIVE, and
# FOLDER/muster_archive_names.h, by which the sources call it.
function(private_archive archive folder)
  set(work ${folder}/work)
  file(MAKE_DIRECTORY ${work})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${archive} ${ARGN})

  set(called "")
  foreach(source IN LISTS ARGN)
    file(READ ${source} text)
    string(REGEX MATCHALL "[A-Za-z_0-9]*archive_[a-z_0-9]+" words "${text}")
    list(APPEND called ${words})
  endforeach()
  list(REMOVE_DUPLICATES called)
  global_names(defined ${archive} --defined-only)
  set(roots "")
  set(defines "")
  foreach(name IN LISTS called)
    if(name IN_LIST defined)
      list(APPEND roots -u ${name})
      string(APPEND defines "#define ${name} muster_${name}\n")
    endif()
  endforeach()

  # One member draws in all other formats and the libraries that they need, for a function that says that a kind of file fits no tar:
  # muster writes files, directories and links alone.
  file(COPY_FILE ${archive} ${work}/all.a)
  execute_process(COMMAND ${CMAKE_AR} dD ${work}/all.a archive_write_set_format.o COMMAND_ERROR_IS_FATAL ANY)
  set(stub __archive_write_entry_filetype_unsupported)
  file(WRITE ${work}/stub.c "void ${stub}(void *to, void *what, char const *format);\n"
    "void ${stub}(void *to, void *what, char const *format) { (void)to, (void)what, (void)format; }\n")
  set(protection "")
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    set(protection -fcf-protection)
  endif()
  execute_process(COMMAND ${CMAKE_C_COMPILER} -O2 -fPIC ${protection} -c ${work}/stub.c -o ${work}/stub.o COMMAND_ERROR_IS_FATAL ANY)
  execute_process(COMMAND ${CMAKE_LINKER} -r -o ${work}/tar.o ${roots} ${work}/stub.o ${work}/all.a COMMAND_ERROR_IS_FATAL ANY)

  global_names(inside ${work}/tar.o --defined-only)
  set(renamed "")
  foreach(name IN LISTS inside)
    string(APPEND renamed "${name} muster_${name}\n")
  endforeach()
  file(WRITE ${work}/names "${renamed}")
  execute_process(COMMAND ${CMAKE_OBJCOPY} --redefine-syms=${work}/names ${work}/tar.o COMMAND_ERROR_IS_FATAL ANY)
  file(REMOVE ${work}/libarchive.a)
  execute_process(COMMAND ${CMAKE_AR} rcsD ${work}/libarchive.a ${work}/tar.o COMMAND_ERROR_IS_FATAL ANY)
  file(COPY_FILE ${work}/libarchive.a ${folder}/libarchive.a ONLY_IF_DIFFERENT)
  file(CONFIGURE OUTPUT ${folder}/muster_archive_names.h CONTENT "${defines}" @ONLY)
endfunction()
