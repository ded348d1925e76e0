#include <spawn.h>

/* What glibc shows only to who asks for its extensions before anything else is included. */

/* As in spawn.h, since 2.34. */
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

/* As in unistd.h. */
int pipe2(int ends[2], int flags);
