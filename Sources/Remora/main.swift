// The program; filled in with the commands.
