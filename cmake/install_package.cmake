# cmake --install: libraries, headers of the public folders, the command, and find_package(tessera).
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tessera)
set(exported tessera_core tessera_shards tessera_persistence tessera_sdk)
foreach(optional tessera_tbb_executor tessera_net tessera_actors)
  if(TARGET ${optional})
    list(APPEND exported ${optional})
  endif()
endforeach()
install(TARGETS ${exported} EXPORT tesseraTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
if(TARGET tessera_command)
  install(TARGETS tessera_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
# Of actors/ only what shows no CAF.
foreach(header engine engine_failure kept_world shard_replay)
  install(FILES ${PROJECT_SOURCE_DIR}/actors/${header}.hpp
          DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tessera/actors)
endforeach()
foreach(folder core shards persistence sdk)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/tessera
          FILES_MATCHING PATTERN *.hpp PATTERN *.h
          PATTERN world_file_values.hpp EXCLUDE PATTERN world_file_setters.hpp EXCLUDE)
endforeach()

configure_package_config_file(cmake/tesseraConfig.cmake.in tesseraConfig.cmake
                              INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(tesseraConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/tesseraConfig.cmake ${PROJECT_BINARY_DIR}/tesseraConfigVersion.cmake
              cmake/FindCAF.cmake cmake/tessera_add_game_module.cmake
        DESTINATION ${package_dir})
install(EXPORT tesseraTargets NAMESPACE tessera:: DESTINATION ${package_dir})
