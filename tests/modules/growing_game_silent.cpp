// The newer version as its author may have left it: it says nothing of the older one's fields.
#define SAYS_NOTHING_OF_THE_OLDER
#include "tests/modules/growing_game_2.cpp"
