# tessera_embed_shaders(OUT HEADER NAMESPACE FOLDER): compiles FOLDER's shaders with glslc and writes a C++ file that holds them as words, whose
# path becomes OUT. `cull.comp` is `NAMESPACE::cull_comp`, declared in HEADER. glslc says what each includes.
function(tessera_embed_shaders out header namespace folder)
  set(compiled_folder ${CMAKE_CURRENT_BINARY_DIR}/shaders)
  file(MAKE_DIRECTORY ${compiled_folder})
  file(GLOB shaders CONFIGURE_DEPENDS ${folder}/*.vert ${folder}/*.frag ${folder}/*.comp)
  set(embedded "// Made by cmake/embed_shaders.cmake.\n#include \"${header}\"\n\nnamespace ${namespace} {\n\n")
  set(compiled)
  foreach(shader IN LISTS shaders)
    cmake_path(GET shader FILENAME file)
    string(REPLACE "." "_" name ${file})
    set(words ${compiled_folder}/${file}.inc)
    add_custom_command(OUTPUT ${words}
      COMMAND ${TESSERA_GLSLC} --target-env=vulkan1.3 -O -MD -MF ${words}.d -MT ${words} -mfmt=c -o ${words} ${shader}
      DEPENDS ${shader} DEPFILE ${words}.d
      COMMENT "Compiling shader ${file}" VERBATIM)
    list(APPEND compiled ${words})
    string(APPEND embedded "static const std::uint32_t ${name}_words[] =\n#include \"${words}\"\n  ;\n"
                           "extern const code ${name};\nconst code ${name}{${name}_words};\n\n")
  endforeach()
  string(APPEND embedded "} // namespace ${namespace}\n")
  set(made ${CMAKE_CURRENT_BINARY_DIR}/shaders.cpp)
  file(CONFIGURE OUTPUT ${made} CONTENT "${embedded}" @ONLY)
  set_source_files_properties(${made} PROPERTIES OBJECT_DEPENDS "${compiled}")
  set(${out} ${made} PARENT_SCOPE)
endfunction()
