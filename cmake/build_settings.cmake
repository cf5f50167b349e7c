# How this tree is compiled. What users of the libraries must share is not here but on tessera_core.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()
# No NDEBUG: the project's assertions stay on in releases.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1" CACHE STRING "")
set(CMAKE_CXX_FLAGS_DEBUG "-Og -g" CACHE STRING "")
if(CMAKE_CXX_FLAGS_RELEASE MATCHES NDEBUG) # CMake's own default came first
  set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1" CACHE STRING "" FORCE)
  set(CMAKE_CXX_FLAGS_DEBUG "-Og -g" CACHE STRING "" FORCE)
endif()

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_INTERPROCEDURAL_OPTIMIZATION OFF) # tests/structure/no_libm.py reads object code
# Game modules (.so) link the static libraries.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wno-sign-conversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # In snake case a local often has the name of a type; gcc's full -Wshadow counts that.
  add_compile_options(-Wshadow=local)
  add_compile_options(-Wno-restrict) # gcc 12 sees one in every "text" + std::string (its bug 105651)
else()
  add_compile_options(-Wshadow)
endif()
# Without it gcc must not inline across -fPIC's interposable symbols.
add_compile_options(-fno-semantic-interposition)
add_link_options(-Wl,--as-needed)

if(TESSERA_SANITIZE)
  add_compile_options(-fsanitize=${TESSERA_SANITIZE} -fno-sanitize-recover=all
                      -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${TESSERA_SANITIZE})
endif()

find_program(MOLD mold)
find_program(LLD ld.lld)
if(MOLD)
  add_link_options(-fuse-ld=mold)
elseif(LLD)
  add_link_options(-fuse-ld=lld)
endif()

find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # ccache caches users of a precompiled header only when told that we know what we do; gcc and clang
  # each need a flag so that such a header counts by content, not by date.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      ${CCACHE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
    add_compile_options(-fpch-preprocess)
  else()
    add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
  endif()
endif()
