# tessera_add_game_module(NAME source...)
#
# A game as a module: NAME.so, to be named in a world file. Compiled with the sdk's flags, as the law of
# the world demands. Comes with find_package(tessera).
function(tessera_add_game_module name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE tessera::sdk)
  # Only what the module itself uses, and its own copy of it: the command loading it exports nothing.
  target_link_options(${name} PRIVATE -Wl,--as-needed -Wl,--exclude-libs,ALL)
  set_target_properties(${name} PROPERTIES PREFIX "")
endfunction()
