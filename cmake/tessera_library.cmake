# tessera_library(NAME [SOURCES file...] [PUBLIC lib...] [PRIVATE lib...])
#
# The static library tessera_NAME, alias tessera::NAME, of every .cpp under the current folder (or of
# SOURCES), linked with exactly what is named. A folder that has headers only makes an interface library.
function(tessera_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;PUBLIC;PRIVATE")
  if(NOT SOURCES IN_LIST ARGN) # an empty list of SOURCES means none
    file(GLOB_RECURSE arg_SOURCES CONFIGURE_DEPENDS *.cpp)
  endif()
  set(target tessera_${name})
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
    target_link_libraries(${target} PUBLIC ${arg_PUBLIC} PRIVATE ${arg_PRIVATE})
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${arg_PUBLIC})
  endif()
  add_library(tessera::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  set_property(GLOBAL APPEND PROPERTY TESSERA_TARGETS ${target})
endfunction()

# Removes from the list named `sources` every file that includes something of actors/, in builds without
# it. Watches the files, so that an include that comes or goes is noticed.
function(tessera_leave_out_actors list)
  if(TESSERA_WITH_ACTORS)
    return()
  endif()
  set(kept)
  foreach(source IN LISTS ${list})
    file(STRINGS ${source} found REGEX "^#include \"actors/" LIMIT_COUNT 1)
    if(NOT found)
      list(APPEND kept ${source})
    endif()
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
  endforeach()
  set(${list} ${kept} PARENT_SCOPE)
endfunction()
