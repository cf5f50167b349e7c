// Must be refused: a shared object that is no game.
extern "C" [[gnu::visibility("default")]] int answer() {
  return 42;
}
