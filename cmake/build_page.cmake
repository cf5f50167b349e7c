# cmake -D FROM=inspector -D TO=dist -D NPM=npm -P build_page.cmake: builds the inspector's page. Where its packages
# cannot be had (no network, say), it says so and leaves the page out; a page that does not compile is an error.
#
# The packages lie in FROM/node_modules, shared by all build folders, until package-lock.json changes.
if(${FROM}/package-lock.json IS_NEWER_THAN ${FROM}/node_modules/.package-lock.json)
  execute_process(COMMAND ${NPM} ci --no-audit --no-fund WORKING_DIRECTORY ${FROM}
                  RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(failed)
    file(REMOVE_RECURSE ${TO})
    file(MAKE_DIRECTORY ${TO})
    message("${said}")
    message(WARNING "the inspector's page is left out: npm ci failed in ${FROM}; once it works: touch ${FROM}/package.json")
    file(WRITE ${TO}/left_out.txt "npm ci failed when it was built")
    return()
  endif()
endif()
execute_process(COMMAND ${NPM} run build -- --outDir ${TO} --emptyOutDir WORKING_DIRECTORY ${FROM}
                RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
if(failed)
  message("${said}")
  message(FATAL_ERROR "the inspector's page does not build: cd ${FROM} && npm run build")
endif()
file(REMOVE ${TO}/left_out.txt)
