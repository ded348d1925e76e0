#include <spawn.h>

/* As in glibc's spawn.h (since 2.34), which shows it only to who asks for extensions before anything else is included. */
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
